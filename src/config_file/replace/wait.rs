//! Waits for another program, for a limited time.

use std::thread;
use std::time::{Duration, Instant};

use super::error::FileError;

/// How long to wait in all.
const TIMEOUT: Duration = Duration::from_secs(15);
/// When to print a note.
const NOTICE: Duration = Duration::from_secs(1);
/// How long to wait before trying again.
const PAUSE: Duration = Duration::from_millis(5);

/// One wait, shared by all attempts of one step.
pub(super) struct Wait<'a> {
    start: Instant,
    notice: Option<&'a dyn Fn()>,
}

impl<'a> Wait<'a> {
    /// `notice` is called once, if the wait takes long.
    pub(super) fn new(notice: &'a dyn Fn()) -> Self {
        Self { start: Instant::now(), notice: Some(notice) }
    }

    /// Waits a moment. Fails with `error` if the whole wait has taken too long.
    pub(super) fn pause(&mut self, error: FileError) -> Result<(), FileError> {
        let waited = self.start.elapsed();
        if waited >= TIMEOUT {
            return Err(error);
        }
        if waited >= NOTICE
            && let Some(notice) = self.notice.take()
        {
            notice();
        }
        thread::sleep(PAUSE);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_notice_comes_once_and_then_the_error() {
        let notices = Cell::new(0);
        let notice = || notices.set(notices.get() + 1);
        let mut wait = Wait::new(&notice);
        let now = Instant::now();
        // Then nothing has been waited yet, however slow the machine is.
        wait.start = now + TIMEOUT;
        assert_eq!((wait.pause(FileError::Locked), notices.get()), (Ok(()), 0));
        for _ in 0..2 {
            wait.start = now.checked_sub(NOTICE).unwrap();
            assert_eq!((wait.pause(FileError::Locked), notices.get()), (Ok(()), 1));
        }
        wait.start = now.checked_sub(TIMEOUT).unwrap();
        assert_eq!(wait.pause(FileError::Locked), Err(FileError::Locked));
    }

    /// docs/config.md: "up to 15 seconds;"
    #[test]
    fn the_page_says_how_long_a_run_waits() {
        let page = include_str!("../../../docs/config.md");
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let at_most = format!(", up to {} seconds", TIMEOUT.as_secs());
        assert_eq!(page.matches(&at_most).count(), 2);
        assert!(NOTICE == Duration::from_secs(1) && page.contains("; after one second a note says so"));
    }
}
