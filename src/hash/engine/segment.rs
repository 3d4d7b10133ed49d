//! Fills segments, alone or several in turn (RFC 9106 section 3.2, steps 5 and 6).

// What is inlined into a kernel's functions may use all that its processors can do.
#![allow(clippy::inline_always)]

use super::address::{Position, Reference, SLICES, Shape};
use super::block::Block;

/// The pseudo-random values that one computation of data-independent addresses gives.
const ADDRESSES: usize = 128;
/// How many blocks ahead a data-independent reference is fetched.
const AHEAD: usize = 2;
/// Up to this many segments in turn, the processor predicts by itself which blocks are written next, and
/// fetching them costs more time than it saves, as measured.
const MAX_PREDICTED: usize = 2;

/// The four slices; the one that is being filled is empty here.
type Slices<'a> = [&'a [Block]; SLICES];

/// The part of one lane in one slice, and the memory that it may touch: it writes its own blocks, and reads
/// those and the other slices, which no thread writes meanwhile.
pub(super) struct Segment<'a> {
    position: Position,
    own: &'a mut [Block],
    slices: Slices<'a>,
    /// The current 128 pseudo-random values of data-independent addressing.
    addresses: &'a mut Block,
    /// What the next block reads, besides the one before it.
    next: Reference,
}

/// What the segments that are filled in turn have in common: whether their addressing is data-independent,
/// and whether blocks that are about to be written are fetched.
#[derive(Clone, Copy)]
struct Turn {
    independent: bool,
    fetches_own: bool,
}

/// The segments of all lanes in a slice, with the memory that each may touch.
pub(super) fn segments<'a>(
    shape: Shape,
    pass: u32,
    slice: usize,
    memory: &'a mut [Block],
    addresses: &'a mut [Block],
) -> Vec<Segment<'a>> {
    let mut current: &mut [Block] = &mut [];
    let mut slices: Slices = [&[]; SLICES];
    for (index, blocks) in memory.chunks_exact_mut(shape.slice_blocks()).enumerate() {
        if index == slice { current = blocks } else { slices[index] = blocks }
    }
    let segments = current.chunks_exact_mut(shape.segment_blocks).zip(addresses).enumerate();
    let segments = segments.map(|(lane, (own, addresses))| {
        let position = Position { shape, pass, slice, lane };
        Segment { position, own, slices, addresses, next: Reference::default() }
    });
    segments.collect()
}

impl<'a> Segment<'a> {
    /// The block of the lane before the first one of this segment.
    #[inline]
    fn before(&self) -> &'a Block {
        let Position { shape, slice, lane, .. } = self.position;
        &self.slices[(slice + SLICES - 1) % SLICES][(lane + 1) * shape.segment_blocks - 1]
    }

    /// Computes the 128 data-independent values from that of block `index` on (section 3.4.1.2).
    #[inline(never)]
    fn renew_addresses(&mut self, index: usize, compress: &impl Fn(&Block, &Block, &mut Block)) {
        let input = self.position.address_input((index / ADDRESSES + 1) as u64);
        let mut once = Block::ZERO;
        compress(&Block::ZERO, &input, &mut once);
        compress(&Block::ZERO, &once, self.addresses);
    }

    #[inline]
    fn independent_reference(&self, index: usize) -> Reference {
        self.position.reference(index, self.addresses.word(index % ADDRESSES))
    }

    /// Computes block `index`, and fetches what the next one reads as early as that is known: with
    /// data-dependent addressing as soon as the first word of this block is.
    #[inline(always)]
    fn step(
        &mut self,
        index: usize,
        turn: Turn,
        addresses: &impl Fn(&Block, &Block, &mut Block),
        compress: &impl Fn(&Block, &Block, &mut Block, &mut dyn FnMut(u64)),
    ) {
        let before = self.before();
        let Self { position, own, slices, next, .. } = self;
        let (done, rest) = own.split_at_mut(index);
        // mutants: prefetching changes no tag.
        if let Some(after) = rest.get(1).filter(|_| turn.fetches_own) {
            after.prefetch();
        }
        let Some(new) = rest.first_mut() else { return };
        let previous = done.last().unwrap_or(before);
        let reference = block_at(position.slice, done, slices, *next);
        compress(previous, reference, new, &mut |first_word| {
            if !turn.independent {
                *next = position.reference(index + 1, first_word);
                block_at(position.slice, done, slices, *next).prefetch();
            }
        });
        if turn.independent && index + 1 < self.own.len() {
            self.step_addresses(index + 1, addresses);
        }
    }

    /// Finds out what block `index` reads, and fetches what a later one does.
    #[inline(always)]
    fn step_addresses(&mut self, index: usize, addresses: &impl Fn(&Block, &Block, &mut Block)) {
        if index.is_multiple_of(ADDRESSES) {
            self.renew_addresses(index, addresses);
        }
        self.next = self.independent_reference(index);
        // mutants: prefetching changes no tag.
        let ahead = index + AHEAD;
        let is_known = index % ADDRESSES + AHEAD < ADDRESSES && ahead < self.own.len();
        let wanted = if is_known { self.independent_reference(ahead) } else { self.next };
        block_at(self.position.slice, self.own, &self.slices, wanted).prefetch();
    }
}

#[inline]
fn block_at<'a>(slice: usize, own: &'a [Block], slices: &Slices<'a>, reference: Reference) -> &'a Block {
    let Reference { slice: its_slice, index } = reference;
    if its_slice == slice { &own[index] } else { &slices[its_slice][index] }
}

/// Fills the segments, which are of one slice, with one block each in turn: while one block is computed,
/// the memory that the others read is on its way. `compress` replaces the block, or adds to it by XOR, and
/// tells its first word early; `addresses` always replaces it.
#[inline(always)]
pub(super) fn fill_in_turn(
    segments: &mut [Segment<'_>],
    addresses: impl Fn(&Block, &Block, &mut Block),
    compress: impl Fn(&Block, &Block, &mut Block, &mut dyn FnMut(u64)),
) {
    let Some(Segment { position, .. }) = segments.first() else { return };
    let (start, end) = (position.start(), position.shape.segment_blocks);
    let independent = position.is_data_independent();
    let turn = Turn { independent, fetches_own: segments.len() > MAX_PREDICTED };
    for segment in &mut *segments {
        segment.next = if independent {
            segment.renew_addresses(start, &addresses);
            segment.independent_reference(start)
        } else {
            let previous = if start == 0 { segment.before() } else { &segment.own[start - 1] };
            segment.position.reference(start, previous.word(0))
        };
    }
    for index in start..end {
        for segment in &mut *segments {
            segment.step(index, turn, &addresses, &compress);
        }
    }
}
