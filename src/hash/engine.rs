//! Argon2 (RFC 9106), versions 0x10 and 0x13: computes tags.

mod address;
mod blake2b;
mod block;
mod compress;
mod derive;
mod kernel;
mod segment;
mod team;

use address::Shape;
use block::{Block, Memory};
pub use derive::Input;
use derive::{MAX_IN_TURN, Setting};
pub use kernel::Kernel;
use team::Team;

use super::encoded::{MIN_SALT_BYTES, MIN_TAG_BYTES, Variant, Version};
use super::params::Params;
use super::policy::InsufficientMemory;

/// The fewest blocks that a thread wipes, as measured: waking it for fewer takes longer.
const MIN_TO_WIPE: usize = 4_096;

/// The hashing engine at one setting. It keeps its memory and its threads between tags. After a tag, the memory holds
/// what the password could be guessed from, until the next tag has overwritten it, [`Engine::wipe`], or the engine is
/// dropped.
pub struct Engine {
    setting: Setting,
    threads: usize,
    /// From the first tag on.
    workplace: Option<Workplace>,
}

/// What an engine works with.
struct Workplace {
    memory: Memory,
    team: Team,
    is_wiped: bool,
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
    /// An engine that makes tags with up to `threads` threads. How many there are does not change the tag; more threads
    /// than lanes are of no use. The memory is taken for the first tag, and then the threads are started.
    pub fn new(variant: Variant, version: Version, params: Params, threads: u32) -> Self {
        let (shape, kernel) = (Shape::new(variant, params), Kernel::fastest());
        let threads = threads.clamp(1, params.parallelism()) as usize;
        Self { setting: Setting { shape, version, kernel, in_turn: MAX_IN_TURN }, threads, workplace: None }
    }

    /// How much memory is taken for a hash of `memory_kib` KiB, in KiB: up to 1 MiB more, where that fills a page.
    pub const fn taken_kib(memory_kib: u32) -> u64 {
        (Memory::taken((memory_kib as usize).saturating_mul(block::BYTES)) / block::BYTES) as u64
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
        let place = match &mut self.workplace {
            Some(place) => place,
            none => none.insert(Workplace::new(self.setting.shape, self.threads)?),
        };
        let (blocks, team) = place.enter();
        self.setting.derive(input, blocks, team, tag);
        Ok(())
    }

    /// Wipes the memory, if it has been used since it was wiped last.
    pub fn wipe(&mut self) {
        if let Some(place) = &mut self.workplace {
            place.wipe();
        }
    }
}

impl Workplace {
    fn new(shape: Shape, threads: usize) -> Result<Self, EngineError> {
        let too_little = InsufficientMemory { needed: shape.memory_kib.into(), available: None };
        let memory = Memory::new(shape.blocks()).ok_or(EngineError::Memory(too_little))?;
        Ok(Self { memory, team: Team::new(threads), is_wiped: true })
    }

    /// The only way to the memory, so that what has been written to is wiped.
    fn enter(&mut self) -> (&mut [Block], &Team) {
        self.is_wiped = false;
        (self.memory.blocks(), &self.team)
    }

    fn wipe(&mut self) {
        if self.is_wiped {
            return;
        }
        let blocks = self.memory.blocks();
        let share = blocks.len().div_ceil(self.team.threads()).max(MIN_TO_WIPE);
        self.team.share(blocks.chunks_mut(share), |blocks| {
            bytemuck::must_cast_slice_mut::<_, u8>(blocks).fill(0);
            zeroize::optimization_barrier(blocks);
        });
        self.is_wiped = true;
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Whether a tag may have this length, and the salt and the other inputs those that follow it.
fn lengths_are_allowed(lengths: [usize; 5]) -> bool {
    let [tag, salt, ..] = lengths;
    let fit = lengths.iter().all(|length| u32::try_from(*length).is_ok());
    fit && tag >= MIN_TAG_BYTES && salt >= MIN_SALT_BYTES
}

#[cfg(test)]
mod naive;

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use std::fs::File;
    #[cfg(target_os = "linux")]
    use std::os::unix::fs::FileExt;

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
        // A segment has more than one block of addresses.
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

    fn is_zero(blocks: &[Block]) -> bool {
        blocks.iter().all(|block| block.to_bytes() == [0; block::BYTES])
    }

    /// SECURITY.md: "then the next hash overwrites all of it in its first pass"
    #[test]
    fn memory_is_kept_between_tags_and_can_be_wiped() {
        // On the heap, in pages of its own, and enough to be wiped by two threads.
        for (memory_kib, lanes) in [(8, 1), (2_047, 1), (2_048, 1), (5_000, 1), (10_000, 2)] {
            let mut engine = engine(Variant::Argon2id, memory_kib, lanes, 2);
            let first = tag(&mut engine);
            assert!(!is_zero(engine.workplace.as_mut().unwrap().memory.blocks()));
            assert_eq!(tag(&mut engine), first);
            engine.wipe();
            let blocks = engine.workplace.as_mut().unwrap().memory.blocks();
            assert_eq!(blocks.len(), engine.setting.shape.blocks());
            assert!(is_zero(blocks), "{memory_kib}");
            assert_eq!(tag(&mut engine), first);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_wiped_when_an_engine_is_dropped_if_only_by_a_panic() {
        let mut left = [Block::from_bytes(&[1; block::BYTES]); 8];
        let mut place =
            Workplace::new(Shape::new(Variant::Argon2id, Params::new(8, 1, 1).unwrap()), 1).unwrap();
        let (blocks, _) = place.enter();
        blocks.copy_from_slice(&left);
        let address = blocks.as_ptr().addr() as u64;
        let panics = std::panic::AssertUnwindSafe(|| {
            let _place = place;
            panic!("as this test wants it");
        });
        assert!(std::panic::catch_unwind(panics).is_err());
        // Freed, it is still the process's own.
        let process = File::open("/proc/self/mem").unwrap();
        process.read_exact_at(bytemuck::must_cast_slice_mut(&mut left), address).unwrap();
        assert!(!left.iter().any(|block| block.to_bytes().windows(16).any(|bytes| bytes == [1; 16])));
    }

    #[test]
    fn memory_beyond_the_address_space_is_an_error() {
        assert!(Memory::new(usize::MAX / block::BYTES).is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_hash_takes_its_memory_and_the_rest_of_a_page_that_it_needs_half_of() {
        for (kib, taken) in [
            (8, 8),
            (2_047, 2_047),
            (2_048, 2_048),
            (3_071, 3_071),
            (3_072, 4_096),
            (19_456, 20_480),
            (65_536, 65_536),
        ] {
            assert_eq!(Engine::taken_kib(kib), taken, "{kib}");
        }
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
