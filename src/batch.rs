//! Works on many items on every core, with the results in the order of the items.
//!
//! The first item has the whole machine to itself where it is the only one, or nobody knows yet
//! whether there is a second. All others have workers. Item number n and its result belong to worker
//! n modulo workers: nothing has to be sorted, and each queue holds one item, so that no more is read
//! ahead than the workers are about to take.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// How many items wait for a worker, and how many of its results to be handed on.
const WAITING: usize = 1;

/// A worker ended before its time, and with it the order of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a thread ended unexpectedly")]
pub struct WorkerLost;

/// Hands each item to a worker and each result to `hand_on`, in the order of the items, until the
/// items end or `hand_on` breaks off.
///
/// `first` works on the first item, on this thread; not so where the items are `at_hand`, so that
/// looking for a second one makes nobody wait, and there is one. For the others `first` is dropped,
/// and `workers` is asked how many threads there may be, each with what `make_worker` makes on it.
/// Where that is one, or the system gives no thread, `first` works on all of them.
///
/// # Errors
///
/// [`WorkerLost`], after a panic on one of the threads.
pub fn run<I, T, W>(
    items: impl Iterator<Item = I> + Send + 'static,
    at_hand: bool,
    workers: impl FnOnce() -> usize,
    mut first: impl FnMut(I) -> T,
    make_worker: impl Fn() -> W + Clone + Send + 'static,
    mut hand_on: impl FnMut(T) -> ControlFlow<()>,
) -> Result<(), WorkerLost>
where
    I: Send + 'static,
    T: Send + 'static,
    W: FnMut(I) -> T,
{
    let mut items = items.peekable();
    let Some(item) = items.next() else { return Ok(()) };
    let waiting = if at_hand && items.peek().is_some() {
        Some(item)
    } else {
        if hand_on(first(item)).is_break() {
            return Ok(());
        }
        None
    };
    // Only now, since the first result must not wait for the second item.
    if items.peek().is_none() {
        return Ok(());
    }
    let mut items = waiting.into_iter().chain(items);

    let workers = workers();
    let reader = if workers > 1 { start_reader() } else { None };
    let started: Vec<_> = match reader {
        Some(_) => (0..workers).map_while(|_| start_worker(make_worker.clone())).collect(),
        None => Vec::new(),
    };
    let Some(reader) = reader.filter(|_| !started.is_empty()) else {
        let _ = items.try_for_each(|item| hand_on(first(item)));
        return Ok(());
    };
    drop(first);

    let (queues, results): (Vec<_>, Vec<_>) = started.into_iter().unzip();
    reader.start.send((items, queues)).map_err(|_| WorkerLost)?;
    let mut handed_on = 0;
    for result in results.iter().cycle().map_while(|result| result.recv().ok()) {
        handed_on += 1;
        if hand_on(result).is_break() {
            return Ok(());
        }
    }
    // No result where one was due: the items have ended, if there have been as many.
    if reader.count.recv() == Ok(handed_on) { Ok(()) } else { Err(WorkerLost) }
}

/// The thread that reads the items: where it gets them and the workers' queues, and where it tells
/// their number at the end.
struct Reader<S> {
    start: SyncSender<S>,
    count: Receiver<u64>,
}

/// Starts the reader without its items, which would be lost where there is no thread for it.
fn start_reader<I, S>() -> Option<Reader<(S, Vec<SyncSender<I>>)>>
where
    I: Send + 'static,
    S: Iterator<Item = I> + Send + 'static,
{
    let (start, started) = sync_channel::<(S, Vec<SyncSender<I>>)>(1);
    let (tell, count) = sync_channel(1);
    let read = move || {
        let Ok((items, queues)) = started.recv() else { return };
        let mut number = 0;
        for (item, queue) in items.zip(queues.iter().cycle()) {
            if queue.send(item).is_err() {
                return;
            }
            number += 1;
        }
        let _ = tell.send(number);
    };
    thread::Builder::new().spawn(read).ok().map(|_| Reader { start, count })
}

/// Starts a worker. Returns its queue, and where its results come out.
fn start_worker<I, T, W>(
    make_worker: impl FnOnce() -> W + Send + 'static,
) -> Option<(SyncSender<I>, Receiver<T>)>
where
    I: Send + 'static,
    T: Send + 'static,
    W: FnMut(I) -> T,
{
    let (queue, items) = sync_channel(WAITING);
    let (hand_on, results) = sync_channel(WAITING);
    let work = move || {
        let mut work = make_worker();
        for item in items {
            if hand_on.send(work(item)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().spawn(work).ok().map(|_| (queue, results))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Doubles the numbers with so many workers, some numbers taking longer than others.
    fn doubled(
        numbers: impl Iterator<Item = u64> + Send + 'static,
        at_hand: bool,
        workers: usize,
    ) -> Vec<u64> {
        let work = |number: u64| {
            std::thread::sleep(std::time::Duration::from_micros(number * 7 % 50));
            number * 2
        };
        let mut results = Vec::new();
        run(
            numbers,
            at_hand,
            || workers,
            work,
            move || work,
            |result| {
                results.push(result);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        results
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for workers in 0..5 {
            for at_hand in [false, true] {
                for count in [0, 1, 2, 3, 4, 5, 100, 1_000] {
                    let expected: Vec<u64> = (0..count).map(|number| number * 2).collect();
                    assert_eq!(doubled(0..count, at_hand, workers), expected);
                }
            }
        }
    }

    #[test]
    fn the_whole_machine_is_for_one_item_that_is_alone_or_cannot_be_known_not_to_be() {
        for (count, at_hand, alone) in [(1, true, 1), (1, false, 1), (5, true, 0), (5, false, 1)] {
            let (mut by_first, mut results) = (0, 0);
            let first = |item: i32| {
                by_first += 1;
                item
            };
            run(
                0..count,
                at_hand,
                || 2,
                first,
                || |item| item,
                |_| {
                    results += 1;
                    ControlFlow::Continue(())
                },
            )
            .unwrap();
            assert_eq!((by_first, results), (alone, count), "{count} {at_hand}");
        }
    }

    #[test]
    fn the_first_result_is_handed_on_before_the_second_item_is_read() {
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        let items = (0..10).inspect(move |_| _ = counter.fetch_add(1, Ordering::SeqCst));
        let mut read_at_first = None;
        run(
            items,
            false,
            || 2,
            |item| item,
            || |item| item,
            |_: i32| {
                read_at_first.get_or_insert(read.load(Ordering::SeqCst));
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        assert_eq!(read_at_first, Some(1));
    }

    #[test]
    fn no_more_is_read_ahead_than_the_workers_are_about_to_take() {
        const WORKERS: usize = 3;
        let read = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&read);
        let items = (0..1_000).inspect(move |_| _ = counter.fetch_add(1, Ordering::SeqCst));
        let mut handed_on = 0;
        let mut most_ahead = 0;
        run(
            items,
            false,
            || WORKERS,
            |item| item,
            || |item| item,
            |_: i32| {
                std::thread::sleep(std::time::Duration::from_micros(100));
                handed_on += 1;
                most_ahead = most_ahead.max(read.load(Ordering::SeqCst) - handed_on);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        // One in the reader's hands; for each worker one in its queue, one in its hands, one done.
        assert!(most_ahead <= 1 + 3 * WORKERS, "{most_ahead}");
    }

    #[test]
    fn breaking_off_ends_it_though_items_go_on_for_ever() {
        for after in [1, 2, 10] {
            let mut left = after;
            run(
                0_u64..,
                after == 2,
                || 2,
                |item| item,
                || |item| item,
                |_| {
                    left -= 1;
                    if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                },
            )
            .unwrap();
            assert_eq!(left, 0);
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
            work,
            move || work,
            |result| {
                results.push(result);
                ControlFlow::Continue(())
            },
        );
        assert_eq!(outcome, Err(WorkerLost));
        assert_eq!(results, (0..7).collect::<Vec<_>>());
    }
}
