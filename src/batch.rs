//! An ordered parallel map: works on many items on every core, with the results in their order.
//!
//! The first item runs alone with all lanes if it is the only one, or if nobody knows yet whether there
//! is a second. Later items go round-robin to workers, which keeps the order without sorting. Each queue
//! holds one item, so no more is read ahead than the workers are about to need.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// How many items wait for a worker, and how many of its results wait to be emitted.
const QUEUE_LENGTH: usize = 1;

/// A worker has panicked, and the order of the results is lost with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a thread ended unexpectedly")]
pub struct WorkerLost;

/// Passes each item to a worker and each result to `emit`, in the order of the items, until the items
/// end, or `emit` breaks or fails.
///
/// What `make_first` makes works on the first item, on this thread, unless the items are `ready` (so that
/// looking for a second one does not wait) and there is a second one. For the others, `workers` returns how
/// many threads there may be, and each works with what `make_worker` makes on it. If that is one, or the
/// system gives no thread, what `make_first` makes works on all of them.
///
/// # Errors
///
/// That of `emit`, and [`WorkerLost`] after a panic on one of the threads.
pub fn run<I, T, F, W, E>(
    items: impl Iterator<Item = I> + Send + 'static,
    ready: bool,
    workers: impl FnOnce() -> usize,
    make_first: impl Fn() -> F,
    make_worker: impl Fn() -> W + Clone + Send + 'static,
    mut emit: impl FnMut(T) -> Result<ControlFlow<()>, E>,
) -> Result<(), E>
where
    I: Send + 'static,
    T: Send + 'static,
    F: FnMut(I) -> T,
    W: FnMut(I) -> T,
    E: From<WorkerLost>,
{
    let mut items = items.peekable();
    let Some(item) = items.next() else { return Ok(()) };
    let waiting = if ready && items.peek().is_some() {
        Some(item)
    } else {
        if emit(make_first()(item))?.is_break() {
            return Ok(());
        }
        None
    };
    // Only now: the first result must not wait for the second item. And the memory of the first is free, so
    // `workers` can count on it.
    if items.peek().is_none() {
        return Ok(());
    }
    let items = waiting.into_iter().chain(items);
    if let Some(team) = Team::start(workers(), &make_worker) {
        return team.run(items, emit);
    }
    let mut first = make_first();
    for item in items {
        if emit(first(item))?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Threads that wait for items: one that reads them, and the workers.
struct Team<I, T, S> {
    /// Where the reader gets the items and the workers' queues. It starts without them: they would be
    /// lost if there were no thread for it.
    reader: SyncSender<(S, Vec<SyncSender<I>>)>,
    /// Where the reader sends the number of items at their end.
    count: Receiver<u64>,
    workers: Vec<(SyncSender<I>, Receiver<T>)>,
}

impl<I, T, S> Team<I, T, S>
where
    I: Send + 'static,
    T: Send + 'static,
    S: Iterator<Item = I> + Send + 'static,
{
    /// Starts up to `workers` workers. None if that is one, or the system does not give the threads.
    fn start<W: FnMut(I) -> T>(
        workers: usize,
        make_worker: &(impl Fn() -> W + Clone + Send + 'static),
    ) -> Option<Self> {
        if workers < 2 {
            return None;
        }
        let (reader, count) = start_reader()?;
        let workers: Vec<_> = (0..workers).map_while(|_| start_worker(make_worker.clone())).collect();
        (!workers.is_empty()).then_some(Self { reader, count, workers })
    }

    fn run<E: From<WorkerLost>>(
        self,
        items: S,
        mut emit: impl FnMut(T) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let (queues, results): (Vec<_>, Vec<_>) = self.workers.into_iter().unzip();
        self.reader.send((items, queues)).map_err(|_| WorkerLost)?;
        let mut emitted = 0;
        for result in results.iter().cycle().map_while(|results| results.recv().ok()) {
            emitted += 1;
            if emit(result)?.is_break() {
                return Ok(());
            }
        }
        // A result is missing: the items have ended, if there were as many.
        if self.count.recv() == Ok(emitted) { Ok(()) } else { Err(WorkerLost.into()) }
    }
}

/// The reader's two ends.
type Reader<I, S> = (SyncSender<(S, Vec<SyncSender<I>>)>, Receiver<u64>);

fn start_reader<I, S>() -> Option<Reader<I, S>>
where
    I: Send + 'static,
    S: Iterator<Item = I> + Send + 'static,
{
    let (start, started) = sync_channel::<(S, Vec<SyncSender<I>>)>(1);
    let (send_count, count) = sync_channel(1);
    let read = move || {
        let Ok((items, queues)) = started.recv() else { return };
        let mut number = 0;
        for (item, queue) in items.zip(queues.iter().cycle()) {
            if queue.send(item).is_err() {
                return;
            }
            number += 1;
        }
        let _ = send_count.send(number);
    };
    thread::Builder::new().spawn(read).ok().map(|_| (start, count))
}

/// Starts a worker. Returns its queue and its results.
fn start_worker<I, T, W>(
    make_worker: impl FnOnce() -> W + Send + 'static,
) -> Option<(SyncSender<I>, Receiver<T>)>
where
    I: Send + 'static,
    T: Send + 'static,
    W: FnMut(I) -> T,
{
    let (queue, items) = sync_channel(QUEUE_LENGTH);
    let (send, results) = sync_channel(QUEUE_LENGTH);
    let work = move || {
        let mut work = make_worker();
        for item in items {
            if send.send(work(item)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().spawn(work).ok().map(|_| (queue, results))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const CONTINUE: Result<ControlFlow<()>, WorkerLost> = Ok(ControlFlow::Continue(()));

    /// Doubles the numbers with so many workers, some numbers taking longer than others.
    fn doubled(numbers: impl Iterator<Item = u64> + Send + 'static, ready: bool, workers: usize) -> Vec<u64> {
        let work = |number: u64| {
            std::thread::sleep(std::time::Duration::from_micros(number * 7 % 50));
            number * 2
        };
        let mut results = Vec::new();
        run(
            numbers,
            ready,
            || workers,
            || work,
            move || work,
            |result| {
                results.push(result);
                CONTINUE
            },
        )
        .unwrap();
        results
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for workers in 0..5 {
            for ready in [false, true] {
                for count in [0, 1, 2, 3, 4, 5, 100, 1_000] {
                    let expected: Vec<u64> = (0..count).map(|number| number * 2).collect();
                    assert_eq!(doubled(0..count, ready, workers), expected);
                }
            }
        }
    }

    #[test]
    fn an_item_runs_alone_if_it_is_the_only_one_or_nobody_knows_yet() {
        for (count, ready, alone) in [(1, true, 1), (1, false, 1), (5, true, 0), (5, false, 1)] {
            let (by_first, mut results) = (Cell::new(0), 0);
            let first = |item: i32| {
                by_first.set(by_first.get() + 1);
                item
            };
            run(
                0..count,
                ready,
                || 2,
                || first,
                || |item| item,
                |_| {
                    results += 1;
                    CONTINUE
                },
            )
            .unwrap();
            assert_eq!((by_first.get(), results), (alone, count), "{count} {ready}");
        }
    }

    #[test]
    fn each_worker_has_a_thread_and_a_single_one_has_this() {
        let this = thread::current().id();
        for (workers, expected) in [(0, 1), (1, 1), (2, 2), (3, 3)] {
            let mut threads = HashSet::new();
            let note = |thread| {
                threads.insert(thread);
                CONTINUE
            };
            let work = |_| thread::current().id();
            run(0..6, true, || workers, || work, move || work, note).unwrap();
            assert_eq!((threads.len(), threads.contains(&this)), (expected, workers < 2), "{workers}");
        }
    }

    #[test]
    fn the_first_result_is_emitted_before_the_second_item_is_read() {
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        let items = (0..10).inspect(move |_| _ = counter.fetch_add(1, Ordering::SeqCst));
        let mut read_at_first = None;
        run(
            items,
            false,
            || 2,
            || |item| item,
            || |item| item,
            |_: i32| {
                read_at_first.get_or_insert(read.load(Ordering::SeqCst));
                CONTINUE
            },
        )
        .unwrap();
        assert_eq!(read_at_first, Some(1));
    }

    #[test]
    fn no_more_is_read_ahead_than_the_workers_are_about_to_need() {
        const WORKERS: usize = 3;
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        let items = (0..1_000).inspect(move |_| _ = counter.fetch_add(1, Ordering::SeqCst));
        let mut emitted = 0;
        let mut most_ahead = 0;
        run(
            items,
            false,
            || WORKERS,
            || |item| item,
            || |item| item,
            |_: i32| {
                std::thread::sleep(std::time::Duration::from_micros(100));
                emitted += 1;
                most_ahead = most_ahead.max(read.load(Ordering::SeqCst) - emitted);
                CONTINUE
            },
        )
        .unwrap();
        // The reader has one; each worker has one in its queue, one in work, one done.
        assert!(most_ahead <= 1 + 3 * WORKERS, "{most_ahead}");
    }

    #[test]
    fn a_break_ends_it_although_the_items_do_not_end() {
        for after in [1, 2, 10] {
            let mut left = after;
            run(
                0_u64..,
                after == 2,
                || 2,
                || |item| item,
                || |item| item,
                |_| {
                    left -= 1;
                    if left == 0 { Ok(ControlFlow::Break(())) } else { CONTINUE }
                },
            )
            .unwrap();
            assert_eq!(left, 0);
        }
    }

    #[test]
    fn an_error_of_emit_is_returned() {
        for fails_at in [1, 2, 10] {
            let mut emitted = 0;
            let outcome = run(
                0..,
                true,
                || 2,
                || |item: i32| item,
                || |item| item,
                |_| {
                    emitted += 1;
                    if emitted == fails_at { Err(WorkerLost) } else { CONTINUE }
                },
            );
            assert_eq!((outcome, emitted), (Err(WorkerLost), fails_at));
        }
    }

    #[test]
    fn a_worker_that_panics_is_an_error_and_not_an_end() {
        let work = |item: i32| {
            assert!(item != 7, "as this test wants it");
            item
        };
        let mut results = Vec::new();
        let outcome = run(
            0..100,
            true,
            || 2,
            || work,
            move || work,
            |result| {
                results.push(result);
                CONTINUE
            },
        );
        assert_eq!(outcome, Err(WorkerLost));
        assert_eq!(results, (0..7).collect::<Vec<_>>());
    }
}
