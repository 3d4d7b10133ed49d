//! Finds the strongest parameters that a machine verifies within a given time (RFC 9106 section 4).
//!
//! The RFC starts with as many lanes as cores, all memory and one pass; then it uses less memory if
//! that is too slow, or more passes if time is left. A first try with all memory could take many times
//! the given time, so this search starts at OWASP's minimum and scales the work, which is memory times
//! iterations.

use std::time::Duration;

use super::params::{InvalidParams, Params, Profile};
use super::policy::{MAX_ITERATIONS, MAX_MEMORY_KIB, MAX_WORK_KIB};

/// The most lanes to recommend (RFC 9106 section 4 uses 4).
pub const MAX_LANES: u32 = 4;

/// How many parameters are tried after OWASP's minimum.
const TRIES: u32 = 6;
/// The most that the work may grow from one try to the next. Large memory is slower per KiB, so a
/// larger step would overshoot the time.
const MAX_GROWTH: f64 = 8.0;
/// The search ends when its measurements, with warm-ups, have taken this multiple of the given time.
const BUDGET: u32 = 6;
/// The fraction of the given time to aim at, which leaves room for ordinary fluctuations.
const TARGET_FRACTION: f64 = 0.85;
/// The search ends at parameters that take at least this fraction of the given time.
const ACCEPT_FRACTION: f64 = 0.75;

/// Parameters, and how long a verification with them took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    pub params: Params,
    pub time: Duration,
}

/// Searches for the strongest parameters whose verification takes at most `target`, with `lanes` lanes
/// and up to `memory_kib` KiB. If even OWASP's minimum takes longer, that is the result. `measure` returns how
/// long a verification takes, or none if there is not enough memory.
///
/// # Errors
///
/// Those of `measure`, and [`InvalidParams`] for an invalid number of lanes.
pub fn calibrate<E: From<InvalidParams>>(
    target: Duration,
    lanes: u32,
    mut memory_kib: u64,
    measure: impl FnMut(Params) -> Result<Option<Duration>, E>,
) -> Result<Measured, E> {
    let owasp = Profile::Owasp.params();
    let minimum = Params::new(owasp.memory_kib().into(), owasp.iterations().into(), lanes.into())?;
    let mut watch = Stopwatch { measure, spent: Duration::ZERO, warm_kib: 0 };
    let time = watch.time(minimum)?.unwrap_or(Duration::MAX);
    let mut best = Measured { params: minimum, time };
    if time > target {
        return Ok(best);
    }
    let mut last = best;
    for _ in 0..TRIES {
        let growth = target.as_secs_f64() * TARGET_FRACTION / last.time.as_secs_f64().max(f64::EPSILON);
        let next = params_for(scaled(last.params.work_kib(), growth.min(MAX_GROWTH)), lanes, memory_kib)?;
        if next.work_kib() <= best.params.work_kib() || watch.spent > target * BUDGET {
            break;
        }
        let Some(first) = watch.time(next)? else {
            memory_kib = u64::from(next.memory_kib()) / 2;
            continue;
        };
        // Parameters that may be recommended are measured twice, and the slower time counts.
        let second = if first <= target { watch.time(next)? } else { None };
        last = Measured { params: next, time: second.unwrap_or(first).max(first) };
        if last.time <= target {
            best = last;
            if best.time >= target.mul_f64(ACCEPT_FRACTION) {
                break;
            }
        }
    }
    Ok(best)
}

/// Measures verifications.
struct Stopwatch<M> {
    measure: M,
    /// What all measurements have taken, with warm-ups.
    spent: Duration,
    /// The most memory that a measurement has used so far.
    warm_kib: u32,
}

impl<M: FnMut(Params) -> Result<Option<Duration>, E>, E> Stopwatch<M> {
    /// How long a verification takes; none if there is not enough memory. Memory is slow when it is used
    /// for the first time, so a run with more memory than any before is only a warm-up.
    fn time(&mut self, params: Params) -> Result<Option<Duration>, E> {
        let Some(mut time) = (self.measure)(params)? else { return Ok(None) };
        self.spent += time;
        if params.memory_kib() > self.warm_kib {
            self.warm_kib = params.memory_kib();
            // If the memory is no longer available after the warm-up, the warm-up's time counts.
            if let Some(warm) = (self.measure)(params)? {
                self.spent += warm;
                time = warm;
            }
        }
        Ok(Some(time))
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // an estimate
fn scaled(work_kib: u64, growth: f64) -> u64 {
    (work_kib as f64 * growth) as u64
}

/// The parameters that fill about `work_kib` KiB in all passes: with as much memory as possible, in whole
/// MiB and up to `memory_kib` KiB, but no weaker than OWASP's minimum.
fn params_for(work_kib: u64, lanes: u32, memory_kib: u64) -> Result<Params, InvalidParams> {
    let min_kib = u64::from(Profile::Owasp.params().memory_kib());
    let max_kib = memory_kib.min(MAX_MEMORY_KIB.into()).max(min_kib);
    let work_kib = work_kib.min(MAX_WORK_KIB);
    let whole_mib = |kib: u64| (kib >> 10 << 10).max(min_kib);
    // With less memory OWASP asks for more iterations, and these leave less of the work to the memory.
    let min_iterations_with = |kib: u64| {
        let kib = u32::try_from(kib).unwrap_or(u32::MAX);
        u64::from(Profile::Owasp.min_iterations_with(kib).unwrap_or(1))
    };
    let memory = whole_mib(work_kib.min(max_kib));
    let memory = whole_mib((work_kib / min_iterations_with(memory)).min(max_kib));
    let iterations = (work_kib / memory).max(min_iterations_with(memory)).min(MAX_ITERATIONS.into());
    Params::new(memory, iterations, lanes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 20;

    #[test]
    fn work_is_memory_first_within_owasps_minimum() {
        for (work, memory_kib, expected) in [
            (0, GIB, (19_456, 2)),
            (38_912, GIB, (19_456, 2)),
            (46_000, GIB, (22 << 10, 2)),
            (47_104, GIB, (47_104, 1)),
            (100_000, GIB, (97 << 10, 1)),
            (100_000, 50_000, (48 << 10, 2)),
            (100_000, 20_000, (19_456, 5)),
            (100_000, 0, (19_456, 5)),
        ] {
            let params = params_for(work, 1, memory_kib).unwrap();
            assert_eq!((params.memory_kib(), params.iterations()), expected, "{work} in {memory_kib} KiB");
        }
    }
}
