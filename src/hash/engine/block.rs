//! A block, which is the 1 KiB that Argon2 computes with (RFC 9106 section 3.2), and the memory for many.

use bytemuck::{Pod, Zeroable};
#[cfg(target_os = "linux")]
use memmap2::{Advice, MmapMut};

pub(super) const BYTES: usize = 1024;
const WORDS: usize = 128;

/// The size of a huge page, in bytes, on x86-64 and most Arm systems. Where it is another, the advice may
/// do nothing.
#[cfg(target_os = "linux")]
// mutants: the size of the pages changes no tag.
const HUGE: usize = 2 << 20;

/// 128 words, stored so that eight in a row serve as one vector: see [`stored_at`].
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
pub(super) struct Block([u64; WORDS]);

impl Block {
    pub(super) const ZERO: Self = Self([0; WORDS]);

    pub(super) const fn word(&self, index: usize) -> u64 {
        self.0[stored_at(index)]
    }

    pub(super) const fn set_word(&mut self, index: usize, word: u64) {
        self.0[stored_at(index)] = word;
    }

    /// From little-endian bytes.
    pub(super) fn from_bytes(bytes: &[u8; BYTES]) -> Self {
        let mut block = Self::ZERO;
        for (index, word) in bytes.as_chunks().0.iter().enumerate() {
            block.set_word(index, u64::from_le_bytes(*word));
        }
        block
    }

    /// As little-endian bytes.
    pub(super) fn to_bytes(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        for (index, word) in bytes.as_chunks_mut().0.iter_mut().enumerate() {
            *word = self.word(index).to_le_bytes();
        }
        bytes
    }

    pub(super) fn xor(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word ^= other;
        }
    }

    /// Asks the processor to bring the block into its cache. Without a safe way to ask, nothing happens.
    // mutants: prefetching changes no tag.
    #[inline]
    pub(super) fn prefetch(&self) {
        #[cfg(target_arch = "x86_64")]
        for line in self.0.as_chunks::<8>().0 {
            safe_arch::prefetch_t0(line);
        }
    }
}

/// Where a word is stored. Section 3.5 sees a block as 8 rows of 16 words, and computes first with rows,
/// then with pairs of columns. A vector of eight words holds four neighbours out of an even row, then
/// those below them in the next row. So it serves for both, and nothing is transposed between them.
const fn stored_at(index: usize) -> usize {
    let (row, column) = (index / 16, index % 16);
    let vector = row / 2 * 4 + column / 4;
    8 * vector + row % 2 * 4 + column % 4
}

/// Memory for blocks, zero at first: little of it comes from the heap, more comes in huge pages. Argon2 reads
/// it in random order, and with small pages most of the time goes into looking up where they are.
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

    /// How many bytes are taken for so many bytes of blocks. Taking a huge page takes as
    /// long as taking an eighth of it in small pages, so the last one is huge, too, if at least half of it is needed.
    // mutants: the size of the pages changes no tag.
    pub(super) const fn taken(bytes: usize) -> usize {
        #[cfg(target_os = "linux")]
        if bytes >= HUGE && bytes % HUGE >= HUGE / 2 {
            return bytes.saturating_add(HUGE - bytes % HUGE);
        }
        bytes
    }

    #[cfg(target_os = "linux")]
    fn in_huge_pages(blocks: usize) -> Option<Self> {
        let bytes = blocks.checked_mul(size_of::<Block>()).filter(|bytes| *bytes >= HUGE)?;
        let taken = Self::taken(bytes);
        let map = MmapMut::map_anon(taken.checked_add(HUGE)?).ok()?;
        let start = map.as_ptr().align_offset(HUGE);
        // A kernel without huge pages refuses this; then the pages are small.
        let _ = map.advise_range(Advice::HugePage, start, taken);
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
