//! `--hash_pass`: a hash for each password, in order.

use std::borrow::Borrow;
use std::cell::OnceCell;
use std::io::IsTerminal;
use std::iter;
use std::ops::ControlFlow;

use super::config::Hash;
use super::destination::Sink;
use super::notes::{note_prompt, open};
use crate::advice::Error;
use crate::batch;
use crate::cli::request::HashPass;
use crate::hash::encoded::Encoded;
use crate::hash::hasher::Hasher;
use crate::hash::params::{Kib, Params};
use crate::hash::policy::{max_threads, max_workers};
use crate::hash::verifier::Verifier;
use crate::output::messages::Messages;
use crate::output::progress::Progress;
use crate::password::source::{Passwords, Source};
use crate::password::{Entry, Position, SourceError, Warning};
use crate::status::Status;
use crate::system::cores;
use crate::system::random::SysRng;

/// Settings for a worker.
#[derive(Clone, Copy)]
struct Settings {
    params: Params,
    cross_check: bool,
    threads: u32,
}

/// A password, and the hash in the config that stays if it is of this password.
type Job = (Result<Entry, SourceError>, Option<Encoded>);

/// A password's hash, and what to say about the password.
struct Hashed {
    hash: Hash,
    position: Position,
    warnings: Vec<Warning>,
}

pub(super) fn run(request: HashPass, exposed: bool) -> Result<Status, Error> {
    let HashPass { source, params, cross_check, destination, quiet } = request;
    let messages = Messages { quiet };
    let (mut sink, existing) = Sink::open(destination, params, messages)?;
    let memory_kib = memory_kib(params, cross_check, &existing);
    max_workers(memory_kib, 1)?;
    let arguments = source.arguments();
    let source = open(source)?;
    note_risks(&source, arguments, params, exposed, messages);
    let passwords = source.new_passwords(&sink.locations().unwrap_or_default())?;

    let settings = Settings { params, cross_check, threads: 1 };
    let mut done = 0;
    let outcome = hash_all(passwords, existing, settings, memory_kib, messages, |hash| {
        let flow = sink.put(hash)?;
        done += 1;
        Ok(flow)
    });
    if let Err(error) = outcome {
        sink.note_abandoned(done, messages);
        return Err(error);
    }
    sink.finish(messages)?;
    if arguments > 1 {
        messages.note(format_args!(
            "{arguments} passwords were given as arguments; if you meant one with spaces, put it in quotes"
        ));
    }
    Ok(Status::Done)
}

/// Hashes all passwords on every core, and passes the hashes to `put` in their order.
fn hash_all(
    passwords: Passwords,
    existing: Vec<Option<Encoded>>,
    worker: Settings,
    memory_kib: u64,
    messages: Messages,
    mut put: impl FnMut(Hash) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let Passwords { entries, ready, progress } = passwords;
    let mut progress = Progress::new(messages.quiet, progress);
    let cores = cores();
    let workers = || max_workers(memory_kib, cores).unwrap_or(1);
    // More threads than cores would wait for each other, each with fewer lanes to fill in turn.
    let most = cores.min(worker.params.parallelism() as usize);
    let also_verifies = worker.cross_check || existing.iter().any(Option::is_some);
    let threads = if also_verifies {
        // The verifier's threads are its own.
        (max_threads(memory_kib, 2 * most) / 2).max(1)
    } else {
        1 + max_threads(memory_kib, most - 1)
    };
    let alone = Settings { threads: u32::try_from(threads).unwrap_or(1), ..worker };
    // This thread may have one for one lane only once.
    let verifier = OnceCell::new();
    let jobs = entries.zip(existing.into_iter().chain(iter::repeat(None)));
    batch::run(
        jobs,
        ready,
        workers,
        || alone.start(&verifier),
        move || worker.start(OnceCell::new()),
        |hashed| {
            let Hashed { hash, position, warnings } = hashed?;
            for warning in warnings {
                progress.above(|| messages.note(format_args!("{position}{warning}")));
            }
            progress.advance();
            put(hash)
        },
    )
}

/// The most memory that a worker needs, in KiB: the hasher keeps its own while a hash is verified.
fn memory_kib(params: Params, cross_check: bool, existing: &[Option<Encoded>]) -> u64 {
    let own = u64::from(params.memory_kib());
    let verified = existing.iter().flatten().map(|encoded| encoded.params.memory_kib().into());
    own + verified.chain(cross_check.then_some(own)).max().unwrap_or(0)
}

fn note_risks(source: &Source, arguments: usize, params: Params, exposed: bool, messages: Messages) {
    if arguments > 0 && exposed {
        messages.note("the arguments could not be overwritten; the process list shows them until this ends");
    }
    if arguments > 0 && std::io::stderr().is_terminal() {
        messages.note(
            "the process list, the shell's history and sudo's log can show passwords given as arguments; \
             --hash_pass alone asks for one",
        );
    }
    note_prompt(source, messages);
    if !params.meets_owasp_minimum() {
        let (memory, t, p) = (Kib(params.memory_kib().into()), params.iterations(), params.parallelism());
        messages.note(format_args!(
            "this cost ({memory}, t={t}, p={p}) is weaker than OWASP's minimum; use --profile owasp or stronger"
        ));
    }
}

impl Settings {
    /// Hashes passwords. Hasher and verifier are made for the first one that needs them, and kept.
    fn start(self, verifier: impl Borrow<OnceCell<Verifier>>) -> impl FnMut(Job) -> Result<Hashed, Error> {
        let mut hasher = None;
        move |(entry, existing)| {
            let Entry { position, password, warnings } = entry?;
            let password = password.as_bytes();
            if let Some(encoded) = existing
                && self.verifier(verifier.borrow())?.matches(&encoded, password)?
            {
                return Ok(Hashed { hash: Hash { encoded, is_new: false }, position, warnings });
            }
            let hasher = match &mut hasher {
                Some(hasher) => hasher,
                none => none.insert(Hasher::new(self.params, self.threads, SysRng)?),
            };
            let encoded = hasher.hash(password)?;
            if self.cross_check {
                self.verifier(verifier.borrow())?.confirm(&encoded, password)?;
            }
            Ok(Hashed { hash: Hash { encoded, is_new: true }, position, warnings })
        }
    }

    /// The verifier, made on first use.
    fn verifier(self, verifier: &OnceCell<Verifier>) -> Result<&Verifier, Error> {
        if let Some(verifier) = verifier.get() {
            return Ok(verifier);
        }
        let new = Verifier::new(self.threads, 0)?;
        Ok(verifier.get_or_init(|| new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_has_the_hashers_memory_and_the_largest_of_its_verifications() {
        let existing =
            |kib: u32| Encoded::read(&format!("$argon2id$v=19$m={kib},t=2,p=1$c29tZXNhbHQ$AAAAAA")).ok();
        let params = Params::new(65_536, 3, 4).unwrap();
        for (cross_check, existing, expected) in [
            (false, vec![], 65_536),
            (true, vec![], 2 * 65_536),
            (false, vec![None, existing(19_456), existing(8_192)], 65_536 + 19_456),
            (true, vec![existing(19_456)], 2 * 65_536),
            (true, vec![existing(100_000), None], 65_536 + 100_000),
        ] {
            assert_eq!(memory_kib(params, cross_check, &existing), expected, "{cross_check} {existing:?}");
        }
    }
}
