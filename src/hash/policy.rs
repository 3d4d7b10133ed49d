//! What the program agrees to compute: its own limits, and the memory that is left.
//!
//! Encoded strings are untrusted. A user who can write one into a config must not be able to make the
//! program use all memory or run for years.

use super::params::{InvalidParams, Kib, Params};
use crate::system::memory::Available;

/// The most memory that a hash may use, in KiB: 4 GiB, twice RFC 9106's first recommendation.
pub const MAX_MEMORY_KIB: u32 = 4 << 20;
/// The most iterations that a hash may have.
pub const MAX_ITERATIONS: u32 = 1_000;
/// The most lanes that a hash may have.
pub const MAX_PARALLELISM: u32 = 64;
/// The most memory times iterations, in KiB: 64 GiB, which is about a minute.
pub const MAX_WORK_KIB: u64 = 64 << 20;

/// Memory that the program needs besides that of the hashes, in KiB: stacks, queues and what libraries
/// allocate, which is under 1 MiB as measured, and what a hash takes because its last page is large, at most 1 MiB.
const BASE_KIB: u64 = 2 << 10;
/// Address space that the program needs besides that of the hashes, in KiB: its memory, and what is lost
/// because huge pages start at multiples of their size.
const BASE_ADDRESS_SPACE_KIB: u64 = BASE_KIB + (2 << 10);
/// Address space that a thread needs besides the memory of its hash, in KiB: its stack, and the arena
/// of 64 MiB that the C library reserves for it.
const THREAD_KIB: u64 = 68 << 10;
/// The least memory of a hash, in KiB, for which threads are started. Measured: below it, that takes longer than it saves.
const MIN_KIB_FOR_THREADS: u64 = 8 << 10;

/// A limit of this program on what a hash may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Memory,
    Iterations,
    Parallelism,
    /// Memory times iterations.
    Work,
}

/// An encoded string costs more than a limit allows. The message has the number, which is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", limit.exceeded_by(*params))]
pub struct PolicyError {
    limit: Limit,
    params: Params,
}

/// Why numbers are not accepted as the cost of new hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostError {
    /// A number is out of its range. It is not repeated, because it may be a password: `-p12345678`.
    OutOfRange(Limit),
    /// Each number is in its range, but the memory is too little for the lanes.
    Params(InvalidParams),
}

/// There is not enough memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not enough memory: this needs {}{}",
    Kib(*needed),
    available.map_or_else(String::new, |kib| format!(", and {} is available", Kib(kib)))
)]
pub struct InsufficientMemory {
    /// What is needed, in KiB.
    pub needed: u64,
    /// What is available, in KiB; none if an allocation failed.
    pub available: Option<u64>,
}

impl Limit {
    /// Whether a cost is within this limit. There is at least one iteration, and one lane.
    fn admits(self, memory_kib: u64, iterations: u64, parallelism: u64) -> bool {
        match self {
            Self::Memory => memory_kib <= MAX_MEMORY_KIB.into(),
            Self::Iterations => (1..=MAX_ITERATIONS.into()).contains(&iterations),
            Self::Parallelism => (1..=MAX_PARALLELISM.into()).contains(&parallelism),
            Self::Work => memory_kib.saturating_mul(iterations) <= MAX_WORK_KIB,
        }
    }

    /// The message for parameters that exceed this limit.
    fn exceeded_by(self, params: Params) -> String {
        let (memory, max_memory) = (Kib(params.memory_kib().into()), Kib(MAX_MEMORY_KIB.into()));
        let (work, max_work) = (Kib(params.work_kib()), Kib(MAX_WORK_KIB));
        let (iterations, lanes) = (params.iterations(), params.parallelism());
        match self {
            Self::Memory => format!("the hash needs {memory}; the maximum is {max_memory}"),
            Self::Iterations => {
                format!("the hash needs {iterations} iterations; the maximum is {MAX_ITERATIONS}")
            }
            Self::Parallelism => format!("the hash has {lanes} lanes; the maximum is {MAX_PARALLELISM}"),
            Self::Work => format!("memory times iterations of the hash is {work}; the maximum is {max_work}"),
        }
    }
}

/// Checks the parameters of an encoded string against the limits.
///
/// # Errors
///
/// [`PolicyError`], for the first limit that they exceed.
pub fn check(params: Params) -> Result<(), PolicyError> {
    let [memory_kib, iterations, parallelism] =
        [params.memory_kib(), params.iterations(), params.parallelism()].map(u64::from);
    let exceeded = [Limit::Memory, Limit::Iterations, Limit::Parallelism, Limit::Work]
        .into_iter()
        .find(|limit| !limit.admits(memory_kib, iterations, parallelism));
    exceeded.map_or(Ok(()), |limit| Err(PolicyError { limit, params }))
}

/// The parameters of new hashes: `memory_kib` KiB, `iterations` passes over them, and `parallelism` lanes.
///
/// # Errors
///
/// [`CostError`], for the first number that is out of its range, then for numbers that do not go together.
pub fn params(memory_kib: u64, iterations: u64, parallelism: u64) -> Result<Params, CostError> {
    let check = |limit: Limit| {
        let is_kept = limit.admits(memory_kib, iterations, parallelism);
        if is_kept { Ok(()) } else { Err(CostError::OutOfRange(limit)) }
    };
    // The message about memory and lanes repeats both, so each must be in its own range first.
    check(Limit::Parallelism)?;
    check(Limit::Iterations)?;
    check(Limit::Memory)?;
    let params = Params::new(memory_kib, iterations, parallelism).map_err(CostError::Params)?;
    check(Limit::Work)?;
    Ok(params)
}

/// How many threads, at most `wanted`, can be started besides this one for a hash of `memory_kib` KiB
/// that they share. Zero if the limit on the address space leaves room only for the hash, or if they would not pay.
// mutants: the number of threads changes no result.
pub fn max_threads(left: Available, memory_kib: u64, wanted: usize) -> usize {
    if memory_kib < MIN_KIB_FOR_THREADS {
        return 0;
    }
    let fit = left.address_space.map_or(u64::MAX, |left| left.saturating_sub(memory_kib) / THREAD_KIB);
    usize::try_from(fit).unwrap_or(wanted).min(wanted)
}

/// What is left for the memory of hashes, in KiB, beside the program on one thread; none if it is unknown or
/// unlimited.
pub fn left_for_hashes(left: Available) -> Option<u64> {
    let memory = left.memory.map(|left| left.saturating_sub(BASE_KIB));
    let address_space = left.address_space.map(|left| left.saturating_sub(BASE_ADDRESS_SPACE_KIB));
    memory.into_iter().chain(address_space).min()
}

/// How many workers, at most `wanted`, can use `memory_kib` KiB each.
///
/// # Errors
///
/// [`InsufficientMemory`], if there is not enough for one.
pub fn max_workers(left: Available, memory_kib: u64, wanted: usize) -> Result<usize, InsufficientMemory> {
    let memory_kib = memory_kib.max(1);
    let available = left_for_hashes(left);
    if available.is_some_and(|available| available < memory_kib) {
        return Err(InsufficientMemory { needed: memory_kib, available });
    }
    let by_memory = left.memory.map(|left| left.saturating_sub(BASE_KIB) / memory_kib);
    // One worker runs on the main thread. More need a thread each, plus one for the reader.
    let by_address_space = left.address_space.map(|left| {
        (left.saturating_sub(BASE_ADDRESS_SPACE_KIB + THREAD_KIB) / (memory_kib + THREAD_KIB)).max(1)
    });
    let fit = by_memory.into_iter().chain(by_address_space).min().unwrap_or(u64::MAX);
    Ok(usize::try_from(fit).unwrap_or(wanted).min(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::params::Profile;

    /// docs/cost.md: "there are limits, for hashing and for verifying: 4 GiB of memory and what is available,
    /// 1000 iterations, 64 lanes, and 64 GiB of memory times iterations"
    #[test]
    fn each_limit_is_enforced() {
        let memory = (Limit::Memory, "the hash needs 4194305 KiB; the maximum is 4 GiB");
        let iterations = (Limit::Iterations, "the hash needs 1001 iterations; the maximum is 1000");
        let lanes = (Limit::Parallelism, "the hash has 65 lanes; the maximum is 64");
        let work = (Limit::Work, "memory times iterations of the hash is 68 GiB; the maximum is 64 GiB");
        for (m, t, p, exceeded) in [
            (4 << 20, 16, 64, None),
            (8, 1_000, 1, None),
            ((4 << 20) + 1, 1, 1, Some(memory)),
            (8, 1_001, 1, Some(iterations)),
            (1_024, 1, 65, Some(lanes)),
            (4 << 20, 17, 1, Some(work)),
        ] {
            let message = check(Params::new(m, t, p).unwrap()).err().map(|error| error.to_string());
            assert_eq!(message.as_deref(), exceeded.map(|(_, message)| message));
            assert_eq!(params(m, t, p).err(), exceeded.map(|(limit, _)| CostError::OutOfRange(limit)));
        }
    }

    #[test]
    fn a_number_that_is_out_of_range_is_not_repeated() {
        let out_of_range = |limit| Err(CostError::OutOfRange(limit));
        for (memory_kib, iterations, parallelism, expected) in [
            (8, 1, 0, out_of_range(Limit::Parallelism)),
            (8, 0, 1, out_of_range(Limit::Iterations)),
            (8, 1, 12_345_678, out_of_range(Limit::Parallelism)),
            (u64::MAX, 1, 64, out_of_range(Limit::Memory)),
            (u64::MAX, u64::MAX, u64::MAX, out_of_range(Limit::Parallelism)),
            (31, 1, 4, Err(CostError::Params(InvalidParams::MemoryTooSmall { lanes: 4, got: 31 }))),
        ] {
            assert_eq!(params(memory_kib, iterations, parallelism), expected);
        }
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
            assert_eq!(max_workers(available, 64 * MIB, 8), expected, "{available:?}");
        }
    }

    #[test]
    fn threads_pay_and_leave_enough_address_space_for_the_hash() {
        for (address_space, threads) in [
            (None, 4),
            (Some(1 << 30), 4),
            (Some(19_456 + 4 * 69_632), 4),
            (Some(19_456 + 4 * 69_632 - 1), 3),
            (Some(19_456 + 69_632 - 1), 0),
            (Some(0), 0),
        ] {
            let left = Available { memory: None, address_space };
            assert_eq!(max_threads(left, 19_456, 4), threads, "{address_space:?}");
        }
        assert_eq!(max_threads(Available::default(), 8_191, 4), 0);
    }

    #[test]
    fn profiles_are_within_the_policy() {
        for profile in Profile::ALL {
            assert_eq!(check(profile.params()), Ok(()));
        }
    }
}
