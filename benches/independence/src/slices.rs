//! Fills one slice after another by the engine's own source, and counts what memcheck reports in each.

use super::address::{SLICES, Shape};
use super::block::Block;
use super::kernel::Kernel;
use super::segment::segments;
use crate::hash::encoded::{Variant, Version};
use crate::hash::params::Params;
use crate::memcheck::{reports, undefine};

/// How many segments are filled in turn, as in the engine.
const IN_TURN: usize = 4;

/// How often memcheck reports in each slice, one pass after another, if the first two blocks of each lane, which
/// come from the password, are unknown.
pub fn reports_in_slices(kernel: Kernel, variant: Variant, version: Version, params: Params) -> Vec<usize> {
    let shape = Shape::new(variant, params);
    let mut memory = vec![Block::ZERO; shape.blocks()];
    let mut addresses = vec![Block::ZERO; shape.lanes];
    for segment in memory[..shape.slice_blocks()].chunks_exact_mut(shape.segment_blocks) {
        undefine(bytemuck::cast_slice_mut(&mut segment[..2]));
    }
    let mut fill = |pass, slice| {
        let xor = pass > 0 && version == Version::V19;
        let mut segments = segments(shape, pass, slice, &mut memory, &mut addresses);
        reports(|| segments.chunks_mut(IN_TURN).for_each(|group| kernel.fill(group, xor))).1
    };
    let passes = 0..shape.passes;
    passes
        .flat_map(|pass| (0..SLICES).map(move |slice| (pass, slice)))
        .map(|(pass, slice)| fill(pass, slice))
        .collect()
}
