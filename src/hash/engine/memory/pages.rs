//! Memory in huge pages, if the system gives those: a hash reads it in no order, and with small pages most
//! of the time goes into looking up where they are.

use memmap2::{Advice, MmapMut};

use crate::hash::engine::block::{self, Block};

/// The size of a huge page, in bytes, on x86-64 and most Arm systems. Where it is another, the advice may
/// do nothing.
const HUGE: usize = 2 << 20;

/// The fewest blocks that fill a huge page.
pub(super) const MIN_BLOCKS: usize = HUGE / block::BYTES;

pub(crate) struct Pages {
    map: MmapMut,
    /// Where the first huge page begins.
    start: usize,
    bytes: usize,
}

impl Pages {
    /// Memory for this many blocks, zero at first; none if the system gives too little.
    pub(super) fn new(blocks: usize) -> Option<Self> {
        let bytes = blocks.checked_mul(block::BYTES)?;
        let map = MmapMut::map_anon(bytes.checked_add(HUGE)?).ok()?;
        let start = map.as_ptr().align_offset(HUGE);
        // A kernel without huge pages refuses this; then the pages are small.
        let _ = map.advise_range(Advice::HugePage, start, bytes);
        Some(Self { map, start, bytes })
    }

    pub(super) fn blocks(&mut self) -> &mut [Block] {
        // Aligned to a huge page and a whole number of blocks long, so it cannot panic.
        bytemuck::cast_slice_mut(&mut self.map[self.start..][..self.bytes])
    }
}
