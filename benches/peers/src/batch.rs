//! A batch of 64 passwords: this program on all cores, on one core, and as one process per core (the
//! most that the machine can do); and a loop over the crate `argon2`.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use tc_calendar::hash::params::Profile;

use crate::commands::{PROGRAM, time_of};
use crate::libraries::argon2_crate;
use crate::median;

const PASSWORDS: usize = 64;
const ROUNDS: usize = 11;

pub(crate) fn compare_batches() -> Result<()> {
    let params = Profile::Owasp.params();
    let input = "hunter2\n".repeat(PASSWORDS);
    let batch = [PROGRAM, "--hash_pass", "--password-stdin", "--lines", "--profile", "owasp"];
    let on_one_core = [&["taskset", "-c", "0"], &batch[..]].concat();
    let cores = thread::available_parallelism()?.get();

    let share = "hunter2\n".repeat(PASSWORDS / cores);
    let (mut all, mut one, mut apart, mut crate_loop) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // Measured first, while this process is small: a child's peak memory starts at its parent's.
    let (_, peak_kib) = time_of(&batch, &input)?;
    for _ in 0..ROUNDS {
        all.push(time_of(&batch, &input)?.0);
        one.push(time_of(&on_one_core, &input)?.0);
        apart.push(one_a_core(cores, &batch, &share)?);
        crate_loop.push(looped(cores)?);
    }
    let [all, one, apart, crate_loop] = [all, one, apart, crate_loop].map(median);
    println!("a batch of {PASSWORDS} at m=19456,t=2,p=1, whole command");
    let row = |name: &str, time: Duration| {
        let ratio = time.as_secs_f64() / all.as_secs_f64();
        println!("  {name:34} {:9.2} ms   {ratio:5.2}", time.as_secs_f64() * 1e3);
    };
    row(&format!("tc_calendar on {cores} cores"), all);
    row("tc_calendar on one core", one);
    row(&format!("{cores} processes, one a core"), apart);
    row(&format!("argon2 crate on {cores} threads"), crate_loop);
    let workers_kib = cores as u64 * u64::from(params.memory_kib());
    println!(
        "  peak memory {peak_kib} KiB: {cores} x 19456 KiB and {} KiB\n",
        peak_kib.saturating_sub(workers_kib)
    );
    Ok(())
}

/// One process per core, each with its share of the passwords.
fn one_a_core(cores: usize, batch: &[&str], share: &str) -> Result<Duration> {
    let run = |core: usize| {
        let core = core.to_string();
        time_of(&[&["taskset", "-c", &core], batch].concat(), share).map(drop)
    };
    let start = Instant::now();
    thread::scope(|scope| {
        let running: Vec<_> = (0..cores).map(|core| scope.spawn(move || run(core))).collect();
        running.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| anyhow::bail!("a panic")))
    })?;
    Ok(start.elapsed())
}

/// The same number of hashes with the crate `argon2`, on threads of this process.
fn looped(threads: usize) -> Result<Duration> {
    let start = Instant::now();
    thread::scope(|scope| {
        let hash_share =
            || (0..PASSWORDS / threads).try_for_each(|_| argon2_crate(Profile::Owasp.params()).map(drop));
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(hash_share)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| anyhow::bail!("a panic")))
    })?;
    Ok(start.elapsed())
}
