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
/// All of it takes at most this multiple of the given time.
pub const BUDGET: u32 = 6;
/// No measurement starts that would end after this multiple of the given time, if it took as long as the one before.
/// What is left is for one that takes longer, and for the rest of the run.
const SEARCH: f64 = 5.5;

/// How many parameters are tried after OWASP's minimum.
const TRIES: u32 = 6;
/// How many verifications are measured for parameters that may be recommended. Their median counts.
pub const SAMPLES: u8 = 3;
/// Times are taken to be at least this long, so that they can be divided by.
const SHORTEST: Duration = Duration::from_nanos(1);
/// The most that the work may grow from one try to the next. Large memory is slower per KiB, so a
/// larger step would overshoot the time by too much.
const MAX_GROWTH: f64 = 20.0;
/// The fraction of the given time to aim at, which leaves room for ordinary fluctuations.
const TARGET_FRACTION: f64 = 0.85;
/// The search ends at parameters that take at least this fraction of the given time.
const ACCEPT_FRACTION: f64 = 0.75;

/// Parameters, and how long verifications with them took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    pub params: Params,
    /// At least one; the shortest comes first.
    times: Vec<Duration>,
}

impl Measured {
    fn new(params: Params, mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self { params, times }
    }

    /// How many verifications were measured.
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// Whether there are enough of them.
    pub fn is_complete(&self) -> bool {
        self.count() == usize::from(SAMPLES)
    }

    /// The median of the times.
    pub fn time(&self) -> Duration {
        self.times[self.times.len() / 2]
    }

    /// The shortest time and the longest.
    pub fn range(&self) -> [Duration; 2] {
        [self.times[0], self.times[self.times.len() - 1]]
    }
}

/// A machine that verifies.
pub trait Machine {
    type Error: From<InvalidParams>;

    /// Takes `kib` KiB of memory for verifying, instead of what there was, as far as that is possible within
    /// `limit`: memory is slow when it is used for the first time.
    ///
    /// # Errors
    ///
    /// One that says that there is not enough memory.
    fn take_memory(&mut self, kib: u32, limit: Duration) -> Result<(), Self::Error>;

    /// How much memory there is, in KiB.
    fn memory_kib(&self) -> u32;

    /// How long all of it has taken so far.
    fn elapsed(&self) -> Duration;

    /// Verifies once, and returns how long that took.
    ///
    /// # Errors
    ///
    /// Those of verifying.
    fn verify(&mut self, params: Params) -> Result<Duration, Self::Error>;

    /// Is told what was measured.
    fn report(&mut self, measured: &Measured);
}

/// Searches for the strongest parameters whose verification takes at most `target`, with `lanes` lanes
/// and up to `memory_kib` KiB. If even OWASP's minimum takes longer, that is the result.
///
/// All of it takes at most [`BUDGET`] times `target`, unless one verification at OWASP's minimum takes longer. Where
/// taking memory is too slow for that, there is less of it, and there are more iterations.
///
/// # Errors
///
/// Those of the machine at OWASP's minimum, and [`InvalidParams`] for an invalid number of lanes.
pub fn calibrate<M: Machine>(
    machine: &mut M,
    target: Duration,
    lanes: u32,
    mut memory_kib: u64,
) -> Result<Measured, M::Error> {
    let owasp = Profile::Owasp.params();
    let minimum = Params::new(owasp.memory_kib().into(), owasp.iterations().into(), lanes.into())?;
    let end = target.mul_f64(SEARCH);
    machine.take_memory(minimum.memory_kib(), Duration::MAX)?;
    let mut best = measure(machine, minimum, Duration::MAX, end)?;
    let mut last = best.clone();
    for _ in 0..TRIES {
        if best.time() > target || best.time() >= target.mul_f64(ACCEPT_FRACTION) {
            break;
        }
        let left = end.saturating_sub(machine.elapsed());
        let aim = target.mul_f64(TARGET_FRACTION).min(left / SAMPLES.into());
        let wanted = aim.div_duration_f64(last.time().max(SHORTEST));
        // If one step is not enough, half of the way leaves more time for the next.
        let growth = if wanted > MAX_GROWTH { wanted.sqrt().min(MAX_GROWTH) } else { wanted };
        let next = params_for(scaled(last.params.work_kib(), growth), lanes, memory_kib)?;
        if next.work_kib() <= best.params.work_kib() {
            break;
        }
        if next.memory_kib() > machine.memory_kib() {
            let limit = left.saturating_sub(aim * SAMPLES.into());
            let taken = machine.take_memory(next.memory_kib(), limit);
            if taken.is_err() || machine.memory_kib() < next.memory_kib() {
                let half = u64::from(next.memory_kib()) / 2;
                memory_kib = if taken.is_err() { half } else { machine.memory_kib().into() };
                continue;
            }
        }
        last = measure(machine, next, target, end)?;
        if last.is_complete() && last.time() <= target {
            best = last.clone();
        }
    }
    Ok(best)
}

/// Verifies at least once, and as often as there are samples until the time has come to `end`. Parameters that take
/// longer than `limit` once are not tried again: the time is needed to find weaker ones.
fn measure<M: Machine>(
    machine: &mut M,
    params: Params,
    limit: Duration,
    end: Duration,
) -> Result<Measured, M::Error> {
    let mut times = Vec::new();
    loop {
        let time = machine.verify(params)?;
        times.push(time);
        let left = end.saturating_sub(machine.elapsed());
        if times.len() == usize::from(SAMPLES) || time > limit || time > left {
            break;
        }
    }
    let measured = Measured::new(params, times);
    machine.report(&measured);
    Ok(measured)
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
