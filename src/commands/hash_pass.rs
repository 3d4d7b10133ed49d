//! `--hash_pass`: a hash for each password, in order, a line each.

use std::io::IsTerminal;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::thread::available_parallelism;

use anyhow::Result;
use getrandom::SysRng;
use serde::Serialize;

use super::output::{Output, Reader};
use crate::batch;
use crate::cli::{Format, HashPass};
use crate::cost::Cost;
use crate::derive::Deriver;
use crate::encoded::Encoded;
use crate::error::Status;
use crate::input::{InputError, Place, Source, Taken};
use crate::limits::affordable_workers;
use crate::mangled::LABEL;
use crate::password::{Password, Remark};
use crate::progress::Progress;
use crate::stderr::Notes;
use crate::verify::Verifier;

/// What `--format json` prints of a hash.
#[derive(Serialize)]
struct Json<'a> {
    encoded: &'a str,
    variant: &'a str,
    version: u32,
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

/// What hashes on one thread; made when there is something to hash.
#[derive(Clone, Copy)]
struct Job {
    cost: Cost,
    check: bool,
    format: Format,
    threads: u32,
}

/// A password's line of output, and what else there is to say of it.
struct Hashed {
    line: String,
    place: Place,
    remarks: Vec<Remark>,
    offset: u64,
}

pub(super) fn run(request: HashPass) -> Result<Status> {
    let HashPass { arguments, password_file, cost, check, format, quiet } = request;
    let notes = Notes { quiet };
    if !arguments.is_empty() && std::io::stderr().is_terminal() {
        notes.say(
            "the process list, the shell's history and sudo's log can show passwords given as arguments; \
             --hash_pass alone asks for one",
        );
    }
    if !cost.meets_owasp_minimum() {
        notes.say("this cost is weaker than OWASP's minimum; --profile owasp is the least that is advised");
    }

    // Checking computes every hash twice, in memory of its own.
    let memory_kib = u64::from(cost.memory_kib()) * if check { 2 } else { 1 };
    affordable_workers(memory_kib, 1)?;
    let workers = move || {
        let cores = available_parallelism().map_or(1, NonZero::get);
        affordable_workers(memory_kib, cores).unwrap_or(1)
    };
    let source = Source::decide(arguments, password_file.as_deref())?;
    let mut output = Output::open()?;

    let worker = Job { cost, check, format, threads: 1 };
    let alone = Job { threads: cost.parallelism(), ..worker };
    let size = source.size();
    // A file and the arguments don't keep anybody waiting; a pipe and a terminal do.
    let at_hand = size.is_some() || matches!(source, Source::Arguments(_));
    let mut progress = Progress::new(quiet, size);
    let mut outcome = Ok(());
    let mut print = |hashed: Result<Hashed>| -> Result<Reader> {
        let hashed = hashed?;
        if !hashed.remarks.is_empty() {
            progress.above(|| notes.remarks(hashed.place, &hashed.remarks));
        }
        progress.advance(hashed.offset);
        Ok(output.write(&hashed.line)?)
    };
    let hand_on = |hashed| match print(hashed) {
        Ok(Reader::Stays) => ControlFlow::Continue(()),
        Ok(Reader::Left) => ControlFlow::Break(()),
        Err(error) => {
            outcome = Err(error);
            ControlFlow::Break(())
        }
    };
    batch::run(source.passwords()?, at_hand, workers, alone.start(), move || worker.start(), hand_on)?;
    outcome.map(|()| Status::Done)
}

impl Job {
    /// Makes a line of output of each password. The engine is made for the first one, and kept.
    fn start(self) -> impl FnMut(Result<Taken, InputError>) -> Result<Hashed> {
        let mut tools = None;
        move |taken| {
            let Taken { place, password, remarks, offset } = taken?;
            let (deriver, verifier) = match &mut tools {
                Some(tools) => tools,
                none => none.insert(self.tools()?),
            };
            let encoded = deriver.derive(&password)?;
            let line = checked_line(&encoded, verifier.as_ref(), &password, self.format)?;
            Ok(Hashed { line, place, remarks, offset })
        }
    }

    fn tools(self) -> Result<(Deriver<SysRng>, Option<Verifier>)> {
        let deriver = Deriver::new(self.cost, self.threads, SysRng)?;
        let verifier = if self.check { Some(Verifier::new(self.threads)?) } else { None };
        Ok((deriver, verifier))
    }
}

/// The line of output of a hash, which `--check` has verified first.
fn checked_line(
    encoded: &Encoded,
    verifier: Option<&Verifier>,
    password: &Password,
    format: Format,
) -> Result<String> {
    if let Some(verifier) = verifier {
        verifier.confirm(encoded, password.as_bytes())?;
    }
    line(encoded, format)
}

fn line(encoded: &Encoded, format: Format) -> Result<String> {
    Ok(match format {
        Format::Plain => format!("{encoded}\n"),
        Format::Label => format!("{LABEL}{encoded}\n"),
        Format::Json => {
            let json = Json {
                encoded: &encoded.to_string(),
                variant: encoded.variant.name(),
                version: encoded.version.number(),
                memory_kib: encoded.cost.memory_kib(),
                iterations: encoded.cost.iterations(),
                parallelism: encoded.cost.parallelism(),
            };
            serde_json::to_string(&json)? + "\n"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_second_implementation_does_not_verify_is_not_printed() {
        let password = Password::new(b"hunter2".to_vec().into()).unwrap();
        let cost = Cost::new(8, 1, 1).unwrap();
        let mut encoded = Deriver::new(cost, 1, SysRng).unwrap().derive(&password).unwrap();
        let verifier = Verifier::new(1).unwrap();
        assert!(checked_line(&encoded, Some(&verifier), &password, Format::Plain).is_ok());
        encoded.tag[0] ^= 1;
        let error = checked_line(&encoded, Some(&verifier), &password, Format::Plain).unwrap_err();
        assert_eq!(Status::of(&error), Status::Failed);
        assert_eq!(error.to_string(), "two implementations disagree about this hash, so it is not printed");
    }
}
