//! What the program prints: results on stdout, in their formats, and notes, errors and hints on stderr.

pub mod progress;

use std::fmt::{Arguments, Display};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;

use clap::ValueEnum;
use serde::Serialize;

use crate::status::Status;
use crate::system::error::message;
use crate::system::stdio;

/// How a hash is printed. The man page prints the comments of the formats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum HashFormat {
    /// the encoded string, or the answer
    #[default]
    Plain,
    /// the encoded string after 'Your encrypted data: '
    Label,
    /// one object per line; an error too, on stderr
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

/// Stdout, unbuffered. Every failure that the system reports is reported.
pub struct Stdout(File);

/// Prints notes, unless they are suppressed.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    pub quiet: bool,
}

/// An error for programs.
#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: String,
    hint: Option<&'a str>,
    kind: &'a str,
    status: u8,
}

/// A document as one line of JSON.
///
/// # Errors
///
/// [`OutputError`], for a document that JSON cannot represent.
pub fn json(document: &impl Serialize) -> Result<String, OutputError> {
    let line = serde_json::to_string(document).map_err(io::Error::from)?;
    Ok(line + "\n")
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
    /// [`OutputError`], if the descriptor cannot be duplicated.
    pub fn open() -> Result<Self, OutputError> {
        stdio::stdout().map(Self).map_err(OutputError::from)
    }

    /// Writes all of the text. Breaks if the pipe is closed: after `| head -1` has its line there is no
    /// reason to go on.
    ///
    /// # Errors
    ///
    /// [`OutputError`], for every other failure.
    pub fn write(&mut self, text: impl AsRef<[u8]>) -> Result<ControlFlow<()>, OutputError> {
        match self.0.write_all(text.as_ref()) {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
            Err(error) => Err(OutputError::from(error)),
        }
    }
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        Self(message(&error))
    }
}

impl Messages {
    /// Prints `note: …`.
    pub fn note(self, note: impl Display) {
        if !self.quiet {
            print(format_args!("note: {note}"));
        }
    }
}

/// Prints `error: …`, and `hint: …` if there is a hint.
pub fn print_error(error: impl Display, hint: Option<&str>) {
    match hint {
        Some(hint) => print(format_args!("error: {error}\nhint: {hint}")),
        None => print(format_args!("error: {error}")),
    }
}

/// Prints an error as one line of JSON.
pub fn print_error_as_json(error: impl Display, hint: Option<&str>, kind: &str, status: u8) {
    let document = ErrorDocument { error: error.to_string(), hint, kind, status };
    // Strings and a number can always be serialized, so the default is never used.
    print(format_args!("{}", serde_json::to_string(&document).unwrap_or_default()));
}

/// Prints to stderr, with one write for each message, so that lines do not interleave. Errors are ignored,
/// because nobody could be told of them.
fn print(text: Arguments<'_>) {
    let _ = io::stderr().write_all(format!("{text}\n").as_bytes());
}
