//! A password and what is known about it: where it came from, what may be wrong with it, or why there is none.

pub mod lines;
pub mod prompt;
mod random;
pub mod source;
pub mod stand_in;

use std::{fmt, io};

use zeroize::Zeroizing;

use crate::hash::diagnose::resembles_hash;
use crate::system::error::{SystemError, message};
use crate::system::text::{UTF8_MARK, WideEncoding, bare, is_invisible};
use stand_in::{StandIn, is_placeholder};

/// The longest password, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 4_096;

/// A password: 1 to [`MAX_PASSWORD_BYTES`] bytes of UTF-8 on one line, without a NUL. It is wiped on drop, and is not
/// `Debug`, which would print it.
#[derive(PartialEq, Eq)]
pub struct Password(Zeroizing<Vec<u8>>);

/// A password from a source.
pub struct Entry {
    pub position: Position,
    pub password: Password,
    pub warnings: Vec<Warning>,
}

/// Which password a message is about. It is printed before the message: `line 3: `.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// An argument, with its number from 1 if there are several.
    Argument(Option<usize>),
    /// An answer at the prompt, with its number from 1 if there are several.
    Answer(Option<usize>),
    /// The environment variable.
    Environment,
    /// The system's randomness.
    Random,
    /// The whole of a stream.
    Whole(Stream),
    /// A line of a stream, with its number from 1.
    Line(Stream, u64),
}

/// Which stream passwords are read from, as messages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdin,
    /// Messages do not give the file's name, because it may be a password.
    File,
    /// A file whose name is that of a descriptor of this process, and not of stdin: `/dev/fd/63`.
    Descriptor,
}

/// A possible mistake in a password that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    #[error("a byte order mark at the start was removed")]
    ByteOrderMark,
    #[error("more than one byte order mark at the start was removed")]
    ByteOrderMarks,
    #[error("more than one line end at the end was removed")]
    LineEnds,
    #[error("the password starts or ends with white space, which is kept")]
    WhiteSpace,
    #[error("the password is nothing but white space, which is kept")]
    Blank,
    #[error("the password contains a control character, which is kept")]
    ControlCharacter,
    #[error("the password contains an invisible character, which is kept")]
    Invisible,
    #[error("the password is a single dash, which does not mean stdin here")]
    Dash,
    /// This is noted on Windows only.
    #[error("the password has a quote and a dash; a backslash before a closing quote takes in what follows")]
    QuoteAndDash,
    /// This is noted on Windows only, of stdin. `$OutputEncoding` is ASCII there in Windows PowerShell 5.1
    /// (`about_Preference_Variables`), and the encoder writes a question mark for what ASCII lacks.
    #[error(
        "the password contains ??; Windows PowerShell writes a ? for each letter that its pipe cannot send"
    )]
    QuestionMarks,
    #[error("the password looks like a placeholder for the real one")]
    Placeholder,
    #[error("the password looks like a hash; a hash is made of the password itself")]
    Hash,
    /// Another keyboard may give the same letters in other bytes (Unicode, UAX #15).
    #[error("the password is not in Unicode form NFC; the same letters typed elsewhere may not match")]
    NotNfc,
}

/// Why bytes are not accepted as a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("the password is empty")]
    Empty,
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    #[error("the password is not UTF-8")]
    NotUtf8,
    /// Other programs would cut the password off at the NUL.
    #[error("the password contains a NUL character")]
    Nul,
    #[error("the password contains a line end")]
    LineEnd,
    #[error("the password is {0}, not UTF-8")]
    Wide(WideEncoding),
    /// U+FFFD replaces what cannot be decoded (The Unicode Standard, section 3.9).
    #[error("letters of the password are lost: it contains U+FFFD, which a program wrote in their place")]
    LostLetters,
    #[error("the password is only what a program writes for {0}, not the secret in it")]
    StandIn(StandIn),
    /// At the prompt.
    #[error("the answer contains an escape sequence, which arrow keys, function keys and Alt send")]
    EscapeSequence,
}

/// Why there is no password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("{position}{error}")]
    Rejected { position: Position, error: PasswordError },
    /// No source is given, and there is no terminal.
    #[error("no password is given, and there is no terminal to ask at")]
    NoTerminal,
    #[error("no password is given, and there is no Windows console to ask at")]
    NoConsole,
    /// Nobody can be asked, and stdin is read for something else.
    #[error("no password is given, and stdin has the hash")]
    StdinIsTaken,
    #[error("no password is given, and DEBIAN_FRONTEND=noninteractive says that nobody is there to ask")]
    Noninteractive { stdin_is_taken: bool },
    #[error("the environment variable for the password is not set")]
    UnsetVariable,
    #[error("the environment variable for the password is empty")]
    EmptyVariable,
    #[error("the environment variable for the password is not Unicode")]
    InvalidVariable,
    /// The prompt asks for one password, so lines make no sense there.
    #[error("lines cannot be read from a terminal")]
    TerminalLines,
    /// With the system's reason.
    #[error("the operating system gave no random bytes for a password: {0}")]
    Randomness(String),
    #[error("{0} is empty: there is no password to read")]
    Empty(Stream),
    /// The file is a terminal, but not this process's controlling terminal, where the prompt would ask.
    #[error("the password file is another program's terminal")]
    NotOurTerminal,
    #[error("{0} cannot be read: {1}")]
    Unreadable(Stream, SystemError),
    /// Several lines are accepted only on request.
    #[error("{0} has more than one line")]
    SecondLine(Stream),
    /// Where only one password is accepted, or where a line is empty, a request for lines would not help.
    #[error("{0} has more than one line")]
    SecondPassword(Stream),
    /// With the expected number, and one of those that are given.
    #[error("too many passwords: {0} expected")]
    TooMany(usize, Position),
    /// With the same.
    #[error("too few passwords: {0} expected")]
    TooFew(usize, Position),
    /// Each line of hashes needs one of passwords, and the other way round.
    #[error("line {0} has a hash and no password")]
    NoPasswordOnLine(u64),
    #[error("line {0} has a password and no hash")]
    NoHashOnLine(u64),
    /// The input ended at the prompt.
    #[error("the input ended before a password was typed")]
    NoAnswer,
    #[error("the two passwords do not match")]
    Mismatch,
    /// The terminal may have cut the line off.
    #[error("the password is too long for a terminal")]
    LongerThanTheTerminal,
    /// With the system's reason.
    #[error("the terminal cannot be used: {0}")]
    Terminal(String),
}

impl Password {
    /// Makes a password of the text that a source has brought, and says what may be wrong with it. This is the one rule
    /// for all sources; `position` says which it was. Byte order marks at the start and line ends at the end are
    /// removed: files, pipes and variables have them, and whoever types the same password does not. The text is wiped
    /// on drop or on error.
    ///
    /// # Errors
    ///
    /// [`PasswordError`], which contains nothing of the password.
    fn from_text(
        mut text: Zeroizing<Vec<u8>>,
        position: Position,
        on_windows: bool,
    ) -> Result<(Self, Vec<Warning>), PasswordError> {
        let bare = bare(&text);
        let marks = bare.start / UTF8_MARK.len();
        let many_ends = !matches!(&text[bare.end..], b"" | b"\n" | b"\r\n" | b"\r");
        text.truncate(bare.end);
        text.drain(..bare.start);
        let password = accepted(&text)?;
        let is_blank = password.trim().is_empty();
        let is_argument = matches!(position, Position::Argument(_));
        let is_piped = matches!(position, Position::Whole(Stream::Stdin) | Position::Line(Stream::Stdin, _));
        let mistakes = [
            (marks == 1, Warning::ByteOrderMark),
            (marks > 1, Warning::ByteOrderMarks),
            (many_ends, Warning::LineEnds),
            (!is_blank && password.trim() != password, Warning::WhiteSpace),
            (is_blank, Warning::Blank),
            (password.contains(char::is_control), Warning::ControlCharacter),
            // White space at the ends has its own warning, and so has a tab.
            (password.trim().contains(|c: char| is_invisible(c) && !c.is_control()), Warning::Invisible),
            (is_argument && password == "-", Warning::Dash),
            (on_windows && is_argument && password.contains("\" -"), Warning::QuoteAndDash),
            (on_windows && is_piped && password.contains("??"), Warning::QuestionMarks),
            (is_placeholder(password), Warning::Placeholder),
            (resembles_hash(password), Warning::Hash),
            (!unicode_normalization::is_nfc(password), Warning::NotNfc),
        ];
        let warnings = mistakes.into_iter().filter_map(|(is_so, warning)| is_so.then_some(warning)).collect();
        Ok((Self(text), warnings))
    }

    /// The bytes, as they are hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text. It is UTF-8, so the default is never used.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Returns a text that may be a password.
fn accepted(text: &[u8]) -> Result<&str, PasswordError> {
    if let Some(encoding) = WideEncoding::of_letters(text) {
        return Err(PasswordError::Wide(encoding));
    }
    if text.is_empty() {
        return Err(PasswordError::Empty);
    }
    if text.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    let text = str::from_utf8(text).map_err(|_| PasswordError::NotUtf8)?;
    if text.contains('\0') {
        return Err(PasswordError::Nul);
    }
    if text.contains(['\r', '\n']) {
        return Err(PasswordError::LineEnd);
    }
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(PasswordError::LostLetters);
    }
    StandIn::of(text).map_or(Ok(text), |stand_in| Err(PasswordError::StandIn(stand_in)))
}

impl Entry {
    /// Accepts the text that a source has brought as a password.
    fn from_text(position: Position, text: Zeroizing<Vec<u8>>) -> Result<Self, SourceError> {
        let (password, warnings) = Password::from_text(text, position, cfg!(windows))
            .map_err(|error| SourceError::Rejected { position, error })?;
        Ok(Self { position, password, warnings })
    }
}

impl SourceError {
    /// The error of a system call on the terminal.
    #[allow(clippy::needless_pass_by_value)] // so that `map_err` can take it
    fn terminal(error: io::Error) -> Self {
        Self::Terminal(message(&error))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(None) | Self::Answer(None) | Self::Environment | Self::Random | Self::Whole(_) => {
                Ok(())
            }
            Self::Argument(Some(number)) | Self::Answer(Some(number)) => write!(f, "password {number}: "),
            Self::Line(_, number) => write!(f, "line {number}: "),
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdin => "stdin",
            Self::File | Self::Descriptor => "the password file",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_text(
        text: &str,
        position: Position,
        on_windows: bool,
    ) -> Result<(Password, Vec<Warning>), PasswordError> {
        Password::from_text(text.as_bytes().to_vec().into(), position, on_windows)
    }

    fn warnings_of(text: &str, position: Position, on_windows: bool) -> Result<Vec<Warning>, PasswordError> {
        from_text(text, position, on_windows).map(|(_, warnings)| warnings)
    }

    #[test]
    fn a_possible_mistake_has_a_warning() {
        use Warning::{
            Blank, ByteOrderMark, ByteOrderMarks, ControlCharacter, Hash, Invisible, LineEnds, NotNfc,
            Placeholder, WhiteSpace,
        };
        let cases: [(&str, &[Warning]); 32] = [
            (" \n", &[Blank]),
            ("\u{A0}\u{3000}", &[Blank]),
            ("-", &[]),
            ("s3cret\" -q??", &[]),
            ("${PASSWORD}\n", &[Placeholder]),
            ("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAA", &[Hash]),
            ("my $argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAA", &[]),
            ("plain", &[]),
            ("in the middle", &[]),
            (" start", &[WhiteSpace]),
            ("end\u{A0}", &[WhiteSpace]),
            ("a\x1Bb", &[ControlCharacter]),
            ("a\u{85}b", &[ControlCharacter]),
            ("end\t", &[WhiteSpace, ControlCharacter]),
            ("in\tside", &[ControlCharacter]),
            ("line end\r\n", &[]),
            ("line ends\n\n", &[LineEnds]),
            ("space before the line end \n", &[WhiteSpace]),
            ("\u{FEFF}mark", &[ByteOrderMark]),
            (
                "\u{FEFF}\u{FEFF}\u{A0}all\u{438}\u{306}\r\r\n",
                &[ByteOrderMarks, LineEnds, WhiteSpace, NotNfc],
            ),
            ("zero\u{200B}width", &[Invisible]),
            ("\u{200E}left to right", &[Invisible]),
            ("embedded\u{202A}", &[Invisible]),
            ("join\u{2060}er", &[Invisible]),
            ("soft\u{AD}hyphen", &[Invisible]),
            ("mark inside\u{FEFF}\n", &[Invisible]),
            ("no\u{A0}break", &[Invisible]),
            ("wide\u{3000}space", &[Invisible]),
            ("tag\u{E0041}", &[Invisible]),
            ("\u{439}\u{e9}", &[]),
            ("\u{438}\u{306}", &[NotNfc]),
            ("e\u{301}", &[NotNfc]),
        ];
        for (text, warnings) in cases {
            assert_eq!(
                warnings_of(text, Position::Whole(Stream::File), true),
                Ok(warnings.to_vec()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_a_shell_may_have_done_is_noted_by_source_and_system() {
        use Warning::{Dash, QuestionMarks, QuoteAndDash};
        let (argument, whole) = (Position::Argument(None), Position::Whole(Stream::Stdin));
        let line = Position::Line(Stream::Stdin, 2);
        for (text, position, elsewhere, on_windows) in [
            ("-", argument, Some(Dash), Some(Dash)),
            ("-", whole, None, None),
            ("--", argument, None, None),
            ("s3cret\" -q", argument, None, Some(QuoteAndDash)),
            ("s3cret\" -q", line, None, None),
            ("s3cret\"-q", argument, None, None),
            ("s3cret -q", argument, None, None),
            ("??????", whole, None, Some(QuestionMarks)),
            ("who??", line, None, Some(QuestionMarks)),
            ("who?s?", whole, None, None),
            ("who??", argument, None, None),
            ("who??", Position::Environment, None, None),
            ("who??", Position::Answer(None), None, None),
            ("who??", Position::Line(Stream::File, 1), None, None),
        ] {
            let expected = |warning: Option<Warning>| Ok(Vec::from_iter(warning));
            assert_eq!(warnings_of(text, position, false), expected(elsewhere), "{text} {position:?}");
            assert_eq!(warnings_of(text, position, true), expected(on_windows), "{text} {position:?}");
        }
    }

    #[test]
    fn marks_at_the_start_and_line_ends_at_the_end_are_removed_and_nothing_else() {
        for (text, left) in [
            ("a", Ok("a")),
            ("a\n", Ok("a")),
            ("a\r\n", Ok("a")),
            ("a\r", Ok("a")),
            ("a\n\r\n\r\r\n", Ok("a")),
            (" a\t\n", Ok(" a\t")),
            ("\u{FEFF}a", Ok("a")),
            ("\u{FEFF}\u{FEFF}\u{FEFF}a\u{FEFF}\n", Ok("a\u{FEFF}")),
            ("", Err(PasswordError::Empty)),
            ("\r\n\n", Err(PasswordError::Empty)),
            ("\u{FEFF}\u{FEFF}\n", Err(PasswordError::Empty)),
            ("\na", Err(PasswordError::LineEnd)),
            ("a\nb", Err(PasswordError::LineEnd)),
            ("a\rb\n", Err(PasswordError::LineEnd)),
            ("\u{FEFF}\r\na", Err(PasswordError::LineEnd)),
            ("p\u{FFFD}", Err(PasswordError::LostLetters)),
            ("System.Object[]\n", Err(PasswordError::StandIn(StandIn::Collection))),
        ] {
            let password = from_text(text, Position::Environment, false);
            let bytes = password.as_ref().map(|(password, _)| password.as_bytes());
            assert_eq!(bytes, left.as_ref().map(|left| left.as_bytes()), "{text:?}");
        }
    }
}
