//! Writes results to stdout, and reports every failure that the system reports.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;

use crate::system::reason::reason;
use crate::system::stdio;

/// With the system's reason.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the output cannot be written: {0}")]
pub struct OutputError(String);

pub struct Stdout(File);

impl Stdout {
    /// # Errors
    ///
    /// [`OutputError`], if the descriptor cannot be duplicated.
    pub fn open() -> Result<Self, OutputError> {
        stdio::stdout().map(Self).map_err(OutputError::from)
    }

    /// Writes all of the text, unbuffered. Breaks if the pipe is closed: after `| head -1` has its line
    /// there is no reason to go on.
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
        Self(reason(&error))
    }
}
