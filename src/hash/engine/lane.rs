//! Fills a segment of one lane, or those of several lanes in turn (RFC 9106 section 3.2, steps 5 and 6).

use super::address::{Reference, SLICES, Segment};
use super::block::Block;

/// The pseudo-random values that one computation of data-independent addresses gives.
const ADDRESSES: usize = 128;
/// How many blocks ahead a data-independent reference is fetched.
const AHEAD: usize = 2;

/// Up to this many lanes in turn, fetching what is about to be written costs more time than it saves, as
/// measured: the processor sees by itself what comes next.
const ORDERLY: usize = 2;

/// A lane in one slice, and the memory that it may touch: it writes its own segment, and reads that and
/// the other slices. No other thread writes those.
pub(super) struct Lane<'a> {
    segment: Segment,
    own: &'a mut [Block],
    /// The other slices, of all lanes. The one in which the segment is, is empty.
    slices: [&'a [Block]; SLICES],
    /// The pseudo-random values of data-independent addressing, 128 at a time.
    addresses: &'a mut Block,
    /// What the next block reads.
    next: Reference,
}

impl<'a> Lane<'a> {
    pub(super) fn new(
        segment: Segment,
        own: &'a mut [Block],
        slices: [&'a [Block]; SLICES],
        addresses: &'a mut Block,
    ) -> Self {
        Self { segment, own, slices, addresses, next: Reference::default() }
    }

    /// The block before the first one of this segment.
    #[inline]
    fn before(&self) -> &'a Block {
        let Segment { shape, slice, lane, .. } = self.segment;
        &self.slices[(slice + SLICES - 1) % SLICES][lane * shape.segment + shape.segment - 1]
    }

    /// Computes the next 128 data-independent values (RFC 9106 section 3.4.1.2).
    #[inline(never)]
    fn renew_addresses(&mut self, index: usize, compress: &impl Fn(&Block, &Block, &mut Block)) {
        let input = self.segment.address_input((index / ADDRESSES + 1) as u64);
        let mut once = Block::ZERO;
        compress(&Block::ZERO, &input, &mut once);
        compress(&Block::ZERO, &once, self.addresses);
    }

    #[inline]
    fn independent_reference(&self, index: usize) -> Reference {
        self.segment.reference(index, self.addresses.word(index % ADDRESSES))
    }

    #[inline]
    fn prefetch(&self, reference: Reference) {
        block_at(self.segment.slice, self.own, &self.slices, reference).prefetch();
    }

    /// Computes block `index`, and finds out what the next one reads: if that depends on this block, as soon
    /// as its first word is known, so that the memory comes while the others are computed.
    #[allow(clippy::inline_always)] // into a function that may use what the processor has
    #[inline(always)]
    fn step(
        &mut self,
        index: usize,
        independent: bool,
        many: bool,
        addresses: &impl Fn(&Block, &Block, &mut Block),
        compress: &impl Fn(&Block, &Block, &mut Block, &mut dyn FnMut(u64)),
    ) {
        let before = self.before();
        let Self { segment, own, slices, next, .. } = self;
        let (done, rest) = own.split_at_mut(index);
        if let Some(after) = rest.get(1).filter(|_| many) {
            after.prefetch();
        }
        let Some(new) = rest.first_mut() else { return };
        let previous = done.last().unwrap_or(before);
        let reference = block_at(segment.slice, done, slices, *next);
        compress(previous, reference, new, &mut |first_word| {
            if !independent {
                *next = segment.reference(index + 1, first_word);
                block_at(segment.slice, done, slices, *next).prefetch();
            }
        });
        if independent {
            self.step_addresses(index + 1, addresses);
        }
    }

    /// Finds out what block `index` reads, and fetches what a later one does.
    #[allow(clippy::inline_always)] // as above
    #[inline(always)]
    fn step_addresses(&mut self, index: usize, addresses: &impl Fn(&Block, &Block, &mut Block)) {
        if index == self.own.len() {
            return;
        }
        if index.is_multiple_of(ADDRESSES) {
            self.renew_addresses(index, addresses);
        }
        self.next = self.independent_reference(index);
        let ahead = index + AHEAD;
        if index % ADDRESSES + AHEAD < ADDRESSES && ahead < self.own.len() {
            self.prefetch(self.independent_reference(ahead));
        } else {
            self.prefetch(self.next);
        }
    }
}

#[inline]
fn block_at<'a>(
    current: usize,
    done: &'a [Block],
    slices: &[&'a [Block]; SLICES],
    reference: Reference,
) -> &'a Block {
    let Reference { slice, index } = reference;
    if slice == current { &done[index] } else { &slices[slice][index] }
}

/// Fills the segments, which are of one slice, with one block each in turn: while one block is computed,
/// the memory that the others read is on its way. `compress` replaces what the block was, or adds to it by
/// XOR, and tells its first word early; `addresses` always replaces.
#[allow(clippy::inline_always)] // as above
#[inline(always)]
pub(super) fn fill_in_turn(
    lanes: &mut [Lane<'_>],
    addresses: impl Fn(&Block, &Block, &mut Block),
    compress: impl Fn(&Block, &Block, &mut Block, &mut dyn FnMut(u64)),
) {
    let Some(Lane { segment, .. }) = lanes.first() else { return };
    let (start, end, independent) = (segment.start(), segment.shape.segment, segment.is_data_independent());
    for lane in &mut *lanes {
        lane.next = if independent {
            lane.renew_addresses(start, &addresses);
            lane.independent_reference(start)
        } else {
            let previous = if start == 0 { lane.before() } else { &lane.own[start - 1] };
            lane.segment.reference(start, previous.word(0))
        };
    }
    let many = lanes.len() > ORDERLY;
    for index in start..end {
        for lane in &mut *lanes {
            lane.step(index, independent, many, &addresses, &compress);
        }
    }
}
