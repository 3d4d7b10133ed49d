//! Reads and sets strings in JSON with comments: text in, text out, and every other byte as it was.

use std::fmt;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstLeafNode, CstNode, CstObject, CstObjectProp, CstRootNode};
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonptr::{Pointer, PointerBuf};

use crate::error::uncapitalized;

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

/// What a pointer looks like.
const EXAMPLE: &str = "a key is the names on the way to the string: /dbConnectionConfig/password";

/// No longer pointers are compared with each other, which takes time.
const LONGEST_COMPARED: usize = 256;
/// A pointer that is suggested may differ from the one that was given in one letter of so many.
const LETTERS_PER_MISTAKE: usize = 4;

/// A text of JSON with comments.
pub struct Document {
    root: CstRootNode,
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
    #[error("the config is not UTF-8: line {line}")]
    NotUtf8 {
        /// The line of the first byte that is not, from 1.
        line: usize,
    },
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
        /// A string that was probably meant.
        meant: Option<Place>,
        /// Whether only the last member is missing, of an object.
        creatable: bool,
    },
    /// The pointer goes on where nothing is inside.
    #[error("{at} in the config is {kind}, and has nothing inside")]
    ThroughScalar {
        /// Where.
        at: Place,
        /// What is there.
        kind: Kind,
    },
    /// Two members of one name; other programs may take either.
    #[error("{at} stands twice in the config")]
    Twice {
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

/// What a pointer leads to.
enum Target {
    /// A value.
    Value(CstNode, Kind),
    /// A member that the object doesn't have.
    Member(CstObject, String),
}

impl Document {
    /// Reads a text; a byte order mark at its start is kept.
    ///
    /// # Errors
    ///
    /// [`EditError`], for what is not JSON with comments, with line and column.
    pub fn read(bytes: &[u8]) -> Result<Self, EditError> {
        let text = str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            EditError::NotUtf8 { line: before.split(|&byte| byte == b'\n').count() }
        })?;
        let unmarked = text.strip_prefix(BYTE_ORDER_MARK);
        let root = CstRootNode::parse(unmarked.unwrap_or(text), &JSON_WITH_COMMENTS)
            .map_err(|error| EditError::from_parser(&error))?;
        if root.value().is_none() {
            return Err(EditError::Empty);
        }
        Ok(Self { root, marked: unmarked.is_some() })
    }

    /// The string at a place; none for `null`.
    ///
    /// # Errors
    ///
    /// [`EditError`], where there is neither.
    pub fn get(&self, pointer: &Pointer) -> Result<Option<String>, EditError> {
        match self.find(pointer, Missing::Refused)? {
            // The parser has decoded it before, or the text would not have been read.
            Target::Value(node, Kind::String) => {
                Ok(node.as_string_lit().and_then(|string| string.decoded_value().ok()))
            }
            Target::Value(_, Kind::Null) | Target::Member(..) => Ok(None),
            Target::Value(_, kind) => Err(EditError::NotAString { at: Place(pointer.to_buf()), kind }),
        }
    }

    /// Puts a string in the place of a string or of `null`.
    ///
    /// # Errors
    ///
    /// [`EditError`], where there is neither, and for a missing member that is not to be created.
    pub fn set(&mut self, pointer: &Pointer, value: &str, missing: Missing) -> Result<(), EditError> {
        let input = CstInputValue::String(value.to_owned());
        match self.find(pointer, missing)? {
            Target::Value(CstNode::Leaf(CstLeafNode::StringLit(string)), _) => {
                string.replace_with(input);
            }
            Target::Value(CstNode::Leaf(CstLeafNode::NullKeyword(null)), _) => {
                null.replace_with(input);
            }
            Target::Value(_, kind) => {
                return Err(EditError::NotAString { at: Place(pointer.to_buf()), kind });
            }
            Target::Member(object, name) => {
                object.append(&name, input);
            }
        }
        Ok(())
    }

    /// The text.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let mark = if self.marked { BYTE_ORDER_MARK } else { "" };
        format!("{mark}{}", self.root).into_bytes()
    }
}

impl Document {
    /// Follows a pointer (RFC 6901 section 4).
    fn find(&self, pointer: &Pointer, missing: Missing) -> Result<Target, EditError> {
        let mut at = PointerBuf::root();
        let mut node = self.root.value().ok_or(EditError::Empty)?;
        let mut tokens = pointer.tokens().peekable();
        while let Some(token) = tokens.next() {
            let is_last = tokens.peek().is_none();
            let inside = if let Some(object) = node.as_object() {
                let name = token.decoded();
                let named = |member: &CstObjectProp| member.decoded_name().as_deref() == Some(&*name);
                let mut members = object.properties().into_iter().filter(named);
                match (members.next(), members.next()) {
                    (Some(member), None) => member.value(),
                    (Some(_), Some(_)) => {
                        at.push_back(token);
                        return Err(EditError::Twice { at: Place(at) });
                    }
                    (None, _) if is_last && missing == Missing::Created => {
                        return Ok(Target::Member(object, name.into_owned()));
                    }
                    (None, _) => None,
                }
            } else if let Some(array) = node.as_array() {
                let elements = array.elements();
                let index = token.to_index().ok().and_then(|index| index.for_len(elements.len()).ok());
                index.and_then(|index| elements.into_iter().nth(index))
            } else {
                return Err(EditError::ThroughScalar { at: Place(at), kind: kind(&node) });
            };
            node = inside.ok_or_else(|| EditError::NoSuchPlace {
                creatable: is_last && node.as_object().is_some(),
                nearest: Place(at.clone()),
                meant: self.resembling(pointer).map(Place),
            })?;
            at.push_back(token);
        }
        let kind = kind(&node);
        Ok(Target::Value(node, kind))
    }

    /// The place of a string or of `null` that a pointer was probably meant to name: one that differs
    /// in a few letters, or one of the same last name.
    fn resembling(&self, pointer: &Pointer) -> Option<PointerBuf> {
        let given = pointer.as_str();
        let mut strings = Vec::new();
        collect_strings(&self.root.value()?, &PointerBuf::root(), &mut strings);
        let distance = |place: &PointerBuf| strsim::osa_distance(given, place.as_str());
        strings
            .into_iter()
            .filter(|place| given.len().max(place.len()) <= LONGEST_COMPARED)
            .filter(|place| {
                place.last() == pointer.last() || distance(place) * LETTERS_PER_MISTAKE <= given.len()
            })
            .min_by_key(distance)
    }
}

impl EditError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotUtf8 { .. } => "save it as UTF-8".to_owned(),
            Self::NotJson { .. } | Self::TooDeep { .. } => {
                "mend it there, or name another file with --config".to_owned()
            }
            Self::Empty => "name the connector's config.json with --config".to_owned(),
            Self::NoSuchPlace { meant, creatable, .. } => match (meant, creatable) {
                (Some(meant), true) => {
                    format!("did you mean {meant}? to add a new member: --create-key")
                }
                (Some(meant), false) => format!("did you mean {meant}?"),
                (None, true) => "to add it as a new member: --create-key".to_owned(),
                (None, false) => EXAMPLE.to_owned(),
            },
            Self::ThroughScalar { .. } => EXAMPLE.to_owned(),
            Self::Twice { .. } => "remove one of the two; programs differ in which they take".to_owned(),
            Self::NotAString { .. } => "--key names the place of a string or of null".to_owned(),
        }
    }

    fn from_parser(error: &ParseError) -> Self {
        let (line, column) = (error.line_display(), error.column_display());
        match error.kind() {
            ParseErrorKind::NestingDepthExceeded => Self::TooDeep { line, column },
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

fn kind(node: &CstNode) -> Kind {
    match node {
        CstNode::Container(container) if container.is_array() => Kind::Array,
        CstNode::Container(_) => Kind::Object,
        CstNode::Leaf(CstLeafNode::StringLit(_)) => Kind::String,
        CstNode::Leaf(CstLeafNode::NumberLit(_)) => Kind::Number,
        CstNode::Leaf(CstLeafNode::BooleanLit(_)) => Kind::Boolean,
        // Of the other leaves none is a value: words are refused, the rest is in between.
        CstNode::Leaf(_) => Kind::Null,
    }
}

/// The places of all strings and nulls in a value that stands at `at`.
fn collect_strings(node: &CstNode, at: &Pointer, strings: &mut Vec<PointerBuf>) {
    if let Some(object) = node.as_object() {
        for member in object.properties() {
            if let (Some(name), Some(value)) = (member.decoded_name(), member.value()) {
                collect_strings(&value, &at.with_trailing_token(name), strings);
            }
        }
    } else if let Some(array) = node.as_array() {
        for (index, element) in array.elements().iter().enumerate() {
            collect_strings(element, &at.with_trailing_token(index), strings);
        }
    } else if matches!(kind(node), Kind::String | Kind::Null) {
        strings.push(at.to_buf());
    }
}
