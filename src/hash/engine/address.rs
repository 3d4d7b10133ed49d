//! Which earlier block a new block reads (RFC 9106 section 3.4).

use super::block::Block;
use crate::hash::encoded::Variant;

/// The slices of a pass (RFC 9106 section 3.4): lanes may be filled in parallel within one.
pub(super) const SLICES: usize = 4;

/// What is the same for all blocks of a hash.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) variant: Variant,
    pub(super) passes: u32,
    pub(super) lanes: usize,
    /// The blocks of one lane in one slice.
    pub(super) segment: usize,
}

/// A segment: what one lane has in one slice, in one pass.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    pub(super) shape: Shape,
    pub(super) pass: u32,
    pub(super) slice: usize,
    pub(super) lane: usize,
}

/// A block, by slice and position in the slice.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Reference {
    pub(super) slice: usize,
    /// In the segment, if the block is in the one that is being filled; else in the slice.
    pub(super) index: usize,
}

impl Shape {
    pub(super) const fn blocks(&self) -> usize {
        SLICES * self.slice()
    }

    /// The blocks of all lanes in one slice.
    pub(super) const fn slice(&self) -> usize {
        self.lanes * self.segment
    }
}

impl Segment {
    /// The first block to compute: the first two of a lane come from the input (section 3.2, step 3 and 4).
    pub(super) const fn start(&self) -> usize {
        if self.pass == 0 && self.slice == 0 { 2 } else { 0 }
    }

    /// Whether the pseudo-random values come from a counter, and not from the memory (section 3.4.1).
    pub(super) fn is_data_independent(&self) -> bool {
        match self.shape.variant {
            Variant::Argon2d => false,
            Variant::Argon2i => true,
            Variant::Argon2id => self.pass == 0 && self.slice < SLICES / 2,
        }
    }

    /// What the pseudo-random values number 128 `counter` - 128 and later are computed of (section 3.4.1.2).
    pub(super) fn address_input(&self, counter: u64) -> Block {
        let Self { shape, pass, slice, lane } = *self;
        let numbers = [
            pass.into(),
            lane as u64,
            slice as u64,
            shape.blocks() as u64,
            shape.passes.into(),
            shape.variant.number().into(),
            counter,
        ];
        let mut input = Block::ZERO;
        for (index, number) in numbers.into_iter().enumerate() {
            input.set_word(index, number);
        }
        input
    }

    /// The block that block `index` of this segment reads, given its pseudo-random value (section 3.4.2).
    #[inline]
    pub(super) fn reference(&self, index: usize, value: u64) -> Reference {
        let Self { shape: Shape { lanes, segment, .. }, pass, slice, lane } = *self;
        let (first, second) = (value & u64::from(u32::MAX), (value >> 32) as usize);
        let from = if lanes == 1 || (pass == 0 && slice == 0) { lane } else { second % lanes };
        // W: the blocks of the other slices that are done; of the own lane those of this one, too,
        // without the previous block, which goes into the computation anyway.
        let others = if pass == 0 { slice * segment } else { (SLICES - 1) * segment };
        let count = if from == lane { others + index - 1 } else { others - usize::from(index == 0) };
        let squared = (first * first) >> 32;
        let back = ((count as u64 * squared) >> 32) as usize;
        // W begins with the slice after this one, which the pass before has filled; after the last comes the
        // first.
        let oldest = if pass == 0 { 0 } else { (slice + 1) * segment };
        let mut column = oldest + count - 1 - back;
        if column >= SLICES * segment {
            column -= SLICES * segment;
        }
        let its_slice = (1..SLICES).map(|start| usize::from(column >= start * segment)).sum();
        let index = column - its_slice * segment;
        Reference { slice: its_slice, index: if its_slice == slice { index } else { from * segment + index } }
    }
}
