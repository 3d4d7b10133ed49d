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

/// The result of a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calibrated {
    pub params: Params,
    /// How long a verification took.
    pub time: Duration,
    /// Whether `time` is within the given time. If it is not, `params` are OWASP's minimum.
    pub within: bool,
}

/// Searches for the strongest parameters whose verification takes at most `target`, with `lanes` lanes
/// and up to `memory_kib` KiB, but no less than OWASP's minimum. `measure` returns how long a
/// verification takes, or none if there is not enough memory.
///
/// # Errors
///
/// Those of `measure`, and [`InvalidParams`] for an invalid number of lanes.
pub fn calibrate<E: From<InvalidParams>>(
    target: Duration,
    lanes: u32,
    mut memory_kib: u64,
    mut measure: impl FnMut(Params) -> Result<Option<Duration>, E>,
) -> Result<Calibrated, E> {
    let owasp = Profile::Owasp.params();
    let minimum = Params::new(owasp.memory_kib().into(), owasp.iterations().into(), lanes.into())?;
    let mut watch = Stopwatch { measure: &mut measure, spent: Duration::ZERO, warm_kib: 0 };
    let time = watch.time(minimum)?.unwrap_or(Duration::MAX);
    let mut best = Calibrated { params: minimum, time, within: time <= target };
    if !best.within {
        return Ok(best);
    }
    let (mut params, mut time) = (best.params, best.time);
    for _ in 0..TRIES {
        let growth = target.as_secs_f64() * TARGET_FRACTION / time.as_secs_f64().max(f64::EPSILON);
        let next = params_for(scaled(params.work_kib(), growth.min(MAX_GROWTH)), lanes, memory_kib)?;
        if next.work_kib() <= best.params.work_kib() || watch.spent > target * BUDGET {
            break;
        }
        let Some(first) = watch.time(next)? else {
            memory_kib = u64::from(next.memory_kib()) / 2;
            continue;
        };
        // Parameters that may be recommended are measured twice, and the slower time counts.
        let second = if first <= target { watch.time(next)? } else { None };
        (params, time) = (next, second.unwrap_or(first).max(first));
        if time <= target {
            best = Calibrated { params, time, within: true };
            if time >= target.mul_f64(ACCEPT_FRACTION) {
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

impl<M, E> Stopwatch<M>
where
    M: FnMut(Params) -> Result<Option<Duration>, E>,
{
    /// How long a verification takes; none if there is not enough memory. Memory is slow when it is used
    /// for the first time, so a run with more memory than any before is only a warm-up.
    fn time(&mut self, params: Params) -> Result<Option<Duration>, E> {
        let mut warm_up = None;
        if params.memory_kib() > self.warm_kib {
            warm_up = (self.measure)(params)?;
            if warm_up.is_none() {
                return Ok(None);
            }
            self.spent += warm_up.unwrap_or_default();
            self.warm_kib = params.memory_kib();
        }
        // If the memory is no longer available after the warm-up, the warm-up's time counts.
        let time = (self.measure)(params)?.or(warm_up);
        self.spent += time.unwrap_or_default();
        Ok(time)
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

    /// Calibrates a machine that fills `speed` KiB per millisecond. Also returns what was tried.
    fn on_a_machine(speed: u64, milliseconds: u64, memory_kib: u64) -> (Calibrated, Vec<Params>) {
        let mut tried = Vec::new();
        let calibrated = calibrate(Duration::from_millis(milliseconds), 2, memory_kib, |params| {
            tried.push(params);
            Ok::<_, InvalidParams>(Some(on_time(params, speed)))
        })
        .unwrap();
        assert_eq!(calibrated.time, on_time(calibrated.params, speed));
        (calibrated, tried)
    }

    /// docs/cost.md: "`--calibrate` finds the strongest cost that this machine verifies within a time"
    #[test]
    fn fast_and_slow_machines_stay_within_the_time() {
        for speed in [100, 500, 1_000, 2_000, 10_000] {
            for milliseconds in [1, 20, 50, 100, 250, 500, 2_000, 60_000] {
                for memory_kib in [0, 32 << 10, 64 << 10, GIB, 16 * GIB] {
                    let (calibrated, tried) = on_a_machine(speed, milliseconds, memory_kib);
                    let target = Duration::from_millis(milliseconds);
                    let params = calibrated.params;
                    assert!(params.meets_owasp_minimum(), "{params:?}");
                    assert_eq!(crate::hash::policy::check(params), Ok(()));
                    assert_eq!(params.parallelism(), 2);
                    assert!(u64::from(params.memory_kib()) <= memory_kib.max(19_456));
                    assert_eq!(calibrated.within, calibrated.time <= target);
                    assert!(calibrated.within || tried.len() == 2 && params.memory_kib() == 19_456);
                    let total: Duration = tried.iter().map(|&params| on_time(params, speed)).sum();
                    assert!(total <= target * 10 || tried.len() == 2, "{total:?} for {target:?}");
                }
            }
        }
    }

    fn on_time(params: Params, speed: u64) -> Duration {
        Duration::from_micros(params.work_kib() * 1_000 / speed)
    }

    /// docs/cost.md: "as much memory as the time allows, at most half of what is available; then iterations"
    #[test]
    fn memory_comes_first_then_iterations() {
        // 1,000 KiB a millisecond: 500 ms are 500,000 KiB, of which 85 % are aimed at.
        let (plenty, _) = on_a_machine(1_000, 500, 16 * GIB);
        assert_eq!((plenty.params.memory_kib(), plenty.params.iterations()), (415 << 10, 1));
        let (little, _) = on_a_machine(1_000, 500, 64 << 10);
        assert_eq!((little.params.memory_kib(), little.params.iterations()), (64 << 10, 6));
    }

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

    #[test]
    fn a_machine_that_is_slow_with_more_memory_gets_less() {
        let mut tried = Vec::new();
        let calibrated = calibrate(Duration::from_millis(500), 1, 16 * GIB, |params| {
            tried.push(params);
            let slow = u64::from(params.memory_kib() > 100 << 10) + 1;
            Ok::<_, InvalidParams>(Some(Duration::from_micros(params.work_kib() * slow)))
        })
        .unwrap();
        assert!(calibrated.within && tried.len() > 2, "{tried:?}");
        let time = Duration::from_millis(250)..=Duration::from_millis(500);
        assert!(time.contains(&calibrated.time), "{calibrated:?}");
        // A machine that more memory does not slow down would get more.
        assert!(calibrated.params.work_kib() < 400_000, "{calibrated:?}");
    }

    #[test]
    fn a_cost_that_does_not_fit_into_memory_is_not_recommended() {
        let calibrated = calibrate(Duration::from_millis(500), 1, 16 * GIB, |params| {
            let there_is = params.memory_kib() <= 100 << 10;
            Ok::<_, InvalidParams>(there_is.then(|| on_time(params, 1_000)))
        })
        .unwrap();
        assert!(calibrated.within, "{calibrated:?}");
        assert!((50 << 10..=100 << 10).contains(&calibrated.params.memory_kib()), "{calibrated:?}");
        assert!(calibrated.time > Duration::from_millis(250), "{calibrated:?}");
    }

    #[test]
    fn the_search_stops_when_no_stronger_cost_fits() {
        let mut tried = Vec::new();
        let minimum = Profile::Owasp.params();
        let calibrated = calibrate(Duration::from_millis(20), 1, GIB, |params| {
            tried.push(params);
            Ok::<_, InvalidParams>(Some(Duration::from_millis(if params == minimum { 10 } else { 40 })))
        })
        .unwrap();
        assert_eq!((calibrated.params, calibrated.within), (minimum, true));
        assert_eq!((tried.len(), &tried[..2]), (4, &[minimum; 2][..]), "{tried:?}");
    }

    /// The machine needs half of the given time for each cost, and for each warm-up.
    #[test]
    fn the_search_stops_after_six_times_the_time_or_six_tries() {
        for (memory_kib, costs, measured) in [(16 * GIB, 5, 2 + 4 * 3), (0, 7, 2 + 6 * 2)] {
            let mut tried = Vec::new();
            let calibrated = calibrate(Duration::from_millis(20), 1, memory_kib, |params| {
                tried.push(params);
                Ok::<_, InvalidParams>(Some(Duration::from_millis(10)))
            })
            .unwrap();
            assert_eq!(tried.len(), measured, "{tried:?}");
            assert_eq!(Some(&calibrated.params), tried.last());
            tried.dedup();
            assert_eq!(tried.len(), costs, "{tried:?}");
        }
    }

    /// The machine's memory is gone from some measurement on.
    /// README.md: "`--calibrate` prints the strongest cost that it saw this machine verify within a time."
    #[test]
    fn the_strongest_measured_cost_is_recommended_if_memory_is_lost() {
        for gone_from in 1..12 {
            let mut measured = Vec::new();
            let calibrated = calibrate(Duration::from_millis(500), 2, 16 * GIB, |params| {
                let there_is = measured.len() < gone_from;
                measured.extend(there_is.then_some(params));
                Ok::<_, InvalidParams>(there_is.then(|| on_time(params, 1_000)))
            })
            .unwrap();
            assert!(calibrated.within, "{gone_from}: {calibrated:?}");
            let strongest = measured.iter().map(|params| params.work_kib()).max();
            assert_eq!(Some(calibrated.params.work_kib()), strongest, "{gone_from}: {measured:?}");
        }
    }

    /// docs/cost.md: "It recommends nothing below OWASP's minimum."
    #[test]
    fn owasps_minimum_is_recommended_even_if_it_takes_too_long() {
        let (calibrated, tried) = on_a_machine(100, 50, GIB);
        assert!(!calibrated.within);
        assert_eq!(tried, [calibrated.params; 2], "once to warm up, once to count");
        assert_eq!((calibrated.params.memory_kib(), calibrated.params.iterations()), (19_456, 2));
    }
}
