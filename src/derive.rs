//! Password, cost and salt → encoded string; the only caller of the hashing engine.

use argon2_rust::params::{Memory, TagLen};
use argon2_rust::{Algorithm, Argon2, Hasher, Params};
use rand_core::TryCryptoRng;

use crate::cost::Cost;
use crate::encoded::{Encoded, Variant, Version};
use crate::limits::MEMORY_HINT;
use crate::password::Password;
use crate::size;

/// Bytes of salt in what is made here (RFC 9106 section 3.1 recommends 16).
pub const SALT_BYTES: usize = 16;
/// Bytes of tag in what is made here (RFC 9106 section 4: 256 bits).
pub const TAG_BYTES: usize = 32;

/// Why there is no hash.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeriveError {
    /// The machine did not give the memory.
    #[error("this cost needs {} of memory, which this machine does not give", size::display((*.0).into()))]
    Memory(u32),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes for the salt")]
    Randomness,
    /// The engine refused for another reason.
    #[error("the hashing engine refused: {0}")]
    Engine(argon2_rust::Error),
}

/// Hashes passwords at one cost, with a salt of its own for each. Keeps its memory from one to
/// the next, wiped.
pub struct Deriver<R> {
    engine: Engine,
    cost: Cost,
    random: R,
}

/// The hashing engine at one setting. Its memory is kept between tags, wiped.
pub struct Engine {
    hasher: Hasher,
}

/// What goes into a tag (RFC 9106 section 3.1).
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The message P.
    pub password: &'a [u8],
    /// The nonce S, at least 8 bytes.
    pub salt: &'a [u8],
    /// The secret value K; empty for none.
    pub secret: &'a [u8],
    /// The associated data X; empty for none.
    pub associated_data: &'a [u8],
}

impl<R: TryCryptoRng> Deriver<R> {
    /// A deriver that uses up to `threads` threads, and takes its salts from `random`: outside of
    /// tests, the operating system.
    ///
    /// # Errors
    ///
    /// [`DeriveError::Engine`], where this cost is beyond the machine's address space.
    pub fn new(cost: Cost, threads: u32, random: R) -> Result<Self, DeriveError> {
        let engine = Engine::new(Variant::Argon2id, Version::V19, cost, TAG_BYTES, threads)?;
        Ok(Self { engine, cost, random })
    }

    /// Hashes one password: Argon2id, version 19, 16 bytes of fresh salt, 32 bytes of tag.
    ///
    /// # Errors
    ///
    /// [`DeriveError`], where memory or randomness is missing.
    pub fn derive(&mut self, password: &Password) -> Result<Encoded, DeriveError> {
        let mut salt = vec![0; SALT_BYTES];
        self.random.try_fill_bytes(&mut salt).map_err(|_| DeriveError::Randomness)?;
        let mut tag = vec![0; TAG_BYTES];
        let input = Input { password: password.as_bytes(), salt: &salt, secret: &[], associated_data: &[] };
        self.engine.derive(input, &mut tag)?;
        Ok(Encoded { variant: Variant::Argon2id, version: Version::V19, cost: self.cost, salt, tag })
    }
}

impl Engine {
    /// An engine that makes tags of `tag_bytes` bytes, with up to `threads` threads, which do not
    /// change the tag; more than lanes are of no use. Takes no memory yet.
    ///
    /// # Errors
    ///
    /// [`DeriveError::Engine`], for a tag of under 4 bytes, or a cost beyond the machine's
    /// address space.
    pub fn new(
        variant: Variant,
        version: Version,
        cost: Cost,
        tag_bytes: usize,
        threads: u32,
    ) -> Result<Self, DeriveError> {
        let algorithm = match variant {
            Variant::Argon2d => Algorithm::Argon2d,
            Variant::Argon2i => Algorithm::Argon2i,
            Variant::Argon2id => Algorithm::Argon2id,
        };
        let version = match version {
            Version::V16 => argon2_rust::Version::V0x10,
            Version::V19 => argon2_rust::Version::V0x13,
        };
        let params = Params::builder()
            .memory(Memory::kib(cost.memory_kib().into()))
            .passes(cost.iterations())
            .lanes(cost.parallelism())
            .threads(threads.clamp(1, cost.parallelism()))
            .tag_len(TagLen::bytes(tag_bytes as u64))
            .build()
            .map_err(DeriveError::Engine)?;
        Ok(Self { hasher: Argon2::new(algorithm, version, params).hasher() })
    }

    /// Fills `tag`, which has the length that the engine was made for.
    ///
    /// # Errors
    ///
    /// [`DeriveError::Memory`], where there is too little; [`DeriveError::Engine`], for a salt
    /// of under 8 bytes or a tag of another length.
    pub fn derive(&mut self, input: Input<'_>, tag: &mut [u8]) -> Result<(), DeriveError> {
        let Input { password, salt, secret, associated_data } = input;
        self.hasher.hash_into_with_ad(password, salt, secret, associated_data, tag).map_err(|error| {
            match error {
                argon2_rust::Error::MemoryAllocationError => {
                    DeriveError::Memory(self.hasher.params().memory_kib())
                }
                other => DeriveError::Engine(other),
            }
        })
    }
}

impl DeriveError {
    /// What to do about it, where there is something.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Memory(_) => Some(MEMORY_HINT),
            Self::Randomness | Self::Engine(_) => None,
        }
    }
}
