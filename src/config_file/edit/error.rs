//! Why a text cannot be edited. Contains member names from the file, never values.

use std::fmt;

use jsonc_parser::ParseStringErrorKind;
use jsonc_parser::ast::Value;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonptr::{Pointer, PointerBuf};

use crate::system::text::{printable, uncapitalized};

/// Why a text or a location in it is refused. Lines and columns count from 1, columns in characters.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("the config is not UTF-8: line {line}, column {column}")]
    NotUtf8 { line: usize, column: usize },
    #[error("the config is UTF-16, not UTF-8")]
    Utf16,
    /// A crash can leave NUL bytes where a file had grown but was not yet written.
    #[error(
        "the config contains NUL bytes from line {line}, column {column}, which a crash of the machine can cause"
    )]
    Nul { line: usize, column: usize },
    #[error("the config is not JSON with comments: line {line}, column {column}: {cause}")]
    NotJson { line: usize, column: usize, cause: String },
    #[error("the config is nested too deeply: line {line}, column {column}")]
    TooDeep { line: usize, column: usize },
    /// The text has nothing but white space and comments.
    #[error("the config is empty")]
    Empty,
    #[error("key not found: {}", nearest.as_nearest())]
    NotFound {
        /// The deepest location on the way that exists.
        nearest: Location,
        missing: MissingPart,
        /// A string that the user probably meant.
        suggestion: Option<Location>,
    },
    #[error("{at} in the config is {kind}, so it has no members")]
    InsideScalar { at: Location, kind: ValueKind },
    /// Another program may read any of the members with that name.
    #[error("{at} is defined more than once in the config")]
    Duplicate { at: Location },
    #[error("{at} in the config is {kind}, not a string")]
    NotAString { at: Location, kind: ValueKind },
}

/// A location that exists in the text.
#[derive(Debug, PartialEq, Eq)]
pub struct Location(pub(super) PointerBuf);

/// What is missing where a pointer leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingPart {
    /// The last member. Its object exists, so the member could be created.
    LastMember,
    /// An element of a list that has this many.
    Element(usize),
    /// A member before the last one.
    Member,
}

/// The kinds of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,
}

impl EditError {
    /// The parser's error, without the text that it may quote. `end` is the line and column where the text ends.
    pub(super) fn from_parser(error: &ParseError, end: (usize, usize)) -> Self {
        let (line, column) = (error.line_display(), error.column_display());
        match error.kind() {
            ParseErrorKind::NestingDepthExceeded => Self::TooDeep { line, column },
            // The parser's text quotes the string, which may be a password.
            ParseErrorKind::String(ParseStringErrorKind::InvalidUnicodeEscapeSequence(_)) => {
                Self::NotJson { line, column, cause: "invalid Unicode escape".to_owned() }
            }
            kind @ (ParseErrorKind::UnterminatedArray
            | ParseErrorKind::UnterminatedCommentBlock
            | ParseErrorKind::UnterminatedObject
            | ParseErrorKind::String(ParseStringErrorKind::UnterminatedStringLiteral)) => {
                let (kind, (end_line, end_column)) = (uncapitalized(&kind.to_string()), end);
                let cause =
                    format!("{kind} begins here; the text ends at line {end_line}, column {end_column}");
                Self::NotJson { line, column, cause }
            }
            kind => Self::NotJson { line, column, cause: uncapitalized(&kind.to_string()) },
        }
    }
}

impl Location {
    /// The location of a key that exists in the text.
    #[must_use]
    pub fn of(key: &Pointer) -> Self {
        Self(key.to_buf())
    }

    fn as_nearest(&self) -> String {
        if self.0.is_root() {
            "no such member at the top level".to_owned()
        } else {
            format!("the path exists up to {self}")
        }
    }
}

impl ValueKind {
    pub(super) fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Object(_) => Self::Object,
            Value::Array(_) => Self::Array,
            Value::StringLit(_) => Self::String,
            Value::NumberLit(_) => Self::Number,
            Value::BooleanLit(_) => Self::Boolean,
            Value::NullKeyword(_) => Self::Null,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_root() {
            return f.write_str("the top level");
        }
        f.write_str(&printable(self.0.as_str()))
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        })
    }
}
