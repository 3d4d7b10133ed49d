//! Where passwords come from: arguments, a file, stdin, the environment or the prompt.

use std::env;
use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, IsTerminal};
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use zeroize::Zeroizing;

use super::entry::{Entry, Position, SourceError, Stream};
use super::lines::Lines;
use super::password::Warning;
use super::prompt::{Prompt, QUESTION};
use crate::system::reason::Reason;
use crate::system::stdio;

/// Where the passwords of one run come from. No other source is opened.
#[derive(PartialEq, Eq)]
pub enum PasswordSource {
    Arguments(Vec<Zeroizing<Vec<u8>>>),
    /// With whether each line is a password.
    File(PathBuf, bool),
    /// With whether each line is a password.
    Stdin(bool),
    /// With the variable's name.
    Environment(OsString),
    Prompt,
}

/// A source that is ready to be read.
pub enum OpenSource {
    Arguments(Vec<Zeroizing<Vec<u8>>>),
    Stream { stream: Stream, file: File, lines: bool },
    Variable(Zeroizing<Vec<u8>>),
    Prompt(Box<Prompt>),
}

/// The passwords of one run, in order.
pub struct Passwords {
    pub entries: Entries,
    /// Whether the next password can be read without waiting. False for lines from a pipe.
    pub ready: bool,
    /// The size of the stream in bytes, if known, and the bytes read so far.
    pub progress: Option<(u64, Arc<AtomicU64>)>,
}

/// Passwords in order. The first error is the last item.
pub type Entries = Box<dyn Iterator<Item = Result<Entry, SourceError>> + Send>;

impl PasswordSource {
    /// The file of this path, or stdin for `-`.
    #[must_use]
    pub fn file(path: PathBuf, lines: bool) -> Self {
        if path.as_os_str() == "-" { Self::Stdin(lines) } else { Self::File(path, lines) }
    }

    /// Opens it. If the file or stdin is a terminal, the prompt is used: reading would echo what is
    /// typed.
    ///
    /// # Errors
    ///
    /// [`SourceError`], for a source that does not exist or cannot be opened.
    pub fn open(self) -> Result<OpenSource, SourceError> {
        let (stream, file, lines) = match self {
            Self::Arguments(arguments) => return Ok(OpenSource::Arguments(arguments)),
            Self::Environment(name) => return variable(&name).map(OpenSource::Variable),
            Self::Prompt => return prompt(),
            Self::File(path, lines) => (Stream::File, open_file(&path), lines),
            Self::Stdin(lines) => (Stream::Stdin, stdio::stdin(), lines),
        };
        let file = file.map_err(|error| SourceError::Unreadable(stream, Reason::of(&error)))?;
        if file.is_terminal() {
            if lines {
                return Err(SourceError::TerminalLines);
            }
            return prompt().map_err(|error| match error {
                SourceError::NoTerminal => SourceError::ForeignTerminal,
                error => error,
            });
        }
        Ok(OpenSource::Stream { stream, file, lines })
    }
}

impl OpenSource {
    /// How many passwords are arguments.
    #[must_use]
    pub fn arguments(&self) -> usize {
        match self {
            Self::Arguments(arguments) => arguments.len(),
            Self::Stream { .. } | Self::Variable(_) | Self::Prompt(_) => 0,
        }
    }

    /// Checks the number of passwords if it is known before reading.
    ///
    /// # Errors
    ///
    /// [`SourceError::TooMany`] and [`SourceError::TooFew`]
    fn check_count(&self, expected: usize) -> Result<(), SourceError> {
        match self {
            Self::Arguments(arguments) => check_count(arguments.len(), expected),
            Self::Stream { lines: true, .. } | Self::Prompt(_) => Ok(()),
            Self::Stream { lines: false, .. } | Self::Variable(_) => check_count(1, expected),
        }
    }

    /// Reads new passwords; the prompt asks twice. Lines are read one by one later; all else has been
    /// read and checked when this returns.
    ///
    /// # Errors
    ///
    /// [`SourceError`], for the first password that is not accepted.
    pub fn passwords(self) -> Result<Passwords, SourceError> {
        match self {
            Self::Arguments(arguments) => Ok(Passwords::of(accept_arguments(arguments)?)),
            Self::Stream { stream, file, lines: true } => {
                let size = size_of(&file);
                let lines = Lines::new(stream, file);
                let progress = size.map(|size| (size, lines.bytes_read()));
                Ok(Passwords { entries: Box::new(lines), ready: size.is_some(), progress })
            }
            Self::Prompt(mut prompt) => Ok(Passwords::of(vec![prompt.new_password(QUESTION)?])),
            one @ (Self::Stream { .. } | Self::Variable(_)) => Ok(Passwords::of(vec![one.only()?])),
        }
    }

    /// Reads a new password for each of these names, and at most one more to notice it. The prompt asks for
    /// each in turn.
    ///
    /// # Errors
    ///
    /// [`SourceError`]
    pub fn for_each(self, names: &[String]) -> Result<Passwords, SourceError> {
        let expected = names.len();
        self.check_count(expected)?;
        let entries: Vec<_> = match (self, names) {
            (Self::Prompt(mut prompt), [_, _, ..]) => {
                let ask = |(index, name)| {
                    let position = Position::AnswerOfSeveral(index + 1);
                    match prompt.new_password(&format!("Password for {name}: ")) {
                        Ok(entry) => Ok(Entry { position, ..entry }),
                        Err(SourceError::Rejected { error, .. }) => {
                            Err(SourceError::Rejected { position, error })
                        }
                        Err(error) => Err(error),
                    }
                };
                names.iter().enumerate().map(ask).collect::<Result<_, _>>()?
            }
            (source, _) => source.passwords()?.entries.take(expected + 1).collect::<Result<_, _>>()?,
        };
        check_count(entries.len(), expected)?;
        Ok(Passwords::of(entries))
    }

    /// Reads one existing password; the prompt asks for it once.
    ///
    /// # Errors
    ///
    /// [`SourceError`], also for a second password.
    pub fn existing(self) -> Result<Entry, SourceError> {
        match self.only() {
            Err(SourceError::SecondLine(stream)) => Err(SourceError::SecondPassword(stream)),
            result => result,
        }
    }

    fn only(self) -> Result<Entry, SourceError> {
        match self {
            Self::Arguments(arguments) => {
                check_count(arguments.len(), 1)?;
                accept_arguments(arguments)?.pop().ok_or(SourceError::TooFew(1))
            }
            Self::Stream { stream, file, .. } => Lines::whole(stream, file),
            Self::Variable(bytes) => Entry::from_text(Position::Environment, bytes),
            Self::Prompt(prompt) => prompt.existing_password(),
        }
    }
}

impl Passwords {
    fn of(entries: Vec<Entry>) -> Self {
        Self { entries: Box::new(entries.into_iter().map(Ok)), ready: true, progress: None }
    }
}

/// Opens a file to read. A terminal must not become the one that belongs to this process, and is asked at.
fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    options.custom_flags(nix::libc::O_NOCTTY);
    options.read(true).open(path)
}

fn prompt() -> Result<OpenSource, SourceError> {
    Ok(OpenSource::Prompt(Box::new(Prompt::open()?)))
}

fn check_count(number: usize, expected: usize) -> Result<(), SourceError> {
    match number {
        more if more > expected => Err(SourceError::TooMany(expected)),
        fewer if fewer < expected => Err(SourceError::TooFew(expected)),
        _ => Ok(()),
    }
}

fn accept_arguments(arguments: Vec<Zeroizing<Vec<u8>>>) -> Result<Vec<Entry>, SourceError> {
    let several = arguments.len() > 1;
    let position = |index| if several { Position::ArgumentOfSeveral(index + 1) } else { Position::Argument };
    let accept = |(index, bytes)| {
        let mut entry = Entry::from_text(position(index), bytes)?;
        if entry.password.as_bytes() == b"-" {
            entry.warnings.push(Warning::Dash);
        }
        Ok(entry)
    };
    arguments.into_iter().enumerate().map(accept).collect()
}

fn variable(name: &OsString) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let value = env::var_os(name).ok_or(SourceError::UnsetVariable)?;
    if value.is_empty() {
        return Err(SourceError::EmptyVariable);
    }
    let bytes = Zeroizing::new(value.into_encoded_bytes());
    if str::from_utf8(&bytes).is_err() {
        return Err(SourceError::InvalidVariable);
    }
    Ok(bytes)
}

fn size_of(file: &File) -> Option<u64> {
    file.metadata().ok().filter(Metadata::is_file).map(|metadata| metadata.len())
}
