//! Verifies passwords against encoded strings, with a second implementation.
//!
//! The engine hashes and `RustCrypto`'s `argon2` verifies, so a match means that two independent
//! implementations agree. Only its raw computation is used: its parser of encoded strings is less
//! strict.

use argon2::{Algorithm, Argon2, Block, Params};
use rayon::{ThreadPool, ThreadPoolBuilder};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::encoded::{Encoded, TAG_BYTES, Variant, Version};
use super::policy::{InsufficientMemory, max_threads};
use crate::system::cores;

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

/// The memory of a computation, wiped on drop.
struct Memory(Vec<Block>);

impl Verifier {
    /// A verifier that computes as many lanes in parallel as there are cores, at most `lanes`. For one, and
    /// if no thread can be started, this thread does all the work.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Threads`], if no thread can be started and this thread already belongs to another
    /// pool.
    pub fn new(lanes: u32) -> Result<Self, VerifyError> {
        Self::for_memory(lanes, 0)
    }

    /// The same, but with no more threads than leave `memory_kib` KiB of a limited address space.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Threads`], if no thread can be started and this thread already belongs to another
    /// pool.
    pub fn for_memory(lanes: u32, memory_kib: u64) -> Result<Self, VerifyError> {
        let wanted = usize::try_from(lanes).unwrap_or(usize::MAX).min(cores());
        let here = || ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        let elsewhere = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
        let threads = match wanted {
            1 => here().or_else(|_| elsewhere(1)),
            _ => match max_threads(memory_kib, wanted) {
                0 => here(),
                threads => elsewhere(threads).or_else(|_| here()),
            },
        };
        Ok(Self { threads: threads.map_err(|_| VerifyError::Threads)? })
    }

    /// Whether the password matches the encoded string. The tags are compared in constant time.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Memory`], if there is too little, and [`VerifyError::Refused`].
    pub fn matches(&self, encoded: &Encoded, password: &[u8]) -> Result<bool, VerifyError> {
        let tag = self.tag(encoded, password, encoded.tag.len())?;
        Ok(tag.ct_eq(&encoded.tag).into())
    }

    /// Whether the encoded string would match if its tag had the usual length; then the string is
    /// damaged. An intact tag never passes: a tag depends on its length (RFC 9106 section 3.2), so none
    /// is the beginning of a longer one.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Memory`], if there is too little, and [`VerifyError::Refused`].
    pub fn would_match_whole(&self, encoded: &Encoded, password: &[u8]) -> Result<bool, VerifyError> {
        if encoded.tag.len() == TAG_BYTES {
            return Ok(false);
        }
        let tag = self.tag(encoded, password, TAG_BYTES)?;
        let common = encoded.tag.len().min(TAG_BYTES);
        Ok(tag[..common].ct_eq(&encoded.tag[..common]).into())
    }

    /// Computes a tag of `bytes` bytes, with the other parameters of the encoded string.
    fn tag(
        &self,
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
        let none = InsufficientMemory { needed: kib.into(), available: None };
        let mut memory = Memory::new(params.block_count()).ok_or(VerifyError::Memory(none))?;
        let mut tag = Zeroizing::new(vec![0; bytes]);
        let argon2 = Argon2::new(algorithm, version, params);
        self.threads
            .install(|| {
                argon2.hash_password_into_with_memory(password, &encoded.salt, &mut tag, &mut memory.0)
            })
            .map_err(VerifyError::Refused)?;
        Ok(tag)
    }

    /// Checks a hash that the engine has just made.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Disagreement`], and those of [`Verifier::matches`].
    pub fn confirm(&self, encoded: &Encoded, password: &[u8]) -> Result<(), VerifyError> {
        if self.matches(encoded, password)? { Ok(()) } else { Err(VerifyError::Disagreement) }
    }
}

impl Memory {
    /// Allocates blocks of 1 KiB; none if that fails.
    fn new(blocks: usize) -> Option<Self> {
        let mut memory = Vec::new();
        memory.try_reserve_exact(blocks).ok()?;
        memory.resize(blocks, Block::new());
        Some(Self(memory))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt;
    use std::thread;

    use super::*;

    #[test]
    fn one_lane_needs_no_other_thread() {
        let verifier = Verifier::new(1).unwrap();
        assert_eq!(verifier.threads.install(|| thread::current().id()), thread::current().id());
    }

    #[test]
    fn memory_is_wiped_when_it_is_given_back() {
        let process = File::open("/proc/self/mem").unwrap();
        let mut memory = Memory::new(8).unwrap();
        memory.0.iter_mut().for_each(|block| block.as_mut().fill(u64::from_ne_bytes(*b"hunter2!")));
        let address = memory.0.as_ptr().addr() as u64;
        drop(memory);
        let mut left = [0; 8 << 10];
        process.read_exact_at(&mut left, address).unwrap();
        assert!(!left.windows(8).any(|bytes| bytes == b"hunter2!"));
    }
}
