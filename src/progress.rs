//! A bar that shows how far a long batch has come, to somebody who sees nothing else of it.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// What is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A progress bar on stderr: how many are done, how many a second, and the time left where the
/// end is known. It has no colours, and leaves nothing behind.
pub struct Progress {
    /// Whether anybody would see it, and see nothing else.
    wanted: bool,
    /// The size of the input, in bytes.
    size: Option<u64>,
    start: Instant,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Progress through an input of this many bytes, if that is known. Shown where stderr is a
    /// terminal and stdout is not, unless `quiet`.
    #[must_use]
    pub fn new(quiet: bool, size: Option<u64>) -> Self {
        let wanted = !quiet && io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self { wanted, size, start: Instant::now(), done: 0, bar: None }
    }

    /// One more is done, with which the input has been worked through up to `offset` bytes.
    pub fn advance(&mut self, offset: u64) {
        self.done += 1;
        let elapsed = self.start.elapsed();
        if !self.wanted || elapsed < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| bar(self.size));
        bar.set_position(offset);
        #[allow(clippy::cast_precision_loss)] // a rate for people
        let rate = self.done as f64 / elapsed.as_secs_f64();
        bar.set_message(format!("{} hashed, {rate:.0}/s", self.done));
    }

    /// Writes to the terminal something that is to stay, above the bar.
    pub fn above(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(size: Option<u64>) -> ProgressBar {
    let (bar, template) = match size {
        Some(size) => (ProgressBar::new(size), "{wide_bar} {msg}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
    };
    // The template is fixed, so the default is never used.
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}
