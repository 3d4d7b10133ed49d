//! Results to stdout, where every failure counts.

use std::fs::File;
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
    pub(super) fn write(&mut self, text: &str) -> Result<(), OutputError> {
        self.0.write_all(text.as_bytes()).map_err(|error| failed(&error))
    }
}

fn failed(error: &io::Error) -> OutputError {
    match error.kind() {
        ErrorKind::BrokenPipe => OutputError::ReaderLeft,
        _ => OutputError::Failed(reason(error)),
    }
}
