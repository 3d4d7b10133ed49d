//! Threads that share the work on a hash.

use std::slice::ChunksMut;
use std::sync::{Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::system::process::leave_signals_to_others;
use crate::system::stack::wiping_the_stack;

/// The calling thread, and others that wait for work.
pub(super) struct Team {
    others: Option<ThreadPool>,
}

impl Team {
    /// A team of this many threads, the calling one included; it is alone if the system does not give the others.
    pub(super) fn new(threads: usize) -> Self {
        let others = threads.saturating_sub(1);
        let pool = ThreadPoolBuilder::new().num_threads(others).start_handler(|_| leave_signals_to_others());
        // No threads would mean one for each core.
        Self { others: if others == 0 { None } else { pool.build().ok() } }
    }

    /// How many threads work.
    pub(super) fn threads(&self) -> usize {
        1 + self.others.as_ref().map_or(0, ThreadPool::current_num_threads)
    }

    /// Works on all parts, each thread on one after another. What this leaves on the stacks of the others is wiped.
    pub(super) fn share<T: Send>(&self, parts: ChunksMut<'_, T>, work: impl Fn(&mut [T]) + Sync) {
        // mutants: the number of threads changes no result.
        let helpers = self.threads().min(parts.len()).saturating_sub(1);
        let Some(pool) = self.others.as_ref().filter(|_| helpers > 0) else { return parts.for_each(work) };
        let parts = Mutex::new(parts);
        pool.in_place_scope(|scope| {
            for _ in 0..helpers {
                scope.spawn(|_| wiping_the_stack(|| take_parts(&parts, &work)));
            }
            take_parts(&parts, &work);
        });
    }
}

/// Works on one part after another, until none is left.
fn take_parts<T>(parts: &Mutex<ChunksMut<'_, T>>, work: &impl Fn(&mut [T])) {
    // A panic elsewhere cannot happen while the lock is held.
    let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    while let Some(part) = next() {
        work(part);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::hint::black_box;
    use std::os::unix::fs::FileExt;
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    /// Each thread works on one part, and leaves a mark on its stack.
    #[test]
    fn what_work_leaves_on_the_stacks_of_the_others_is_wiped() {
        const MARK: [u8; 4_096] = [0xA5; 4_096];
        let (team, all_work) = (Team::new(3), Barrier::new(3));
        assert_eq!(team.threads(), 3);
        let mut marks = [None; 3];
        team.share(marks.chunks_mut(1), |mark| {
            let on_the_stack = MARK;
            mark[0] = Some((thread::current().id(), black_box(&on_the_stack).as_ptr().addr()));
            all_work.wait();
        });
        let process = File::open("/proc/self/mem").unwrap();
        let mut left = vec![0; MARK.len()];
        for (thread, address) in marks.map(Option::unwrap) {
            process.read_exact_at(&mut left, address as u64).unwrap();
            let is_left = left.windows(16).any(|bytes| bytes == &MARK[..16]);
            // What this thread leaves is wiped by whoever gives it the work.
            assert_eq!(is_left, thread == thread::current().id());
        }
    }
}
