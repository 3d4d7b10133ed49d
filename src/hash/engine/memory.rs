//! The memory of a hash: from the heap if it is little, else in huge pages.

#[cfg(target_os = "linux")]
mod pages;

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
        if blocks >= pages::MIN_BLOCKS
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
