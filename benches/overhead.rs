//! What the program adds to the bare engine call: time and peak memory of one hash at the default
//! cost. `cargo bench --bench overhead`
//!
//! Two processes run in turn: one that does nothing but call the engine and time the call, and the
//! program. Figures are medians; differences and ratios are taken pair by pair first.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[cfg(not(unix))]
fn main() {
    println!("skipped: peak memory is only measured on Unix");
}

#[cfg(unix)]
fn main() {
    if std::env::args().any(|argument| argument == unix::ENGINE_ONLY) {
        unix::engine_only();
    } else {
        unix::compare();
    }
}

#[cfg(unix)]
mod unix {
    use std::io::Read;
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use argon2_rust::{Algorithm, Argon2, Params, Version};
    use wait4::Wait4;

    const PAIRS: usize = 51;
    pub(super) const ENGINE_ONLY: &str = "--engine-only";

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
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::RFC9106_LOW_MEMORY);
        let start = Instant::now();
        argon2.hash(b"hunter2", b"sixteen bytes...").unwrap();
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
        let median = |value: fn(&Pair) -> f64| median(pairs.iter().map(value).collect());

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

    #[allow(clippy::cast_precision_loss)] // peaks are far below 2^52
    fn run(program: &str, arguments: &[&str]) -> Process {
        let start = Instant::now();
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = String::new();
        child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        let end = child.wait4().unwrap();
        let ms = start.elapsed().as_secs_f64() * 1e3;
        assert!(end.status.success());
        Process { printed, ms, peak_kib: end.rusage.maxrss as f64 / 1_024.0 }
    }

    fn median(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }
}
