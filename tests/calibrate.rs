//! `--calibrate`: on machines that are made up it finds the strongest cost within the time, and what it prints on
//! this one can be pasted.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{CHEAP, tc_calendar};
use serde_json::Value;
use tc_calendar::cli::{self, request::Request};
use tc_calendar::hash::calibrate::{Measured, calibrate};
use tc_calendar::hash::encoded::Encoded;
use tc_calendar::hash::params::{InvalidParams, Params};
use tc_calendar::hash::policy;

const GIB: u64 = 1 << 20;

/// Searches where a verification takes as long as `time_of` says. Also returns what was tried.
fn search(
    milliseconds: u64,
    memory_kib: u64,
    mut time_of: impl FnMut(Params) -> Option<Duration>,
) -> (Measured, Vec<Params>) {
    let mut tried = Vec::new();
    let best = calibrate(Duration::from_millis(milliseconds), 2, memory_kib, |params| {
        tried.push(params);
        Ok::<_, InvalidParams>(time_of(params))
    });
    (best.unwrap(), tried)
}

/// How long a machine takes that fills `speed` KiB per millisecond.
fn time_at(speed: u64, params: Params) -> Duration {
    Duration::from_micros(params.work_kib() * 1_000 / speed)
}

/// docs/cost.md: "`--calibrate` finds the strongest cost that this machine verifies within a time"
#[test]
fn fast_and_slow_machines_stay_within_the_time() {
    for speed in [100, 500, 1_000, 2_000, 10_000] {
        for milliseconds in [1, 20, 50, 100, 250, 500, 2_000, 60_000] {
            for memory_kib in [0, 32 << 10, 64 << 10, GIB, 16 * GIB] {
                let time = |params| time_at(speed, params);
                let (Measured { params, time: took }, tried) =
                    search(milliseconds, memory_kib, |params| Some(time(params)));
                let target = Duration::from_millis(milliseconds);
                assert_eq!(took, time(params));
                assert!(params.meets_owasp_minimum(), "{params:?}");
                assert_eq!(policy::check(params), Ok(()));
                assert_eq!(params.parallelism(), 2);
                assert!(u64::from(params.memory_kib()) <= memory_kib.max(19_456));
                assert!(took <= target || tried.len() == 2 && params.memory_kib() == 19_456);
                let total: Duration = tried.iter().copied().map(time).sum();
                assert!(total <= target * 10 || tried.len() == 2, "{total:?} for {target:?}");
            }
        }
    }
}

/// 1,000 KiB a millisecond: 500 ms are 500,000 KiB, of which 85 % are aimed at.
/// docs/cost.md: "as much memory as the time allows, at most half of what is available; then iterations"
#[test]
fn memory_comes_first_then_iterations() {
    for (memory_kib, expected) in [(16 * GIB, (415 << 10, 1)), (64 << 10, (64 << 10, 6))] {
        let (best, _) = search(500, memory_kib, |params| Some(time_at(1_000, params)));
        assert_eq!((best.params.memory_kib(), best.params.iterations()), expected);
    }
}

#[test]
fn a_machine_that_is_slow_with_more_memory_gets_less() {
    let speed = |params: Params| if params.memory_kib() > 100 << 10 { 500 } else { 1_000 };
    let (best, tried) = search(500, 16 * GIB, |params| Some(time_at(speed(params), params)));
    assert!(tried.len() > 2, "{tried:?}");
    assert!((250..=500).contains(&best.time.as_millis()), "{best:?}");
    // A machine that more memory does not slow down would get more.
    assert!(best.params.work_kib() < 400_000, "{best:?}");
}

#[test]
fn a_cost_that_does_not_fit_into_memory_is_not_recommended() {
    let fits = |params: &Params| params.memory_kib() <= 100 << 10;
    let (best, _) =
        search(500, 16 * GIB, |params| Some(params).filter(fits).map(|params| time_at(1_000, params)));
    assert!((50 << 10..=100 << 10).contains(&best.params.memory_kib()), "{best:?}");
    assert!((251..=500).contains(&best.time.as_millis()), "{best:?}");
}

#[test]
fn the_search_stops_when_no_stronger_cost_fits() {
    let minimum = Params::new(19_456, 2, 2).unwrap();
    let (best, tried) =
        search(20, GIB, |params| Some(Duration::from_millis(if params == minimum { 10 } else { 40 })));
    assert_eq!((best.params, best.time.as_millis()), (minimum, 10));
    assert_eq!((tried.len(), &tried[..2]), (4, &[minimum; 2][..]), "{tried:?}");
}

/// The machine needs half of the given time for each cost, and for each warm-up.
#[test]
fn the_search_stops_after_six_times_the_time_or_six_tries() {
    for (memory_kib, costs, measured) in [(16 * GIB, 5, 2 + 4 * 3), (0, 7, 2 + 6 * 2)] {
        let (best, mut tried) = search(20, memory_kib, |_| Some(Duration::from_millis(10)));
        assert_eq!((tried.len(), tried.last()), (measured, Some(&best.params)), "{tried:?}");
        tried.dedup();
        assert_eq!(tried.len(), costs, "{tried:?}");
    }
}

/// The machine's memory is gone from some measurement on.
/// README.md: "`--calibrate` prints the strongest cost that it saw this machine verify within a time."
#[test]
fn the_strongest_measured_cost_is_recommended_if_memory_is_lost() {
    for gone_from in 1..12 {
        let mut left = gone_from;
        let (best, tried) = search(500, 16 * GIB, |params| {
            left = usize::checked_sub(left, 1)?;
            Some(time_at(1_000, params))
        });
        assert!(best.time <= Duration::from_millis(500), "{gone_from}: {best:?}");
        let strongest = tried.iter().take(gone_from).map(|params| params.work_kib()).max();
        assert_eq!(Some(best.params.work_kib()), strongest, "{gone_from}: {tried:?}");
    }
}

/// docs/cost.md: "It recommends nothing below OWASP's minimum."
#[test]
fn owasps_minimum_is_recommended_even_if_it_takes_too_long() {
    let (best, tried) = search(50, GIB, |params| Some(time_at(100, params)));
    assert!(best.time > Duration::from_millis(50));
    assert_eq!(tried, [best.params; 2], "once to warm up, once to count");
    assert_eq!((best.params.memory_kib(), best.params.iterations()), (19_456, 2));
}

/// docs/cost.md: "Its output is one word, so it can be used at once"
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
fn notes_list_each_measurement_and_the_library() {
    let outcome = tc_calendar(["--calibrate", "60"]).run();
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert!(lines[0].contains("the verifying library"), "{outcome:?}");
    assert!(lines[1].contains("19 MiB, t=2, p=") && lines[1].ends_with(" ms"), "{outcome:?}");
    assert_eq!(tc_calendar(["--calibrate", "60", "--quiet"]).run().stderr, "");
}

/// docs/cost.md: "If even that takes longer, a note says so."
#[test]
fn a_note_says_that_owasps_minimum_takes_too_long() {
    let outcome = tc_calendar(["--calibrate", "1"]).run();
    assert!(outcome.lines()[0].starts_with("--cost=m=19456,t=2,p="), "{outcome:?}");
    assert!(
        outcome.stderr.ends_with("note: OWASP's minimum takes longer than 1 ms here; using it anyway\n"),
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
    for key in ["memory_kib", "iterations", "parallelism", "verification_ms"] {
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
