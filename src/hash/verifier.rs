//! Verifies passwords against encoded strings, with a second implementation.
//!
//! The engine hashes and `RustCrypto`'s `argon2` verifies, so a match means that two independent
//! implementations agree. Only its raw computation is used: its parser of encoded strings is less
//! strict.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params};
use rayon::iter::{ParallelExtend, repeat_n};
use rayon::{ThreadPool, ThreadPoolBuilder};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::encoded::{Encoded, TAG_BYTES, Variant, Version};
use super::policy::InsufficientMemory;
use crate::system::process::leave_signals_to_others;
use crate::system::stack::wiping_the_deep_stack;

/// After how many KiB of memory the time is looked at.
const STEP: usize = 8 << 10;
/// More of a stack than a verification uses, in bytes. A thread that waits for another takes up lanes of a third one
/// meanwhile, further down on its stack, by 6 KiB each time. Measured on x86-64: 12 KiB for one lane, 24 for four, and
/// 54 for 64 lanes on 64 threads, which is the most that `policy` allows.
const STACK: usize = 64 << 10;

/// Why a password cannot be verified.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Memory(InsufficientMemory),
    #[error("the system gave no thread to compute with")]
    Threads,
    /// The engine's tag is not the one that this implementation computes.
    #[error("two implementations disagree about this hash, so it is not used")]
    Disagreement,
    #[error("the second Argon2 library failed: {0}")]
    Refused(argon2::Error),
}

/// Verifies passwords. Reuses its threads.
pub struct Verifier {
    threads: ThreadPool,
}

/// The memory of a verification, which can be used again. It only grows. The program's allocator wipes it.
#[derive(Default)]
pub struct VerifierMemory {
    blocks: Vec<Block>,
    /// How many blocks are reserved at least.
    least: usize,
}

impl VerifierMemory {
    /// Memory that reserves so many KiB at least, although a hash may use less.
    pub fn of_at_least(kib: u64) -> Self {
        // More than can be addressed is what cannot be had.
        Self { blocks: Vec::new(), least: usize::try_from(kib).unwrap_or(usize::MAX) }
    }

    /// How many KiB a hash can use. A block is one KiB (RFC 9106 section 3.2).
    pub fn kib(&self) -> u32 {
        u32::try_from(self.blocks.len()).unwrap_or(u32::MAX)
    }

    #[cfg(test)]
    pub(crate) fn is_wiped(&self) -> bool {
        self.blocks.iter().all(|block| block.as_ref().iter().all(|word| *word == 0))
    }

    /// Wipes it, to be used again.
    pub fn wipe(&mut self) {
        for block in &mut self.blocks {
            block.as_mut().fill(0);
        }
        zeroize::optimization_barrier(&*self.blocks);
    }
}

impl Verifier {
    /// A verifier that computes up to `threads` lanes in parallel. For one, and if no more threads can be started, the
    /// calling thread does all the work.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Threads`], if no thread can be started and the calling thread already belongs to
    /// another pool.
    pub fn new(threads: usize) -> Result<Self, VerifyError> {
        let here = || ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        let elsewhere = |threads| {
            ThreadPoolBuilder::new().num_threads(threads).start_handler(|_| leave_signals_to_others()).build()
        };
        let threads = match threads {
            0 | 1 => here().or_else(|_| elsewhere(1)),
            _ => elsewhere(threads).or_else(|_| here()),
        };
        Ok(Self { threads: threads.map_err(|_| VerifyError::Threads)? })
    }

    /// Makes room in the memory for a hash of `kib` KiB, or for as much of it as can be had within `limit`.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Memory`], if there is too little.
    pub fn grow(&self, memory: &mut VerifierMemory, kib: u32, limit: Duration) -> Result<(), VerifyError> {
        if kib <= memory.kib() {
            return Ok(());
        }
        let start = Instant::now();
        let kib = kib as usize;
        let blocks = &mut memory.blocks;
        if blocks.capacity() < kib {
            // The old memory goes first, so that there are never both.
            *blocks = Vec::new();
            blocks.try_reserve_exact(kib.max(memory.least)).map_err(|_| {
                VerifyError::Memory(InsufficientMemory { needed: kib as u64, available: None })
            })?;
        }
        while blocks.len() < kib && start.elapsed() < limit {
            // The threads share it, because the first access to each page takes long.
            let step = repeat_n(Block::new(), STEP.min(kib - blocks.len()));
            self.threads.install(|| blocks.par_extend(step));
        }
        Ok(())
    }

    /// Whether the password matches the encoded string. The tags are compared in constant time.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Memory`], if there is too little, and [`VerifyError::Refused`].
    pub fn matches(&self, encoded: &Encoded, password: &[u8]) -> Result<bool, VerifyError> {
        self.matches_in(&mut VerifierMemory::default(), encoded, password)
    }

    /// As [`Verifier::matches`], in memory that can be used again.
    ///
    /// # Errors
    ///
    /// Those of [`Verifier::matches`].
    pub fn matches_in(
        &self,
        memory: &mut VerifierMemory,
        encoded: &Encoded,
        password: &[u8],
    ) -> Result<bool, VerifyError> {
        let tag = self.tag(memory, encoded, password, encoded.tag.len())?;
        Ok(tag.ct_eq(&encoded.tag).into())
    }

    /// How many threads compute.
    pub fn threads(&self) -> usize {
        self.threads.current_num_threads()
    }

    /// Whether the password is right, but the tag has lost its end or got more: as far as both go, it equals
    /// the tag of [`TAG_BYTES`] bytes. An intact tag of another length never does, because a tag depends
    /// on its length (RFC 9106 section 3.2), so none is the beginning of a longer one. Uses the memory again.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Memory`], if there is too little, and [`VerifyError::Refused`].
    pub fn tag_was_cut_or_extended(
        &self,
        memory: &mut VerifierMemory,
        encoded: &Encoded,
        password: &[u8],
    ) -> Result<bool, VerifyError> {
        if encoded.tag.len() == TAG_BYTES {
            return Ok(false);
        }
        let tag = self.tag(memory, encoded, password, TAG_BYTES)?;
        let common = encoded.tag.len().min(TAG_BYTES);
        Ok(tag[..common].ct_eq(&encoded.tag[..common]).into())
    }

    /// Computes a tag of `bytes` bytes, with the other parameters of the encoded string.
    fn tag(
        &self,
        memory: &mut VerifierMemory,
        encoded: &Encoded,
        password: &[u8],
        bytes: usize,
    ) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let algorithm = match encoded.variant {
            Variant::Argon2d => Algorithm::Argon2d,
            Variant::Argon2i => Algorithm::Argon2i,
            Variant::Argon2id => Algorithm::Argon2id,
        };
        let version = match encoded.version {
            Version::V16 => argon2::Version::V0x10,
            Version::V19 => argon2::Version::V0x13,
        };
        let (kib, iterations) = (encoded.params.memory_kib(), encoded.params.iterations());
        let params = Params::new(kib, iterations, encoded.params.parallelism(), Some(bytes))
            .map_err(VerifyError::Refused)?;
        self.grow(memory, kib, Duration::MAX)?;
        let blocks = &mut memory.blocks[..params.block_count()];
        let mut tag = Zeroizing::new(vec![0; bytes]);
        let argon2 = Argon2::new(algorithm, version, params);
        let compute = || argon2.hash_password_into_with_memory(password, &encoded.salt, &mut tag, blocks);
        let computed = self.threads.install(|| wiping_the_deep_stack::<STACK, _>(compute));
        if self.threads() > 1 {
            // The others have computed lanes, too. They wait now, where they took them.
            self.threads.broadcast(|_| wiping_the_deep_stack::<STACK, _>(|| ()));
        }
        computed.map_err(VerifyError::Refused)?;
        Ok(tag)
    }

    /// Gives a hash that the engine has just made, if it is confirmed.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Disagreement`], and those of [`Verifier::matches_in`].
    pub fn confirm(
        &self,
        memory: &mut VerifierMemory,
        encoded: Encoded,
        password: &[u8],
    ) -> Result<Encoded, VerifyError> {
        if self.matches_in(memory, &encoded, password)? {
            Ok(encoded)
        } else {
            Err(VerifyError::Disagreement)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn one_lane_needs_no_other_thread() {
        let verifier = Verifier::new(1).unwrap();
        assert_eq!(verifier.threads.install(|| thread::current().id()), thread::current().id());
    }

    /// So what is reserved is a mapping of its own, and goes back to the system when it is freed.
    #[test]
    fn memory_reserves_at_least_what_it_is_told_and_is_kept_while_it_suffices() {
        let (verifier, mut memory) = (Verifier::new(1).unwrap(), VerifierMemory::of_at_least(64));
        let mut grow = |kib| {
            verifier.grow(&mut memory, kib, Duration::MAX).unwrap();
            (memory.kib(), memory.blocks.capacity(), memory.blocks.as_ptr())
        };
        let (kib, capacity, place) = grow(8);
        assert_eq!((kib, capacity), (8, 64));
        assert_eq!(grow(64), (64, 64, place));
        assert_eq!(grow(65).0, 65);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn its_threads_leave_signals_to_others() {
        let verifier = Verifier::new(2).unwrap();
        let status = || std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let status = verifier.threads.install(status);
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
        // The signals count from 1, and SIGTERM is 15.
        assert_ne!(u64::from_str_radix(blocked.trim(), 16).unwrap() & 1 << 14, 0, "{blocked}");
    }
}
