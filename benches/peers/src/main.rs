//! Compares this program with other Argon2 implementations in one interleaved run.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml` prints tables of medians and
//! ratios, and draws `benches/peers.svg`. Build the program first: `cargo build --release --locked`.

mod batch;
mod commands;
mod libraries;
mod picture;

use std::time::Duration;

use anyhow::Result;
use tc_calendar::hash::params::Params;
use tc_calendar::system::memory;

/// The password that everything hashes.
const PASSWORD: &str = "hunter2";
/// The salt, where one can be chosen.
const SALT: &str = "sixteen bytes...";

/// The costs to compare: memory in KiB, iterations, parallelism.
const COSTS: [(u64, u64, u64); 5] =
    [(19_456, 2, 1), (65_536, 3, 1), (65_536, 3, 4), (47_104, 1, 1), (2_097_152, 1, 4)];

/// An implementation at one params. `run` returns how long it took.
struct Contestant<'a> {
    name: String,
    run: Box<dyn FnMut() -> Result<Duration> + 'a>,
    times: Vec<Duration>,
}

/// A contestant's median at a params, and its ratio to the first contestant's.
struct Figure {
    params: Params,
    name: String,
    median: Duration,
    ratio: f64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, numbers @ ..] = &arguments[..]
        && flag == libraries::DERIVE
    {
        return libraries::derive(name, numbers);
    }
    println!("{}\n", machine());
    commands::start_up()?;
    batch::compare_batches()?;
    let mut figures = Vec::new();
    for (memory_kib, iterations, parallelism) in COSTS {
        let params = Params::new(memory_kib, iterations, parallelism)?;
        let available = memory::available().memory.unwrap_or(u64::MAX);
        if available < 2 * memory_kib {
            println!("skipped: {} needs more memory than there is\n", label(params));
            continue;
        }
        println!("derivation at {}", label(params));
        figures.extend(compare(params, libraries::contestants(params)?)?);
        println!("whole commands at {}", label(params));
        compare(params, commands::contestants(params)?)?;
    }
    picture::draw(&figures, &machine())
}

/// Runs the contestants in turn, and prints a table.
fn compare(params: Params, mut contestants: Vec<Contestant<'_>>) -> Result<Vec<Figure>> {
    interleave(&mut contestants, 21)?;
    let mut figures: Vec<Figure> = Vec::new();
    for contestant in contestants {
        let fastest = contestant.times.iter().min().copied().unwrap_or_default().as_secs_f64() * 1e3;
        let median = median(contestant.times);
        let first = figures.first().map_or(median, |figure| figure.median);
        let ratio = median.as_secs_f64() / first.as_secs_f64();
        let ms = median.as_secs_f64() * 1e3;
        println!("  {:34} {ms:9.2} ms   {ratio:5.2}   fastest {fastest:9.2} ms", contestant.name);
        figures.push(Figure { params, name: contestant.name, median, ratio });
    }
    println!();
    Ok(figures)
}

fn interleave(contestants: &mut [Contestant<'_>], rounds: usize) -> Result<()> {
    for contestant in &mut *contestants {
        (contestant.run)()?; // to warm up
    }
    // In an order by chance: who comes after a program that has just given its memory back gets it sooner.
    let mut order: Vec<usize> = (0..contestants.len()).collect();
    for _ in 0..rounds {
        fastrand::shuffle(&mut order);
        for &place in &order {
            let contestant = &mut contestants[place];
            let time = (contestant.run)()?;
            contestant.times.push(time);
        }
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn contestant<'a>(name: &str, run: impl FnMut() -> Result<Duration> + 'a) -> Contestant<'a> {
    Contestant { name: name.to_owned(), run: Box::new(run), times: Vec::new() }
}

fn label(params: Params) -> String {
    format!("m={},t={},p={}", params.memory_kib(), params.iterations(), params.parallelism())
}

/// The processor and its number of cores.
fn machine() -> String {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.trim().strip_prefix(": "));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{}, {cores} cores", model.unwrap_or("unknown processor"))
}
