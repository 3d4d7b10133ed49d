//! `--calibrate` on this machine: what it prints can be pasted, and is within the time.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CHEAP, tc_calendar};
use serde_json::Value;
use tc_calendar::cli::{self, request::Request};
use tc_calendar::hash::encoded::Encoded;

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
