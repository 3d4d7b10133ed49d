//! Computes tags; the only caller of the hashing library.

use argon2_rust::params::{Memory, TagLen};
use argon2_rust::{Algorithm, Argon2, Error, Hasher};

use super::encoded::{Variant, Version};
use super::params::Params;

/// The hashing engine at one setting. It keeps its memory between tags, wiped.
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

/// Why there is no tag.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The system gave too little.
    #[error("not enough memory")]
    Memory,
    #[error("the hashing engine refused: {0}")]
    Refused(Error),
}

impl Engine {
    /// An engine that makes tags of `tag_bytes` bytes with up to `threads` threads, which do not change
    /// the tag; more than lanes are of no use. Takes no memory yet.
    ///
    /// # Errors
    ///
    /// [`EngineError::Refused`], for a tag of under 4 bytes, or more memory than the address space has.
    pub fn new(
        variant: Variant,
        version: Version,
        params: Params,
        tag_bytes: usize,
        threads: u32,
    ) -> Result<Self, EngineError> {
        let algorithm = match variant {
            Variant::Argon2d => Algorithm::Argon2d,
            Variant::Argon2i => Algorithm::Argon2i,
            Variant::Argon2id => Algorithm::Argon2id,
        };
        let version = match version {
            Version::V16 => argon2_rust::Version::V0x10,
            Version::V19 => argon2_rust::Version::V0x13,
        };
        let params = argon2_rust::Params::builder()
            .memory(Memory::kib(params.memory_kib().into()))
            .passes(params.iterations())
            .lanes(params.parallelism())
            .threads(threads.clamp(1, params.parallelism()))
            .tag_len(TagLen::bytes(tag_bytes as u64))
            .build()
            .map_err(EngineError::Refused)?;
        Ok(Self { hasher: Argon2::new(algorithm, version, params).hasher() })
    }

    /// Fills `tag`, which has the length that the engine was made for.
    ///
    /// # Errors
    ///
    /// [`EngineError::Memory`], where there is too little; [`EngineError::Refused`], for a salt of under
    /// 8 bytes or a tag of another length.
    pub fn derive(&mut self, input: Input<'_>, tag: &mut [u8]) -> Result<(), EngineError> {
        let Input { password, salt, secret, associated_data } = input;
        self.hasher.hash_into_with_ad(password, salt, secret, associated_data, tag).map_err(|error| {
            match error {
                Error::MemoryAllocationError => EngineError::Memory,
                other => EngineError::Refused(other),
            }
        })
    }
}
