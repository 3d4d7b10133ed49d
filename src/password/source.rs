//! Where passwords come from: arguments, a file, stdin or the prompt; decided once, then read.

use std::fs::{File, Metadata};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use zeroize::Zeroizing;

use super::entry::{Entry, Position, SourceError, Stream};
use super::lines::Lines;
use super::password::Warning;
use super::prompt;
use crate::system::reason::reason;
use crate::system::stdio;

/// Where the passwords of one run come from, as the request says it.
pub enum PasswordSource {
    Arguments(Vec<Zeroizing<Vec<u8>>>),
    File(PathBuf),
    /// Stdin, or the prompt where stdin is a terminal.
    Default,
}

/// A source that is open, so that it can be read.
pub enum OpenSource {
    Arguments(Vec<Zeroizing<Vec<u8>>>),
    /// A password a line.
    Stream(Stream, File),
    Prompt,
}

/// The passwords of one run, in order.
pub struct Passwords {
    pub entries: Entries,
    /// Whether the next password is there without waiting: a pipe and a terminal keep it waiting.
    pub ready: bool,
    /// The size of the stream in bytes, if it is known, and how much of it has been read.
    pub progress: Option<(u64, Arc<AtomicU64>)>,
}

/// Passwords in order. The first error is the last item.
pub type Entries = Box<dyn Iterator<Item = Result<Entry, SourceError>> + Send>;

impl PasswordSource {
    /// `-` is stdin. A file that is a terminal means the prompt: a terminal would echo the lines.
    ///
    /// # Errors
    ///
    /// [`SourceError::Unreadable`], for a file or stdin that cannot be opened.
    pub fn open(self) -> Result<OpenSource, SourceError> {
        match self {
            Self::Arguments(arguments) => Ok(OpenSource::Arguments(arguments)),
            Self::File(path) if path.as_os_str() != "-" => {
                let file = File::open(path).map_err(|error| unreadable(Stream::File, &error))?;
                Ok(if file.is_terminal() {
                    OpenSource::Prompt
                } else {
                    OpenSource::Stream(Stream::File, file)
                })
            }
            Self::File(_) | Self::Default if io::stdin().is_terminal() => Ok(OpenSource::Prompt),
            Self::File(_) | Self::Default => {
                let stdin = stdio::stdin().map_err(|error| unreadable(Stream::Stdin, &error))?;
                Ok(OpenSource::Stream(Stream::Stdin, stdin))
            }
        }
    }
}

impl OpenSource {
    /// Checks the number of passwords where it is known before one is read.
    ///
    /// # Errors
    ///
    /// [`SourceError::TooMany`] and [`SourceError::TooFew`]
    pub fn check_count(&self, expected: usize) -> Result<(), SourceError> {
        match self {
            Self::Arguments(arguments) => check_count(arguments.len(), expected),
            Self::Prompt => check_count(1, expected),
            Self::Stream(..) => Ok(()),
        }
    }

    /// Reads the passwords. Arguments and the prompt's answers are checked when this returns; lines are
    /// read one by one.
    ///
    /// # Errors
    ///
    /// [`SourceError`], for the first of the arguments or answers that is not accepted.
    pub fn passwords(self) -> Result<Passwords, SourceError> {
        let (entries, ready, progress): (Entries, _, _) = match self {
            Self::Arguments(arguments) => {
                (Box::new(accept_arguments(arguments)?.into_iter().map(Ok)), true, None)
            }
            Self::Stream(stream, file) => {
                let size = size_of(&file);
                let lines = Lines::new(stream, file);
                let progress = size.map(|size| (size, lines.bytes_read()));
                (Box::new(lines), size.is_some(), progress)
            }
            Self::Prompt => (Box::new(std::iter::once(Ok(prompt::new_password()?))), false, None),
        };
        Ok(Passwords { entries, ready, progress })
    }

    /// Reads exactly as many passwords as are expected, and at most one more to notice it.
    ///
    /// # Errors
    ///
    /// [`SourceError`]
    pub fn exactly(self, expected: usize) -> Result<Passwords, SourceError> {
        let Passwords { entries, progress, .. } = self.passwords()?;
        let entries: Vec<_> = entries.take(expected + 1).collect::<Result<_, _>>()?;
        check_count(entries.len(), expected)?;
        Ok(Passwords { entries: Box::new(entries.into_iter().map(Ok)), ready: true, progress })
    }

    /// Reads the only password. The prompt asks for it once.
    ///
    /// # Errors
    ///
    /// [`SourceError`], also for a second password.
    pub fn only(self) -> Result<Entry, SourceError> {
        let stream = match self {
            Self::Prompt => return prompt::known_password(),
            Self::Stream(stream, _) => stream,
            Self::Arguments(_) => Stream::Stdin,
        };
        let mut entries = self.passwords()?.entries;
        let only = entries.next().unwrap_or(Err(SourceError::Empty(stream)))?;
        if entries.next().is_some() { Err(SourceError::SecondLine(stream)) } else { Ok(only) }
    }
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

fn size_of(file: &File) -> Option<u64> {
    file.metadata().ok().filter(Metadata::is_file).map(|metadata| metadata.len())
}

fn unreadable(stream: Stream, error: &io::Error) -> SourceError {
    SourceError::Unreadable(stream, reason(error))
}
