//! The engine, that of version 2.0.0 and argon2-rust, which take turns, beside the floor: the same traffic of memory,
//! with nothing computed. `benches/engine/run [avx512|avx2|portable]` builds all that it needs.
//!
//! All keep their memory between hashes. Where nothing else is said, they wipe it after each. Ratios are taken round by
//! round, then their median. Those of CPU time count on a machine that does other work, those of wall time else.

mod engines;
mod floor;

use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use nix::time::{ClockId, clock_gettime};
use tc_calendar::hash::engine::Kernel;
use tc_calendar::hash::params::Params;

use engines::{Engine, NAMES};
use floor::Floor;

/// The programs that `run` builds.
const PROGRAMS: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/release/tc_calendar"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/2.0.0/target/release/tc_calendar"),
];
/// The word that makes this program derive once and print the time.
const DERIVE: &str = "--derive";
const ROUNDS: usize = 41;
/// How often a hash that takes microseconds is repeated.
const REPEATS: u32 = 200;

/// What is measured at a cost.
#[derive(Clone, Copy, PartialEq)]
enum Work {
    /// A hash, in memory that is kept.
    Kept,
    /// A hash in a process of its own, memory included.
    Fresh,
    /// Each of the threads makes its share of so many hashes by itself, and wipes its memory after the last.
    Batch(u32),
    /// The whole command `--verify`.
    Verify,
}

/// Memory in KiB, iterations, lanes.
type Cost = (u64, u64, u64);

/// What is measured, and the most that it may take of the time of 2.0.0, and of that of argon2-rust.
struct Row(Work, Cost, u32, f64, Option<f64>);

const ROWS: [Row; 19] = [
    Row(Work::Kept, (8, 1, 1), 1, 1.02, None),
    Row(Work::Kept, (8, 1_000, 1), 1, 1.02, None),
    Row(Work::Kept, (1_024, 1, 4), 2, 1.02, None),
    Row(Work::Kept, (4_096, 1, 4), 2, 1.02, None),
    Row(Work::Kept, (19_456, 2, 1), 1, 1.02, None),
    Row(Work::Kept, (19_456, 2, 4), 2, 0.94, None),
    Row(Work::Kept, (47_104, 1, 1), 1, 1.02, None),
    Row(Work::Kept, (65_536, 3, 1), 1, 1.02, None),
    Row(Work::Kept, (65_536, 3, 4), 1, 1.02, None),
    Row(Work::Kept, (65_536, 3, 4), 2, 0.93, Some(0.74)),
    Row(Work::Batch(64), (19_456, 2, 1), 2, 0.93, Some(0.80)),
    Row(Work::Batch(64), (47_104, 1, 1), 2, 0.88, None),
    Row(Work::Batch(16), (65_536, 3, 4), 2, 0.95, Some(0.68)),
    Row(Work::Fresh, (1_024, 1, 4), 2, 1.02, None),
    Row(Work::Fresh, (4_096, 1, 4), 2, 1.02, None),
    Row(Work::Fresh, (19_456, 2, 1), 1, 0.97, Some(0.87)),
    Row(Work::Fresh, (65_536, 3, 4), 2, 1.02, None),
    Row(Work::Fresh, (2_097_152, 1, 4), 2, 0.96, Some(1.0)),
    Row(Work::Verify, (65_536, 3, 4), 2, 0.88, None),
];

/// Milliseconds.
#[derive(Clone, Copy)]
struct Time {
    wall: f64,
    cpu: f64,
}

type Contestant<'a> = Box<dyn FnMut() -> Result<Time> + 'a>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let kernel = match &words[..] {
        [flag, name, numbers @ ..] if flag == DERIVE => return derive(name, numbers),
        [] => Kernel::fastest(),
        [name, ..] => Kernel::ALL
            .into_iter()
            .find(|kernel| format!("{kernel:?}").eq_ignore_ascii_case(name))
            .context("an unknown kernel")?,
    };
    ensure!(kernel.is_available(), "this processor cannot run {kernel:?}");
    println!(
        "kernel: {kernel:?}; argon2-rust's: {:?}; medians of {ROUNDS} rounds\n",
        argon2_rust::detected_backend()
    );
    println!(
        "| m,t,p | threads | engine, ms | 2.0.0, ms | argon2-rust, ms | floor, ms | CPU to 2.0.0 | wall to 2.0.0 | at most | CPU to argon2-rust | wall to argon2-rust | at most |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for row in &ROWS {
        measure(row, kernel)?;
    }
    Ok(())
}

fn measure(row: &Row, kernel: Kernel) -> Result<()> {
    let &Row(work, cost @ (m, t, p), threads, gate, peer_gate) = row;
    let params = Params::new(m, t, p)?;
    let mut contestants: Vec<Contestant> = match work {
        Work::Kept => kept(params, threads, kernel)?,
        Work::Fresh => {
            NAMES.map(|name| in_a_process(name, cost, threads)).into_iter().collect::<Result<_>>()?
        }
        Work::Batch(count) => batches(params, threads, kernel, count),
        Work::Verify => verifications(cost)?,
    };
    let mut rounds: Vec<Vec<Time>> = Vec::new();
    for round in 0..=ROUNDS {
        let mut times = vec![Time { wall: 0.0, cpu: 0.0 }; contestants.len()];
        for place in 0..times.len() {
            let place = (place + round) % times.len();
            times[place] = contestants[place]()?;
        }
        rounds.push(times);
    }
    rounds.remove(0); // to warm up
    let median = |value: &dyn Fn(&[Time]) -> Option<f64>| {
        let mut values: Vec<f64> = rounds.iter().filter_map(|times| value(times)).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let ms = |place: usize| median(&|times| times.get(place).map(|time| time.wall));
    let cpu = |place: usize| median(&|times| times.get(place).map(|time| times[0].cpu / time.cpu));
    let wall = |place: usize| median(&|times| times.get(place).map(|time| times[0].wall / time.wall));
    let shown = |value: Option<f64>| {
        value.filter(|value| value.is_finite()).map_or("-".to_owned(), |value| format!("{value:.3}"))
    };
    let held = |ratio: Option<f64>, gate: Option<f64>| match (ratio, gate) {
        (Some(ratio), Some(gate)) => format!("{gate:.2}{}", if ratio > gate { " missed" } else { "" }),
        _ => "-".to_owned(),
    };
    let label = match work {
        Work::Kept => format!("{m},{t},{p}"),
        Work::Fresh => format!("{m},{t},{p}, fresh process"),
        Work::Batch(count) => format!("{count} hashes at {m},{t},{p}"),
        Work::Verify => format!("--verify at {m},{t},{p}"),
    };
    println!(
        "| {label} | {threads} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        shown(ms(0)),
        shown(ms(1)),
        shown(ms(2)),
        shown(ms(3)),
        shown(cpu(1)),
        shown(wall(1)),
        held(wall(1), Some(gate)),
        shown(cpu(2)),
        shown(wall(2)),
        held(wall(2), peer_gate),
    );
    Ok(())
}

/// The engines and the floor, in memory that is kept.
fn kept(params: Params, threads: u32, kernel: Kernel) -> Result<Vec<Contestant<'static>>> {
    let mut engines =
        NAMES.iter().map(|name| Engine::new(name, params, threads, kernel)).collect::<Result<Vec<_>>>()?;
    let tags = engines.iter_mut().map(Engine::derive).collect::<Result<Vec<_>>>()?;
    ensure!(tags.iter().all(|tag| *tag == tags[0]), "the tags differ");
    let repeats = if params.work_kib() < 1_024 { REPEATS } else { 1 };
    let mut contestants: Vec<Contestant> = Vec::new();
    for mut engine in engines {
        contestants.push(Box::new(move || {
            time(repeats, || {
                engine.derive()?;
                engine.wipe();
                Ok(())
            })
        }));
    }
    let mut floor = Floor::new(params)?;
    contestants.push(Box::new(move || time(repeats, || floor.fill(threads))));
    Ok(contestants)
}

/// Each of the threads makes its share of the hashes.
fn batches(params: Params, threads: u32, kernel: Kernel, count: u32) -> Vec<Contestant<'static>> {
    let on_all = move |share: &(dyn Fn() -> Result<()> + Sync)| {
        time(1, || {
            thread::scope(|scope| {
                let workers: Vec<_> = (0..threads).map(|_| scope.spawn(share)).collect();
                workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a panic")))
            })
        })
    };
    let mut contestants: Vec<Contestant> = Vec::new();
    for name in NAMES {
        let share = move || {
            let mut engine = Engine::new(name, params, 1, kernel)?;
            (0..count / threads).try_for_each(|_| engine.derive().map(drop))
        };
        contestants.push(Box::new(move || on_all(&share)));
    }
    let share = move || {
        let mut floor = Floor::new(params)?;
        (0..count / threads).try_for_each(|_| floor.fill(1))
    };
    contestants.push(Box::new(move || on_all(&share)));
    contestants
}

/// This program derives a tag with the named engine, and prints how long it took.
fn in_a_process(name: &'static str, (m, t, p): Cost, threads: u32) -> Result<Contestant<'static>> {
    let program = std::env::current_exe()?;
    let numbers = [m, t, p, threads.into()].map(|number| number.to_string());
    Ok(Box::new(move || {
        let output = Command::new(&program).args([DERIVE, name]).args(&numbers).output()?;
        ensure!(output.status.success(), "{name} failed");
        let text = String::from_utf8(output.stdout)?;
        let (wall, cpu) = text.trim().split_once(' ').context("two numbers")?;
        Ok(Time { wall: wall.parse()?, cpu: cpu.parse()? })
    }))
}

/// Derives once with the named engine, and prints the time.
fn derive(name: &str, numbers: &[String]) -> Result<()> {
    let numbers: Vec<u64> = numbers.iter().map(|number| number.parse()).collect::<Result<_, _>>()?;
    let [m, t, p, threads] = numbers[..] else { bail!("four numbers are needed") };
    let params = Params::new(m, t, p)?;
    let time = time(1, || {
        let mut engine = Engine::new(name, params, threads.try_into()?, Kernel::fastest())?;
        engine.derive().map(drop)
    })?;
    println!("{} {}", time.wall, time.cpu);
    Ok(())
}

/// The programs verify a password.
fn verifications((m, t, p): Cost) -> Result<Vec<Contestant<'static>>> {
    let cost =
        ["-q", "-m", &m.to_string(), "-t", &t.to_string(), "-p", &p.to_string(), "--hash_pass", "hunter2"];
    let hash = Command::new(PROGRAMS[0]).args(cost).output()?;
    let hash = String::from_utf8(hash.stdout)?.trim().to_owned();
    let password = std::env::temp_dir().join(format!("engine-bench-{}", std::process::id()));
    let mut contestants: Vec<Contestant> = Vec::new();
    for program in PROGRAMS {
        let (hash, password) = (hash.clone(), password.clone());
        contestants.push(Box::new(move || {
            std::fs::write(&password, "hunter2")?;
            let mut command = Command::new(program);
            command.args(["-q", "--verify", &hash, "--password-file"]).arg(&password).stdout(Stdio::null());
            let start = Instant::now();
            let status = command.status()?;
            let wall = start.elapsed().as_secs_f64() * 1e3;
            std::fs::remove_file(&password)?;
            ensure!(status.success(), "{program} does not verify");
            Ok(Time { wall, cpu: f64::NAN })
        }));
    }
    Ok(contestants)
}

fn time(repeats: u32, mut run: impl FnMut() -> Result<()>) -> Result<Time> {
    let (start, cpu) = (Instant::now(), cpu_ms()?);
    for _ in 0..repeats {
        run()?;
    }
    let each = f64::from(repeats);
    Ok(Time { wall: start.elapsed().as_secs_f64() * 1e3 / each, cpu: (cpu_ms()? - cpu) / each })
}

/// The CPU time of all threads of this process.
fn cpu_ms() -> Result<f64> {
    let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?;
    Ok(time.tv_sec() as f64 * 1e3 + time.tv_nsec() as f64 / 1e6)
}
