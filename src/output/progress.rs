//! Progress bar, shown if stderr is a terminal and stdout is not.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How long a run lasts before the bar is shown.
const DELAY: Duration = Duration::from_secs(1);

/// Shows how many hashes are done, how many per second, and the time left if the size of the input is
/// known. Has no colours, and is cleared at the end.
pub struct Progress {
    shown: bool,
    /// The size of the input in bytes, and the bytes read so far.
    input: Option<(u64, Arc<AtomicU64>)>,
    start: Instant,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    #[must_use]
    pub fn new(quiet: bool, input: Option<(u64, Arc<AtomicU64>)>) -> Self {
        let shown = !quiet && io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self { shown, input, start: Instant::now(), done: 0, bar: None }
    }

    /// Counts one hash more, and updates the bar.
    pub fn advance(&mut self) {
        self.done += 1;
        let elapsed = self.start.elapsed();
        // mutants: no run lasts exactly this long, to the nanosecond.
        if !self.shown || elapsed < DELAY {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| bar(self.input.as_ref().map(|(size, _)| *size)));
        if let Some((_, read)) = &self.input {
            bar.set_position(read.load(Ordering::Relaxed));
        }
        #[allow(clippy::cast_precision_loss)] // a rate for people
        let rate = self.done as f64 / elapsed.as_secs_f64();
        bar.set_message(format!("{} hashed, {rate:.0}/s", self.done));
    }

    /// Runs `write` with the bar hidden, so its output stays above the bar.
    pub fn above(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
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
