//! Waiting for other programs that use the config.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use super::error::{Failure, FileError};

/// Waits for other programs that use the config, for a limited time in a whole run. Nothing may wait while signals
/// are blocked.
pub struct Wait<'a> {
    waited: Cell<Duration>,
    notice: Cell<Option<&'a dyn Fn()>>,
}

impl<'a> Wait<'a> {
    /// How long a run waits in all.
    const TIMEOUT: Duration = Duration::from_secs(15);
    /// When to call the notice.
    const NOTICE: Duration = Duration::from_secs(1);
    /// How long to wait before trying again.
    const PAUSE: Duration = Duration::from_millis(5);

    /// `notice` is called once, when the run has waited for a second.
    pub fn new(notice: &'a dyn Fn()) -> Self {
        Self { waited: Cell::default(), notice: Cell::new(Some(notice)) }
    }

    /// How long the run has waited so far.
    pub(super) const fn waited(&self) -> Duration {
        self.waited.get()
    }

    /// Takes a step again and again while another program is in the way, until the time is up.
    pub(super) fn retry<T>(&self, mut step: impl FnMut() -> Result<T, Failure>) -> Result<T, FileError> {
        loop {
            let (waited, attempt) = (self.waited.get(), Instant::now());
            let error = match step() {
                Ok(done) => return Ok(done),
                Err(Failure::Lasting(error)) => return Err(error),
                Err(Failure::Passing(error)) => error,
            };
            if waited >= Self::TIMEOUT {
                return Err(error);
            }
            if waited >= Self::NOTICE
                && let Some(notice) = self.notice.take()
            {
                notice();
            }
            thread::sleep(Self::PAUSE);
            // What a step within this one has waited is part of the attempt.
            self.waited.set(waited + attempt.elapsed());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config_file::replace::error::Role;

    #[test]
    fn the_notice_comes_once_and_then_the_error() {
        let locked = || Failure::Passing(FileError::Locked(Role::Config));
        let notices = Cell::new(0);
        let notice = || notices.set(notices.get() + 1);
        let wait = Wait::new(&notice);
        // The second attempt succeeds.
        let succeeds = || {
            let mut attempts = 0..2;
            wait.retry(|| if attempts.next() == Some(0) { Err(locked()) } else { Ok(()) })
        };
        assert_eq!((succeeds(), notices.get()), (Ok(()), 0));
        assert!(wait.waited.get() >= Wait::PAUSE, "a later step goes on counting");
        for _ in 0..2 {
            wait.waited.set(Wait::NOTICE);
            assert_eq!((succeeds(), notices.get()), (Ok(()), 1));
        }
        wait.waited.set(Wait::TIMEOUT);
        assert_eq!(wait.retry(|| Err::<(), _>(locked())), Err(FileError::Locked(Role::Config)));
        assert_eq!(wait.retry(|| Ok(())), Ok(()), "nobody is in the way");
    }

    /// docs/config.md: "up to 15 seconds;"
    #[test]
    fn the_page_says_how_long_a_run_waits() {
        let page = include_str!("../../../docs/config.md");
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let at_most = format!(", up to {} seconds", Wait::TIMEOUT.as_secs());
        assert_eq!(page.matches(&at_most).count(), 2);
        assert!(Wait::NOTICE == Duration::from_secs(1) && page.contains("; after one second a note says so"));
    }
}
