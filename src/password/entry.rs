//! A password from a source, with its position and warnings, and why there is none.

use std::fmt;

use zeroize::Zeroizing;

use super::password::{Password, PasswordError, Warning};
use crate::system::reason::Reason;

/// The UTF-8 byte order mark, which some editors and shells put at the start of a text.
pub(super) const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
/// The UTF-16 byte order marks.
const UTF16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

#[derive(Debug)]
pub struct Entry {
    pub position: Position,
    pub password: Password,
    pub warnings: Vec<Warning>,
}

/// Which password a message is about. Printed before it: `line 3: `.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The only argument.
    Argument,
    /// The answer at the prompt.
    Prompt,
    /// The environment variable.
    Environment,
    /// The whole of a stream.
    Whole,
    /// The n-th of several arguments, from 1.
    ArgumentOfSeveral(usize),
    /// The n-th of several answers at the prompt, from 1.
    AnswerOfSeveral(usize),
    /// The n-th line, from 1.
    Line(u64),
}

/// Which stream passwords are read from, as messages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdin,
    /// A message does not name the file: the name may be a password.
    File,
}

/// Why there is no password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("{position}{error}")]
    Rejected { position: Position, error: PasswordError },
    /// No source is given, and there is no terminal.
    #[error("no password is given, and there is no terminal to ask at")]
    NoTerminal,
    #[error("the environment variable for the password is not set")]
    UnsetVariable,
    #[error("the environment variable for the password is empty")]
    EmptyVariable,
    #[error("the environment variable for the password is not Unicode")]
    InvalidVariable,
    /// The prompt asks for one password.
    #[error("lines cannot be read from a terminal")]
    TerminalLines,
    #[error("{0} is empty: there is no password to read")]
    Empty(Stream),
    /// It is not the one that the prompt would ask at.
    #[error("the password file is another program's terminal")]
    ForeignTerminal,
    #[error("{0} cannot be read: {1}")]
    Unreadable(Stream, Reason),
    /// Several lines are accepted only on request.
    #[error("{0} has more than one line")]
    SecondLine(Stream),
    /// Only one password is accepted.
    #[error("{0} has more than one line")]
    SecondPassword(Stream),
    /// With the expected number.
    #[error("too many passwords: {0} expected")]
    TooMany(usize),
    /// With the expected number.
    #[error("too few passwords: {0} expected")]
    TooFew(usize),
    /// End of input at the prompt.
    #[error("the input ended before a password was typed")]
    NoAnswer,
    #[error("the two passwords do not match")]
    Mismatch,
    /// The terminal may have cut the line off.
    #[error("the password is too long for a terminal")]
    LongerThanTheTerminal,
    #[error("no password is given, and there is no Windows console to ask at")]
    NoConsole,
    /// With the system's reason.
    #[error("the terminal cannot be used: {0}")]
    Terminal(String),
}

impl Entry {
    /// Builds a password after removing a leading byte order mark. Refuses UTF-16, which has its own
    /// mark.
    ///
    /// # Errors
    ///
    /// [`SourceError::Rejected`]
    pub(super) fn from_text(position: Position, mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, SourceError> {
        if UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
            return Err(SourceError::Rejected { position, error: PasswordError::Utf16 });
        }
        let marked = bytes.starts_with(UTF8_MARK);
        if marked {
            bytes.drain(..UTF8_MARK.len());
        }
        let mut entry = Self::from_bytes(position, bytes)?;
        if marked {
            entry.warnings.insert(0, Warning::ByteOrderMark);
        }
        Ok(entry)
    }

    /// Builds a password byte for byte.
    ///
    /// # Errors
    ///
    /// [`SourceError::Rejected`]
    pub(super) fn from_bytes(position: Position, bytes: Zeroizing<Vec<u8>>) -> Result<Self, SourceError> {
        let password = Password::new(bytes).map_err(|error| SourceError::Rejected { position, error })?;
        Ok(Self { position, warnings: password.warnings(), password })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument | Self::Prompt | Self::Environment | Self::Whole => Ok(()),
            Self::ArgumentOfSeveral(number) | Self::AnswerOfSeveral(number) => {
                write!(f, "password {number}: ")
            }
            Self::Line(number) => write!(f, "line {number}: "),
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdin => "stdin",
            Self::File => "the password file",
        })
    }
}
