//! A worker: makes hashes of passwords, or keeps those that match.

use crate::advice::Error;
use crate::batch;
use crate::cli::request::HashPass;
use crate::hash::encoded::Encoded;
use crate::hash::engine::Engine;
use crate::hash::hasher::Hasher;
use crate::hash::params::Params;
use crate::hash::policy::{max_threads, max_workers};
use crate::hash::verifier::{Verifier, VerifierMemory};
use crate::password::{Entry, Password, Position, SourceError, Warning};
use crate::system::cores;
use crate::system::memory::{self, Available};
use crate::system::random::SysRng;

/// What all workers of a run have in common.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    params: Params,
    cross_check: bool,
    /// Whether the passwords were made at random, and so must be printed.
    is_random: bool,
    /// Whether hashes are verified: new ones, or those that may be kept.
    verifies: bool,
    /// The most memory that a worker needs, in KiB.
    pub(super) memory_kib: u64,
    /// What the system left at the start.
    pub(super) left: Available,
}

/// A password to be hashed.
pub(super) struct Job {
    pub(super) entry: Result<Entry, SourceError>,
    /// The hash in the config that stays if it is of this password.
    pub(super) keep_if_matches: Option<Encoded>,
}

/// A password's hash, and what to say about the password.
pub(super) struct Hashed {
    pub(super) encoded: Encoded,
    /// Whether it was made now, not kept.
    pub(super) is_new: bool,
    pub(super) position: Position,
    pub(super) warnings: Vec<Warning>,
    /// The password, if it was made at random and so must be printed.
    pub(super) made: Option<Password>,
}

/// Makes its hasher and its verifier for the first job that needs them, and keeps them for later ones.
pub(super) struct Worker {
    settings: Settings,
    /// How many threads compute one hash.
    threads: u32,
    hasher: Option<Hasher<SysRng>>,
    verifier: Option<Verifier>,
    /// Kept, too: the C library may not give back to the system what is freed, and then takes more.
    verified_in: VerifierMemory,
}

impl Settings {
    pub(super) fn new(request: &HashPass, existing: &[Option<Encoded>]) -> Self {
        let HashPass { params, cross_check, .. } = *request;
        let own = u64::from(params.memory_kib());
        let kept = existing.iter().flatten().map(|encoded| encoded.params.memory_kib().into());
        let verified = kept.chain(cross_check.then_some(own)).max();
        // The hasher keeps its memory while a hash is verified.
        let memory_kib = own + verified.unwrap_or(0);
        Self {
            params,
            cross_check,
            is_random: request.source.is_none(),
            verifies: verified.is_some(),
            memory_kib,
            left: memory::available(),
        }
    }

    /// How many threads a worker can use if it is the only one.
    // mutants: the number of threads changes no hash.
    fn threads_for_one(self) -> u32 {
        // More threads than cores would wait for each other, each with fewer lanes to fill in turn.
        let wanted = cores().min(self.params.parallelism() as usize);
        let threads = if self.verifies {
            // The verifier has threads of its own, as many as the hasher.
            (max_threads(self.left, self.memory_kib, 2 * wanted) / 2).max(1)
        } else {
            1 + max_threads(self.left, self.memory_kib, wanted - 1)
        };
        u32::try_from(threads).unwrap_or(1)
    }
}

impl Worker {
    /// A worker that has the machine for itself.
    pub(super) fn first(settings: Settings) -> Self {
        Self::with_threads(settings, settings.threads_for_one())
    }

    fn with_threads(settings: Settings, threads: u32) -> Self {
        Self { settings, threads, hasher: None, verifier: None, verified_in: VerifierMemory::default() }
    }

    fn hasher(&mut self) -> Result<&mut Hasher<SysRng>, Error> {
        Ok(match &mut self.hasher {
            Some(hasher) => hasher,
            none => none.insert(Hasher::new(self.settings.params, self.threads, SysRng)?),
        })
    }

    fn verifier(&mut self) -> Result<(&Verifier, &mut VerifierMemory), Error> {
        let verifier = match &mut self.verifier {
            Some(verifier) => verifier,
            none => none.insert(Verifier::new(self.threads as usize)?),
        };
        Ok((verifier, &mut self.verified_in))
    }
}

impl batch::Worker<Job> for Worker {
    type Output = Result<Hashed, Error>;

    fn work(&mut self, job: Job) -> Result<Hashed, Error> {
        let Entry { position, password, warnings } = job.entry?;
        if let Some(encoded) = job.keep_if_matches {
            let (verifier, memory) = self.verifier()?;
            if verifier.matches_in(memory, &encoded, password.as_bytes())? {
                return Ok(Hashed { encoded, is_new: false, position, warnings, made: None });
            }
        }
        let mut encoded = self.hasher()?.hash(password.as_bytes())?;
        if self.settings.cross_check {
            let (verifier, memory) = self.verifier()?;
            encoded = verifier.confirm(memory, encoded, password.as_bytes())?;
        }
        let made = self.settings.is_random.then_some(password);
        Ok(Hashed { encoded, is_new: true, position, warnings, made })
    }

    fn wipe(&mut self) {
        if let Some(hasher) = &mut self.hasher {
            hasher.wipe();
        }
        self.verified_in.wipe();
    }

    /// Keeps the verifier, because this thread may be the only one of its pool, and rayon lets a thread join only
    /// one pool, ever.
    fn rest(&mut self) {
        self.hasher = None;
        self.verified_in = VerifierMemory::default();
    }

    fn team(&self) -> Vec<Self> {
        let Settings { params, memory_kib, .. } = self.settings;
        let added = Engine::taken_kib(params.memory_kib()) - u64::from(params.memory_kib());
        let workers = max_workers(memory::available(), memory_kib + added, cores()).unwrap_or(1);
        (0..workers).map(|_| Self::with_threads(self.settings, 1)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Worker as _;
    use crate::output::Messages;
    use crate::password::Stream;
    use crate::password::lines::Lines;

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
            let request = HashPass { source: None, params, cross_check, messages: Messages { quiet: true } };
            let settings = Settings::new(&request, &existing);
            assert_eq!(settings.memory_kib, expected, "{cross_check} {existing:?}");
        }
    }

    /// SECURITY.md: "or as much as it needs if that is less, where costs differ"
    #[test]
    fn the_memory_of_a_verification_is_kept_until_it_is_wiped() {
        let params = Params::new(32, 1, 1).unwrap();
        let messages = Messages { quiet: true };
        let request = HashPass { source: None, params, cross_check: true, messages };
        let mut worker = Worker::first(Settings::new(&request, &[]));
        for entry in Lines::new(Stream::Stdin, &b"hunter2\nhunter3\n"[..]) {
            assert!(worker.work(Job { entry, keep_if_matches: None }).is_ok());
            assert_eq!((worker.verified_in.kib(), worker.verified_in.is_wiped()), (32, false));
        }
        worker.wipe();
        assert_eq!((worker.verified_in.kib(), worker.verified_in.is_wiped()), (32, true));
        worker.rest();
        assert_eq!(worker.verified_in.kib(), 0);
    }
}
