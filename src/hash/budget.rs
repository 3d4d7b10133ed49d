//! The memory that hashes of any size share: whoever verifies one takes what it needs, and waits until that is there.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::policy::InsufficientMemory;
use super::verifier::VerifierMemory;

/// The least that is taken of a limited amount, in KiB. What is freed of less may stay with the C library: this is the
/// largest value that `M_MMAP_THRESHOLD` of glibc's malloc takes by itself.
pub const LEAST_KIB: u64 = 32 << 10;

/// An amount of memory, in KiB, of which parts are taken.
pub struct Budget {
    /// None if it is not limited.
    total: Option<u64>,
    state: Mutex<State>,
    given_back: Condvar,
}

#[derive(Default)]
struct State {
    /// How many KiB are taken, those of `idle` included.
    taken: u64,
    /// Memory that nobody uses, with its KiB. It is wiped. To free all that is reserved would take longer than a small
    /// hash.
    idle: Vec<(u64, VerifierMemory)>,
}

/// A part of a [`Budget`], which is given back when this is dropped. Whoever waits for another one must have none.
pub struct Memory {
    budget: Arc<Budget>,
    kib: u64,
    pub blocks: VerifierMemory,
}

impl Budget {
    /// A budget of so many KiB; none if the amount is not limited.
    #[must_use]
    pub fn new(total: Option<u64>) -> Arc<Self> {
        Arc::new(Self { total, state: Mutex::default(), given_back: Condvar::new() })
    }

    /// Takes memory for a hash of so many KiB, and waits until it is there.
    ///
    /// # Errors
    ///
    /// [`InsufficientMemory`], for more than there ever will be.
    pub fn take(self: &Arc<Self>, kib: u64) -> Result<Memory, InsufficientMemory> {
        if self.total.is_some_and(|total| total < kib) {
            return Err(InsufficientMemory { needed: kib, available: self.total });
        }
        let new_kib = self.total.map_or(kib, |total| kib.max(LEAST_KIB.min(total)));
        let memory = |kib, blocks| Ok(Memory { budget: Arc::clone(self), kib, blocks });
        let mut state = self.state();
        loop {
            let fitting = state.idle.iter().enumerate().filter(|(_, (idle_kib, _))| *idle_kib >= kib);
            if let Some((index, _)) = fitting.min_by_key(|(_, (idle_kib, _))| *idle_kib) {
                let (idle_kib, blocks) = state.idle.swap_remove(index);
                return memory(idle_kib, blocks);
            }
            // What is too small goes first, also where there is enough for both: so no more is ever kept than workers
            // have used at once.
            if let Some((idle_kib, blocks)) = state.idle.pop() {
                drop(blocks);
                state.taken -= idle_kib;
            } else if self.total.is_none_or(|total| total - state.taken >= new_kib) {
                state.taken += new_kib;
                return memory(new_kib, VerifierMemory::of_at_least(new_kib));
            } else {
                state = self.given_back.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn taken(&self) -> u64 {
        self.state().taken
    }

    /// What is taken. A thread that panics leaves it as it is.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// How many KiB it is.
    #[must_use]
    pub const fn kib(&self) -> u64 {
        self.kib
    }

    /// Wipes it, and leaves it to the next one who takes as much or less.
    pub fn lay_by(mut self) {
        self.blocks.wipe();
        let (kib, blocks) = (mem::take(&mut self.kib), mem::take(&mut self.blocks));
        self.budget.state().idle.push((kib, blocks));
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // It is freed before somebody else takes as much.
        self.blocks = VerifierMemory::default();
        self.budget.state().taken -= self.kib;
        self.budget.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn more_than_there_is_is_an_error_and_all_that_there_is_can_be_taken() {
        let budget = Budget::new(Some(100));
        let error = budget.take(101).err();
        assert_eq!(error, Some(InsufficientMemory { needed: 101, available: Some(100) }));
        for _ in 0..2 {
            assert_eq!(budget.take(100).map(|memory| memory.kib()), Ok(100));
        }
        assert!(Budget::new(None).take(u64::MAX / 2).is_ok());
    }

    #[test]
    fn of_a_limited_amount_at_least_so_much_is_taken_that_it_goes_back_to_the_system() {
        for (total, kib, taken) in [
            (Some(2 * LEAST_KIB), 10, LEAST_KIB),
            (Some(2 * LEAST_KIB), LEAST_KIB + 1, LEAST_KIB + 1),
            (Some(20), 10, 20),
            (None, 10, 10),
        ] {
            assert_eq!(Budget::new(total).take(kib).map(|memory| memory.kib()), Ok(taken));
        }
    }

    #[test]
    fn memory_that_is_laid_by_serves_the_next_hash_and_makes_room_for_a_larger_one() {
        let budget = Budget::new(Some(3 * LEAST_KIB));
        for memory in [LEAST_KIB, 2 * LEAST_KIB].map(|kib| budget.take(kib).unwrap()) {
            memory.lay_by();
        }
        let smaller = budget.take(10).unwrap();
        assert_eq!((smaller.kib(), budget.state().idle.len()), (LEAST_KIB, 1));
        smaller.lay_by();
        let all = budget.take(3 * LEAST_KIB).unwrap();
        assert_eq!((all.kib(), budget.state().idle.len()), (3 * LEAST_KIB, 0));
        drop(all);
        assert_eq!(budget.taken(), 0);
    }

    /// Each of them needs more than the one before.
    #[test]
    fn one_worker_never_has_more_than_one_hash_needs() {
        for total in [None, Some(100 * LEAST_KIB)] {
            let budget = Budget::new(total);
            for kib in (1..=5).map(|parts| parts * LEAST_KIB) {
                budget.take(kib).unwrap().lay_by();
                assert_eq!((budget.taken(), budget.state().idle.len()), (kib, 1));
            }
        }
    }

    #[test]
    fn never_more_is_taken_than_there_is_and_everybody_gets_some() {
        const PART: u64 = LEAST_KIB;
        let budget = Budget::new(Some(10 * PART));
        let (taken, most) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for parts in [10, 6, 5, 5, 1, 9] {
                let (budget, taken, most) = (&budget, &taken, &most);
                scope.spawn(move || {
                    for round in 0..20 {
                        let memory = budget.take(parts * PART).unwrap();
                        let kib = memory.kib();
                        most.fetch_max(taken.fetch_add(kib, Ordering::SeqCst) + kib, Ordering::SeqCst);
                        thread::sleep(Duration::from_micros(100));
                        taken.fetch_sub(kib, Ordering::SeqCst);
                        if round % 2 == 0 { drop(memory) } else { memory.lay_by() }
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 10 * PART);
    }
}
