//! Opens and reads the source of passwords: arguments, an environment variable, a file, stdin or the prompt; or makes
//! new ones.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use zeroize::Zeroizing;

use super::lines::Lines;
use super::prompt::{Prompt, QUESTION};
use super::{Entry, Position, SourceError, Stream};
use crate::system::error::SystemError;
use crate::system::stack::wiping_the_stack;
use crate::system::stream::{Input, is_stdin};

/// Where passwords come from. No other source is opened.
pub enum Source {
    Arguments(Vec<Zeroizing<Vec<u8>>>),
    /// With whether each line is a password.
    File(PathBuf, bool),
    /// With whether each line is a password.
    Stdin(bool),
    /// With the variable's name.
    Environment(OsString),
    Prompt,
}

/// A source that is open, and has not been read.
pub enum OpenSource {
    Arguments(Vec<Zeroizing<Vec<u8>>>),
    /// The value of an environment variable.
    Variable(Zeroizing<Vec<u8>>),
    /// A file or stdin. Each line is a password, or all of it is one.
    Stream {
        stream: Stream,
        file: Input,
        lines: bool,
    },
    Prompt(Box<Prompt>),
}

/// The passwords of one run, in order.
pub struct Passwords {
    /// The first error is the last item.
    pub entries: Box<dyn Iterator<Item = Result<Entry, SourceError>> + Send>,
    /// Whether the next password can be read without waiting. False for lines from a pipe.
    pub ready: bool,
    /// The size of the stream in bytes, if known, and the bytes read so far.
    pub progress: Option<(u64, Arc<AtomicU64>)>,
    /// How many empty lines at the end were left out, once the last password has been read.
    pub left_out: Arc<AtomicU64>,
}

impl Source {
    /// The file of this path, or stdin.
    #[must_use]
    pub fn file(path: PathBuf, lines: bool) -> Self {
        if is_stdin(&path) { Self::Stdin(lines) } else { Self::File(path, lines) }
    }

    /// Opens the source; the prompt instead of a file or of stdin that is this process's terminal. `waiting` is
    /// called each time that nothing has come from a stream for a second, now or when it is read.
    ///
    /// # Errors
    ///
    /// [`SourceError`], for what cannot be opened, another terminal, and a variable that is unset, empty or not
    /// Unicode.
    pub fn open(self, waiting: impl Fn(Stream) + Send + Sync + 'static) -> Result<OpenSource, SourceError> {
        // People put a password where a file's or a variable's name belongs, and the standard library leaves a copy
        // of a short name there.
        wiping_the_stack(|| self.open_each(waiting))
    }

    fn open_each(self, waiting: impl Fn(Stream) + Send + Sync + 'static) -> Result<OpenSource, SourceError> {
        match self {
            Self::Arguments(arguments) => Ok(OpenSource::Arguments(arguments)),
            Self::File(path, lines) => {
                let stream = if names_a_descriptor(&path) { Stream::Descriptor } else { Stream::File };
                let file = Input::open(&path, Arc::new(move || waiting(stream)));
                OpenSource::stream(stream, file, lines)
            }
            Self::Stdin(lines) => {
                let stdin = Input::stdin(Arc::new(move || waiting(Stream::Stdin)));
                OpenSource::stream(Stream::Stdin, Ok(stdin), lines)
            }
            Self::Environment(name) => {
                let value = env::var_os(name).ok_or(SourceError::UnsetVariable)?;
                if value.is_empty() {
                    return Err(SourceError::EmptyVariable);
                }
                let bytes = Zeroizing::new(value.into_encoded_bytes());
                if str::from_utf8(&bytes).is_err() {
                    return Err(SourceError::InvalidVariable);
                }
                Ok(OpenSource::Variable(bytes))
            }
            Self::Prompt => OpenSource::prompt(),
        }
    }
}

/// Whether a path is a name of a descriptor of this process, as a shell writes for `<(...)`.
fn names_a_descriptor(path: &Path) -> bool {
    ["/dev/fd", "/proc/self/fd"].iter().any(|name| path.starts_with(name))
}

impl OpenSource {
    fn prompt() -> Result<Self, SourceError> {
        Ok(Self::Prompt(Box::new(Prompt::open()?)))
    }

    /// An open file; the prompt instead, if it is a terminal: reading it would echo what is typed.
    fn stream(stream: Stream, file: io::Result<Input>, lines: bool) -> Result<Self, SourceError> {
        let file = file.map_err(|error| SourceError::Unreadable(stream, SystemError::of(&error)))?;
        if !file.is_terminal() {
            return Ok(Self::Stream { stream, file, lines });
        }
        if lines {
            return Err(SourceError::TerminalLines);
        }
        Self::prompt().map_err(|error| match error {
            SourceError::NoTerminal => SourceError::NotOurTerminal,
            error => error,
        })
    }

    /// Reads new passwords: one for each of `names`, or, without names, as many as there are. The prompt
    /// asks for each name in turn, twice; without names it asks for one password.
    ///
    /// Without names, lines are read one by one later. All else has been read and checked when this
    /// returns, and the prompt has turned echo on again.
    ///
    /// # Errors
    ///
    /// [`SourceError`], for the first password that is not accepted, and for too many or too few.
    pub fn new_passwords(self, names: &[String]) -> Result<Passwords, SourceError> {
        let mut left_out = Arc::default();
        let check_count =
            |count, one| if names.is_empty() { Ok(()) } else { check_count(count, names.len(), one) };
        let entries = match self {
            Self::Arguments(arguments) => {
                check_count(arguments.len(), Position::Argument(None))?;
                accept_arguments(arguments)?
            }
            Self::Variable(value) => {
                check_count(1, Position::Environment)?;
                vec![Entry::from_text(Position::Environment, value)?]
            }
            Self::Stream { stream, file, lines: false } => {
                check_count(1, Position::Whole(stream))?;
                let only = names.len() == 1;
                vec![
                    Lines::whole(stream, file)
                        .map_err(|error| if only { without_lines(error) } else { error })?,
                ]
            }
            Self::Stream { stream, file, lines: true } => {
                let lines = Passwords::of_lines(stream, file);
                if names.is_empty() {
                    return Ok(lines);
                }
                left_out = lines.left_out;
                // One line too many is enough to refuse the rest.
                let entries = lines.entries.take(names.len() + 1).collect::<Result<Vec<_>, _>>()?;
                check_count(entries.len(), Position::Line(stream, 1))?;
                entries
            }
            Self::Prompt(mut prompt) => match names {
                [] | [_] => vec![prompt.new_password(QUESTION)?],
                names => answer_for_each(&mut prompt, names)?,
            },
        };
        Ok(Passwords { left_out, ..Passwords::known(entries) })
    }

    /// Reads one existing password; the prompt asks for it once.
    ///
    /// # Errors
    ///
    /// [`SourceError`], also for a second password.
    pub fn existing_password(self) -> Result<Entry, SourceError> {
        match self {
            Self::Arguments(arguments) => {
                check_count(arguments.len(), 1, Position::Argument(None))?;
                accept_arguments(arguments)?.pop().ok_or(SourceError::TooFew(1, Position::Argument(None)))
            }
            Self::Variable(value) => Entry::from_text(Position::Environment, value),
            Self::Stream { stream, file, .. } => Lines::whole(stream, file).map_err(without_lines),
            Self::Prompt(prompt) => prompt.existing_password(),
        }
    }
}

impl Passwords {
    /// So many new passwords from the system's randomness.
    ///
    /// # Errors
    ///
    /// [`SourceError::Randomness`]
    pub fn random(count: usize) -> Result<Self, SourceError> {
        Ok(Self::known((0..count).map(|_| Entry::random()).collect::<Result<_, _>>()?))
    }

    fn known(entries: Vec<Entry>) -> Self {
        Self {
            entries: Box::new(entries.into_iter().map(Ok)),
            ready: true,
            progress: None,
            left_out: Arc::default(),
        }
    }

    fn of_lines(stream: Stream, file: Input) -> Self {
        let size = file.size();
        let lines = Lines::new(stream, file);
        let progress = size.map(|size| (size, lines.bytes_read()));
        let left_out = lines.left_out();
        Self { entries: Box::new(lines), ready: size.is_some(), progress, left_out }
    }
}

/// The error where a second password would be one too many.
fn without_lines(error: SourceError) -> SourceError {
    match error {
        SourceError::SecondLine(stream) => SourceError::SecondPassword(stream),
        error => error,
    }
}

/// `one` is one of the passwords that are given.
fn check_count(count: usize, expected: usize, one: Position) -> Result<(), SourceError> {
    match count {
        more if more > expected => Err(SourceError::TooMany(expected, one)),
        fewer if fewer < expected => Err(SourceError::TooFew(expected, one)),
        _ => Ok(()),
    }
}

/// Asks for a new password for each of several names.
fn answer_for_each(prompt: &mut Prompt, names: &[String]) -> Result<Vec<Entry>, SourceError> {
    let answer = |(index, name)| {
        let position = Position::Answer(Some(index + 1));
        match prompt.new_password(&format!("Password for {name}: ")) {
            Ok(entry) => Ok(Entry { position, ..entry }),
            Err(SourceError::Rejected { error, .. }) => Err(SourceError::Rejected { position, error }),
            Err(error) => Err(error),
        }
    };
    names.iter().enumerate().map(answer).collect()
}

fn accept_arguments(arguments: Vec<Zeroizing<Vec<u8>>>) -> Result<Vec<Entry>, SourceError> {
    let several = arguments.len() > 1;
    let position = |index: usize| Position::Argument(several.then_some(index + 1));
    let accept = |(index, bytes)| Entry::from_text(position(index), bytes);
    arguments.into_iter().enumerate().map(accept).collect()
}
