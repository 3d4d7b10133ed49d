//! `--calibrate`: the strongest cost that this machine verifies within a given time.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use super::output::Output;
use crate::calibrate::{MAX_LANES, calibrate};
use crate::cli::{Calibrate, Format};
use crate::cost::{Cost, Profile};
use crate::derive::{SALT_BYTES, TAG_BYTES};
use crate::encoded::{Encoded, Variant, Version};
use crate::error::Status;
use crate::limits::{MAX_MEMORY_KIB, affordable_workers};
use crate::memory;
use crate::size;
use crate::stderr::Notes;
use crate::verify::Verifier;

pub(super) fn run(request: &Calibrate) -> Result<Status> {
    let notes = Notes { quiet: request.quiet };
    let target = Duration::from_millis(request.milliseconds);
    let cores = available_parallelism().map_or(1, NonZero::get);
    let lanes = MAX_LANES.min(u32::try_from(cores).unwrap_or(MAX_LANES));
    let available = memory::available();
    let least = available.memory.into_iter().chain(available.address_space).min();
    // Half, because a login is not the only thing that the machine does.
    let memory_kib = least.map_or(MAX_MEMORY_KIB.into(), |available| available / 2);

    let mut output = Output::open()?;
    let least_kib = Profile::Owasp.cost().memory_kib();
    let verifier = Verifier::for_memory(lanes, memory_kib.max(least_kib.into()))?;
    notes.say("measured with the implementation that verifies, since that is what every login pays");
    let mut had_kib = 0;
    let found = calibrate(target, lanes, memory_kib, |cost| -> Result<Option<Duration>> {
        // What this process has had before it has again: its own freed memory may count as used.
        let affordable = if cost.memory_kib() > had_kib {
            affordable_workers(cost.memory_kib().into(), 1).map(drop)
        } else {
            Ok(())
        };
        match affordable.map_err(anyhow::Error::from).and_then(|()| time_of(&verifier, cost)) {
            Ok(time) => {
                had_kib = had_kib.max(cost.memory_kib());
                notes.say(format_args!("{:>24}   {:>6.0} ms", described(cost), time.as_secs_f64() * 1e3));
                Ok(Some(time))
            }
            // Only the first cost, OWASP's minimum, must have its memory.
            Err(_) if had_kib > 0 => Ok(None),
            Err(error) => Err(error),
        }
    })?;
    if !found.within {
        notes.say(format_args!(
            "OWASP's minimum takes longer than {} ms here, and less is not recommended",
            request.milliseconds
        ));
    }

    output.write(&match request.format {
        Format::Json => {
            let object = json!({
                "memory_kib": found.cost.memory_kib(),
                "iterations": found.cost.iterations(),
                "parallelism": found.cost.parallelism(),
                "verification_ms": u64::try_from(found.time.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX),
                "within": found.within,
            });
            format!("{object}\n")
        }
        Format::Plain | Format::Label => format!(
            "--memory {} --iterations {} --parallelism {}\n",
            size::display(found.cost.memory_kib().into()).replace(' ', ""),
            found.cost.iterations(),
            found.cost.parallelism()
        ),
    })?;
    Ok(Status::Done)
}

/// How long it takes to verify a password at this cost.
fn time_of(verifier: &Verifier, cost: Cost) -> Result<Duration> {
    let encoded = Encoded {
        variant: Variant::Argon2id,
        version: Version::V19,
        cost,
        salt: vec![0; SALT_BYTES],
        tag: vec![0; TAG_BYTES],
    };
    let start = Instant::now();
    verifier.matches(&encoded, b"calibration")?;
    Ok(start.elapsed())
}

fn described(cost: Cost) -> String {
    let memory = size::display(cost.memory_kib().into());
    format!("{memory}, t={}, p={}", cost.iterations(), cost.parallelism())
}
