//! An ordered parallel map: works on many items on every core, with the results in their order.
//!
//! If there is only one item, or if the next one has not arrived yet, the first worker gets the first item, and
//! with it the whole machine. Later items go to a team of workers round-robin, which keeps the order without
//! sorting. Each queue holds one item, so no more is read ahead than the workers are about to need. A worker whose next
//! item is there goes on with it; before it waits, it wipes what the last one has left.
//!
//! The threads are detached, not scoped: a run must be able to end while its reader still waits for input, which
//! may never come, and no thread can be woken from that.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

use crate::system::process::leave_signals_to_others;

/// How many items wait for a worker, and how many of its results wait to be emitted.
const QUEUE_LENGTH: usize = 1;

/// A thread has panicked, and the order of the results is lost with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a thread ended unexpectedly")]
pub struct WorkerLost;

/// Makes results of items, one at a time.
pub trait Worker<I>: Sized + Send + 'static {
    type Output: Send + 'static;

    fn work(&mut self, item: I) -> Self::Output;

    /// Wipes what the last item has left in the memory that is kept for the next one.
    fn wipe(&mut self);

    /// Gives back that memory, wiped.
    fn rest(&mut self);

    /// Makes the workers that take over from this one, each on a thread of its own. With fewer than two, this
    /// one goes on alone.
    fn team(&self) -> Vec<Self>;
}

/// Gives each item to a worker and each result to `emit`, in the order of the items, until the items end, or
/// `emit` breaks or fails.
///
/// `first` works on this thread. If the items are `ready`, so that looking for a second one does not wait,
/// and there is a second one, the team gets all of them; otherwise `first` gets the first. `first` also works on
/// all items if its team is too small or the system gives no threads.
///
/// # Errors
///
/// That of `emit`, and [`WorkerLost`] after a panic on one of the threads.
pub fn run<I, W, E>(
    items: impl Iterator<Item = I> + Send + 'static,
    ready: bool,
    mut first: W,
    mut emit: impl FnMut(W::Output) -> Result<ControlFlow<()>, E>,
) -> Result<(), E>
where
    I: Send + 'static,
    W: Worker<I>,
    E: From<WorkerLost>,
{
    let mut items = items.peekable();
    let Some(item) = items.next() else { return Ok(()) };
    let waiting = if ready && items.peek().is_some() {
        Some(item)
    } else {
        let result = first.work(item);
        // Printing the result and waiting for the next item may take long, and the team needs memory, too.
        first.rest();
        if emit(result)?.is_break() {
            return Ok(());
        }
        None
    };
    // Ask for the second item only now, so that the first result does not wait for it.
    if items.peek().is_none() {
        return Ok(());
    }
    let items = waiting.into_iter().chain(items);
    if let Some(threads) = Threads::start(first.team()) {
        return threads.run(items, emit);
    }
    for item in items {
        let result = first.work(item);
        first.wipe();
        if emit(result)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Threads that wait for items: one that reads them, and one for each worker.
struct Threads<I, T, S> {
    /// Takes the items and the workers' queues to the reader. It starts without them, because a thread that
    /// the system refuses to start would take them with it.
    start: SyncSender<(S, Vec<SyncSender<I>>)>,
    /// Returns the number of items, or nothing if a worker is lost.
    reader: JoinHandle<Option<u64>>,
    /// The queue and the results of each worker.
    workers: Vec<(SyncSender<I>, Receiver<T>)>,
}

impl<I, T, S> Threads<I, T, S>
where
    I: Send + 'static,
    T: Send + 'static,
    S: Iterator<Item = I> + Send + 'static,
{
    /// Starts threads for two workers or more, or for as many as the system gives. None if it gives none.
    fn start<W: Worker<I, Output = T>>(workers: Vec<W>) -> Option<Self> {
        if workers.len() < 2 {
            return None;
        }
        let (start, started) = sync_channel(1);
        let reader = Builder::new().spawn(move || read(&started)).ok()?;
        let workers: Vec<_> = workers.into_iter().map_while(start_worker).collect();
        (!workers.is_empty()).then_some(Self { start, reader, workers })
    }

    fn run<E: From<WorkerLost>>(
        self,
        items: S,
        mut emit: impl FnMut(T) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let (queues, results): (Vec<_>, Vec<_>) = self.workers.into_iter().unzip();
        self.start.send((items, queues)).map_err(|_| WorkerLost)?;
        let mut emitted = 0;
        for result in results.iter().cycle().map_while(|results| results.recv().ok()) {
            emitted += 1;
            if emit(result)?.is_break() {
                return Ok(());
            }
        }
        // The other workers must not wait for somebody to take their results, nor the reader for them.
        drop(results);
        // The items have ended if there were as many as results. Otherwise a worker is lost.
        let complete = self.reader.join().is_ok_and(|count| count == Some(emitted));
        if complete { Ok(()) } else { Err(WorkerLost.into()) }
    }
}

/// Puts the items into the workers' queues in turn. Returns how many there were, or nothing if a queue is closed.
fn read<I>(started: &Receiver<(impl Iterator<Item = I>, Vec<SyncSender<I>>)>) -> Option<u64> {
    let (items, queues) = started.recv().ok()?;
    let mut count = 0;
    for (item, queue) in items.zip(queues.iter().cycle()) {
        queue.send(item).ok()?;
        count += 1;
    }
    Some(count)
}

/// Starts a thread for a worker. Returns its queue and its results.
fn start_worker<I: Send + 'static, W: Worker<I>>(
    mut worker: W,
) -> Option<(SyncSender<I>, Receiver<W::Output>)> {
    let (queue, items) = sync_channel(QUEUE_LENGTH);
    let (send, results) = sync_channel(QUEUE_LENGTH);
    let work = move || {
        leave_signals_to_others();
        while let Some(item) = next(&items, &mut worker) {
            let result = worker.work(item);
            if !is_taken(&send, result, &mut worker) {
                break;
            }
        }
    };
    Builder::new().spawn(work).ok().map(|_| (queue, results))
}

/// The next item, or none at the end. Before this waits, the worker is wiped.
fn next<I, W: Worker<I>>(items: &Receiver<I>, worker: &mut W) -> Option<I> {
    if let Ok(item) = items.try_recv() {
        return Some(item);
    }
    worker.wipe();
    items.recv().ok()
}

/// Whether somebody takes the result. Before this waits, the worker is wiped.
fn is_taken<I, W: Worker<I>>(results: &SyncSender<W::Output>, result: W::Output, worker: &mut W) -> bool {
    match results.try_send(result) {
        Ok(()) => true,
        Err(TrySendError::Full(result) | TrySendError::Disconnected(result)) => {
            worker.wipe();
            results.send(result).is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};
    use std::{iter, mem, thread};

    use super::*;

    const CONTINUE: Result<ControlFlow<()>, WorkerLost> = Ok(ControlFlow::Continue(()));

    /// Works as a function does, and has a team of this size.
    struct Function<F>(F, usize);

    impl<I, T: Send + 'static, F: FnMut(I) -> T + Clone + Send + 'static> Worker<I> for Function<F> {
        type Output = T;

        fn work(&mut self, item: I) -> T {
            self.0(item)
        }

        fn wipe(&mut self) {}

        fn rest(&mut self) {}

        fn team(&self) -> Vec<Self> {
            (0..self.1).map(|_| Self(self.0.clone(), 0)).collect()
        }
    }

    /// What `work` makes of the numbers up to `count`, with a team of this size.
    fn results<T: Send + 'static>(
        count: u64,
        ready: bool,
        team: usize,
        work: impl FnMut(u64) -> T + Clone + Send + 'static,
    ) -> (Vec<T>, Result<(), WorkerLost>) {
        let mut results = Vec::new();
        let outcome = run(0..count, ready, Function(work, team), |result| {
            results.push(result);
            CONTINUE
        });
        (results, outcome)
    }

    /// The numbers up to `count`, and how many of them have been read.
    fn counted(count: i32) -> (impl Iterator<Item = i32> + Send, Arc<AtomicUsize>) {
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        ((0..count).inspect(move |_| _ = counter.fetch_add(1, Ordering::SeqCst)), read)
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        // Some numbers take longer than others.
        let doubled = |number: u64| {
            thread::sleep(Duration::from_micros(number * 7 % 50));
            number * 2
        };
        for team in 0..5 {
            for ready in [false, true] {
                for count in [0, 1, 2, 3, 4, 5, 100, 1_000] {
                    let expected = (0..count).map(|number| number * 2).collect();
                    assert_eq!(results(count, ready, team, doubled), (expected, Ok(())));
                }
            }
        }
    }

    /// A single item gets this thread, and so do all items of a team that is too small.
    #[test]
    fn each_worker_of_a_team_has_a_thread_and_the_first_worker_has_this() {
        let this = thread::current().id();
        for (count, ready, team, by_first, threads) in [
            (1, true, 2, 1, 1),
            (1, false, 2, 1, 1),
            (5, true, 2, 0, 2),
            (5, false, 2, 1, 3),
            (6, true, 0, 6, 1),
            (6, true, 1, 6, 1),
            (6, true, 3, 0, 3),
        ] {
            let (by, _) = results(count, ready, team, |_| thread::current().id());
            let here = by.iter().filter(|id| **id == this).count();
            let different = by.iter().collect::<HashSet<_>>().len();
            let case = (count, ready, team);
            assert_eq!((by.len() as u64, here, different), (count, by_first, threads), "{case:?}");
        }
    }

    #[test]
    fn the_first_result_is_emitted_before_the_second_item_is_read() {
        let (items, read) = counted(10);
        let mut read_at_first = None;
        let emit = |_| {
            read_at_first.get_or_insert(read.load(Ordering::SeqCst));
            CONTINUE
        };
        run(items, false, Function(|item| item, 2), emit).unwrap();
        assert_eq!(read_at_first, Some(1));
    }

    #[test]
    fn no_more_is_read_ahead_than_the_workers_are_about_to_need() {
        const WORKERS: usize = 3;
        let (items, read) = counted(1_000);
        let (mut emitted, mut most_ahead) = (0, 0);
        let emit = |_| {
            thread::sleep(Duration::from_micros(100));
            emitted += 1;
            most_ahead = most_ahead.max(read.load(Ordering::SeqCst) - emitted);
            CONTINUE
        };
        run(items, false, Function(|item| item, WORKERS), emit).unwrap();
        // The reader has one; each worker has one in its queue, one in work, one done.
        assert!(most_ahead <= 1 + 3 * WORKERS, "{most_ahead}");
    }

    /// Both although the items do not end.
    #[test]
    fn a_break_and_an_error_of_emit_end_the_run() {
        for (last, outcome) in [(Ok(ControlFlow::Break(())), Ok(())), (Err(WorkerLost), Err(WorkerLost))] {
            for (ends_after, ready) in [(1, true), (1, false), (2, true), (10, true)] {
                let mut emitted = 0;
                let emit = |_| {
                    emitted += 1;
                    if emitted == ends_after { last } else { CONTINUE }
                };
                let ended = run(0_u64.., ready, Function(|item| item, 2), emit);
                assert_eq!((ended, emitted), (outcome, ends_after), "{ready}");
            }
        }
    }

    /// Works long enough for others to wait for its results, and counts the workers that are not wiped.
    struct Counting {
        unwiped: Arc<AtomicUsize>,
        is_wiped: bool,
        team: usize,
    }

    impl Counting {
        fn new(unwiped: &Arc<AtomicUsize>, team: usize) -> Self {
            Self { unwiped: Arc::clone(unwiped), is_wiped: true, team }
        }
    }

    impl Worker<u64> for Counting {
        type Output = ();

        fn work(&mut self, _: u64) {
            thread::sleep(Duration::from_millis(2));
            if mem::take(&mut self.is_wiped) {
                self.unwiped.fetch_add(1, Ordering::SeqCst);
            }
        }

        fn wipe(&mut self) {
            if !mem::replace(&mut self.is_wiped, true) {
                self.unwiped.fetch_sub(1, Ordering::SeqCst);
            }
        }

        fn rest(&mut self) {
            self.wipe();
        }

        fn team(&self) -> Vec<Self> {
            (0..self.team).map(|_| Self::new(&self.unwiped, 0)).collect()
        }
    }

    /// They wait for an item that never comes, or for somebody to take their results.
    #[test]
    fn workers_are_wiped_before_they_wait() {
        for (items, emitted_before) in [(6, 6), (u64::MAX, 1), (u64::MAX, 5)] {
            for (ready, team) in [(false, 0), (true, 0), (false, 2), (true, 2)] {
                let unwiped = Arc::new(AtomicUsize::new(0));
                let first = Counting::new(&unwiped, team);
                let mut emitted = 0;
                let emit = |()| {
                    emitted += 1;
                    if emitted < emitted_before {
                        return CONTINUE;
                    }
                    thread::sleep(Duration::from_millis(50));
                    let deadline = Instant::now() + Duration::from_secs(30);
                    while unwiped.load(Ordering::SeqCst) > 0 {
                        assert!(Instant::now() < deadline, "{items}, {ready}, {team}");
                        thread::yield_now();
                    }
                    Ok(ControlFlow::Break(()))
                };
                // After the last item, the source waits for ever.
                let wait = || -> Option<u64> {
                    loop {
                        thread::park();
                    }
                };
                run((0..items).chain(iter::from_fn(wait)), ready, first, emit).unwrap();
            }
        }
    }

    #[test]
    fn a_worker_that_panics_is_an_error_and_not_an_end() {
        let work = |item| {
            assert!(item != 7, "as this test wants it");
            item
        };
        assert_eq!(results(100, true, 2, work), ((0..7).collect(), Err(WorkerLost)));
    }
}
