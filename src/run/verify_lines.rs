//! `--verify --lines`: whether the password on each line matches the hash on the line of the same number.

use std::iter;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::source::open;
use super::stored::HashLines;
use super::verify::{Verdict, text};
use crate::advice::Error;
use crate::batch;
use crate::cli::request::{HashFile, VerifyLines};
use crate::hash::budget::{Budget, LEAST_KIB, Memory};
use crate::hash::diagnose::Damage;
use crate::hash::encoded::Encoded;
use crate::hash::params::Params;
use crate::hash::policy::{left_for_hashes, max_threads, max_workers};
use crate::hash::verifier::{Verifier, VerifyError};
use crate::output::{Progress, Stdout};
use crate::password::{Entry, PasswordError, SourceError};
use crate::status::Status;
use crate::system::cores;
use crate::system::memory::{self, Available};

/// Prints each answer as soon as it is known. The status says that all match only if all were verified and printed.
pub(super) fn run(request: VerifyLines) -> Result<Status, Error> {
    let VerifyLines { hashes, source, format, messages } = request;
    // A run that cannot print should not verify either.
    let mut stdout = Stdout::open()?;
    let mut lines = HashLines::open(&hashes, messages)?;
    let stdin_is_read = matches!(hashes, HashFile::Stdin);
    let passwords = open(source, stdin_is_read, messages)?.new_passwords(&[])?;
    let first = lines.next().unwrap_or(Err(Error::EncodedFile(Damage::Empty)))?;
    let worker = Worker::first(first.params);
    let left_out = [(passwords.left_out, "passwords"), (Arc::clone(&lines.left_out), "hashes")];
    let ready = lines.ready && passwords.ready;
    let hashes = iter::once(Ok(first)).chain(lines);
    let pairs = Pairs { hashes, passwords: passwords.entries, count: 0 };

    let mut progress = Progress::new("verified", messages.quiet, passwords.progress);
    let (mut printed, mut all_match) = (0, true);
    let outcome = batch::run(pairs, ready, worker, |verdict: Result<Verdict, Error>| {
        let verdict = verdict?;
        verdict.note(messages);
        progress.advance();
        let flow = stdout.write(text(format, verdict.matches, None))?;
        printed += 1;
        all_match &= verdict.matches && flow.is_continue();
        Ok::<ControlFlow<()>, Error>(flow)
    });
    if outcome.is_err() && printed > 0 {
        messages.note(format_args!("answers printed before the error: {printed}"));
    }
    outcome?;
    for (count, of) in left_out {
        if let count @ 1.. = count.load(Ordering::Relaxed) {
            messages.note(format_args!("empty lines left out at the end of the {of}: {count}"));
        }
    }
    Ok(if all_match { Status::Done } else { Status::No })
}

/// A hash and the password on the line of the same number.
struct Pair {
    line: u64,
    encoded: Encoded,
    entry: Entry,
}

/// Pairs of the lines of two streams, which must have as many.
struct Pairs<H, P> {
    hashes: H,
    passwords: P,
    count: u64,
}

impl<H, P> Pairs<H, P>
where
    H: Iterator<Item = Result<Encoded, Error>>,
    P: Iterator<Item = Result<Entry, SourceError>>,
{
    fn next_pair(&mut self) -> Result<Option<Pair>, Error> {
        // An error in the hash does not wait for a password.
        let hash = self.hashes.next().transpose()?;
        let entry = match self.passwords.next() {
            // What is missing on this line must not be removed from one file alone.
            Some(Err(SourceError::Rejected { error: PasswordError::Empty, .. })) if hash.is_some() => None,
            entry => entry.transpose()?,
        };
        self.count += 1;
        let line = self.count;
        match (hash, entry) {
            (None, None) => Ok(None),
            (Some(encoded), Some(entry)) => Ok(Some(Pair { line, encoded, entry })),
            (Some(_), None) => Err(SourceError::NoPasswordOnLine(line).into()),
            (None, Some(_)) => Err(SourceError::NoHashOnLine(line).into()),
        }
    }
}

impl<H, P> Iterator for Pairs<H, P>
where
    H: Iterator<Item = Result<Encoded, Error>>,
    P: Iterator<Item = Result<Entry, SourceError>>,
{
    type Item = Result<Pair, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_pair().transpose()
    }
}

/// Verifies passwords. Keeps its memory for the next hash, if that needs no more.
struct Worker {
    /// The cost of the first hash, which most others have, too.
    usual: Params,
    /// How many threads compute one tag.
    threads: usize,
    budget: Arc<Budget>,
    verifier: Option<Verifier>,
    memory: Option<Memory>,
}

/// Whether threads leave as much for a hash as there would be without them. A limit on the address space counts what is
/// reserved for each.
fn threads_cost_no_memory(left: Available) -> bool {
    left.address_space.is_none()
}

impl Worker {
    /// A worker that has the machine for itself.
    // mutants: the number of threads changes no answer.
    fn first(usual: Params) -> Self {
        let left = memory::available();
        let wanted = if threads_cost_no_memory(left) { cores().min(usual.parallelism() as usize) } else { 1 };
        let threads = max_threads(left, usual.memory_kib().into(), wanted);
        Self::new(usual, threads, Budget::new(left_for_hashes(left)))
    }

    fn new(usual: Params, threads: usize, budget: Arc<Budget>) -> Self {
        Self { usual, threads, budget, verifier: None, memory: None }
    }

    fn verify(&mut self, encoded: Encoded, entry: Entry) -> Result<Verdict, Error> {
        let kib = u64::from(encoded.params.memory_kib());
        let memory = match self.memory.take() {
            Some(memory) if memory.kib() >= kib => memory,
            other => {
                drop(other);
                self.budget.take(kib).map_err(VerifyError::Memory)?
            }
        };
        let memory = self.memory.insert(memory);
        let verifier = match &mut self.verifier {
            Some(verifier) => verifier,
            none => none.insert(Verifier::new(self.threads)?),
        };
        Verdict::of(verifier, &mut memory.blocks, encoded, entry, Error::EncodedFile)
    }
}

impl batch::Worker<Result<Pair, Error>> for Worker {
    type Output = Result<Verdict, Error>;

    fn work(&mut self, pair: Result<Pair, Error>) -> Result<Verdict, Error> {
        let Pair { line, encoded, entry } = pair?;
        self.verify(encoded, entry).map_err(|error| Error::AtLine(line, Box::new(error)))
    }

    /// Lays the memory by, because another worker may wait for it.
    fn wipe(&mut self) {
        if let Some(memory) = self.memory.take() {
            memory.lay_by();
        }
    }

    /// Keeps the verifier, as the worker that hashes does. The memory is freed, because the team has a budget of its
    /// own, of what the system has left then.
    fn rest(&mut self) {
        self.memory = None;
    }

    /// As many as there are cores and may be needed at once. The budget says how many of them compute.
    fn team(&self) -> Vec<Self> {
        let left = memory::available();
        if !threads_cost_no_memory(left) {
            return Vec::new();
        }
        let least = u64::from(self.usual.memory_kib()).max(LEAST_KIB);
        let workers = max_workers(left, least, cores()).unwrap_or(1);
        let budget = Budget::new(left_for_hashes(left));
        (0..workers).map(|_| Self::new(self.usual, 1, Arc::clone(&budget))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Worker as _;
    use crate::password::Stream;
    use crate::password::lines::Lines;

    /// A worker that verifies with 32 KiB, and has verified once.
    fn worker(budget: &Arc<Budget>) -> Worker {
        let encoded = Encoded::read("$argon2id$v=19$m=32,t=1,p=1$c29tZXNhbHQ$AAAAAA").unwrap();
        let mut worker = Worker::new(encoded.params, 1, Arc::clone(budget));
        let entry = Lines::new(Stream::Stdin, &b"hunter2\n"[..]).next().unwrap().unwrap();
        assert!(worker.work(Ok(Pair { line: 1, encoded, entry })).is_ok());
        assert!(!worker.memory.as_ref().unwrap().blocks.is_wiped());
        worker
    }

    /// Where other hashes need less and are verified by others, they get the same memory.
    #[test]
    fn before_a_worker_waits_its_memory_is_wiped_and_laid_by() {
        let budget = Budget::new(None);
        worker(&budget).wipe();
        let laid_by = budget.take(8).unwrap();
        assert_eq!((laid_by.kib(), laid_by.blocks.kib(), laid_by.blocks.is_wiped()), (32, 32, true));
    }

    #[test]
    fn before_a_team_is_made_the_memory_is_given_back() {
        let budget = Budget::new(None);
        let mut worker = worker(&budget);
        assert_eq!(budget.taken(), 32);
        worker.rest();
        assert_eq!(budget.taken(), 0);
    }
}
