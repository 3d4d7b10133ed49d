//! Where passwords come from: arguments, a file, stdin or the prompt; decided once, then read.

mod lines;
mod prompt;

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, IsTerminal};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::reason;
use crate::password::{BYTE_ORDER_MARK, Password, Refusal, Remark};

pub use lines::Lines;

/// Where the passwords of one run come from.
pub enum Source {
    /// Given as arguments.
    Arguments(Vec<Zeroizing<Vec<u8>>>),
    /// One a line in a file.
    File(File),
    /// One a line on stdin.
    Stdin,
    /// Typed at the terminal.
    Prompt,
}

/// A password that has been taken, with what is to be said of it.
#[derive(Debug)]
pub struct Taken {
    /// Which of the passwords it is.
    pub place: Place,
    /// The password.
    pub password: Password,
    /// What its owner should hear about.
    pub remarks: Vec<Remark>,
    /// How many bytes of a stream have been read with it.
    pub offset: u64,
}

/// Which of several passwords is meant; written before a message: `line 3: `.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The only argument.
    Argument,
    /// The answer at the prompt.
    Prompt,
    /// The n-th of several arguments, from 1.
    ArgumentOfSeveral(usize),
    /// The n-th line, from 1.
    Line(u64),
}

/// Where lines come from, as messages call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Standard input.
    Stdin,
    /// The file that `--password-file` names, which a message does not: it may be a password.
    File,
}

/// Why there is no password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// It is there, but cannot be taken.
    #[error("{place}{refusal}")]
    Refused {
        /// Which password.
        place: Place,
        /// Why.
        refusal: Refusal,
    },
    /// There isn't a single line.
    #[error("{0} is empty: there is no password to read")]
    Nothing(Origin),
    /// The file or stdin cannot be read; the system's reason.
    #[error("{0} cannot be read: {1}")]
    Unreadable(Origin, String),
    /// There is a second line where one password is wanted.
    #[error("{0} has more than one line")]
    MoreThanOne(Origin),
    /// End of input at the prompt.
    #[error("the input ended before a password was typed")]
    NoAnswer,
    /// Two different passwords at the prompt, at the last attempt.
    #[error("the two passwords do not match")]
    Mismatch,
    /// The line may be longer than the terminal passes on.
    #[error("the password is longer than a terminal passes on")]
    LongerThanTheTerminal,
    /// The prompt is wanted, and there is no terminal.
    #[error("no password is given, and there is no terminal to ask at")]
    NoTerminal,
    /// The terminal is not one in which Windows could hide what is typed.
    #[error("this terminal is not a Windows console, so nothing typed in it could be hidden")]
    NoConsole,
    /// The terminal cannot be read or written; the system's reason.
    #[error("the terminal cannot be used: {0}")]
    Terminal(String),
}

/// The passwords of one run, in order.
pub type Passwords = Box<dyn Iterator<Item = Result<Taken, InputError>> + Send>;

impl Source {
    /// Decides: arguments; the file; stdin, where it is not a terminal; the prompt. A file
    /// named `-` is stdin, and one that is a terminal is the prompt: lines would be echoed there.
    ///
    /// # Errors
    ///
    /// [`InputError::Unreadable`], for a file that cannot be opened.
    pub fn decide(arguments: Vec<Zeroizing<Vec<u8>>>, file: Option<&Path>) -> Result<Self, InputError> {
        if !arguments.is_empty() {
            return Ok(Self::Arguments(arguments));
        }
        match file {
            Some(path) if path != Path::new("-") => {
                let file =
                    File::open(path).map_err(|error| InputError::Unreadable(Origin::File, reason(&error)))?;
                Ok(if file.is_terminal() { Self::Prompt } else { Self::File(file) })
            }
            _ if io::stdin().is_terminal() => Ok(Self::Prompt),
            _ => Ok(Self::Stdin),
        }
    }

    /// Reads the passwords. Arguments and the prompt's answers have all been checked when this
    /// returns; lines are read as they are asked for.
    ///
    /// # Errors
    ///
    /// [`InputError`], for a source that cannot be opened, or the first password of arguments
    /// and prompt that cannot be taken.
    pub fn passwords(self) -> Result<Passwords, InputError> {
        Ok(match self {
            Self::Arguments(arguments) => {
                let several = arguments.len() > 1;
                let taken: Vec<Taken> = arguments
                    .into_iter()
                    .enumerate()
                    .map(|(index, bytes)| {
                        take_argument(
                            if several { Place::ArgumentOfSeveral(index + 1) } else { Place::Argument },
                            bytes,
                        )
                    })
                    .collect::<Result<_, _>>()?;
                Box::new(taken.into_iter().map(Ok))
            }
            Self::File(file) => Box::new(Lines::new(Origin::File, file)),
            Self::Stdin => Box::new(Lines::new(Origin::Stdin, stdin()?)),
            Self::Prompt => Box::new(std::iter::once(Ok(prompt::new_password()?))),
        })
    }

    /// How many passwords there are, where it is known.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Arguments(arguments) => Some(arguments.len()),
            Self::Prompt => Some(1),
            Self::File(_) | Self::Stdin => None,
        }
    }

    /// The size of what passwords are read from, in bytes, where it is known.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::File(file) => size_of(file),
            Self::Stdin => size_of(&stdin().ok()?),
            Self::Arguments(_) | Self::Prompt => None,
        }
    }

    /// Reads the one password that there is to be; the prompt asks for it once.
    ///
    /// # Errors
    ///
    /// [`InputError`], also where there are more.
    pub fn password(self) -> Result<Taken, InputError> {
        if matches!(self, Self::Prompt) {
            return prompt::known_password();
        }
        let origin = if matches!(self, Self::File(_)) { Origin::File } else { Origin::Stdin };
        let mut passwords = self.passwords()?;
        let only = passwords.next().unwrap_or(Err(InputError::Nothing(origin)))?;
        if passwords.next().is_some() { Err(InputError::MoreThanOne(origin)) } else { Ok(only) }
    }
}

impl InputError {
    /// Whether the password is at fault, rather than the machine.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Self::Unreadable(..) | Self::Terminal(_) | Self::NoConsole)
    }

    /// What to do about it, where there is something.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Refused { place, refusal } => match (refusal, place) {
                (Refusal::Empty, Place::Line(_)) => "remove the blank line",
                (Refusal::Empty, Place::Prompt) => "type the password, then press Enter",
                (Refusal::Empty, _) => "check that the variable it comes from is set",
                (Refusal::TooLong, Place::Line(_)) => {
                    "choose a shorter one; each line is a password of its own"
                }
                (Refusal::TooLong, _) => "choose a shorter one",
                (Refusal::NotUtf8, Place::Prompt) => "set the terminal to UTF-8",
                (Refusal::NotUtf8, _) => "convert it first: iconv -f LATIN1 -t UTF-8",
                (Refusal::Nul, _) => "choose one without it: other programs cut a password off there",
                (Refusal::Utf16, _) => "in PowerShell, write the file with: Set-Content -Encoding utf8",
            },
            Self::Nothing(_) => {
                "give one a line on stdin or with --password-file <file>; --hash_pass also takes arguments"
            }
            Self::MoreThanOne(_) => "give one password, on one line",
            Self::NoAnswer => "type the password, then press Enter",
            Self::Mismatch => "run it again, or give the password with --password-file <file>",
            Self::NoConsole => {
                "give the password on stdin or with --password-file <file>, or run it by winpty"
            }
            Self::LongerThanTheTerminal => "give it with --password-file <file>",
            Self::Unreadable(Origin::File, _) => {
                "check the path and permissions that --password-file was given"
            }
            Self::NoTerminal | Self::Unreadable(Origin::Stdin, _) | Self::Terminal(_) => {
                "give the password with --password-file <file>"
            }
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument | Self::Prompt => Ok(()),
            Self::ArgumentOfSeveral(number) => write!(f, "password {number}: "),
            Self::Line(number) => write!(f, "line {number}: "),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdin => "stdin",
            Self::File => "the password file",
        })
    }
}

/// Makes a password of an argument.
fn take_argument(place: Place, bytes: Zeroizing<Vec<u8>>) -> Result<Taken, InputError> {
    let mut taken = take(place, bytes)?;
    if taken.password.as_bytes() == b"-" {
        taken.remarks.push(Remark::Dash);
    }
    Ok(taken)
}

/// Makes a password of what stands at the start of a text: a byte order mark is removed there,
/// and only there.
fn take(place: Place, mut bytes: Zeroizing<Vec<u8>>) -> Result<Taken, InputError> {
    let marked = bytes.starts_with(BYTE_ORDER_MARK);
    if marked {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    let mut taken = take_as_is(place, bytes)?;
    if marked {
        taken.remarks.insert(0, Remark::ByteOrderMark);
    }
    Ok(taken)
}

/// Makes a password of bytes, byte for byte.
fn take_as_is(place: Place, bytes: Zeroizing<Vec<u8>>) -> Result<Taken, InputError> {
    let password = Password::new(bytes).map_err(|refusal| InputError::Refused { place, refusal })?;
    Ok(Taken { place, remarks: password.remarks(), password, offset: 0 })
}

fn size_of(file: &File) -> Option<u64> {
    file.metadata().ok().filter(Metadata::is_file).map(|metadata| metadata.len())
}

/// Stdin without the standard library's buffer, which would keep a copy of what was read.
fn stdin() -> Result<File, InputError> {
    #[cfg(unix)]
    let owned = std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned();
    #[cfg(windows)]
    let owned = std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned();
    owned.map(File::from).map_err(|error| InputError::Unreadable(Origin::Stdin, reason(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No test can be in such a terminal; what somebody is told who is must be right.
    #[test]
    fn who_is_at_no_console_is_told_of_stdin_and_winpty() {
        let hint = InputError::NoConsole.hint().unwrap_or_default();
        assert!(hint.contains("stdin") && hint.contains("winpty") && !InputError::NoConsole.is_refusal());
    }
}
