//! A block: the 1 KiB that Argon2 computes with (RFC 9106 section 3.2).

use bytemuck::{Pod, Zeroable};

pub(super) const BYTES: usize = 1024;
const WORDS: usize = 128;

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
