//! Argon2 (RFC 9106), versions 0x10 and 0x13: computes tags.

mod address;
mod blake2b;
mod block;
mod compress;
mod derive;
mod kernel;
mod lane;
mod memory;

use block::Block;
pub use derive::Input;
use derive::Setting;
pub use kernel::Kernel;
use memory::Memory;

use super::encoded::{MIN_SALT_BYTES, MIN_TAG_BYTES, Variant, Version};
use super::params::Params;

/// The hashing engine at one setting. It keeps its memory between tags, wiped.
pub struct Engine {
    setting: Setting,
    tag_bytes: usize,
    memory: Option<Memory>,
}

/// Why there is no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The system gave too little.
    #[error("not enough memory")]
    Memory,
    #[error("a tag has at least {MIN_TAG_BYTES} bytes, and each has the length that was asked for at first")]
    TagLength,
    #[error("a salt has at least {MIN_SALT_BYTES} bytes")]
    SaltLength,
    /// RFC 9106 section 3.1: 2^32-1 bytes.
    #[error("the input is longer than Argon2 allows")]
    InputLength,
}

impl Engine {
    /// An engine that makes tags of `tag_bytes` bytes with up to `threads` threads, which do not change
    /// the tag; more than lanes are of no use. Takes no memory yet.
    ///
    /// # Errors
    ///
    /// [`EngineError::TagLength`], for a tag of under 4 bytes, or of more than 2^32-1.
    pub fn new(
        variant: Variant,
        version: Version,
        params: Params,
        tag_bytes: usize,
        threads: u32,
    ) -> Result<Self, EngineError> {
        if tag_bytes < MIN_TAG_BYTES || u32::try_from(tag_bytes).is_err() {
            return Err(EngineError::TagLength);
        }
        let threads = threads.clamp(1, params.parallelism()) as usize;
        let setting = Setting { variant, version, params, kernel: Kernel::fastest(), threads };
        Ok(Self { setting, tag_bytes, memory: None })
    }

    /// The same, with a kernel other than the fastest. One that this processor cannot run is replaced by
    /// [`Kernel::Portable`].
    #[must_use]
    pub const fn with_kernel(mut self, kernel: Kernel) -> Self {
        self.setting.kernel = kernel;
        self
    }

    /// Fills `tag`, which has the length that the engine was made for.
    ///
    /// # Errors
    ///
    /// [`EngineError::Memory`], where there is too little; the others for a tag of another length, a salt
    /// of under 8 bytes and an input of more than 2^32-1.
    pub fn derive(&mut self, input: Input<'_>, tag: &mut [u8]) -> Result<(), EngineError> {
        let Input { password, salt, secret, associated_data } = input;
        if tag.len() != self.tag_bytes {
            return Err(EngineError::TagLength);
        }
        if salt.len() < MIN_SALT_BYTES {
            return Err(EngineError::SaltLength);
        }
        if [password, salt, secret, associated_data].iter().any(|field| u32::try_from(field.len()).is_err()) {
            return Err(EngineError::InputLength);
        }
        let blocks = self.setting.shape().blocks();
        let memory = match &mut self.memory {
            Some(memory) => memory,
            none => none.insert(Memory::new(blocks).ok_or(EngineError::Memory)?),
        };
        let memory = Wiped(memory.blocks());
        self.setting.derive(input, memory.0, tag);
        Ok(())
    }
}

/// Memory that is wiped after use, whatever happens meanwhile.
struct Wiped<'a>(&'a mut [Block]);

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        bytemuck::must_cast_slice_mut::<_, u8>(self.0).fill(0);
        zeroize::optimization_barrier(self.0);
    }
}
