//! `--calibrate`: the strongest cost that this machine verifies within a given time.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::advice::Error;
use crate::cli::request::Calibrate;
use crate::hash::calibrate::{MAX_LANES, Measured, calibrate};
use crate::hash::encoded::Encoded;
use crate::hash::params::{Kib, Params, Profile};
use crate::hash::policy::{MAX_MEMORY_KIB, max_workers};
use crate::hash::verifier::Verifier;
use crate::output::{AnswerFormat, Messages, Stdout, answer, json};
use crate::status::Status;
use crate::system::cores;
use crate::system::memory::{self, Available};

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    params: Params,
    verification_ms: u64,
    within: bool,
}

pub(super) fn run(request: &Calibrate) -> Result<Status, Error> {
    // A run that cannot print should not measure for seconds.
    drop(Stdout::open()?);
    let target = Duration::from_millis(request.milliseconds);
    let found = search(target, request.messages)?;
    let within = found.time <= target;
    if !within {
        request.messages.note(format_args!(
            "OWASP's minimum takes longer than {} ms here; using it anyway",
            request.milliseconds
        ));
    }
    let text = match request.format {
        AnswerFormat::Json => json(&Answer {
            params: found.params,
            verification_ms: u64::try_from(found.time.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX),
            within,
        }),
        // One word, which a shell does not split, even from an unquoted variable.
        AnswerFormat::Plain => format!("--cost={}\n", found.params),
    };
    answer(&text, Status::Done)
}

fn search(target: Duration, messages: Messages) -> Result<Measured, Error> {
    let (lanes, memory_kib) = search_limits(cores(), memory::available());
    let minimum_kib = Profile::Owasp.params().memory_kib();
    let verifier = Verifier::new(lanes, memory_kib.max(minimum_kib.into()))?;
    messages.note("measured with the verifying library, as at a login");
    let mut had_kib = 0;
    calibrate(target, lanes, memory_kib, |params| {
        // What this process has freed can be used again but may still count as used, so only growth is
        // checked.
        // mutants: no test takes memory away while a calibration runs.
        let enough = if params.memory_kib() > had_kib {
            max_workers(params.memory_kib().into(), 1).map(drop)
        } else {
            Ok(())
        };
        match enough.map_err(Error::from).and_then(|()| time_of(&verifier, params)) {
            Ok(time) => {
                had_kib = had_kib.max(params.memory_kib());
                messages.note(measured(params, time));
                Ok(Some(time))
            }
            // Only the first measurement, at OWASP's minimum, must succeed.
            Err(_) if had_kib > 0 => Ok(None),
            Err(error) => Err(error),
        }
    })
}

/// The most lanes and the most memory to try, in KiB. Half of what is available is left to other programs.
fn search_limits(cores: usize, available: Available) -> (u32, u64) {
    let lanes = MAX_LANES.min(u32::try_from(cores).unwrap_or(MAX_LANES));
    let kib = available.memory.into_iter().chain(available.address_space).min();
    (lanes, kib.map_or(MAX_MEMORY_KIB.into(), |available| available / 2))
}

/// How long a verification takes.
fn time_of(verifier: &Verifier, params: Params) -> Result<Duration, Error> {
    let encoded = Encoded::placeholder(params);
    let start = Instant::now();
    verifier.matches(&encoded, b"calibration")?;
    Ok(start.elapsed())
}

fn measured(params: Params, time: Duration) -> String {
    let (memory, ms) = (Kib(params.memory_kib().into()), time.as_secs_f64() * 1e3);
    let cost = format!("{memory}, t={}, p={}", params.iterations(), params.parallelism());
    format!("{cost:>24}   {ms:>6.0} ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/cost.md: "as many lanes as cores, at most four; as much memory as the time allows, at most half
    /// of what is available"
    #[test]
    fn lanes_are_the_cores_up_to_four_and_memory_is_half_of_what_is_available() {
        let nothing_known = Available::default();
        assert_eq!([1, 3, 4, 5].map(|cores| search_limits(cores, nothing_known).0), [1, 3, 4, 4]);
        let memory = |memory, address_space| search_limits(1, Available { memory, address_space }).1;
        assert_eq!(memory(Some(1_000), None), 500);
        assert_eq!(memory(Some(1_000), Some(600)), 300);
        assert_eq!(memory(None, None), u64::from(MAX_MEMORY_KIB));
    }

    #[test]
    fn a_measurement_is_a_line_of_a_table() {
        let line = |time| measured(Profile::Owasp.params(), time);
        assert_eq!(line(Duration::from_micros(12_600)), "        19 MiB, t=2, p=1       13 ms");
        assert_eq!(line(Duration::from_secs(12)), "        19 MiB, t=2, p=1    12000 ms");
    }
}
