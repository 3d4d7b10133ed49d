//! Reads and sets strings in JSON with comments: text in, text out, and every other byte as it was.

mod insert;

use std::fmt;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::tokens::{Token, TokenAndRange};
use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions, ParseStringErrorKind, parse_to_ast,
};
use jsonptr::{Pointer, PointerBuf};

use crate::system::reason::uncapitalized;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// JSON (RFC 8259) with comments and trailing commas, and nothing more.
const JSON_WITH_COMMENTS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

const ALL_TOKENS: CollectOptions =
    CollectOptions { comments: CommentCollectionStrategy::AsTokens, tokens: true };

/// What a pointer looks like.
const EXAMPLE: &str = "a key is the names on the way to the string: /dbConnectionConfig/password";

/// Longer pointers are not compared with each other, nor more of them: it takes time and memory.
const LONGEST_COMPARED: usize = 256;
const MOST_COMPARED: usize = 1_000;
/// A pointer that is suggested may differ from the one that was given in one letter of so many.
const LETTERS_PER_MISTAKE: usize = 4;

/// A text of JSON with comments.
pub struct Document {
    text: String,
    marked: bool,
}

/// What is done about a last member that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is an error.
    Refused,
    /// It is made, as the last one of its object.
    Created,
}

/// Why a text or a place in it can't be taken. Of the text nothing is in it but names of members.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Not UTF-8.
    #[error("the config is not UTF-8: line {line}, column {column}")]
    NotUtf8 {
        /// The line of the first byte that is not, from 1.
        line: usize,
        /// The column, in characters, from 1.
        column: usize,
    },
    /// UTF-16.
    #[error("the config is UTF-16, not UTF-8")]
    Utf16,
    /// Not JSON with comments.
    #[error("the config is not JSON with comments: line {line}, column {column}: {cause}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, in characters, from 1.
        column: usize,
        /// What is wrong there.
        cause: String,
    },
    /// More levels than anybody writes.
    #[error("the config is nested too deeply: line {line}, column {column}")]
    TooDeep {
        /// The line, from 1.
        line: usize,
        /// The column, in characters, from 1.
        column: usize,
    },
    /// Nothing but white space and comments.
    #[error("the config is empty")]
    Empty,
    /// The pointer names nothing.
    #[error("the config has no such place; {}", nearest.as_nearest())]
    NoSuchPlace {
        /// The deepest place on the way that exists.
        nearest: Place,
        /// What is missing in it.
        gap: Gap,
        /// A string that was probably meant.
        meant: Option<Place>,
    },
    /// The pointer goes on where nothing is inside.
    #[error("{at} in the config is {kind}, and has nothing inside")]
    ThroughScalar {
        /// Where.
        at: Place,
        /// What is there.
        kind: Kind,
    },
    /// Members of one name; other programs may take any of them.
    #[error("{at} stands more than once in the config")]
    Repeated {
        /// Which.
        at: Place,
    },
    /// Neither a string nor null.
    #[error("{at} in the config is {kind}, not a string")]
    NotAString {
        /// Where.
        at: Place,
        /// What is there.
        kind: Kind,
    },
}

/// A place that exists in the text, as messages show it.
#[derive(Debug, PartialEq, Eq)]
pub struct Place(PointerBuf);

/// What is missing where a pointer ends to lead on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The last member, of an object, which could be made.
    LastMember,
    /// An element of a list that has so many.
    Element(usize),
    /// A member on the way.
    Member,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{}`
    Object,
    /// `[]`
    Array,
    /// `""`
    String,
    /// `0`
    Number,
    /// `true` or `false`
    Boolean,
    /// `null`
    Null,
}

impl Document {
    /// Reads a text; a byte order mark at its start is kept.
    ///
    /// # Errors
    ///
    /// [`EditError`], for what is not JSON with comments, with line and column.
    pub fn read(bytes: &[u8]) -> Result<Self, EditError> {
        // JSON has no NUL, and UTF-16 has one in every ASCII character.
        if bytes.contains(&0) {
            return Err(EditError::Utf16);
        }
        let text = str::from_utf8(bytes).map_err(|error| {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let (line, column) = line_and_column(&before);
            EditError::NotUtf8 { line, column }
        })?;
        let unmarked = text.strip_prefix(BYTE_ORDER_MARK);
        let document = Self { text: unmarked.unwrap_or(text).to_owned(), marked: unmarked.is_some() };
        document.parse()?;
        Ok(document)
    }

    /// The string at a place; none for `null`.
    ///
    /// # Errors
    ///
    /// [`EditError`], where there is neither.
    pub fn get(&self, pointer: &Pointer) -> Result<Option<String>, EditError> {
        match find(&self.parse()?.0, pointer) {
            Ok(Value::StringLit(string)) => Ok(Some(string.value.to_string())),
            Ok(Value::NullKeyword(_)) => Ok(None),
            Ok(other) => Err(EditError::NotAString { at: Place(pointer.to_buf()), kind: kind(other) }),
            // Nobody can make a member who only reads.
            Err(EditError::NoSuchPlace { nearest, gap: Gap::LastMember, meant }) => {
                Err(EditError::NoSuchPlace { nearest, gap: Gap::Member, meant })
            }
            Err(error) => Err(error),
        }
    }

    /// Puts a string in the place of a string or of `null`. Returns whether its member is new.
    ///
    /// # Errors
    ///
    /// [`EditError`], where there is neither, and for a missing member that is not to be created.
    pub fn set(&mut self, pointer: &Pointer, value: &str, missing: Missing) -> Result<bool, EditError> {
        let (root, tokens) = self.parse()?;
        let found = find(&root, pointer);
        let created = missing == Missing::Created
            && matches!(found, Err(EditError::NoSuchPlace { gap: Gap::LastMember, .. }));
        let changes = match (created, pointer.split_back()) {
            (true, Some((parent, name))) => {
                let parent = find(&root, parent)?;
                let member = format!("{}: {}", quoted(&name.decoded()), quoted(value));
                insert::insertions(&self.text, parent, &tokens, &member)
            }
            _ => match found? {
                old @ (Value::StringLit(_) | Value::NullKeyword(_)) => {
                    vec![(old.start()..old.end(), quoted(value))]
                }
                other => {
                    return Err(EditError::NotAString { at: Place(pointer.to_buf()), kind: kind(other) });
                }
            },
        };
        // From the end, so that the places before stay what they are.
        for (range, new) in changes.into_iter().rev() {
            self.text.replace_range(range, &new);
        }
        Ok(created)
    }

    /// The text.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let mark = if self.marked { BYTE_ORDER_MARK } else { "" };
        format!("{mark}{}", self.text).into_bytes()
    }

    /// The value, and all tokens with the comments among them.
    fn parse(&self) -> Result<(Value<'_>, Vec<TokenAndRange<'_>>), EditError> {
        let parsed = parse_to_ast(&self.text, &ALL_TOKENS, &JSON_WITH_COMMENTS)
            .map_err(|error| EditError::from_parser(&error))?;
        let (Some(value), Some(tokens)) = (parsed.value, parsed.tokens) else {
            return Err(EditError::Empty);
        };
        self.check_characters(&tokens)?;
        Ok((value, tokens))
    }

    /// Refuses two things that the parser takes and JSON does not have: control characters in
    /// strings, and other white space than its own four.
    fn check_characters(&self, tokens: &[TokenAndRange<'_>]) -> Result<(), EditError> {
        let not_json = |at: usize, cause: &str| {
            let (line, column) = line_and_column(&self.text[..at]);
            Err(EditError::NotJson { line, column, cause: cause.to_owned() })
        };
        let stranger = |from: usize, to: usize| {
            let at = self.text[from..to].find(|c| ![' ', '\t', '\n', '\r'].contains(&c))?;
            Some(from + at)
        };
        let mut end_of_last = 0;
        for token in tokens {
            if let Some(at) = stranger(end_of_last, token.start()) {
                return not_json(at, "unexpected character");
            }
            let is_string = matches!(token.token, Token::String(_));
            if let Some(at) = token.text(&self.text).find(|c| c < ' ').filter(|_| is_string) {
                return not_json(token.start() + at, "control character in a string");
            }
            end_of_last = token.end();
        }
        match stranger(end_of_last, self.text.len()) {
            Some(at) => not_json(at, "unexpected character"),
            None => Ok(()),
        }
    }
}

/// Where a text ends, each from 1.
fn line_and_column(text: &str) -> (usize, usize) {
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (text.split('\n').count(), column)
}

/// Follows a pointer (RFC 6901 section 4).
fn find<'v, 'a>(root: &'v Value<'a>, pointer: &Pointer) -> Result<&'v Value<'a>, EditError> {
    let mut at = PointerBuf::root();
    let mut value = root;
    let mut tokens = pointer.tokens().peekable();
    while let Some(token) = tokens.next() {
        let (inside, gap) = match value {
            Value::Object(object) => {
                let name = token.decoded();
                let mut members = object.properties.iter().filter(|member| member.name.as_str() == name);
                let member = members.next();
                if members.next().is_some() {
                    at.push_back(token);
                    return Err(EditError::Repeated { at: Place(at) });
                }
                let gap = if tokens.peek().is_none() { Gap::LastMember } else { Gap::Member };
                (member.map(|member| &member.value), gap)
            }
            Value::Array(array) => {
                let length = array.elements.len();
                let index = token.to_index().ok().and_then(|index| index.for_len(length).ok());
                (index.and_then(|index| array.elements.get(index)), Gap::Element(length))
            }
            scalar => return Err(EditError::ThroughScalar { at: Place(at), kind: kind(scalar) }),
        };
        value = inside.ok_or_else(|| EditError::NoSuchPlace {
            nearest: Place(at.clone()),
            gap,
            meant: resembling(root, pointer).map(Place),
        })?;
        at.push_back(token);
    }
    Ok(value)
}

/// The place of a string or of `null` that a pointer was probably meant to name: one that differs in
/// a few letters, or one of the same last name.
fn resembling(root: &Value<'_>, pointer: &Pointer) -> Option<PointerBuf> {
    let given = pointer.as_str();
    if given.len() > LONGEST_COMPARED {
        return None;
    }
    let mut strings = Vec::new();
    collect_strings(root, &PointerBuf::root(), &mut strings);
    let mistakes = given.len() / LETTERS_PER_MISTAKE;
    strings
        .into_iter()
        .filter(|place| place.last() == pointer.last() || place.len().abs_diff(given.len()) <= mistakes)
        .map(|place| (strsim::osa_distance(given, place.as_str()), place))
        .filter(|(distance, place)| place.last() == pointer.last() || *distance <= mistakes)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, place)| place)
}

/// The places of all strings and nulls in a value that stands at `at`, but for those that are too
/// far down or too many to be compared with anything.
fn collect_strings(value: &Value<'_>, at: &Pointer, strings: &mut Vec<PointerBuf>) {
    if at.len() > LONGEST_COMPARED || strings.len() >= MOST_COMPARED {
        return;
    }
    match value {
        Value::Object(object) => {
            for member in &object.properties {
                collect_strings(&member.value, &at.with_trailing_token(member.name.as_str()), strings);
            }
        }
        Value::Array(array) => {
            for (index, element) in array.elements.iter().enumerate() {
                collect_strings(element, &at.with_trailing_token(index), strings);
            }
        }
        Value::StringLit(_) | Value::NullKeyword(_) => strings.push(at.to_buf()),
        Value::NumberLit(_) | Value::BooleanLit(_) => (),
    }
}

impl EditError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotUtf8 { .. } | Self::Utf16 => "save it as UTF-8".to_owned(),
            Self::NotJson { .. } | Self::TooDeep { .. } => {
                "mend it there, or name another file with --config".to_owned()
            }
            Self::Empty => "name the connector's config.json with --config".to_owned(),
            Self::NoSuchPlace { meant, gap, .. } => {
                let meant = meant.as_ref().map(|meant| format!("did you mean {meant}?"));
                let rest = match gap {
                    Gap::LastMember => Some("to add a new member: --create-key".to_owned()),
                    Gap::Element(0) => Some("that list has no elements".to_owned()),
                    Gap::Element(length) => {
                        Some(format!("the elements of that list are 0 to {}", length - 1))
                    }
                    Gap::Member => None,
                };
                match (meant, rest) {
                    (None, None) => EXAMPLE.to_owned(),
                    (meant, rest) => meant.into_iter().chain(rest).collect::<Vec<_>>().join(" "),
                }
            }
            Self::ThroughScalar { .. } => EXAMPLE.to_owned(),
            Self::Repeated { .. } => "leave one of them; programs differ in which they take".to_owned(),
            Self::NotAString { .. } => "--key names the place of a string or of null".to_owned(),
        }
    }

    fn from_parser(error: &ParseError) -> Self {
        let (line, column) = (error.line_display(), error.column_display());
        match error.kind() {
            ParseErrorKind::NestingDepthExceeded => Self::TooDeep { line, column },
            // The parser's text quotes the string, which may be a password.
            ParseErrorKind::String(ParseStringErrorKind::InvalidUnicodeEscapeSequence(_)) => {
                Self::NotJson { line, column, cause: "an escape that is no character".to_owned() }
            }
            kind => Self::NotJson { line, column, cause: uncapitalized(&kind.to_string()) },
        }
    }
}

impl Place {
    fn as_nearest(&self) -> String {
        if self.0.is_root() {
            "not even its first part exists".to_owned()
        } else {
            format!("the nearest that exists is {self}")
        }
    }
}

/// Without the control characters that a name may have, and a terminal would obey.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_root() {
            return f.write_str("the top level");
        }
        let shown =
            self.0.as_str().chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
        f.write_str(&shown.collect::<String>())
    }
}

impl fmt::Display for Kind {
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

fn kind(value: &Value<'_>) -> Kind {
    match value {
        Value::Object(_) => Kind::Object,
        Value::Array(_) => Kind::Array,
        Value::StringLit(_) => Kind::String,
        Value::NumberLit(_) => Kind::Number,
        Value::BooleanLit(_) => Kind::Boolean,
        Value::NullKeyword(_) => Kind::Null,
    }
}

/// A string as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
