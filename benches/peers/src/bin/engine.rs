//! The engine and argon2-rust, which take turns in one process, beside the floor: the same traffic of
//! memory, with nothing computed.
//!
//! `cargo run --release --locked --manifest-path benches/peers/Cargo.toml --bin engine [avx512|avx2|portable]`
//!
//! Both keep their memory between hashes and wipe it after each. Ratios are taken pair by pair, then
//! their median. Those of CPU time count on a machine that does other work, those of wall time else.

use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use argon2_rust::Hasher;
use argon2_rust::params::Memory;
use memmap2::{Advice, MmapMut};
use nix::time::{ClockId, clock_gettime};
use tc_calendar::hash::encoded::{TAG_BYTES, Variant, Version};
use tc_calendar::hash::engine::{Engine, Input, Kernel};
use tc_calendar::hash::params::Params;

const INPUT: Input<'_> =
    Input { password: b"hunter2", salt: b"sixteen bytes...", secret: &[], associated_data: &[] };
/// Memory in KiB, iterations, lanes, threads.
const SINGLE: [(u64, u64, u64, u32); 7] = [
    (8, 1, 1, 1),
    (8, 1_000, 1, 1),
    (19_456, 2, 1, 1),
    (47_104, 1, 1, 1),
    (65_536, 3, 1, 1),
    (65_536, 3, 4, 1),
    (65_536, 3, 4, 2),
];
/// Hashes, memory in KiB, iterations, lanes: each of two threads makes half of the hashes by itself.
const BATCHES: [(u32, u64, u64, u64); 2] = [(64, 19_456, 2, 1), (16, 65_536, 3, 4)];
const ROUNDS: usize = 31;
/// How often a hash that takes microseconds is repeated.
const REPEATS: u32 = 200;

/// Milliseconds.
#[derive(Clone, Copy)]
struct Time {
    wall: f64,
    cpu: f64,
}

fn main() -> Result<()> {
    let name = std::env::args().nth(1);
    let kernel = match name.as_deref() {
        None => Kernel::fastest(),
        Some(name) => Kernel::ALL
            .into_iter()
            .find(|kernel| format!("{kernel:?}").eq_ignore_ascii_case(name))
            .context("an unknown kernel")?,
    };
    ensure!(kernel.is_available(), "this processor cannot run {kernel:?}");
    println!("own kernel: {kernel:?}; argon2-rust's: {:?}\n", argon2_rust::detected_backend());
    println!(
        "{:28} {:>9} {:>11} {:>8} {:>8} {:>9}",
        "", "own, ms", "argon2-rust", "CPU", "wall", "floor, ms"
    );
    for (memory_kib, iterations, lanes, threads) in SINGLE {
        let params = Params::new(memory_kib, iterations, lanes)?;
        let mut own = own(params, threads, kernel);
        let mut peer = peer(params, threads)?;
        ensure!(derive(&mut own)? == hash(&mut peer)?, "the tags differ");
        let mut floor = Floor::new(params)?;
        let repeats = if memory_kib * iterations < 1_024 { REPEATS } else { 1 };
        let label = format!("{memory_kib},{iterations},{lanes} on {threads}");
        compare(
            &label,
            repeats,
            || derive(&mut own).map(drop),
            || hash(&mut peer).map(drop),
            || floor.fill(threads),
        )?;
    }
    for (count, memory_kib, iterations, lanes) in BATCHES {
        let params = Params::new(memory_kib, iterations, lanes)?;
        let on_two = |half: &(dyn Fn() -> Result<()> + Sync)| {
            thread::scope(|scope| {
                let other = scope.spawn(half);
                half()?;
                other.join().map_err(|_| anyhow::anyhow!("a panic"))?
            })
        };
        let own_half = || {
            let mut engine = own(params, 1, kernel);
            (0..count / 2).try_for_each(|_| derive(&mut engine).map(drop))
        };
        let peer_half = || {
            let mut hasher = peer(params, 1)?;
            (0..count / 2).try_for_each(|_| hash(&mut hasher).map(drop))
        };
        let floor_half = || {
            let mut floor = Floor::new(params)?;
            (0..count / 2).try_for_each(|_| floor.fill(1))
        };
        let label = format!("{count} x {memory_kib},{iterations},{lanes} on 2");
        compare(&label, 1, || on_two(&own_half), || on_two(&peer_half), || on_two(&floor_half))?;
    }
    Ok(())
}

fn own(params: Params, threads: u32, kernel: Kernel) -> Engine {
    Engine::new(Variant::Argon2id, Version::V19, params, threads).with_kernel(kernel)
}

fn derive(engine: &mut Engine) -> Result<[u8; TAG_BYTES]> {
    let mut tag = [0; TAG_BYTES];
    engine.derive(INPUT, &mut tag)?;
    Ok(tag)
}

fn peer(params: Params, threads: u32) -> Result<Hasher> {
    let params = argon2_rust::Params::builder()
        .memory(Memory::kib(params.memory_kib().into()))
        .passes(params.iterations())
        .lanes(params.parallelism())
        .threads(threads)
        .build()?;
    Ok(argon2_rust::Argon2::new(argon2_rust::Algorithm::Argon2id, argon2_rust::Version::V0x13, params)
        .hasher())
}

fn hash(hasher: &mut Hasher) -> Result<[u8; TAG_BYTES]> {
    let mut tag = [0; TAG_BYTES];
    hasher.hash_into_with_ad(INPUT.password, INPUT.salt, &[], &[], &mut tag)?;
    Ok(tag)
}

fn compare(
    label: &str,
    repeats: u32,
    mut own: impl FnMut() -> Result<()>,
    mut peer: impl FnMut() -> Result<()>,
    mut floor: impl FnMut() -> Result<()>,
) -> Result<()> {
    let mut rounds = Vec::new();
    for _ in 0..=ROUNDS {
        rounds.push((time(repeats, &mut own)?, time(repeats, &mut peer)?, time(repeats, &mut floor)?));
    }
    rounds.remove(0); // to warm up
    let median = |value: &dyn Fn(&(Time, Time, Time)) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "{label:28} {:9.3} {:11.3} {:8.3} {:8.3} {:9.3}",
        median(&|(own, ..)| own.wall),
        median(&|(_, peer, _)| peer.wall),
        median(&|(own, peer, _)| own.cpu / peer.cpu),
        median(&|(own, peer, _)| own.wall / peer.wall),
        median(&|(.., floor)| floor.wall),
    );
    Ok(())
}

fn time(repeats: u32, run: &mut impl FnMut() -> Result<()>) -> Result<Time> {
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

type Block = [u64; 128];

/// The traffic of memory alone: for each block, one that is at a random place is read, and the block is
/// written; from the second pass on, it is read before. What is read next is known early, and fetched. Each
/// thread has a part of the memory for itself.
struct Floor {
    map: MmapMut,
    start: usize,
    params: Params,
}

impl Floor {
    const HUGE: usize = 2 << 20;

    fn new(params: Params) -> Result<Self> {
        let map = MmapMut::map_anon(params.memory_kib() as usize * size_of::<Block>() + Self::HUGE)?;
        map.advise(Advice::HugePage)?;
        let start = map.as_ptr().align_offset(Self::HUGE);
        Ok(Self { map, start, params })
    }

    fn fill(&mut self, threads: u32) -> Result<()> {
        let (blocks, passes) = (self.params.memory_kib() as usize, self.params.iterations());
        let memory = &mut self.map[self.start..][..blocks * size_of::<Block>()];
        let memory: &mut [Block] = bytemuck::cast_slice_mut(memory);
        let mut parts = memory.chunks_mut(blocks.div_ceil(threads as usize));
        let mine = parts.next().context("no memory")?;
        thread::scope(|scope| {
            for part in parts {
                scope.spawn(|| fill(part, passes));
            }
            fill(mine, passes);
        });
        Ok(())
    }
}

fn fill(memory: &mut [Block], passes: u32) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut previous = [1; 128];
    let mut next = 0;
    for pass in 0..passes {
        for index in 0..memory.len() {
            let reference = next;
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            next = random as usize % if pass == 0 { index + 1 } else { memory.len() };
            for line in memory[next].as_chunks::<8>().0 {
                safe_arch::prefetch_t0(line);
            }
            for (word, other) in previous.iter_mut().zip(memory[reference]) {
                *word ^= other;
            }
            if pass > 0 {
                for (word, other) in previous.iter_mut().zip(memory[index]) {
                    *word ^= other;
                }
            }
            memory[index] = previous;
        }
    }
}
