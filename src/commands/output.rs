//! Results to stdout, where every failure counts.

use std::io::{self, ErrorKind, Write};

use crate::error::reason;

/// Why a result did not arrive.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OutputError {
    /// The pipe is closed at its other end.
    #[error("nobody reads the output")]
    ReaderLeft,
    /// The output takes no more; the system's reason.
    #[error("the output cannot be written: {0}")]
    Failed(String),
}

/// Standard output. `println!` would panic where this returns an error.
pub(super) struct Output(io::Stdout);

impl Output {
    pub(super) fn new() -> Self {
        Self(io::stdout())
    }

    /// Writes all of the text, through to whoever reads it.
    pub(super) fn write(&mut self, text: &str) -> Result<(), OutputError> {
        self.0.write_all(text.as_bytes()).and_then(|()| self.0.flush()).map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => OutputError::ReaderLeft,
            _ => OutputError::Failed(reason(&error)),
        })
    }
}
