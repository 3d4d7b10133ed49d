//! What the program adds to the bare engine call: time and peak memory of one hash at the default
//! cost. `cargo bench --bench overhead`
//!
//! Two processes run in turn: one that only calls the engine and times the call, and the program. Each
//! is started by a process of its own, which measures its peak memory. Figures are medians; differences
//! and ratios are taken pair by pair first.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[cfg(not(unix))]
fn main() {
    println!("skipped: peak memory is only measured on Unix");
}

#[cfg(unix)]
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == unix::MEASURE) {
        Some(at) => unix::measure(&arguments[at + 1], &arguments[at + 2..]),
        None if arguments.iter().any(|argument| argument == unix::ENGINE_ONLY) => unix::engine_only(),
        None => unix::compare(),
    }
}

#[cfg(unix)]
mod unix {
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use nix::sys::resource::{UsageWho, getrusage};
    use tc_calendar::hash::encoded::{TAG_BYTES, Variant, Version};
    use tc_calendar::hash::engine::{Engine, Input};
    use tc_calendar::hash::hasher::{KNOWN_TAG, run_self_test};
    use tc_calendar::hash::params::Profile;

    const PAIRS: usize = 51;
    pub(super) const ENGINE_ONLY: &str = "--engine-only";
    pub(super) const MEASURE: &str = "--measure";

    struct Process {
        printed: String,
        ms: f64,
        peak_kib: f64,
    }

    struct Pair {
        call_ms: f64,
        engine: Process,
        program: Process,
    }

    pub(super) fn engine_only() {
        let params = Profile::default().params();
        let input =
            Input { password: b"hunter2", salt: b"sixteen bytes...", secret: &[], associated_data: &[] };
        let start = Instant::now();
        let mut engine = Engine::new(Variant::Argon2id, Version::V19, params, params.parallelism());
        engine.derive(input, &mut [0; TAG_BYTES]).unwrap();
        drop(engine);
        println!("{}", start.elapsed().as_secs_f64() * 1e3);
    }

    pub(super) fn compare() {
        let this = std::env::current_exe().unwrap();
        let pair = |_| {
            let engine = run(this.to_str().unwrap(), &[ENGINE_ONLY]);
            let program = run(env!("CARGO_BIN_EXE_tc_calendar"), &["--hash_pass", "hunter2"]);
            assert!(program.printed.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{}", program.printed);
            Pair { call_ms: engine.printed.trim().parse().unwrap(), engine, program }
        };
        let pairs: Vec<Pair> = (0..PAIRS).map(pair).collect();
        let median = |value: fn(&Pair) -> f64| median_of(pairs.iter().map(value).collect());

        let times = (0..PAIRS).map(|_| {
            let start = Instant::now();
            assert_eq!(run_self_test(KNOWN_TAG), Ok(()));
            start.elapsed().as_secs_f64() * 1e3
        });
        println!("the self-test before the first hash {:.3} ms\n", median_of(times.collect()));
        println!("one hash at m=65536,t=3,p=4: medians of {PAIRS} pairs\n");
        println!("the engine's call             {:7.2} ms", median(|pair| pair.call_ms));
        println!(
            "a process with only that call {:7.2} ms  {:6.0} KiB",
            median(|pair| pair.engine.ms),
            median(|pair| pair.engine.peak_kib)
        );
        println!(
            "tc_calendar --hash_pass       {:7.2} ms  {:6.0} KiB",
            median(|pair| pair.program.ms),
            median(|pair| pair.program.peak_kib)
        );
        println!(
            "\nthe program over the process  {:+7.2} ms  {:+6.0} KiB   ratios {:.3} and {:.3}",
            median(|pair| pair.program.ms - pair.engine.ms),
            median(|pair| pair.program.peak_kib - pair.engine.peak_kib),
            median(|pair| pair.program.ms / pair.engine.ms),
            median(|pair| pair.program.peak_kib / pair.engine.peak_kib),
        );
        println!(
            "the program over the call     {:+7.2} ms               ratio  {:.3}",
            median(|pair| pair.program.ms - pair.call_ms),
            median(|pair| pair.program.ms / pair.call_ms),
        );
    }

    /// Runs a program, passes its output on, and prints how long it took and its peak memory.
    pub(super) fn measure(program: &str, arguments: &[String]) {
        let start = Instant::now();
        let status = Command::new(program).args(arguments).stdin(Stdio::null()).status().unwrap();
        let ms = start.elapsed().as_secs_f64() * 1e3;
        assert!(status.success());
        println!("{ms} {}", getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss());
    }

    fn run(program: &str, arguments: &[&str]) -> Process {
        let this = std::env::current_exe().unwrap();
        let output = Command::new(this).arg(MEASURE).arg(program).args(arguments).output().unwrap();
        assert!(output.status.success());
        let output = String::from_utf8(output.stdout).unwrap();
        let (printed, measured) = output.trim_end().rsplit_once('\n').unwrap();
        let (ms, peak_kib) = measured.split_once(' ').unwrap();
        Process { printed: printed.to_owned(), ms: ms.parse().unwrap(), peak_kib: peak_kib.parse().unwrap() }
    }

    fn median_of(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }
}
