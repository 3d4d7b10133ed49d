//! How the memory is divided (RFC 9106 section 3.2), and which earlier block each new block reads
//! (section 3.4).

use super::block::Block;
use crate::hash::encoded::Variant;
use crate::hash::params::Params;

/// The slices of a pass (RFC 9106 section 3.4). Within a slice, lanes may be filled in parallel.
pub(super) const SLICES: usize = 4;

/// The numbers that all blocks of a hash share.
///
/// RFC 9106 sees the memory as a matrix of blocks `B[i][j]`: a row for each of the p lanes, of q columns
/// each. Four slices divide the columns, and the part of a lane in a slice is a segment. The memory holds
/// one slice after another, and in each the segments of lanes 0 to p - 1, so that the block
/// `B[i][slice * segment_blocks + index]` is number
/// `slice * slice_blocks() + i * segment_blocks + index`.
///
/// | RFC 9106 | here |
/// |---|---|
/// | y, the type | `variant` |
/// | t, the number of passes, and r, the current one | `passes`, `pass` |
/// | m, the memory that was asked for | `memory_kib` |
/// | m', the memory that is used | `blocks()` |
/// | p, the lanes, and i or l, one of them | `lanes`, `lane` |
/// | q, the columns | `columns()` |
/// | sl, one of the slices | `slice` |
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) variant: Variant,
    pub(super) passes: u32,
    /// In KiB, which is also the size of a block.
    pub(super) memory_kib: u32,
    pub(super) lanes: usize,
    /// The blocks of one lane in one slice.
    pub(super) segment_blocks: usize,
}

/// A segment in one of the passes: where blocks are being filled.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub(super) shape: Shape,
    pub(super) pass: u32,
    pub(super) slice: usize,
    pub(super) lane: usize,
}

/// An earlier block. It is no enum of the two cases of `index`, because no processor predicts which comes
/// next: a hash with one lane then takes 3 % longer, as measured.
#[derive(Clone, Copy, Default)]
pub(super) struct Reference {
    pub(super) slice: usize,
    /// Counted from the start of the current segment if that is in `slice`, else from the start of `slice`.
    pub(super) index: usize,
}

impl Shape {
    pub(super) const fn new(variant: Variant, params: Params) -> Self {
        let (memory_kib, lanes) = (params.memory_kib(), params.parallelism() as usize);
        let segment_blocks = memory_kib as usize / (SLICES * lanes);
        Self { variant, passes: params.iterations(), memory_kib, lanes, segment_blocks }
    }

    /// m' = 4 * p * floor(m / 4p), the blocks of the whole memory (section 3.2, step 2).
    pub(super) const fn blocks(&self) -> usize {
        SLICES * self.slice_blocks()
    }

    /// q = m' / p, the blocks of one lane (section 3.2, step 2).
    const fn columns(&self) -> usize {
        SLICES * self.segment_blocks
    }

    /// The blocks of all lanes in one slice.
    pub(super) const fn slice_blocks(&self) -> usize {
        self.lanes * self.segment_blocks
    }
}

impl Position {
    /// The first block to compute: the first two of a lane come from the input (section 3.2, steps 3 and 4).
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

    /// Z, the counter and zeros (section 3.4.1.2): the input for the 128 pseudo-random values from number
    /// 128 * (`counter` - 1) on.
    pub(super) fn address_input(&self, counter: u64) -> Block {
        let Self { shape, pass, slice, lane } = *self;
        let [r, t, y] = [pass, shape.passes, shape.variant.number()].map(u64::from);
        let [l, sl, blocks] = [lane, slice, shape.blocks()].map(|number| number as u64);
        let mut input = Block::ZERO;
        for (index, number) in [r, l, sl, blocks, t, y, counter].into_iter().enumerate() {
            input.set_word(index, number);
        }
        input
    }

    /// The block `B[l][z]` that block `index` of this segment reads, given its pseudo-random value, which
    /// is `J_2 || J_1` (sections 3.4.1 and 3.4.2).
    #[inline]
    pub(super) fn reference(&self, index: usize, value: u64) -> Reference {
        let Self { shape, pass, slice, lane } = *self;
        let Shape { lanes, segment_blocks, .. } = shape;
        let (j1, j2) = (value & u64::from(u32::MAX), (value >> 32) as usize);
        let l = if lanes == 1 || (pass == 0 && slice == 0) { lane } else { j2 % lanes };
        // |W|: W has the blocks of lane l in the other slices that are done; in the own lane also those of
        // this slice, but never the previous block, which is an input anyway.
        let other_slices = if pass == 0 { slice } else { SLICES - 1 };
        let done = other_slices * segment_blocks;
        let area = if l == lane { done + index - 1 } else { done - usize::from(index == 0) };
        let x = (j1 * j1) >> 32;
        let y = ((area as u64 * x) >> 32) as usize;
        // z is the column of number |W| - 1 - y in W. In the first pass W begins with column 0, and later
        // with the slice after this one, which is the oldest; after the last column comes the first.
        let oldest = if pass == 0 { 0 } else { (slice + 1) * segment_blocks };
        let mut z = oldest + area - 1 - y;
        if z >= shape.columns() {
            z -= shape.columns();
        }
        // z / segment_blocks, without a division, which takes long.
        let z_slice = (1..SLICES).filter(|start| z >= start * segment_blocks).count();
        let z_index = z - z_slice * segment_blocks;
        let index = if z_slice == slice { z_index } else { l * segment_blocks + z_index };
        Reference { slice: z_slice, index }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_has_the_blocks_of_the_rfc_and_no_more() {
        // One block more than 2^32-1 would be too many for a 32-bit system.
        for (m, p, blocks) in [(8, 1, 8), (33, 4, 32), (4_294_967_295, 7, 4_294_967_292)] {
            let shape = Shape::new(Variant::Argon2id, Params::new(m, 1, p).unwrap());
            assert_eq!(shape.blocks(), blocks, "{m}, {p}");
        }
    }
}
