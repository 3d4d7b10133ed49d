//! Argon2 (RFC 9106), versions 0x10 and 0x13: computes tags.

mod address;
mod blake2b;
mod block;
mod compress;
mod derive;
mod kernel;
mod segment;

use address::Shape;
use block::{Block, Memory};
pub use derive::Input;
use derive::{MAX_IN_TURN, Setting};
pub use kernel::Kernel;

use super::encoded::{MIN_SALT_BYTES, MIN_TAG_BYTES, Variant, Version};
use super::params::Params;
use super::policy::InsufficientMemory;

/// The hashing engine at one setting. It keeps its memory between tags, wiped.
pub struct Engine {
    setting: Setting,
    memory: Option<Memory>,
}

/// Why there is no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Memory(InsufficientMemory),
    /// A tag has at least 4 bytes, and nothing has more than 2^32-1 (RFC 9106 section 3.1); a salt has at
    /// least 8, as in the C reference.
    #[error("the tag or an input has a length that Argon2 does not allow")]
    Length,
}

impl Engine {
    /// An engine that makes tags with up to `threads` threads. How many there are does not change the tag;
    /// more threads than lanes are of no use. The memory is taken for the first tag.
    pub fn new(variant: Variant, version: Version, params: Params, threads: u32) -> Self {
        let threads = threads.clamp(1, params.parallelism()) as usize;
        let (shape, kernel) = (Shape::new(variant, params), Kernel::fastest());
        let setting = Setting { shape, version, kernel, threads, in_turn: MAX_IN_TURN };
        Self { setting, memory: None }
    }

    /// This engine with a kernel other than the fastest. [`Kernel::Portable`] replaces one that this
    /// processor cannot run.
    #[must_use]
    pub const fn with_kernel(mut self, kernel: Kernel) -> Self {
        self.setting.kernel = kernel;
        self
    }

    /// Fills `tag`, which may have another length each time; the tag depends on it.
    ///
    /// # Errors
    ///
    /// [`EngineError`]
    pub fn derive(&mut self, input: Input<'_>, tag: &mut [u8]) -> Result<(), EngineError> {
        let Input { password, salt, secret, associated_data } = input;
        if !lengths_are_allowed([&*tag, salt, password, secret, associated_data].map(<[u8]>::len)) {
            return Err(EngineError::Length);
        }
        let shape = self.setting.shape;
        let too_little = InsufficientMemory { needed: shape.memory_kib.into(), available: None };
        let memory = match &mut self.memory {
            Some(memory) => memory,
            none => none.insert(Memory::new(shape.blocks()).ok_or(EngineError::Memory(too_little))?),
        };
        let memory = Wiped(memory.blocks());
        self.setting.derive(input, memory.0, tag);
        Ok(())
    }
}

/// Whether a tag may have this length, and the salt and the other inputs those that follow it.
fn lengths_are_allowed(lengths: [usize; 5]) -> bool {
    let [tag, salt, ..] = lengths;
    let fit = lengths.iter().all(|length| u32::try_from(*length).is_ok());
    fit && tag >= MIN_TAG_BYTES && salt >= MIN_SALT_BYTES
}

/// Memory that is wiped after use, whatever happens meanwhile.
struct Wiped<'a>(&'a mut [Block]);

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        bytemuck::must_cast_slice_mut::<_, u8>(self.0).fill(0);
        zeroize::optimization_barrier(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: Input<'_> =
        Input { password: b"hunter2", salt: &[2; 16], secret: b"secret", associated_data: &[] };

    fn engine(variant: Variant, memory_kib: u64, lanes: u64, threads: u32) -> Engine {
        let params = Params::new(memory_kib, 2, lanes).unwrap();
        Engine::new(variant, Version::V19, params, threads)
    }

    fn tag(engine: &mut Engine) -> [u8; 32] {
        let mut tag = [0; 32];
        engine.derive(INPUT, &mut tag).unwrap();
        tag
    }

    #[test]
    fn threads_kernels_and_how_many_lanes_go_in_turn_do_not_change_the_tag() {
        // The slices are large enough for threads, and a segment has more than one block of addresses.
        for variant in [Variant::Argon2d, Variant::Argon2i, Variant::Argon2id] {
            for lanes in [1, 2, 3, 5] {
                let expected = tag(&mut engine(variant, 600 * lanes, lanes, 1));
                for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
                    for threads in [1, 2, 3, 5] {
                        for in_turn in 1..=5 {
                            let mut engine = engine(variant, 600 * lanes, lanes, threads).with_kernel(kernel);
                            engine.setting.in_turn = in_turn;
                            let case = (variant, lanes, kernel, threads, in_turn);
                            assert_eq!(tag(&mut engine), expected, "{case:?}");
                        }
                    }
                }
            }
        }
    }

    /// SECURITY.md: "The memory of a hash, and the stack below the engine, are wiped after each hash."
    #[test]
    fn memory_is_wiped_after_each_tag() {
        // On the heap, and in pages of its own.
        for memory_kib in [8, 2_047, 2_048, 5_000] {
            let mut engine = engine(Variant::Argon2id, memory_kib, 1, 1);
            let first = tag(&mut engine);
            assert_eq!(tag(&mut engine), first);
            let blocks = engine.memory.as_mut().unwrap().blocks();
            assert_eq!(blocks.len(), engine.setting.shape.blocks());
            assert!(blocks.iter().all(|block| block.to_bytes() == [0; block::BYTES]), "{memory_kib}");
        }
    }

    #[test]
    fn memory_is_wiped_if_the_computation_ends_early() {
        let mut blocks = [Block::from_bytes(&[1; block::BYTES]); 2];
        let panics = std::panic::AssertUnwindSafe(|| {
            let _memory = Wiped(&mut blocks);
            panic!("as this test wants it");
        });
        assert!(std::panic::catch_unwind(panics).is_err());
        assert!(blocks.iter().all(|block| block.to_bytes() == [0; block::BYTES]));
    }

    #[test]
    fn memory_beyond_the_address_space_is_an_error() {
        assert!(Memory::new(usize::MAX / block::BYTES).is_none());
    }

    #[test]
    fn lengths_that_are_not_allowed_are_errors() {
        let mut engine = engine(Variant::Argon2id, 8, 1, 1);
        let short = Input { salt: &[2; 8], ..INPUT };
        assert_eq!(engine.derive(short, &mut [0; 4]), Ok(()));
        assert_eq!(engine.derive(short, &mut [0; 3]), Err(EngineError::Length));
        assert_eq!(engine.derive(Input { salt: &[2; 7], ..INPUT }, &mut [0; 4]), Err(EngineError::Length));
        for index in 0..5 {
            let mut lengths = [u32::MAX as usize; 5];
            assert!(lengths_are_allowed(lengths));
            lengths[index] += 1;
            assert!(!lengths_are_allowed(lengths), "{lengths:?}");
        }
    }
}
