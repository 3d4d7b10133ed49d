//! What the program prints: results on stdout, in their formats; notes, errors, hints and the progress on stderr.

use std::fmt::{Arguments, Display};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::status::{Kind, Status};
use crate::system::error::message;
use crate::system::stream::{self, stderr};

/// How long a run lasts before the bar is shown.
const DELAY: Duration = Duration::from_secs(1);

/// The width of messages at a terminal, which is that of `--help`.
const COLUMNS: usize = 80;

/// The bar, once it is shown. Messages come from several threads, and stand above it.
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// How a hash is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFormat {
    Plain,
    /// After the connector's label.
    Label,
    /// One JSON object.
    Json,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AnswerFormat {
    #[default]
    Plain,
    /// One JSON object.
    Json,
}

/// The output cannot be written. With the system's reason.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the output cannot be written: {0}")]
pub struct OutputError(String);

/// Stdout, which keeps nothing back. Every failure that the system reports is reported.
pub struct Stdout(Box<dyn Write>);

/// Prints notes, unless they are suppressed.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    pub quiet: bool,
}

/// Shows how many items are done, how many per second, and the time left if the size of the input is
/// known. Has no colours, and is cleared when it is dropped.
pub struct Progress {
    shown: bool,
    /// What is done with each item, as the bar says it: `hashed`.
    deed: &'static str,
    /// The size of the input in bytes, and the bytes read so far.
    input: Option<(u64, Arc<AtomicU64>)>,
    start: Instant,
    done: u64,
}

/// A document as one line of JSON. Each has only strings, numbers and answers with names, which JSON can always
/// represent, so the default is never used. All characters are ASCII, which every console and pipe keeps: others stand
/// as `\u` and the hexadecimal numbers of UTF-16 (RFC 8259 section 7).
pub fn json(document: &impl Serialize) -> String {
    let text = serde_json::to_string(document).unwrap_or_default();
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c.is_ascii() {
            line.push(c);
        } else {
            line.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    line + "\n"
}

/// Prints an answer, and returns its status: with a closed pipe, the exit status is still the answer.
///
/// # Errors
///
/// [`OutputError`]
pub fn answer<E: From<OutputError>>(text: &str, status: Status) -> Result<Status, E> {
    let _ = Stdout::open()?.write(text)?;
    Ok(status)
}

impl Stdout {
    /// # Errors
    ///
    /// [`OutputError`], if there is none.
    pub fn open() -> Result<Self, OutputError> {
        Ok(Self(stream::stdout()?))
    }

    /// Writes all of the text. Breaks if the pipe is closed: after `| head -1` has its line there is no
    /// reason to go on.
    ///
    /// # Errors
    ///
    /// [`OutputError`], for every other failure.
    pub fn write(&mut self, text: impl AsRef<[u8]>) -> Result<ControlFlow<()>, OutputError> {
        match self.0.write_all(text.as_ref()).and_then(|()| self.0.flush()) {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
            Err(error) => Err(OutputError::from(error)),
        }
    }

    /// Writes a secret that somebody must have. A closed pipe is a failure, and a file is synced to the disk.
    ///
    /// # Errors
    ///
    /// [`OutputError`]
    pub fn hand_over(&mut self, secret: &str) -> Result<(), OutputError> {
        self.0.write_all(secret.as_bytes())?;
        self.0.flush()?;
        Ok(stream::sync_stdout()?)
    }

    /// Refuses a stdout that does not keep what is written to it: the null device, which the standard library opens for
    /// one that was closed.
    ///
    /// # Errors
    ///
    /// [`OutputError`]
    pub fn expect_kept() -> Result<(), OutputError> {
        refuse(stream::stdout_goes_to("/dev/null".as_ref()), "stdout is closed, or it is the null device")
    }

    /// Refuses a stdout that is this file, as `what` says.
    ///
    /// # Errors
    ///
    /// [`OutputError`]
    pub fn expect_other_than(file: &Path, what: &str) -> Result<(), OutputError> {
        refuse(stream::stdout_goes_to(file), what)
    }
}

fn refuse(is_so: bool, what: &str) -> Result<(), OutputError> {
    if is_so { Err(OutputError(what.to_owned())) } else { Ok(()) }
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        Self(message(&error))
    }
}

impl Messages {
    /// Prints a line of a table.
    pub fn row(self, row: impl Display) {
        if !self.quiet {
            print(format_args!("{row}"));
        }
    }

    /// Prints `note: …`.
    pub fn note(self, note: impl Display) {
        if !self.quiet {
            print(format_args!("{}", labelled("note: ", note)));
        }
    }
}

/// Prints `error: …`, and `hint: …` if there is a hint.
pub fn print_error(error: impl Display, hint: Option<&str>) {
    let error = labelled("error: ", error);
    match hint {
        Some(hint) => print(format_args!("{error}\n{}", labelled("hint: ", hint))),
        None => print(format_args!("{error}")),
    }
}

/// A message for people: one line, but at a terminal lines that are broken between words. The terminal itself would
/// break them anywhere, also within the name of an option.
fn labelled(label: &str, message: impl Display) -> String {
    let line = format!("{label}{message}");
    if io::stderr().is_terminal() { broken_between_words(&line, label.len()) } else { line }
}

/// A line as lines of at most [`COLUMNS`] characters, if its words allow it. All but the first are indented. Each break
/// stands for one space; others are kept, because a name can have two in a row. Only names have characters that are
/// wider than a column, or that have none: a line with one is too long or too short, but says the same.
fn broken_between_words(line: &str, indentation: usize) -> String {
    let mut words = line.split(' ');
    let mut lines = words.next().unwrap_or_default().to_owned();
    let mut column = lines.chars().count();
    for word in words {
        let width = word.chars().count();
        if column >= indentation && column + 1 + width > COLUMNS {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indentation));
            column = indentation;
        } else {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += width;
    }
    lines
}

/// Prints an error as one line of JSON.
pub fn print_error_as_json(error: impl Display, hint: Option<&str>, kind: Kind) {
    let (error, status) = (error.to_string(), kind.status as u8);
    let document = serde_json::json!({ "error": error, "hint": hint, "kind": kind.name, "status": status });
    print(format_args!("{}", json(&document).trim_end()));
}

/// Prints to stderr, with one write for each message, so that lines do not interleave. Errors are ignored,
/// because nobody could be told of them.
fn print(text: Arguments<'_>) {
    let text = format!("{text}\n");
    let print = || _ = stderr().write_all(text.as_bytes());
    match BAR.get() {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

impl Progress {
    pub fn new(deed: &'static str, quiet: bool, input: Option<(u64, Arc<AtomicU64>)>) -> Self {
        let shown = !quiet && io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self { shown, deed, input, start: Instant::now(), done: 0 }
    }

    /// Counts one item more, and updates the bar.
    pub fn advance(&mut self) {
        self.done += 1;
        let elapsed = self.start.elapsed();
        // mutants: no run lasts exactly this long, to the nanosecond.
        if !self.shown || elapsed < DELAY {
            return;
        }
        let bar = BAR.get_or_init(|| match &self.input {
            Some((size, _)) => bar("[{wide_bar}] {msg}, {eta} left", Some(*size)),
            None => bar("{spinner} {msg}", None),
        });
        if let Some((_, read)) = &self.input {
            bar.set_position(read.load(Ordering::Relaxed));
        }
        #[allow(clippy::cast_precision_loss)] // a rate for people
        let rate = self.done as f64 / elapsed.as_secs_f64();
        bar.set_message(format!("{} {}, {rate:.0}/s", self.done, self.deed));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        clear_bar();
    }
}

/// A line at the end of a terminal's stderr that says what the run is doing. It is removed at the end.
pub struct Activity {
    shown: bool,
}

impl Activity {
    pub fn new(quiet: bool) -> Self {
        Self { shown: !quiet && io::stderr().is_terminal() }
    }

    pub fn show(&self, text: impl Display) {
        if self.shown {
            let bar = BAR.get_or_init(|| bar("{msg}", None));
            bar.set_message(text.to_string());
            bar.tick();
        }
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        clear_bar();
    }
}

fn clear_bar() {
    if let Some(bar) = BAR.get() {
        bar.finish_and_clear();
    }
}

/// A bar with a fixed template, so the default is never used. Its characters are ASCII, which every terminal shows.
fn bar(template: &str, size: Option<u64>) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = size.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    bar.with_style(style.progress_chars("=> ").tick_chars("|/-\\ "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_broken_between_words_and_loses_none() {
        let word = |length| "x".repeat(length);
        for (line, expected) in [
            ("note: short".to_owned(), "note: short".to_owned()),
            (format!("note: {} {}", word(36), word(37)), format!("note: {} {}", word(36), word(37))),
            (format!("note: {} {}", word(36), word(38)), format!("note: {}\n      {}", word(36), word(38))),
            (format!("note: {} y", word(90)), format!("note: {}\n      y", word(90))),
            (format!("note: y {} z", word(90)), format!("note: y\n      {}\n      z", word(90))),
            ("note: in two  spaces".to_owned(), "note: in two  spaces".to_owned()),
            (format!("note: {}  {}", word(70), word(9)), format!("note: {} \n      {}", word(70), word(9))),
            (format!("note: {}  {}", word(74), word(9)), format!("note: {}\n       {}", word(74), word(9))),
        ] {
            assert_eq!(broken_between_words(&line, 6), expected);
        }
    }
}
