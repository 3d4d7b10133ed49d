//! The memory that hashes of any size share: whoever computes one takes what it needs, and waits until that is there.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::policy::InsufficientMemory;

/// An amount of memory, in KiB, of which shares are taken.
pub struct Budget {
    /// None if it is not limited.
    total: Option<u64>,
    taken: Mutex<u64>,
    given_back: Condvar,
}

/// A part of a [`Budget`], which is given back when this is dropped. Whoever waits for another one must have none.
pub struct Share {
    budget: Arc<Budget>,
    kib: u64,
}

impl Budget {
    /// A budget of so many KiB; none if the amount is not limited.
    #[must_use]
    pub fn new(total: Option<u64>) -> Arc<Self> {
        Arc::new(Self { total, taken: Mutex::new(0), given_back: Condvar::new() })
    }

    /// Takes so many KiB, and waits until they are there.
    ///
    /// # Errors
    ///
    /// [`InsufficientMemory`], for more than there ever will be.
    pub fn take(self: &Arc<Self>, kib: u64) -> Result<Share, InsufficientMemory> {
        if self.total.is_some_and(|total| total < kib) {
            return Err(InsufficientMemory { needed: kib, available: self.total });
        }
        let is_missing = |taken: &mut u64| self.total.is_some_and(|total| total - *taken < kib);
        let taken = self.given_back.wait_while(self.taken(), is_missing);
        *taken.unwrap_or_else(PoisonError::into_inner) += kib;
        Ok(Share { budget: Arc::clone(self), kib })
    }

    /// What is taken. A thread that panics leaves it as it is.
    fn taken(&self) -> MutexGuard<'_, u64> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// How many KiB it is.
    #[must_use]
    pub const fn kib(&self) -> u64 {
        self.kib
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        *self.budget.taken() -= self.kib;
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
            assert_eq!(budget.take(100).map(|share| share.kib()), Ok(100));
        }
        assert!(Budget::new(None).take(u64::MAX / 2).is_ok());
    }

    #[test]
    fn never_more_is_taken_than_there_is_and_everybody_gets_a_share() {
        let budget = Budget::new(Some(100));
        let (taken, most) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for kib in [100, 60, 50, 50, 1, 99] {
                let (budget, taken, most) = (&budget, &taken, &most);
                scope.spawn(move || {
                    for _ in 0..20 {
                        let share = budget.take(kib).unwrap();
                        most.fetch_max(taken.fetch_add(kib, Ordering::SeqCst) + kib, Ordering::SeqCst);
                        thread::sleep(Duration::from_micros(100));
                        taken.fetch_sub(kib, Ordering::SeqCst);
                        drop(share);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 100);
    }
}
