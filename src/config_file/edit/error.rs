//! Why a text cannot be edited. Contains member names from the file, never values.

use std::fmt;

use jsonc_parser::ParseStringErrorKind;
use jsonc_parser::ast::Value;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonptr::{Pointer, PointerBuf};

use crate::system::text::{WideEncoding, printable, uncapitalized};

/// Why a text or a location in it is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("the config is not UTF-8: {0}")]
    NotUtf8(Place),
    #[error("the config is {0}, not UTF-8")]
    Wide(WideEncoding),
    /// A crash can leave NUL bytes where a file had grown but was not yet written.
    #[error("the config contains NUL bytes from {0}, which a crash of the machine can cause")]
    Nul(Place),
    /// With what is wrong there.
    #[error("the config is not JSON with comments: {0}: {1}")]
    NotJson(Place, String),
    #[error("the config is nested too deeply: {0}")]
    TooDeep(Place),
    /// The text has nothing but white space and comments.
    #[error("the config is empty")]
    Empty,
    #[error("key {key} not found: {}", as_nearest(nearest, *missing))]
    NotFound {
        /// As it is given.
        key: Location,
        /// The deepest location on the way that exists.
        nearest: Location,
        missing: MissingPart,
        /// A string that the user probably meant.
        suggestion: Option<Location>,
    },
    #[error("{at} in the config is {kind}, so it has no members")]
    InsideScalar { at: Location, kind: &'static str },
    /// Another program may read any of the members with that name.
    #[error("{at} is defined more than once in the config")]
    Duplicate { at: Location },
    #[error("{at} in the config is {kind}, not a string")]
    NotAString { at: Location, kind: &'static str },
}

/// A location in the text.
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

/// A place in a text, as messages name it. Line and column count from 1, columns in characters.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    line: usize,
    column: usize,
}

impl EditError {
    /// The parser's error, without the part of `text` that it may quote.
    pub(super) fn from_parser(error: &ParseError, text: &str) -> Self {
        let place = Place { line: error.line_display(), column: error.column_display() };
        let cause = match error.kind() {
            ParseErrorKind::NestingDepthExceeded => return Self::TooDeep(place),
            // The parser's text quotes the string, which may be a password.
            ParseErrorKind::String(ParseStringErrorKind::InvalidUnicodeEscapeSequence(_)) => {
                "invalid Unicode escape".to_owned()
            }
            kind @ (ParseErrorKind::UnterminatedArray
            | ParseErrorKind::UnterminatedCommentBlock
            | ParseErrorKind::UnterminatedObject
            | ParseErrorKind::String(ParseStringErrorKind::UnterminatedStringLiteral)) => {
                let (kind, end) = (uncapitalized(&kind.to_string()), Place::end_of(text));
                format!("{kind} begins here; the text ends at {end}")
            }
            kind => uncapitalized(&kind.to_string()),
        };
        Self::NotJson(place, cause)
    }
}

impl Location {
    /// The location that a key names.
    #[must_use]
    pub fn of(key: &Pointer) -> Self {
        Self(key.to_buf())
    }

    /// Whether it is the whole text.
    #[must_use]
    pub fn is_top_level(&self) -> bool {
        self.0.is_root()
    }
}

impl Place {
    /// Where a text ends.
    pub(super) fn end_of(text: &str) -> Self {
        let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line: text.split('\n').count(), column }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_top_level() {
            return f.write_str("the top level");
        }
        f.write_str(&printable(self.0.as_str()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

fn as_nearest(nearest: &Location, missing: MissingPart) -> String {
    match missing {
        _ if !nearest.is_top_level() => format!("the path exists up to {nearest}"),
        MissingPart::Element(_) => "no such element at the top level".to_owned(),
        _ => "no such member at the top level".to_owned(),
    }
}

/// What a value is, as messages name it.
pub(super) const fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::Object(_) => "an object",
        Value::Array(_) => "an array",
        Value::StringLit(_) => "a string",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "a boolean",
        Value::NullKeyword(_) => "null",
    }
}
