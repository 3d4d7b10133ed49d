//! What is computed at all: the program's policy, and what the memory that is left allows.
//!
//! An encoded string is input from outside. Whoever can write one into a config must not be able
//! to make the program take all memory or run for years.

use std::fmt;

use crate::cost::Cost;
use crate::memory::{self, Available};
use crate::size;

/// The most memory that a hash may take, in KiB: 4 GiB, twice RFC 9106's first recommendation.
pub const MAX_MEMORY_KIB: u32 = 4 << 20;
/// The most iterations.
pub const MAX_ITERATIONS: u32 = 1_000;
/// The most lanes.
pub const MAX_PARALLELISM: u32 = 64;
/// The most memory filled over all iterations, in KiB: 64 GiB, which is about a minute.
pub const MAX_WORK_KIB: u64 = 64 << 20;

/// A cost that the policy does not allow, with the number that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeyondPolicy {
    /// Memory, in KiB.
    Memory(u32),
    /// Iterations.
    Iterations(u32),
    /// Lanes.
    Parallelism(u32),
    /// Memory times iterations, in KiB.
    Work(u64),
}

/// What to do where there is too little memory, in any mode.
pub const MEMORY_HINT: &str = "free memory, or hash at a lower cost: --profile owasp, or a smaller --memory";

/// Less memory is available than a cost needs, both in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cost needs {} of memory; {} is available", size::display(*.needed), size::display(*.available))]
pub struct TooLittleMemory {
    /// What the cost needs.
    pub needed: u64,
    /// What there is.
    pub available: u64,
}

/// Holds a cost against the policy.
///
/// # Errors
///
/// [`BeyondPolicy`], for the first number that is beyond it.
pub fn check_policy(cost: Cost) -> Result<(), BeyondPolicy> {
    if cost.memory_kib() > MAX_MEMORY_KIB {
        return Err(BeyondPolicy::Memory(cost.memory_kib()));
    }
    if cost.iterations() > MAX_ITERATIONS {
        return Err(BeyondPolicy::Iterations(cost.iterations()));
    }
    if cost.parallelism() > MAX_PARALLELISM {
        return Err(BeyondPolicy::Parallelism(cost.parallelism()));
    }
    if cost.work_kib() > MAX_WORK_KIB {
        return Err(BeyondPolicy::Work(cost.work_kib()));
    }
    Ok(())
}

/// Memory that the program takes besides its hashes', in KiB: stacks, queues and what libraries
/// allocate. Measured: under 1 MiB.
const OWN_KIB: u64 = 2 << 10;

/// Address space that a thread takes besides its memory, in KiB: its stack, and the arena of
/// 64 MiB that the C library reserves for it.
const THREAD_KIB: u64 = 68 << 10;

/// How many workers, `wanted` at the most, can have `memory_kib` KiB each.
///
/// # Errors
///
/// [`TooLittleMemory`], where it isn't enough for one.
pub fn affordable_workers(memory_kib: u64, wanted: usize) -> Result<usize, TooLittleMemory> {
    affordable(memory::available(), memory_kib.max(1), wanted)
}

/// How many threads, `wanted` at the most, can be started beside this one for a hash of `memory_kib` KiB
/// that they share; none where the limit on the address space leaves room for the hash only.
#[must_use]
pub fn affordable_threads(memory_kib: u64, wanted: usize) -> usize {
    threads_in(memory::available().address_space, memory_kib, wanted)
}

fn threads_in(address_space: Option<u64>, memory_kib: u64, wanted: usize) -> usize {
    let most = address_space.map_or(u64::MAX, |left| left.saturating_sub(memory_kib) / THREAD_KIB);
    usize::try_from(most).unwrap_or(wanted).min(wanted)
}

fn affordable(available: Available, memory_kib: u64, wanted: usize) -> Result<usize, TooLittleMemory> {
    let memory = available.memory.map(|left| left.saturating_sub(OWN_KIB));
    let least = memory.into_iter().chain(available.address_space).min();
    if let Some(available) = least.filter(|&least| least < memory_kib) {
        return Err(TooLittleMemory { needed: memory_kib, available });
    }
    let by_memory = memory.map(|left| left / memory_kib);
    // One worker is this thread; several have threads, and so has what reads for them.
    let by_address_space = available
        .address_space
        .map(|left| (left.saturating_sub(THREAD_KIB) / (memory_kib + THREAD_KIB)).max(1));
    let most = by_memory.into_iter().chain(by_address_space).min().unwrap_or(u64::MAX);
    Ok(usize::try_from(most).unwrap_or(wanted).min(wanted))
}

impl BeyondPolicy {
    /// What to do about it.
    pub const HINT: &str = "hash the password anew at a cost that can be borne: tc_calendar --hash_pass";

    /// The limit alone, for a number that somebody may have typed by mistake and that must not
    /// be repeated.
    #[must_use]
    pub fn limit(self) -> String {
        match self {
            Self::Memory(_) => format!("memory may be {} at the most", size::display(MAX_MEMORY_KIB.into())),
            Self::Iterations(_) => format!("iterations may be {MAX_ITERATIONS} at the most"),
            Self::Parallelism(_) => format!("parallelism may be {MAX_PARALLELISM} at the most"),
            Self::Work(_) => {
                format!("memory times iterations may be {} at the most", size::display(MAX_WORK_KIB))
            }
        }
    }
}

impl fmt::Display for BeyondPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = self.limit();
        match self {
            Self::Memory(asked) => write!(f, "{limit}, and {} is asked for", size::display((*asked).into())),
            Self::Iterations(asked) | Self::Parallelism(asked) => {
                write!(f, "{limit}, and {asked} is asked for")
            }
            Self::Work(asked) => write!(f, "{limit}, and {} is asked for", size::display(*asked)),
        }
    }
}

impl std::error::Error for BeyondPolicy {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Profile;

    fn check(memory_kib: u64, iterations: u64, parallelism: u64) -> Result<(), BeyondPolicy> {
        check_policy(Cost::new(memory_kib, iterations, parallelism).unwrap())
    }

    #[test]
    fn each_limit_holds_at_its_bound() {
        assert_eq!(check(4 << 20, 16, 64), Ok(()));
        assert_eq!(check((4 << 20) + 1, 1, 1), Err(BeyondPolicy::Memory((4 << 20) + 1)));
        assert_eq!(check(8, 1_000, 1), Ok(()));
        assert_eq!(check(8, 1_001, 1), Err(BeyondPolicy::Iterations(1_001)));
        assert_eq!(check(1_024, 1, 65), Err(BeyondPolicy::Parallelism(65)));
        assert_eq!(check(4 << 20, 17, 1), Err(BeyondPolicy::Work(17 * (4 << 20))));
    }

    #[test]
    fn messages_tell_the_number_and_the_limit() {
        let message = |memory_kib, iterations, parallelism| {
            check(memory_kib, iterations, parallelism).unwrap_err().to_string()
        };
        assert_eq!(message(1 << 30, 1, 1), "memory may be 4 GiB at the most, and 1024 GiB is asked for");
        assert_eq!(
            message(8, 4_294_967_295, 1),
            "iterations may be 1000 at the most, and 4294967295 is asked for"
        );
        assert_eq!(message(8_000, 1, 100), "parallelism may be 64 at the most, and 100 is asked for");
        assert_eq!(
            message(1 << 20, 65, 1),
            "memory times iterations may be 64 GiB at the most, and 65 GiB is asked for"
        );
    }

    #[test]
    fn too_little_for_all_workers_is_fewer_workers_and_too_little_for_one_an_error() {
        const MIB: u64 = 1 << 10;
        let memory = |kib| Available { memory: Some(kib + OWN_KIB), address_space: None };
        let both = |memory, space| Available { memory: Some(memory + OWN_KIB), address_space: Some(space) };
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
            let expected = workers.map_err(|available| TooLittleMemory { needed: 64 * MIB, available });
            assert_eq!(affordable(available, 64 * MIB, 8), expected, "{available:?}");
        }
    }

    #[test]
    fn threads_leave_the_address_space_that_their_hash_needs() {
        for (address_space, threads) in [
            (None, 4),
            (Some(1 << 30), 4),
            (Some(19_456 + 4 * THREAD_KIB), 4),
            (Some(19_456 + 4 * THREAD_KIB - 1), 3),
            (Some(19_456 + THREAD_KIB - 1), 0),
            (Some(0), 0),
        ] {
            assert_eq!(threads_in(address_space, 19_456, 4), threads, "{address_space:?}");
        }
    }

    #[test]
    fn profiles_are_within_the_policy() {
        for profile in Profile::ALL {
            assert_eq!(check_policy(profile.cost()), Ok(()));
        }
    }
}
