//! One tag by the engine or by the crate `argon2`, with one lane and one pass, for benches/neon, which counts
//! instructions.
#![allow(clippy::unwrap_used)]

use argon2::{Algorithm, Argon2, Block};
use tc_calendar::hash::encoded::{TAG_BYTES, Variant, Version};
use tc_calendar::hash::engine::{Engine, Input};
use tc_calendar::hash::params::Params;

const PASSWORD: &[u8] = b"hunter2";
const SALT: &[u8] = b"sixteen bytes...";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` and `cargo test` start it, too, without these.
    let [implementation, memory_kib] = &arguments[..] else { return };
    let memory_kib: u32 = memory_kib.parse().unwrap();
    let mut tag = [0; TAG_BYTES];
    if implementation == "engine" {
        let params = Params::new(memory_kib.into(), 1, 1).unwrap();
        let input = Input { password: PASSWORD, salt: SALT, secret: &[], associated_data: &[] };
        let mut engine = Engine::new(Variant::Argon2id, Version::V19, params, 1);
        engine.derive(input, &mut tag).unwrap();
    } else {
        let params = argon2::Params::new(memory_kib, 1, 1, Some(TAG_BYTES)).unwrap();
        let mut blocks = vec![Block::default(); params.block_count()];
        let argon2 = Argon2::new(Algorithm::Argon2id, argon2::Version::V0x13, params);
        argon2.hash_password_into_with_memory(PASSWORD, SALT, &mut tag, &mut blocks).unwrap();
    }
    std::process::exit(i32::from(tag == [0; TAG_BYTES]));
}
