//! The memory of a hash.

use super::block::Block;

/// Memory for blocks, zero at first.
pub(super) enum Memory {
    Heap(Vec<Block>),
    #[cfg(target_os = "linux")]
    Pages(pages::Pages),
}

impl Memory {
    /// Memory for this many blocks; none if the system gives too little.
    pub(super) fn new(blocks: usize) -> Option<Self> {
        #[cfg(target_os = "linux")]
        if blocks >= pages::HUGE / super::block::BYTES
            && let Some(pages) = pages::Pages::new(blocks)
        {
            return Some(Self::Pages(pages));
        }
        let mut heap = Vec::new();
        heap.try_reserve_exact(blocks).ok()?;
        heap.resize(blocks, Block::ZERO);
        Some(Self::Heap(heap))
    }

    pub(super) fn blocks(&mut self) -> &mut [Block] {
        match self {
            Self::Heap(blocks) => blocks,
            #[cfg(target_os = "linux")]
            Self::Pages(pages) => pages.blocks(),
        }
    }
}

#[cfg(target_os = "linux")]
mod pages {
    use memmap2::{Advice, MmapMut};

    use super::super::block::{self, Block};

    /// The size of a huge page, in bytes. Elsewhere than on x86-64 and Arm it may differ, which costs only time.
    pub(super) const HUGE: usize = 2 << 20;

    /// Memory in huge pages, if the system gives those: it is read in no order, and with small pages most of
    /// the time goes into looking up where they are.
    pub(in super::super) struct Pages {
        map: MmapMut,
        /// Where the first huge page begins.
        start: usize,
        bytes: usize,
    }

    impl Pages {
        pub(super) fn new(blocks: usize) -> Option<Self> {
            let bytes = blocks.checked_mul(block::BYTES)?;
            let map = MmapMut::map_anon(bytes.checked_add(HUGE)?).ok()?;
            let start = map.as_ptr().align_offset(HUGE);
            // A kernel without huge pages refuses this; then the pages are small.
            let _ = map.advise_range(Advice::HugePage, start, bytes);
            Some(Self { map, start, bytes })
        }

        pub(super) fn blocks(&mut self) -> &mut [Block] {
            bytemuck::cast_slice_mut(&mut self.map[self.start..][..self.bytes])
        }
    }
}
