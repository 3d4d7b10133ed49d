//! `--hash_pass`: a hash for each password, in order.

use std::io::IsTerminal;
use std::num::NonZero;
use std::thread::available_parallelism;

use getrandom::SysRng;

use super::destination::Sink;
use crate::batch;
use crate::cli::request::HashPass;
use crate::cli::status::Status;
use crate::error::Error;
use crate::hash::encoded::Encoded;
use crate::hash::hasher::Hasher;
use crate::hash::params::Params;
use crate::hash::policy::max_workers;
use crate::hash::verifier::Verifier;
use crate::output::messages::Messages;
use crate::output::progress::Progress;
use crate::password::entry::{Entry, Position, SourceError};
use crate::password::password::Warning;
use crate::password::source::{OpenSource, Passwords};

/// Settings for a worker; hasher and verifier are created on first use.
#[derive(Clone, Copy)]
struct Settings {
    params: Params,
    cross_check: bool,
    threads: u32,
}

/// A password's hash, and what to say about the password.
struct Hashed {
    encoded: Encoded,
    position: Position,
    warnings: Vec<Warning>,
}

pub(super) fn run(request: HashPass) -> Result<Status, Error> {
    let HashPass { source, params, cross_check, destination, quiet } = request;
    let messages = Messages { quiet };
    // A cross-check computes every hash twice, in memory of its own.
    let memory_kib = u64::from(params.memory_kib()) * if cross_check { 2 } else { 1 };
    max_workers(memory_kib, 1)?;
    let mut sink = Sink::open(destination)?;
    let source = source.open()?;
    note_risks(&source, params, messages);
    let Passwords { entries, ready, progress } = match sink.capacity() {
        Some(count) => {
            source.check_count(count)?;
            source.exactly(count)?
        }
        None => source.passwords()?,
    };

    let mut progress = Progress::new(quiet, progress);
    let workers = || {
        let cores = available_parallelism().map_or(1, NonZero::get);
        max_workers(memory_kib, cores).unwrap_or(1)
    };
    let worker = Settings { params, cross_check, threads: 1 };
    let alone = Settings { threads: params.parallelism(), ..worker };
    batch::run(
        entries,
        ready,
        workers,
        alone.start(),
        move || worker.start(),
        |hashed| {
            let Hashed { encoded, position, warnings } = hashed?;
            for warning in warnings {
                progress.above(|| messages.note(format_args!("{position}{warning}")));
            }
            progress.advance();
            sink.put(encoded)
        },
    )?;
    drop(progress);
    sink.finish(messages)?;
    Ok(Status::Done)
}

fn note_risks(source: &OpenSource, params: Params, messages: Messages) {
    if matches!(source, OpenSource::Arguments(_)) && std::io::stderr().is_terminal() {
        messages.note(
            "the process list, the shell's history and sudo's log can show passwords given as arguments; \
             --hash_pass alone asks for one",
        );
    }
    if !params.meets_owasp_minimum() {
        messages.note("this cost is weaker than OWASP's minimum; use --profile owasp or stronger");
    }
}

impl Settings {
    /// Hashes passwords. The hasher is made for the first one, and kept.
    fn start(self) -> impl FnMut(Result<Entry, SourceError>) -> Result<Hashed, Error> {
        let mut tools = None;
        move |entry| {
            let Entry { position, password, warnings } = entry?;
            let (hasher, verifier) = match &mut tools {
                Some(tools) => tools,
                none => none.insert(self.tools()?),
            };
            let encoded = hasher.hash(password.as_bytes())?;
            if let Some(verifier) = verifier {
                verifier.confirm(&encoded, password.as_bytes())?;
            }
            Ok(Hashed { encoded, position, warnings })
        }
    }

    fn tools(self) -> Result<(Hasher<SysRng>, Option<Verifier>), Error> {
        let hasher = Hasher::new(self.params, self.threads, SysRng)?;
        let verifier = if self.cross_check { Some(Verifier::new(self.threads)?) } else { None };
        Ok((hasher, verifier))
    }
}
