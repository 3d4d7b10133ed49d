//! Whole commands: this program, and those of the others that are installed, at the same cost.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tc_calendar::hash::diagnose;
use tc_calendar::hash::params::Params;
use tc_calendar::hash::verifier::Verifier;

use crate::{Contestant, PASSWORD, SALT, contestant, interleave, median};

/// The program that `cargo build --release` builds.
pub(crate) const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/release/tc_calendar");

/// Commands that hash the password, from stdin or an argument, and print an encoded string.
fn commands(params: Params) -> Vec<(&'static str, Vec<String>)> {
    let [m, t, p] =
        [params.memory_kib(), params.iterations(), params.parallelism()].map(|number| number.to_string());
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let python = format!(
        "import argon2; print(argon2.PasswordHasher(time_cost={t}, memory_cost={m}, parallelism={p}).hash('{PASSWORD}'))"
    );
    let node = format!(
        "require('@node-rs/argon2').hash('{PASSWORD}', {{memoryCost: {m}, timeCost: {t}, parallelism: {p}}}).then(console.log)"
    );
    vec![
        (
            "tc_calendar --hash_pass",
            words(&[PROGRAM, "-q", "--hash_pass", "--password-stdin", "-m", &m, "-t", &t, "-p", &p]),
        ),
        (
            "argon2 -id -e (Debian)",
            words(&["argon2", SALT, "-id", "-e", "-l", "32", "-k", &m, "-t", &t, "-p", &p]),
        ),
        ("argon2-cffi (Python)", words(&["python3", "-c", &python])),
        ("@node-rs/argon2 (Node)", words(&["node", "-e", &node])),
    ]
}

pub(crate) fn contestants(params: Params) -> Result<Vec<Contestant<'static>>> {
    let verifier = Verifier::new(2)?;
    let mut contestants = Vec::new();
    for (name, words) in commands(params) {
        let printed = match run(&words) {
            Ok(printed) => printed,
            Err(error) if contestants.is_empty() => return Err(error.context("build the program first")),
            Err(_) => {
                println!("  skipped: {name} is not installed");
                continue;
            }
        };
        let encoded = diagnose::read(printed.trim().as_ref())?;
        ensure!(encoded.params == params, "{name} hashes at another cost");
        ensure!(verifier.matches(&encoded, PASSWORD.as_bytes())?, "{name} gives another tag");
        contestants.push(contestant(name, move || timed(&words)));
    }
    Ok(contestants)
}

/// Prints how long the program takes to start and end.
pub(crate) fn start_up() -> Result<()> {
    let words = vec![PROGRAM.to_owned(), "--version".to_owned()];
    let mut contestants = [
        contestant("start-up (--version)", || timed(&words)),
        contestant("start-up of /bin/true", || timed(&["/bin/true".to_owned()])),
    ];
    interleave(&mut contestants, 201)?;
    for contestant in contestants {
        println!("{:36} {:9.2} ms", contestant.name, median(contestant.times).as_secs_f64() * 1e3);
    }
    println!();
    Ok(())
}

fn timed(words: &[String]) -> Result<Duration> {
    let start = Instant::now();
    run(words)?;
    Ok(start.elapsed())
}

/// Runs a command with the password on stdin, and returns what it prints.
pub(crate) fn run(words: &[String]) -> Result<String> {
    let (program, arguments) = words.split_first().context("no command")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let _ = child.stdin.take().context("stdin")?.write_all(PASSWORD.as_bytes());
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "it failed");
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a command with this input. Returns its time and its peak memory in KiB.
pub(crate) fn time_of(words: &[&str], input: &str) -> Result<(Duration, u64)> {
    use wait4::Wait4;
    let thread = std::thread::current().id();
    let file = std::env::temp_dir().join(format!("tc_calendar-peers-{}-{thread:?}", std::process::id()));
    std::fs::write(&file, input)?;
    let start = Instant::now();
    let child = Command::new(words[0])
        .args(&words[1..])
        .stdin(std::fs::File::open(&file)?)
        .stdout(Stdio::null())
        .spawn()?;
    let end = child.wait4()?;
    let time = start.elapsed();
    std::fs::remove_file(&file)?;
    ensure!(end.status.success(), "{} failed", words[0]);
    Ok((time, end.rusage.maxrss / 1_024))
}
