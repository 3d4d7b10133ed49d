//! The memory of a hash: little of it comes from the heap, more comes in huge pages. Argon2 reads its memory
//! in random order, and with small pages most of the time goes into looking up where they are.

#[cfg(target_os = "linux")]
use memmap2::{Advice, MmapMut};

use super::block::Block;

/// The size of a huge page, in bytes, on x86-64 and most Arm systems. Where it is another, the advice may
/// do nothing.
#[cfg(target_os = "linux")]
// mutants: the size of the pages changes no tag.
const HUGE: usize = 2 << 20;

/// Memory for blocks, zero at first.
pub(super) enum Memory {
    Heap(Box<[Block]>),
    /// The blocks take `bytes` of `map` from `start` on, where the first huge page begins.
    #[cfg(target_os = "linux")]
    Pages {
        map: MmapMut,
        start: usize,
        bytes: usize,
    },
}

impl Memory {
    /// Memory for this many blocks; none if the system gives too little.
    pub(super) fn new(blocks: usize) -> Option<Self> {
        #[cfg(target_os = "linux")]
        if let Some(pages) = Self::in_huge_pages(blocks) {
            return Some(pages);
        }
        bytemuck::allocation::try_zeroed_slice_box(blocks).ok().map(Self::Heap)
    }

    #[cfg(target_os = "linux")]
    fn in_huge_pages(blocks: usize) -> Option<Self> {
        let bytes = blocks.checked_mul(size_of::<Block>()).filter(|bytes| *bytes >= HUGE)?;
        let map = MmapMut::map_anon(bytes.checked_add(HUGE)?).ok()?;
        let start = map.as_ptr().align_offset(HUGE);
        // A kernel without huge pages refuses this; then the pages are small.
        let _ = map.advise_range(Advice::HugePage, start, bytes);
        Some(Self::Pages { map, start, bytes })
    }

    pub(super) fn blocks(&mut self) -> &mut [Block] {
        match self {
            Self::Heap(blocks) => blocks,
            // Aligned to a huge page and a whole number of blocks long, so it cannot panic.
            #[cfg(target_os = "linux")]
            Self::Pages { map, start, bytes } => bytemuck::cast_slice_mut(&mut map[*start..][..*bytes]),
        }
    }
}
