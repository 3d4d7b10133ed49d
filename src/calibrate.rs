//! Finds the strongest cost that a machine verifies within a given time (RFC 9106 section 4).
//!
//! The RFC's procedure: as many lanes as there are cores, as much memory as there is, one pass; if
//! that takes too long, less memory; if time is left, more passes. Since a first try with all
//! memory could take many times the given time, the search goes by work, that is memory times
//! iterations, and starts from OWASP's minimum.

use std::time::Duration;

use crate::cost::{Cost, OutOfRange, Profile};
use crate::limits::{MAX_ITERATIONS, MAX_MEMORY_KIB, MAX_WORK_KIB};

/// The most lanes that are recommended (RFC 9106 section 4 uses 4).
pub const MAX_LANES: u32 = 4;

/// How many costs are tried after OWASP's minimum.
const TRIES: u32 = 6;
/// How many times the work of one try the next may have. Large memory is slower than small, so a
/// longer leap would miss the time by far.
const LEAP: f64 = 8.0;

/// After how many times the time given no further cost is tried, warm-ups included.
const ENOUGH: u32 = 6;

/// What share of the time is aimed at, so that an ordinary disturbance does not exceed it.
const AIM: f64 = 0.85;
/// From which share of the time on a cost is strong enough to end the search.
const GOOD_ENOUGH: f64 = 0.75;

/// The cost that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calibrated {
    /// What to take.
    pub cost: Cost,
    /// How long a verification took at this cost.
    pub time: Duration,
    /// Whether that is within the time given. If not, the cost is OWASP's minimum.
    pub within: bool,
}

/// Searches for the strongest cost whose verification takes `target` at the most, with `lanes`
/// lanes and up to `memory_kib` KiB, but no less than OWASP's minimum. `measure` tells how long a
/// verification takes at a cost, or that there is no memory for it.
///
/// # Errors
///
/// Those of `measure`, and [`OutOfRange`] for a number of lanes that cannot be.
pub fn calibrate<E: From<OutOfRange>>(
    target: Duration,
    lanes: u32,
    mut memory_kib: u64,
    mut measure: impl FnMut(Cost) -> Result<Option<Duration>, E>,
) -> Result<Calibrated, E> {
    let least = Profile::Owasp.cost();
    let least = Cost::new(least.memory_kib().into(), least.iterations().into(), lanes.into())?;
    let mut watch = Stopwatch { measure: &mut measure, spent: Duration::ZERO, warm_kib: 0 };
    let time = watch.time(least)?.unwrap_or(Duration::MAX);
    let mut best = Calibrated { cost: least, time, within: time <= target };
    if !best.within {
        return Ok(best);
    }
    let (mut cost, mut time) = (best.cost, best.time);
    for _ in 0..TRIES {
        let share = target.as_secs_f64() * AIM / time.as_secs_f64().max(f64::EPSILON);
        let next = cost_of(scaled(cost.work_kib(), share.min(LEAP)), lanes, memory_kib)?;
        if next == cost || next.work_kib() < best.cost.work_kib() || watch.spent > target * ENOUGH {
            break;
        }
        let Some(first) = watch.time(next)? else {
            memory_kib = u64::from(next.memory_kib()) / 2;
            continue;
        };
        // What may be recommended is measured once more, and the slower one counts.
        let again = if first <= target { watch.time(next)? } else { None };
        (cost, time) = (next, again.unwrap_or(first).max(first));
        if time <= target {
            best = Calibrated { cost, time, within: true };
            if time >= target.mul_f64(GOOD_ENOUGH) {
                break;
            }
        }
    }
    Ok(best)
}

/// Takes times, and keeps account of the time that this takes.
struct Stopwatch<M> {
    measure: M,
    spent: Duration,
    warm_kib: u32,
}

impl<M, E> Stopwatch<M>
where
    M: FnMut(Cost) -> Result<Option<Duration>, E>,
{
    /// How long a verification takes at this cost; none where there is no memory for it. Memory
    /// that nobody has used for long is slow once, on a virtual machine twice as slow, so the
    /// first run with more of it than ever before does not count.
    fn time(&mut self, cost: Cost) -> Result<Option<Duration>, E> {
        let mut warm_up = None;
        if cost.memory_kib() > self.warm_kib {
            warm_up = (self.measure)(cost)?;
            if warm_up.is_none() {
                return Ok(None);
            }
            self.spent += warm_up.unwrap_or_default();
            self.warm_kib = cost.memory_kib();
        }
        // What was measured counts, where the memory has gone to others since.
        let time = (self.measure)(cost)?.or(warm_up);
        self.spent += time.unwrap_or_default();
        Ok(time)
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // an estimate
fn scaled(work: u64, share: f64) -> u64 {
    (work as f64 * share) as u64
}

/// The cost of this much work that has the most memory, in whole MiB, and meets OWASP's minimum.
fn cost_of(work: u64, lanes: u32, memory_kib: u64) -> Result<Cost, OutOfRange> {
    let least = u64::from(Profile::Owasp.cost().memory_kib());
    let work = work.min(MAX_WORK_KIB);
    let most = memory_kib.min(MAX_MEMORY_KIB.into()).max(least);
    let whole_mib = |kib: u64| (kib >> 10 << 10).max(least);
    // With one iteration OWASP wants more memory than with two.
    let iterations_at = |kib: u64| {
        let kib = u32::try_from(kib).unwrap_or(u32::MAX);
        u64::from(Profile::Owasp.iterations_at(kib).unwrap_or(1))
    };
    let memory = whole_mib(work.min(most));
    let memory =
        if iterations_at(memory) > 1 { whole_mib((work / iterations_at(memory)).min(most)) } else { memory };
    let iterations = (work / memory).max(iterations_at(memory)).min(MAX_ITERATIONS.into());
    Cost::new(memory, iterations, lanes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 20;

    /// Calibrates a machine that fills so many KiB a millisecond, and tells what was tried too.
    fn on_a_machine(speed: u64, milliseconds: u64, memory_kib: u64) -> (Calibrated, Vec<Cost>) {
        let mut tried = Vec::new();
        let calibrated = calibrate(Duration::from_millis(milliseconds), 2, memory_kib, |cost| {
            tried.push(cost);
            Ok::<_, OutOfRange>(Some(on_time(cost, speed)))
        })
        .unwrap();
        assert_eq!(calibrated.time, on_time(calibrated.cost, speed));
        (calibrated, tried)
    }

    #[test]
    fn the_time_is_used_and_not_exceeded_on_fast_and_slow_machines() {
        for speed in [100, 500, 1_000, 2_000, 10_000] {
            for milliseconds in [1, 20, 50, 100, 250, 500, 2_000, 60_000] {
                for memory_kib in [0, 32 << 10, 64 << 10, GIB, 16 * GIB] {
                    let (calibrated, tried) = on_a_machine(speed, milliseconds, memory_kib);
                    let target = Duration::from_millis(milliseconds);
                    let cost = calibrated.cost;
                    assert!(cost.meets_owasp_minimum(), "{cost:?}");
                    assert_eq!(crate::limits::check_policy(cost), Ok(()));
                    assert_eq!(cost.parallelism(), 2);
                    assert!(u64::from(cost.memory_kib()) <= memory_kib.max(19_456));
                    assert_eq!(calibrated.within, calibrated.time <= target);
                    assert!(calibrated.within || tried.len() == 2 && cost.memory_kib() == 19_456);
                    let total: Duration = tried.iter().map(|&cost| on_time(cost, speed)).sum();
                    assert!(total <= target * 10 || tried.len() == 2, "{total:?} for {target:?}");
                }
            }
        }
    }

    fn on_time(cost: Cost, speed: u64) -> Duration {
        Duration::from_micros(cost.work_kib() * 1_000 / speed)
    }

    #[test]
    fn memory_comes_first_then_iterations() {
        // 1,000 KiB a millisecond: 500 ms are 500,000 KiB, of which 85 % are aimed at.
        let (plenty, _) = on_a_machine(1_000, 500, 16 * GIB);
        assert_eq!((plenty.cost.memory_kib(), plenty.cost.iterations()), (415 << 10, 1));
        let (little, _) = on_a_machine(1_000, 500, 64 << 10);
        assert_eq!((little.cost.memory_kib(), little.cost.iterations()), (64 << 10, 6));
    }

    #[test]
    fn a_machine_that_slows_down_with_more_memory_is_given_less() {
        let mut tried = Vec::new();
        let calibrated = calibrate(Duration::from_millis(500), 1, 16 * GIB, |cost| {
            tried.push(cost);
            let slow = u64::from(cost.memory_kib() > 100 << 10) + 1;
            Ok::<_, OutOfRange>(Some(Duration::from_micros(cost.work_kib() * slow)))
        })
        .unwrap();
        assert!(calibrated.within && tried.len() > 2, "{tried:?}");
        assert!(calibrated.time <= Duration::from_millis(500));
    }

    #[test]
    fn where_memory_ends_less_is_recommended() {
        let calibrated = calibrate(Duration::from_millis(500), 1, 16 * GIB, |cost| {
            let there_is = cost.memory_kib() <= 100 << 10;
            Ok::<_, OutOfRange>(there_is.then(|| on_time(cost, 1_000)))
        })
        .unwrap();
        assert!(calibrated.within && calibrated.cost.memory_kib() <= 100 << 10, "{calibrated:?}");
        assert!(calibrated.time > Duration::from_millis(250), "{calibrated:?}");
    }

    /// A machine on which every so many measurements there is no memory.
    #[test]
    fn what_was_measured_is_recommended_wherever_memory_is_lost() {
        for gone_from in 1..12 {
            let mut measured = Vec::new();
            let calibrated = calibrate(Duration::from_millis(500), 2, 16 * GIB, |cost| {
                let there_is = measured.len() < gone_from;
                measured.extend(there_is.then_some(cost));
                Ok::<_, OutOfRange>(there_is.then(|| on_time(cost, 1_000)))
            })
            .unwrap();
            assert!(calibrated.within, "{gone_from}: {calibrated:?}");
            let strongest = measured.iter().map(|cost| cost.work_kib()).max();
            assert_eq!(Some(calibrated.cost.work_kib()), strongest, "{gone_from}: {measured:?}");
        }
    }

    #[test]
    fn where_owasps_minimum_takes_too_long_it_is_what_there_is() {
        let (calibrated, tried) = on_a_machine(100, 50, GIB);
        assert!(!calibrated.within);
        assert_eq!(tried, [calibrated.cost; 2], "once to warm up, once to count");
        assert_eq!((calibrated.cost.memory_kib(), calibrated.cost.iterations()), (19_456, 2));
    }
}
