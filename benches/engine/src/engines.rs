//! The engines that are compared.

use anyhow::{Context, Result, bail};
use argon2_rust::Hasher;
use argon2_rust::params::Memory;
use tc_calendar::hash::encoded::TAG_BYTES;
use tc_calendar::hash::engine::Kernel;
use tc_calendar::hash::params::Params;

/// Their names, in the order of the table.
pub(crate) const NAMES: [&str; 3] = ["engine", "2.0.0", "argon2-rust"];

const PASSWORD: &[u8] = b"hunter2";
const SALT: &[u8] = b"sixteen bytes...";

pub(crate) enum Engine {
    Own(tc_calendar::hash::engine::Engine),
    Before(tc_calendar_2_0::hash::engine::Engine),
    Peer(Hasher),
}

impl Engine {
    pub(crate) fn new(name: &str, params: Params, threads: u32, kernel: Kernel) -> Result<Self> {
        Ok(match name {
            "engine" => {
                use tc_calendar::hash::encoded::{Variant, Version};
                let engine =
                    tc_calendar::hash::engine::Engine::new(Variant::Argon2id, Version::V19, params, threads);
                Self::Own(engine.with_kernel(kernel))
            }
            "2.0.0" => {
                use tc_calendar_2_0::hash::encoded::{Variant, Version};
                use tc_calendar_2_0::hash::{engine, params};
                let name = format!("{kernel:?}");
                let mut kernels = engine::Kernel::ALL.into_iter();
                let kernel =
                    kernels.find(|kernel| format!("{kernel:?}") == name).context("an unknown kernel")?;
                let numbers = (params.memory_kib(), params.iterations(), params.parallelism());
                let params = params::Params::new(numbers.0.into(), numbers.1.into(), numbers.2.into())?;
                let engine =
                    engine::Engine::new(Variant::Argon2id, Version::V19, params, TAG_BYTES, threads)?;
                Self::Before(engine.with_kernel(kernel))
            }
            "argon2-rust" => {
                let params = argon2_rust::Params::builder()
                    .memory(Memory::kib(params.memory_kib().into()))
                    .passes(params.iterations())
                    .lanes(params.parallelism())
                    .threads(threads)
                    .build()?;
                let (algorithm, version) = (argon2_rust::Algorithm::Argon2id, argon2_rust::Version::V0x13);
                Self::Peer(argon2_rust::Argon2::new(algorithm, version, params).hasher())
            }
            _ => bail!("an unknown engine"),
        })
    }

    pub(crate) fn derive(&mut self) -> Result<[u8; TAG_BYTES]> {
        let mut tag = [0; TAG_BYTES];
        match self {
            Self::Own(engine) => {
                use tc_calendar::hash::engine::Input;
                let input = Input { password: PASSWORD, salt: SALT, secret: &[], associated_data: &[] };
                engine.derive(input, &mut tag)?;
            }
            Self::Before(engine) => {
                use tc_calendar_2_0::hash::engine::Input;
                let input = Input { password: PASSWORD, salt: SALT, secret: &[], associated_data: &[] };
                engine.derive(input, &mut tag)?;
            }
            Self::Peer(hasher) => hasher.hash_into_with_ad(PASSWORD, SALT, &[], &[], &mut tag)?,
        }
        Ok(tag)
    }

    /// Wipes the memory. The others have done so already.
    pub(crate) fn wipe(&mut self) {
        if let Self::Own(engine) = self {
            engine.wipe();
        }
    }
}
