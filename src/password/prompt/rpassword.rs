//! The terminal where it is not Linux: the `rpassword` crate.

use std::io::{ErrorKind, Write};

use zeroize::Zeroizing;

use crate::password::entry::SourceError;
use crate::system::reason::reason;

/// The console.
pub(super) struct Terminal;

impl Terminal {
    /// The console of this process. What Git Bash opens is none: echo could not be turned off there,
    /// and the question would go to a window that nobody sees.
    #[cfg(windows)]
    pub(super) fn open() -> Result<Self, SourceError> {
        use winsafe::HSTD;
        use winsafe::co::STD_HANDLE;
        // Stdin belongs to the process; the guard must not close it.
        let stdin = HSTD::GetStdHandle(STD_HANDLE::INPUT).map(|mut stdin| stdin.leak());
        let console = stdin.and_then(|stdin| stdin.GetConsoleMode());
        console.map(|_| Self).map_err(|_| SourceError::NoConsole)
    }

    /// The terminal of this process.
    #[cfg(not(windows))]
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
