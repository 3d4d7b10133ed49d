//! `--calibrate`: the strongest cost that this machine verifies within a given time.

use std::mem;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::advice::Error;
use crate::cli::request::Calibrate;
use crate::hash::calibrate::{BUDGET, MAX_LANES, Machine, Measured, SAMPLES, calibrate};
use crate::hash::encoded::Encoded;
use crate::hash::params::{Kib, Params, Profile};
use crate::hash::policy::{MAX_MEMORY_KIB, max_threads, max_workers};
use crate::hash::verifier::{Verifier, VerifierMemory, VerifyError};
use crate::output::{Activity, AnswerFormat, Messages, Stdout, answer, json};
use crate::status::Status;
use crate::system::cores;
use crate::system::memory::{self, Available};
use crate::system::process::cpu_time;

/// Beyond this fraction of their median, the distance of the samples gets a note.
const MAX_SPREAD: f64 = 0.2;
/// With less than this fraction of the processor time that its threads could have had, the machine was busy. Alone on
/// a machine they get more, although each slice ends when its slowest lane does.
const MIN_CPU_SHARE: f64 = 0.8;

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    params: Params,
    verification_ms: u64,
    fastest_ms: u64,
    slowest_ms: u64,
    busy: bool,
    within: bool,
}

pub(super) fn run(request: &Calibrate) -> Result<Status, Error> {
    // A run that cannot print should not measure for seconds.
    drop(Stdout::open()?);
    let messages = request.messages;
    let target = Duration::from_millis(request.milliseconds);
    messages.note(format_args!(
        "this measures the verifying library, as at a login, for at most {}",
        seconds(target * BUDGET)
    ));
    let left = memory::available();
    let (lanes, memory_kib) = search_limits(cores(), left);
    let minimum_kib = Profile::Owasp.params().memory_kib();
    let mut machine = ThisMachine {
        verifier: Verifier::new(max_threads(
            left,
            memory_kib.max(minimum_kib.into()),
            cores().min(lanes as usize),
        ))?,
        memory: VerifierMemory::default(),
        messages,
        activity: Activity::new(messages.quiet),
        start: Instant::now(),
        verifying: Duration::ZERO,
        cpu: Some(Duration::ZERO),
    };
    let found = calibrate(&mut machine, target, lanes, memory_kib)?;
    let busy = machine.was_busy();
    drop(machine.activity);
    // Wiping gigabytes takes time, and there is no secret in them.
    mem::forget(machine.memory);
    let within = found.time() <= target;
    if !within {
        messages.note(format_args!(
            "OWASP's minimum takes longer than {} ms here; using it anyway",
            request.milliseconds
        ));
    }
    if busy {
        messages
            .note("other programs or a limit took processor time meanwhile; run it again when it is free");
    }
    let spread = spread(&found);
    if spread > MAX_SPREAD {
        let percent = spread * 100.0;
        messages
            .note(format_args!("the times of this cost were {percent:.0} % apart; run it again to be sure"));
    }
    let text = match request.format {
        AnswerFormat::Json => {
            let [fastest, slowest] = found.range();
            let [verification_ms, fastest_ms, slowest_ms] = [found.time(), fastest, slowest].map(whole_ms);
            json(&Answer { params: found.params, verification_ms, fastest_ms, slowest_ms, busy, within })
        }
        // One word, which a shell does not split, even from an unquoted variable.
        AnswerFormat::Plain => format!("--cost={}\n", found.params),
    };
    answer(&text, Status::Done)
}

/// This machine, and what verifying has taken on it.
struct ThisMachine {
    verifier: Verifier,
    /// The memory of every measurement: taking new memory for each could go beyond a limit that the first
    /// one kept.
    memory: VerifierMemory,
    messages: Messages,
    activity: Activity,
    start: Instant,
    /// How long all verifications took.
    verifying: Duration,
    /// The processor time of this process while it verified, if the system says it.
    cpu: Option<Duration>,
}

impl Machine for ThisMachine {
    type Error = Error;

    fn take_memory(&mut self, kib: u32, limit: Duration) -> Result<(), Error> {
        // mutants: no test takes memory away while a calibration runs.
        let more_kib = kib.saturating_sub(self.memory.kib()).into();
        max_workers(memory::available(), more_kib, 1).map_err(VerifyError::Memory)?;
        Ok(self.verifier.grow(&mut self.memory, kib, limit)?)
    }

    fn memory_kib(&self) -> u32 {
        self.memory.kib()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn verify(&mut self, params: Params) -> Result<Duration, Error> {
        self.activity.show(format_args!("measuring {}", cost(params)));
        let encoded = Encoded::placeholder(params);
        let (start, cpu_before) = (Instant::now(), cpu_time());
        self.verifier.matches_in(&mut self.memory, &encoded, b"calibration")?;
        let elapsed = start.elapsed();
        self.verifying += elapsed;
        let cpu = cpu_time().zip(cpu_before).map(|(after, before)| after.saturating_sub(before));
        self.cpu = self.cpu.zip(cpu).map(|(sum, cpu)| sum + cpu);
        Ok(elapsed)
    }

    fn report(&mut self, measured: &Measured) {
        self.messages.row(row(measured));
    }
}

impl ThisMachine {
    /// Whether other programs, or a limit, kept this one from the processors.
    fn was_busy(&self) -> bool {
        #[allow(clippy::cast_precision_loss)] // a fraction
        let could_have = self.verifying.as_secs_f64() * self.verifier.threads() as f64;
        self.cpu.is_some_and(|cpu| cpu.as_secs_f64() < could_have * MIN_CPU_SHARE)
    }
}

/// The most lanes and the most memory to try, in KiB. Half of what is available is left to other programs.
fn search_limits(cores: usize, available: Available) -> (u32, u64) {
    let lanes = MAX_LANES.min(u32::try_from(cores).unwrap_or(MAX_LANES));
    let kib = available.memory.into_iter().chain(available.address_space).min();
    (lanes, kib.map_or(MAX_MEMORY_KIB.into(), |available| available / 2))
}

fn cost(params: Params) -> String {
    let memory = Kib(params.memory_kib().into());
    format!("{memory}, t={}, p={}", params.iterations(), params.parallelism())
}

/// A row of the table: the cost, the median of its verifications, and their range, or how few there are.
fn row(measured: &Measured) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let [fastest, slowest] = measured.range().map(ms);
    let range = if measured.is_complete() {
        format!("{fastest:.0} to {slowest:.0}")
    } else {
        format!("{} of {SAMPLES}", measured.count())
    };
    format!("{:>24}   {:>6.0} ms   ({range})", cost(measured.params), ms(measured.time()))
}

/// The distance of the samples, as a fraction of their median.
fn spread(measured: &Measured) -> f64 {
    let [fastest, slowest] = measured.range();
    slowest.saturating_sub(fastest).div_duration_f64(measured.time())
}

/// A time in whole seconds, rounded up.
fn seconds(time: Duration) -> String {
    match time.as_millis().div_ceil(1_000) {
        1 => "a second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

/// A time in whole milliseconds, rounded up.
fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX)
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
}
