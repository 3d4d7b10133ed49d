//! The terminal on unsupported systems, through the crate `rpassword`.

use std::io::{ErrorKind, Write};

use zeroize::Zeroizing;

use crate::password::SourceError;
use crate::system::reason::reason;

pub(super) struct Terminal;

impl Terminal {
    #[allow(clippy::unnecessary_wraps)] // it can fail on other systems
    pub(super) fn open() -> Result<Self, SourceError> {
        Ok(Self)
    }

    /// Asks once, without echo.
    #[allow(clippy::unused_self)] // it has a state on other systems
    pub(super) fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        match rpassword::prompt_password(question) {
            Ok(answer) => Ok(Zeroizing::new(answer.into_bytes())),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(SourceError::NoAnswer),
            Err(error) => Err(SourceError::Terminal(reason(&error))),
        }
    }

    /// Prints a line between two questions.
    #[allow(clippy::unused_self)] // it has a state on other systems
    pub(super) fn say(&mut self, text: &str) -> Result<(), SourceError> {
        writeln!(std::io::stderr(), "{text}").map_err(|error| SourceError::Terminal(reason(&error)))
    }
}
