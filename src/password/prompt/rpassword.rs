//! The terminal of systems for which this program is not made: the `rpassword` crate.

use std::io::{ErrorKind, Write};

use zeroize::Zeroizing;

use crate::password::entry::SourceError;
use crate::system::reason::reason;

/// The terminal.
pub(super) struct Terminal;

impl Terminal {
    /// The terminal of this process.
    #[allow(clippy::unnecessary_wraps)] // the other systems' can fail
    pub(super) fn open() -> Result<Self, SourceError> {
        Ok(Self)
    }

    /// Asks once, without echo.
    #[allow(clippy::unused_self)] // the other systems' have a state
    pub(super) fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        match rpassword::prompt_password(question) {
            Ok(answer) => Ok(Zeroizing::new(answer.into_bytes())),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(SourceError::NoAnswer),
            Err(error) => Err(SourceError::Terminal(reason(&error))),
        }
    }

    /// Tells something between two questions.
    #[allow(clippy::unused_self)] // the other systems' have a state
    pub(super) fn say(&mut self, text: &str) -> Result<(), SourceError> {
        writeln!(std::io::stderr(), "{text}").map_err(|error| SourceError::Terminal(reason(&error)))
    }
}
