//! `--calibrate`: on machines that are made up it finds the strongest cost within the time, and what it prints on
//! this one can be pasted.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{CHEAP, tc_calendar};
use serde_json::Value;
use tc_calendar::cli::{self, request::Request};
use tc_calendar::hash::calibrate::{Machine, Measured, calibrate};
use tc_calendar::hash::encoded::Encoded;
use tc_calendar::hash::params::{InvalidParams, Params};
use tc_calendar::hash::policy;

const GIB: u64 = 1 << 20;

/// A machine that is made up. It keeps a record of what it did.
struct MadeUp<T> {
    /// How long a verification takes.
    time_of: T,
    /// How many times as long taking memory takes as writing to it once would.
    memory_factor: f64,
    /// The memory that it has, in KiB.
    limit_kib: u32,
    taken_kib: u32,
    /// The cost of each verification, and all the time that has gone by.
    verified: Vec<Params>,
    spent: Duration,
}

impl<T: FnMut(Params) -> Duration> Machine for MadeUp<T> {
    type Error = InvalidParams;

    fn take_memory(&mut self, kib: u32, limit: Duration) -> Result<(), InvalidParams> {
        if kib > self.limit_kib {
            return Err(InvalidParams::MemoryTooSmall { lanes: 1, got: 0 });
        }
        let needed = (self.time_of)(Params::new(kib.into(), 1, 2).unwrap()).mul_f64(self.memory_factor);
        let part = u128::from(kib) * limit.as_nanos() / needed.as_nanos().max(1);
        self.taken_kib = u32::try_from(part).unwrap_or(u32::MAX).min(kib);
        self.spent += needed.min(limit);
        Ok(())
    }

    fn memory_kib(&self) -> u32 {
        self.taken_kib
    }

    fn elapsed(&self) -> Duration {
        self.spent
    }

    fn verify(&mut self, params: Params) -> Result<Duration, InvalidParams> {
        assert!(params.memory_kib() <= self.taken_kib, "memory is taken before it is used");
        self.verified.push(params);
        let time = (self.time_of)(params);
        self.spent += time;
        Ok(time)
    }

    fn report(&mut self, _: &Measured) {}
}

/// Searches where a verification takes as long as `time_of` says, and taking memory as long as writing to it.
fn search<T: FnMut(Params) -> Duration>(
    milliseconds: u64,
    memory_kib: u64,
    time_of: T,
) -> (Measured, MadeUp<T>) {
    search_on(milliseconds, memory_kib, machine(time_of))
}

fn machine<T>(time_of: T) -> MadeUp<T> {
    let (limit_kib, verified, spent) = (u32::MAX, Vec::new(), Duration::ZERO);
    MadeUp { time_of, memory_factor: 1.0, limit_kib, taken_kib: 0, verified, spent }
}

fn search_on<T: FnMut(Params) -> Duration>(
    milliseconds: u64,
    memory_kib: u64,
    mut machine: MadeUp<T>,
) -> (Measured, MadeUp<T>) {
    let best = calibrate(&mut machine, Duration::from_millis(milliseconds), 2, memory_kib).unwrap();
    (best, machine)
}

/// How long a machine takes that fills `speed` KiB per millisecond.
fn time_at(speed: u64, params: Params) -> Duration {
    Duration::from_micros(params.work_kib() * 1_000 / speed)
}

/// docs/cost.md: "`--calibrate` finds the strongest cost that this machine verifies within a time"
/// docs/cost.md: "Calibrating never takes longer than six times TIME"
#[test]
fn fast_and_slow_machines_stay_within_the_time() {
    for speed in [100, 500, 1_000, 2_000, 10_000] {
        for milliseconds in [1, 20, 50, 100, 250, 500, 2_000, 60_000] {
            for memory_kib in [0, 32 << 10, 64 << 10, GIB, 16 * GIB] {
                let (best, machine) = search(milliseconds, memory_kib, |params| time_at(speed, params));
                let (params, target) = (best.params, Duration::from_millis(milliseconds));
                assert_eq!(best.time(), time_at(speed, params));
                assert!(params.meets_owasp_minimum(), "{params:?}");
                assert_eq!(policy::check(params), Ok(()));
                assert_eq!(params.parallelism(), 2);
                assert!(u64::from(params.memory_kib()) <= memory_kib.max(19_456));
                assert!(best.time() <= target || machine.verified.iter().all(|tried| *tried == params));
                assert!(
                    machine.spent <= target * 6 || machine.verified.len() == 1,
                    "{:?} for {target:?}",
                    machine.spent
                );
            }
        }
    }
}

/// 1,000 KiB a millisecond: 500 ms are 500,000 KiB, of which 85 % are aimed at.
/// docs/cost.md: "as much memory as the time allows, at most half of what is available; then iterations"
#[test]
fn memory_comes_first_then_iterations() {
    for (memory_kib, expected) in [(16 * GIB, (415 << 10, 1)), (64 << 10, (64 << 10, 6))] {
        let (best, _) = search(500, memory_kib, |params| time_at(1_000, params));
        assert_eq!((best.params.memory_kib(), best.params.iterations()), expected);
    }
}

#[test]
fn a_machine_that_is_slow_with_more_memory_gets_less() {
    let speed = |params: Params| if params.memory_kib() > 300 << 10 { 1_500 } else { 3_000 };
    let (best, machine) = search(500, 16 * GIB, |params| time_at(speed(params), params));
    assert!(machine.verified.iter().any(|params| params.work_kib() > 1_200_000), "{:?}", machine.verified);
    assert!((200..=500).contains(&best.time().as_millis()), "{best:?}");
    // A machine that more memory does not slow down would get more.
    assert!(best.params.work_kib() < 1_200_000, "{best:?}");
}

#[test]
fn a_cost_that_does_not_fit_into_memory_is_not_recommended() {
    let machine = MadeUp { limit_kib: 100 << 10, ..machine(|params| time_at(1_000, params)) };
    let (best, _) = search_on(500, 16 * GIB, machine);
    assert!((50 << 10..=100 << 10).contains(&best.params.memory_kib()), "{best:?}");
    assert!((251..=500).contains(&best.time().as_millis()), "{best:?}");
}

#[test]
fn too_little_memory_for_owasps_minimum_is_an_error() {
    let mut machine = MadeUp { limit_kib: 19_455, ..machine(|params| time_at(1_000, params)) };
    assert!(calibrate(&mut machine, Duration::from_millis(500), 2, GIB).is_err());
}

#[test]
fn the_search_stops_when_no_stronger_cost_fits() {
    let minimum = Params::new(19_456, 2, 2).unwrap();
    let time_of = |params| Duration::from_millis(if params == minimum { 10 } else { 25 });
    let (best, machine) = search(20, GIB, time_of);
    assert_eq!((best.params, best.time().as_millis()), (minimum, 10));
    assert_eq!(machine.verified.iter().filter(|&&params| params == minimum).count(), 3);
}

/// Each third verification takes a tenth longer.
#[test]
fn the_median_of_three_samples_counts() {
    for disturbed in 0..3 {
        let mut run = 0;
        let (best, _) = search(500, 0, |params| {
            run += 1;
            time_at(1_000, params).mul_f64(if run % 3 == disturbed { 1.1 } else { 1.0 })
        });
        assert_eq!(best.time(), time_at(1_000, best.params));
        assert!((250..=500).contains(&best.time().as_millis()), "{disturbed}: {best:?}");
        assert_eq!(best.range(), [1.0, 1.1].map(|factor| best.time().mul_f64(factor)));
    }
}

/// Memory that is slow to get, and machines that get slower while they are measured.
#[test]
fn no_machine_is_measured_for_longer_than_six_times_the_time() {
    for milliseconds in [60, 500, 5_000] {
        for (memory_factor, growth) in [(0.0, 1.0), (8.0, 1.0), (1.0, 1.02), (1.0, 1.1), (2.0, 1.1)] {
            let mut slowness = 1.0;
            let time_of = |params| {
                slowness *= growth;
                time_at(2_000, params).mul_f64(slowness)
            };
            let (_, machine) =
                search_on(milliseconds, 16 * GIB, MadeUp { memory_factor, ..machine(time_of) });
            // A run takes longer than the one before it, which is all that is known when it starts.
            let limit = Duration::from_millis(milliseconds * 6).mul_f64(growth * growth);
            assert!(
                machine.spent <= limit,
                "{memory_factor}, {growth}, {milliseconds} ms: {:?}",
                machine.spent
            );
        }
    }
}

/// README.md: "`--calibrate` prints the strongest cost that it saw this machine verify within a time."
#[test]
fn the_strongest_measured_cost_is_recommended_if_the_search_ends_early() {
    for memory_kib in (19_456..600_000).step_by(10_000) {
        let machine = MadeUp { limit_kib: memory_kib, ..machine(|params| time_at(1_000, params)) };
        let (best, machine) = search_on(500, 16 * GIB, machine);
        let tried = machine.verified.chunks(3).filter(|runs| time_at(1_000, runs[0]).as_millis() <= 500);
        let strongest = tried.map(|runs| runs[0].work_kib()).max();
        assert_eq!(Some(best.params.work_kib()), strongest, "{memory_kib}: {:?}", machine.verified);
    }
}

/// docs/cost.md: "`--calibrate` recommends nothing below OWASP's minimum."
#[test]
fn owasps_minimum_is_recommended_even_if_it_takes_too_long() {
    let (best, machine) = search(50, GIB, |params| time_at(100, params));
    assert!(best.time() > Duration::from_millis(50));
    assert_eq!(machine.verified, [best.params]);
    assert_eq!((best.params.memory_kib(), best.params.iterations()), (19_456, 2));
}

/// docs/cost.md: "What it prints is one word, so it can be used at once"
#[test]
fn the_output_is_an_option_that_meets_owasps_minimum() {
    let calibrated = tc_calendar(["--calibrate", "60"]).run();
    let [options] = calibrated.lines()[..] else { panic!("{calibrated:?}") };
    // One word, which a shell does not split.
    assert!(options.starts_with("--cost=m=") && !options.contains(char::is_whitespace), "{options}");

    let hashed = tc_calendar([options]).args(["--hash_pass"]).secret("hunter2").run();
    let encoded = Encoded::read(hashed.lines()[0]).unwrap();
    assert!(encoded.params.meets_owasp_minimum(), "{options}");
    assert!((1..=4).contains(&encoded.params.parallelism()));
    assert_eq!(hashed.stderr, "", "no note of a weak cost");
}

/// docs/cost.md: "It measures with the library that verifies, because that is what every login costs."
#[test]
fn a_note_says_how_long_it_takes_and_a_table_what_was_measured() {
    for (time, limit) in [("60", "a second"), ("500ms", "3 seconds"), ("600", "4 seconds")] {
        let outcome = tc_calendar(["--calibrate", time]).run();
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        let first = "note: this measures the verifying library, as at a login, for at most ";
        assert_eq!(lines[0].strip_prefix(first), Some(limit), "{outcome:?}");
        // A range, or where the machine is busy, how many of the three there are.
        let columns: Vec<&str> = lines[1].split_whitespace().collect();
        let ["19", "MiB,", "t=2,", parallelism, median, "ms", first, between, last] = columns[..] else {
            panic!("{outcome:?}")
        };
        assert!(parallelism.starts_with("p="));
        let number = |text: &str| text.trim_matches(['(', ')']).parse::<u64>().unwrap();
        match between {
            "to" => assert!((number(first)..=number(last)).contains(&number(median)), "{outcome:?}"),
            _ => assert_eq!((between, last), ("of", "3)"), "{outcome:?}"),
        }
    }
    assert_eq!(tc_calendar(["--calibrate", "60", "--quiet"]).run().stderr, "");
}

/// Half of the processor time is taken from the program, as by another program that computes.
#[test]
#[cfg(all(target_os = "linux", not(portable)))]
fn a_note_says_that_the_machine_is_busy() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let done = AtomicBool::new(false);
    let outcome = std::thread::scope(|scope| {
        for _ in 0..3 * std::thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let outcome = tc_calendar(["--calibrate", "200", "--format", "json"]).run();
        done.store(true, Ordering::Relaxed);
        outcome
    });
    assert!(outcome.stderr.contains("note: other programs or a limit took processor time"), "{outcome:?}");
    let object: Value = serde_json::from_str(outcome.lines()[0]).unwrap();
    assert_eq!(object["busy"], true);
}

/// docs/cost.md: "If even that takes longer, a note says so."
#[test]
fn a_note_says_that_owasps_minimum_takes_too_long() {
    let outcome = tc_calendar(["--calibrate", "1"]).run();
    assert!(outcome.lines()[0].starts_with("--cost=m=19456,t=2,p="), "{outcome:?}");
    assert!(
        outcome.stderr.contains("note: OWASP's minimum takes longer than 1 ms here; using it anyway\n"),
        "{outcome:?}"
    );
}

/// Calibrating needs no more memory than hashing at OWASP's minimum.
#[test]
#[cfg(all(target_os = "linux", not(portable)))]
fn a_cost_is_recommended_if_memory_suffices_for_owasps_minimum() {
    let is_enough = |kib: u32| {
        let limit = format!("ulimit -v {kib}");
        let hashed = common::limited(
            &limit,
            &["--profile", "owasp", "-q", "--hash_pass", "--password-stdin"],
            "hunter2",
        );
        let calibrated = common::limited(&limit, &["--calibrate", "60", "-q"], "");
        assert_eq!(calibrated.status, hashed.status, "{kib}: {calibrated:?} {hashed:?}");
        hashed.status == Some(0)
    };
    // Two at a time, which takes half as long.
    let half = |first: u32| (first..=144_000).step_by(16_000).filter(|&kib| is_enough(kib)).count();
    let enough = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(24_000));
        half(16_000) + other.join().unwrap()
    });
    assert!(enough > 0, "a limit at which it can be hashed was tried");
}

#[test]
fn the_answer_can_be_json() {
    let outcome = tc_calendar(["--calibrate", "60", "--format", "json", "-q"]).run();
    let object: Value = serde_json::from_str(outcome.lines()[0]).unwrap();
    for key in ["memory_kib", "iterations", "parallelism", "verification_ms", "fastest_ms", "slowest_ms"] {
        assert!(object[key].as_u64().is_some_and(|number| number > 0), "{key}: {object}");
    }
    let within = object["verification_ms"].as_u64().unwrap() <= 60;
    assert_eq!(object["within"], within, "{object}");
}

/// docs/cost.md: "(default: 500 ms)"
#[test]
fn the_default_time_is_500_ms() {
    let request = cli::parse(["tc_calendar", "--calibrate"].map(Into::into).to_vec());
    assert!(matches!(request, Ok(Request::Calibrate(calibrate)) if calibrate.milliseconds == 500));
}

#[test]
fn invalid_times_are_refused() {
    for value in ["0", "60001", "s3cret", "1.5", "-5"] {
        let outcome = tc_calendar([format!("--calibrate={value}")]).run();
        outcome.fails(2, "invalid value for --calibrate");
    }
    tc_calendar(["--calibrate", "60", "-m", "64MiB"])
        .run()
        .fails(2, "--memory cannot be used with --calibrate");
    tc_calendar(["--calibrate"]).args(CHEAP).run().fails(2, "--memory cannot be used with --calibrate");
    tc_calendar(["--calibrate", "60", "--hash_pass"]).run().fails(2, "more than one mode given");
}
