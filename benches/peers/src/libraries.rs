//! The derivation alone, by this program and by other libraries.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use argon2::Argon2;
use tc_calendar::hash::encoded::{TAG_BYTES, Variant, Version};
use tc_calendar::hash::engine::{Engine, Input};
use tc_calendar::hash::params::Params;

use crate::commands::run;
use crate::{Contestant, PASSWORD, SALT, contestant};

type Tag = [u8; TAG_BYTES];
type Derivation = fn(Params) -> Result<Tag>;

/// The option that makes this benchmark derive once and print the time.
pub(crate) const DERIVE: &str = "--derive";

const LIBRARIES: [(&str, Derivation); 5] = [
    ("tc_calendar", tc_calendar),
    ("argon2-rust 1.1", argon2_rust_crate),
    ("argon2 0.6 (RustCrypto)", argon2_crate),
    ("rust-argon2 3.0", rust_argon2_crate),
    ("C reference (argon2-kdf 1.7)", c_reference),
];

/// Each derives a tag with as many threads as it can use, including allocating and freeing its memory.
/// Each runs in a process of its own, so that none reuses memory of another.
pub(crate) fn contestants(params: Params) -> Result<Vec<Contestant<'static>>> {
    let expected = tc_calendar(params)?;
    for (name, derivation) in LIBRARIES {
        ensure!(derivation(params)? == expected, "{name} gives another tag");
    }
    let program = std::env::current_exe()?.to_str().context("a path that is text")?.to_owned();
    let numbers =
        [params.memory_kib(), params.iterations(), params.parallelism()].map(|number| number.to_string());
    let in_a_process = |(name, _): (&'static str, Derivation)| {
        let words = [&[program.clone(), DERIVE.to_owned(), name.to_owned()], &numbers[..]].concat();
        contestant(name, move || Ok(Duration::from_nanos(run(&words)?.trim().parse()?)))
    };
    Ok(LIBRARIES.map(in_a_process).into())
}

/// Derives once with the named library, and prints the time in nanoseconds.
pub(crate) fn derive(name: &str, numbers: &[String]) -> Result<()> {
    let numbers: Vec<u64> = numbers.iter().map(|number| number.parse()).collect::<Result<_, _>>()?;
    let [memory_kib, iterations, parallelism] = numbers[..] else { bail!("three numbers are needed") };
    let params = Params::new(memory_kib, iterations, parallelism)?;
    let library = LIBRARIES.iter().find(|(known, _)| *known == name);
    let (_, derivation) = library.context("an unknown library")?;
    let start = Instant::now();
    derivation(params)?;
    println!("{}", start.elapsed().as_nanos());
    Ok(())
}

fn tc_calendar(params: Params) -> Result<Tag> {
    let mut tag = [0; TAG_BYTES];
    let input =
        Input { password: PASSWORD.as_bytes(), salt: SALT.as_bytes(), secret: &[], associated_data: &[] };
    let threads = params.parallelism().min(std::thread::available_parallelism()?.get().try_into()?);
    Engine::new(Variant::Argon2id, Version::V19, params, threads).derive(input, &mut tag)?;
    Ok(tag)
}

pub(crate) fn argon2_crate(params: Params) -> Result<Tag> {
    let (memory_kib, iterations, lanes) = (params.memory_kib(), params.iterations(), params.parallelism());
    let its_params = argon2::Params::new(memory_kib, iterations, lanes, Some(TAG_BYTES))?;
    let mut tag = [0; TAG_BYTES];
    Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, its_params).hash_password_into(
        PASSWORD.as_bytes(),
        SALT.as_bytes(),
        &mut tag,
    )?;
    Ok(tag)
}

fn argon2_rust_crate(params: Params) -> Result<Tag> {
    let params = argon2_rust::Params::builder()
        .memory(argon2_rust::params::Memory::kib(params.memory_kib().into()))
        .passes(params.iterations())
        .lanes(params.parallelism())
        .threads(params.parallelism().min(std::thread::available_parallelism()?.get().try_into()?))
        .build()?;
    let mut tag = [0; TAG_BYTES];
    argon2_rust::Argon2::new(argon2_rust::Algorithm::Argon2id, argon2_rust::Version::V0x13, params)
        .hasher()
        .hash_into_with_ad(PASSWORD.as_bytes(), SALT.as_bytes(), &[], &[], &mut tag)?;
    Ok(tag)
}

fn rust_argon2_crate(params: Params) -> Result<Tag> {
    let config = rust_argon2::Config {
        variant: rust_argon2::Variant::Argon2id,
        version: rust_argon2::Version::Version13,
        mem_cost: params.memory_kib(),
        time_cost: params.iterations(),
        lanes: params.parallelism(),
        thread_mode: rust_argon2::ThreadMode::Parallel,
        hash_length: TAG_BYTES as u32,
        ..rust_argon2::Config::default()
    };
    let tag = rust_argon2::hash_raw(PASSWORD.as_bytes(), SALT.as_bytes(), &config)?;
    Ok(tag.as_slice().try_into()?)
}

fn c_reference(params: Params) -> Result<Tag> {
    let hash = argon2_kdf::Hasher::new()
        .algorithm(argon2_kdf::Algorithm::Argon2id)
        .custom_salt(SALT.as_bytes())
        .hash_length(TAG_BYTES as u32)
        .iterations(params.iterations())
        .memory_cost_kib(params.memory_kib())
        .threads(params.parallelism())
        .hash(PASSWORD.as_bytes())?;
    Ok(hash.as_bytes().try_into()?)
}
