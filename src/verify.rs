//! Encoded string and password → match or not, by an implementation that is not the engine.
//!
//! The engine hashes, `RustCrypto`'s `argon2` verifies: a match means that two programs, written
//! independently, agree. Of that crate only the raw computation is used; its reader of encoded
//! strings is looser than [`crate::encoded`].

use std::num::NonZero;
use std::thread::available_parallelism;

use argon2::{Algorithm, Argon2, Block, Params};
use rayon::{ThreadPool, ThreadPoolBuilder};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::derive::TAG_BYTES;
use crate::encoded::{Encoded, Variant, Version};
use crate::limits::{MEMORY_HINT, affordable_threads};

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The machine did not give the memory, of this many KiB.
    #[error("this cost needs {} of memory, which this machine does not give", crate::size::display((*.0).into()))]
    Memory(u32),
    /// The machine gave not even the one thread.
    #[error("this machine gives no thread to compute with")]
    Threads,
    /// The engine has made another tag than this implementation.
    #[error("two implementations disagree about this hash, so it is not printed")]
    Disagreement,
    /// The implementation refused for another reason.
    #[error("the verifying implementation refused: {0}")]
    Refused(argon2::Error),
}

/// Verifies passwords, with threads that are kept from one to the next.
pub struct Verifier {
    threads: ThreadPool,
}

/// The memory that is worked on, wiped on drop.
struct Memory(Vec<Block>);

impl Verifier {
    /// A verifier that computes as many lanes at a time as there are cores, `lanes` at the most.
    /// Where the system gives no further thread, this thread does all the work.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Threads`], where this thread already works for another verifier.
    pub fn new(lanes: u32) -> Result<Self, VerifyError> {
        Self::for_memory(lanes, 0)
    }

    /// The same, with only as many threads as leave `memory_kib` KiB of a limited address space.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Threads`], where this thread already works for another verifier.
    pub fn for_memory(lanes: u32, memory_kib: u64) -> Result<Self, VerifyError> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let threads = cores.min(usize::try_from(lanes).unwrap_or(cores));
        let several = match affordable_threads(memory_kib, threads) {
            0 => None,
            threads => ThreadPoolBuilder::new().num_threads(threads).build().ok(),
        };
        let this_one = || ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        let threads = several.map_or_else(this_one, Ok).map_err(|_| VerifyError::Threads)?;
        Ok(Self { threads })
    }

    /// Whether the encoded string is of this password. The tags are compared in constant time.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Memory`], where there is too little.
    pub fn matches(&self, encoded: &Encoded, password: &[u8]) -> Result<bool, VerifyError> {
        let tag = self.tag(encoded, password, encoded.tag.len())?;
        Ok(tag.ct_eq(&encoded.tag).into())
    }

    /// Whether the encoded string would be of this password, had its tag the usual length: then it
    /// is damaged. The length goes into a tag, so that no tag is the beginning of a longer one.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Memory`], where there is too little.
    pub fn would_match_whole(&self, encoded: &Encoded, password: &[u8]) -> Result<bool, VerifyError> {
        if encoded.tag.len() == TAG_BYTES {
            return Ok(false);
        }
        let tag = self.tag(encoded, password, TAG_BYTES)?;
        let common = encoded.tag.len().min(TAG_BYTES);
        Ok(tag[..common].ct_eq(&encoded.tag[..common]).into())
    }

    /// Computes a tag of so many bytes, with all else as the encoded string says.
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
        let cost = encoded.cost;
        let params = Params::new(cost.memory_kib(), cost.iterations(), cost.parallelism(), Some(bytes))
            .map_err(VerifyError::Refused)?;
        let mut memory = Memory::new(params.block_count()).ok_or(VerifyError::Memory(cost.memory_kib()))?;
        let mut tag = Zeroizing::new(vec![0; bytes]);
        let argon2 = Argon2::new(algorithm, version, params);
        self.threads
            .install(|| {
                argon2.hash_password_into_with_memory(password, &encoded.salt, &mut tag, &mut memory.0)
            })
            .map_err(VerifyError::Refused)?;
        Ok(tag)
    }

    /// Checks that a hash which the engine has just made is of this password.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Disagreement`], and those of [`Verifier::matches`].
    pub fn confirm(&self, encoded: &Encoded, password: &[u8]) -> Result<(), VerifyError> {
        if self.matches(encoded, password)? { Ok(()) } else { Err(VerifyError::Disagreement) }
    }
}

impl VerifyError {
    /// What to do about it, where there is something.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Memory(_) => Some(MEMORY_HINT),
            Self::Disagreement => Some("test the memory of this machine, and report it"),
            Self::Threads | Self::Refused(_) => None,
        }
    }
}

impl Memory {
    /// So many blocks of 1 KiB; none where the machine doesn't give them.
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
