//! Results to stdout, where every failure counts.

use std::fs::File;
use std::io::{self, ErrorKind, Write};

use crate::error::reason;

/// The output takes no more; the system's reason.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the output cannot be written: {0}")]
pub(crate) struct OutputError(String);

/// Whether somebody still reads the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Stays,
    /// It has closed its end of the pipe: `| head -1` has what it wanted. No failure, but no
    /// reason to go on either.
    Left,
}

/// Standard output, without the standard library's own, which takes a closed or read-only one for
/// a place where everything vanishes.
pub(super) struct Output(File);

impl Output {
    pub(super) fn open() -> Result<Self, OutputError> {
        #[cfg(unix)]
        let owned = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
        #[cfg(windows)]
        let owned = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
        owned.map(|stdout| Self(stdout.into())).map_err(|error| failed(&error))
    }

    /// Writes all of the text, at once.
    pub(super) fn write(&mut self, text: &str) -> Result<Reader, OutputError> {
        match self.0.write_all(text.as_bytes()) {
            Ok(()) => Ok(Reader::Stays),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Left),
            Err(error) => Err(failed(&error)),
        }
    }
}

fn failed(error: &io::Error) -> OutputError {
    OutputError(reason(error))
}
