//! Notes, errors and hints on stderr.

use std::fmt::{Arguments, Display};
use std::io::Write;

use serde::Serialize;

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

/// An error for programs.
#[derive(Serialize)]
struct Document<'a> {
    error: String,
    hint: Option<&'a str>,
    kind: &'a str,
    status: u8,
}

/// Prints `error: …`, and `hint: …` if there is a hint.
pub fn error(error: impl Display, hint: Option<&str>) {
    match hint {
        Some(hint) => line(format_args!("error: {error}\nhint: {hint}")),
        None => line(format_args!("error: {error}")),
    }
}

/// Prints an error as one line of JSON.
pub fn error_as_json(error: impl Display, hint: Option<&str>, kind: &str, status: u8) {
    let document = Document { error: error.to_string(), hint, kind, status };
    // Strings and a number can always be serialized, so the default is never used.
    line(format_args!("{}", serde_json::to_string(&document).unwrap_or_default()));
}

/// One write per message, so lines do not interleave; write errors are ignored.
fn line(text: Arguments<'_>) {
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}
