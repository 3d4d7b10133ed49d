//! `--hash_pass`: a hash for each password, in order.

use std::io::IsTerminal;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::thread::available_parallelism;

use anyhow::Result;

use super::output::Reader;
use super::results::Results;
use crate::batch;
use crate::cli::HashPass;
use crate::cost::Cost;
use crate::derive::Deriver;
use crate::encoded::Encoded;
use crate::error::Status;
use crate::input::{InputError, Place, Source, Taken};
use crate::limits::affordable_workers;
use crate::password::{Password, Remark};
use crate::progress::Progress;
use crate::random::SysRng;
use crate::stderr::Notes;
use crate::verify::Verifier;

/// What hashes on one thread; made when there is something to hash.
#[derive(Clone, Copy)]
struct Job {
    cost: Cost,
    check: bool,
    threads: u32,
}

/// A password's hash, and what else there is to say of it.
struct Hashed {
    encoded: Encoded,
    place: Place,
    remarks: Vec<Remark>,
    offset: u64,
}

pub(super) fn run(request: HashPass, exposed: bool) -> Result<Status> {
    let HashPass { arguments, password_file, cost, check, format, config, quiet } = request;
    let notes = Notes { quiet };
    if !arguments.is_empty() && std::io::stderr().is_terminal() {
        notes.say(
            "the process list, the shell's history and sudo's log can show passwords given as arguments; \
             --hash_pass alone asks for one",
        );
    }
    if !arguments.is_empty() && exposed {
        notes.say("the arguments could not be overwritten; the process list shows them until this ends");
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
    let mut results = Results::open(format, config, source.count())?;

    let worker = Job { cost, check, threads: 1 };
    let alone = Job { threads: cost.parallelism(), ..worker };
    let size = source.size();
    // A file and the arguments don't keep anybody waiting; a pipe and a terminal do.
    let at_hand = size.is_some() || matches!(source, Source::Arguments(_));
    let mut progress = Progress::new(quiet, size);
    let passwords = results.counted(source.passwords()?)?;
    let mut outcome = Ok(());
    let mut hand_out = |hashed: Result<Hashed>| -> Result<Reader> {
        let hashed = hashed?;
        if !hashed.remarks.is_empty() {
            progress.above(|| notes.remarks(hashed.place, &hashed.remarks));
        }
        progress.advance(hashed.offset);
        results.take(hashed.encoded)
    };
    let hand_on = |hashed| match hand_out(hashed) {
        Ok(Reader::Stays) => ControlFlow::Continue(()),
        Ok(Reader::Left) => ControlFlow::Break(()),
        Err(error) => {
            outcome = Err(error);
            ControlFlow::Break(())
        }
    };
    batch::run(passwords, at_hand, workers, alone.start(), move || worker.start(), hand_on)?;
    outcome?;
    results.finish(notes)?;
    Ok(Status::Done)
}

impl Job {
    /// Makes a hash of each password. The engine is made for the first one, and kept.
    fn start(self) -> impl FnMut(Result<Taken, InputError>) -> Result<Hashed> {
        let mut tools = None;
        move |taken| {
            let Taken { place, password, remarks, offset } = taken?;
            let (deriver, verifier) = match &mut tools {
                Some(tools) => tools,
                none => none.insert(self.tools()?),
            };
            let encoded = deriver.derive(&password)?;
            let encoded = checked(encoded, verifier.as_ref(), &password)?;
            Ok(Hashed { encoded, place, remarks, offset })
        }
    }

    fn tools(self) -> Result<(Deriver<SysRng>, Option<Verifier>)> {
        let deriver = Deriver::new(self.cost, self.threads, SysRng)?;
        let verifier = if self.check { Some(Verifier::new(self.threads)?) } else { None };
        Ok((deriver, verifier))
    }
}

/// The hash, which `--check` has verified first: what two implementations don't agree on goes nowhere.
fn checked(encoded: Encoded, verifier: Option<&Verifier>, password: &Password) -> Result<Encoded> {
    if let Some(verifier) = verifier {
        verifier.confirm(&encoded, password.as_bytes())?;
    }
    Ok(encoded)
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
        encoded = checked(encoded, Some(&verifier), &password).unwrap();
        encoded.tag[0] ^= 1;
        let error = checked(encoded, Some(&verifier), &password).unwrap_err();
        assert_eq!(Status::of(&error), Status::Failed);
        assert_eq!(error.to_string(), "two implementations disagree about this hash, so it is not printed");
    }
}
