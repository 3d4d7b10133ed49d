//! What the program agrees to compute: its own limits, and the memory that is left.
//!
//! Encoded strings are untrusted. A user who can write one into a config must not be able to make the
//! program use all memory or run for years.

use std::fmt;

use super::params::{Kib, Params};
use crate::system::memory::{self, Available};

/// The most memory that a hash may use, in KiB: 4 GiB, twice RFC 9106's first recommendation.
pub const MAX_MEMORY_KIB: u32 = 4 << 20;
/// The most iterations.
pub const MAX_ITERATIONS: u32 = 1_000;
/// The most lanes.
pub const MAX_PARALLELISM: u32 = 64;
/// The most memory times iterations, in KiB: 64 GiB, which is about a minute.
pub const MAX_WORK_KIB: u64 = 64 << 20;

/// Memory that the program needs besides that of the hashes, in KiB: stacks, queues and what libraries
/// allocate. Measured: under 1 MiB.
const BASE_KIB: u64 = 2 << 10;
/// Address space that the program needs besides that of the hashes, in KiB: its memory, and what is lost
/// because huge pages start at multiples of their size.
const BASE_ADDRESS_SPACE_KIB: u64 = BASE_KIB + (2 << 10);
/// Address space that a thread needs besides the memory of its hash, in KiB: its stack, and the arena
/// of 64 MiB that the C library reserves for it.
const THREAD_KIB: u64 = 68 << 10;

/// Parameters beyond a limit, with the number that exceeds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyError {
    /// In KiB.
    Memory(u32),
    Iterations(u32),
    Parallelism(u32),
    /// Memory times iterations, in KiB.
    Work(u64),
}

/// There is not enough memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InsufficientMemory {
    /// What is needed, in KiB.
    pub needed: u64,
    /// What is available, in KiB; none if an allocation failed.
    pub available: Option<u64>,
}

/// Checks parameters against the limits.
///
/// # Errors
///
/// [`PolicyError`], for the first number beyond its limit.
pub fn check(params: Params) -> Result<(), PolicyError> {
    if params.memory_kib() > MAX_MEMORY_KIB {
        return Err(PolicyError::Memory(params.memory_kib()));
    }
    if params.iterations() > MAX_ITERATIONS {
        return Err(PolicyError::Iterations(params.iterations()));
    }
    if params.parallelism() > MAX_PARALLELISM {
        return Err(PolicyError::Parallelism(params.parallelism()));
    }
    if params.work_kib() > MAX_WORK_KIB {
        return Err(PolicyError::Work(params.work_kib()));
    }
    Ok(())
}

/// How many workers, at most `wanted`, can use `memory_kib` KiB each.
///
/// # Errors
///
/// [`InsufficientMemory`], if there is not enough for one.
pub fn max_workers(memory_kib: u64, wanted: usize) -> Result<usize, InsufficientMemory> {
    max_workers_within(memory::available(), memory_kib.max(1), wanted)
}

/// How many threads, at most `wanted`, can be started besides this one for a hash of `memory_kib` KiB
/// that they share. Zero if the limit on the address space leaves room only for the hash.
#[must_use]
pub fn max_threads(memory_kib: u64, wanted: usize) -> usize {
    max_threads_within(memory::available().address_space, memory_kib, wanted)
}

fn max_threads_within(address_space: Option<u64>, memory_kib: u64, wanted: usize) -> usize {
    let fit = address_space.map_or(u64::MAX, |left| left.saturating_sub(memory_kib) / THREAD_KIB);
    usize::try_from(fit).unwrap_or(wanted).min(wanted)
}

fn max_workers_within(
    available: Available,
    memory_kib: u64,
    wanted: usize,
) -> Result<usize, InsufficientMemory> {
    let memory = available.memory.map(|left| left.saturating_sub(BASE_KIB));
    let address_space = available.address_space.map(|left| left.saturating_sub(BASE_ADDRESS_SPACE_KIB));
    let left = memory.into_iter().chain(address_space).min();
    if left.is_some_and(|left| left < memory_kib) {
        return Err(InsufficientMemory { needed: memory_kib, available: left });
    }
    let by_memory = memory.map(|left| left / memory_kib);
    // One worker runs on the main thread. More need a thread each, plus one for the reader.
    let by_address_space =
        address_space.map(|left| (left.saturating_sub(THREAD_KIB) / (memory_kib + THREAD_KIB)).max(1));
    let fit = by_memory.into_iter().chain(by_address_space).min().unwrap_or(u64::MAX);
    Ok(usize::try_from(fit).unwrap_or(wanted).min(wanted))
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let max_memory = Kib(MAX_MEMORY_KIB.into());
        match *self {
            Self::Memory(kib) => write!(f, "the hash needs {}; the maximum is {max_memory}", Kib(kib.into())),
            Self::Iterations(number) => {
                write!(f, "the hash needs {number} iterations; the maximum is {MAX_ITERATIONS}")
            }
            Self::Parallelism(number) => {
                write!(f, "the hash has {number} lanes; the maximum is {MAX_PARALLELISM}")
            }
            Self::Work(kib) => {
                let (work, most) = (Kib(kib), Kib(MAX_WORK_KIB));
                write!(f, "memory times iterations of the hash is {work}; the maximum is {most}")
            }
        }
    }
}

impl std::error::Error for PolicyError {}

impl fmt::Display for InsufficientMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not enough memory: this needs {}", Kib(self.needed))?;
        self.available.map_or(Ok(()), |kib| write!(f, ", and {} is available", Kib(kib)))
    }
}

impl std::error::Error for InsufficientMemory {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::params::Profile;

    fn check(memory_kib: u64, iterations: u64, parallelism: u64) -> Result<(), PolicyError> {
        super::check(Params::new(memory_kib, iterations, parallelism).unwrap())
    }

    #[test]
    fn each_limit_is_enforced() {
        assert_eq!(check(4 << 20, 16, 64), Ok(()));
        assert_eq!(check((4 << 20) + 1, 1, 1), Err(PolicyError::Memory((4 << 20) + 1)));
        assert_eq!(check(8, 1_000, 1), Ok(()));
        assert_eq!(check(8, 1_001, 1), Err(PolicyError::Iterations(1_001)));
        assert_eq!(check(1_024, 1, 65), Err(PolicyError::Parallelism(65)));
        assert_eq!(check(4 << 20, 17, 1), Err(PolicyError::Work(17 * (4 << 20))));
    }

    #[test]
    fn messages_contain_the_number_and_the_limit() {
        let message = |memory_kib, iterations, parallelism| {
            check(memory_kib, iterations, parallelism).unwrap_err().to_string()
        };
        assert_eq!(message(1 << 30, 1, 1), "the hash needs 1024 GiB; the maximum is 4 GiB");
        assert_eq!(message(8, 4_294_967_295, 1), "the hash needs 4294967295 iterations; the maximum is 1000");
        assert_eq!(message(8_000, 1, 100), "the hash has 100 lanes; the maximum is 64");
        assert_eq!(
            message(1 << 20, 65, 1),
            "memory times iterations of the hash is 65 GiB; the maximum is 64 GiB"
        );
    }

    #[test]
    fn less_memory_means_fewer_workers_and_too_little_for_one_is_an_error() {
        const MIB: u64 = 1 << 10;
        // The program itself needs 2 MiB, and 4 MiB of address space; a thread 68 MiB of it.
        let memory = |kib| Available { memory: Some(kib + 2 * MIB), address_space: None };
        let both = |memory, space| Available {
            memory: Some(memory + 2 * MIB),
            address_space: Some(space + 4 * MIB),
        };
        for (available, workers) in [
            (Available::default(), Ok(8)),
            (memory(8 * 64 * MIB), Ok(8)),
            (memory(8 * 64 * MIB - 1), Ok(7)),
            (memory(64 * MIB), Ok(1)),
            (memory(64 * MIB - 1), Err(64 * MIB - 1)),
            (both(1 << 30, 64 * MIB), Ok(1)),
            (both(1 << 30, 64 * MIB - 1), Err(64 * MIB - 1)),
            (both(1 << 30, 68 * MIB + 2 * 132 * MIB), Ok(2)),
            (both(1 << 30, 68 * MIB + 2 * 132 * MIB - 1), Ok(1)),
            (both(128 * MIB, 1 << 30), Ok(2)),
        ] {
            let expected = workers
                .map_err(|available| InsufficientMemory { needed: 64 * MIB, available: Some(available) });
            assert_eq!(max_workers_within(available, 64 * MIB, 8), expected, "{available:?}");
        }
    }

    #[test]
    fn threads_leave_enough_address_space_for_the_hash() {
        for (address_space, threads) in [
            (None, 4),
            (Some(1 << 30), 4),
            (Some(19_456 + 4 * 69_632), 4),
            (Some(19_456 + 4 * 69_632 - 1), 3),
            (Some(19_456 + 69_632 - 1), 0),
            (Some(0), 0),
        ] {
            assert_eq!(max_threads_within(address_space, 19_456, 4), threads, "{address_space:?}");
        }
    }

    #[test]
    fn profiles_are_within_the_policy() {
        for profile in Profile::ALL {
            assert_eq!(super::check(profile.params()), Ok(()));
        }
    }
}
