//! Notes, errors and hints on stderr.

use std::fmt::{Arguments, Display};
use std::io::Write;

/// Prints notes, unless they are suppressed.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    pub quiet: bool,
}

impl Messages {
    /// Prints `note: …`.
    pub fn note(self, note: impl Display) {
        if !self.quiet {
            line(format_args!("note: {note}"));
        }
    }
}

/// Prints `error: …`, and `hint: …` if there is something to do about it.
pub fn error(error: &impl Display, hint: Option<&str>) {
    match hint {
        Some(hint) => line(format_args!("error: {error}\nhint: {hint}")),
        None => line(format_args!("error: {error}")),
    }
}

/// One write per message, so lines do not interleave; write errors are ignored.
fn line(text: Arguments<'_>) {
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}
