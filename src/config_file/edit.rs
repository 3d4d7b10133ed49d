//! Reads and sets strings in JSON with comments, and keeps every other byte. Works on text, not files.

pub mod error;
mod insert;
mod locate;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::tokens::{Token, TokenAndRange};
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};
use jsonptr::Pointer;

use error::{EditError, Location, MissingPart, Place, kind};
use insert::insertions;
use locate::{find, resembling};

use crate::system::text::{UTF8_MARK, WideEncoding};

/// JSON (RFC 8259) with comments and trailing commas, but no other extension.
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

/// A JSON text with comments.
pub struct Document {
    text: String,
    /// Whether a byte order mark precedes the text.
    has_mark: bool,
}

/// What to do if the object that should have the last member of a pointer has no such member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMissing {
    Error,
    /// Add the member at the end of its object.
    Create,
}

impl Document {
    /// Reads a text; a byte order mark at its start is kept.
    ///
    /// # Errors
    ///
    /// [`EditError`], for what is not JSON with comments, with line and column.
    pub fn read(bytes: &[u8]) -> Result<Self, EditError> {
        if let Some(encoding) = WideEncoding::of_ascii(bytes) {
            return Err(EditError::Wide(encoding));
        }
        if let Some(nul) = bytes.iter().position(|&byte| byte == 0) {
            return Err(EditError::Nul(Place::end_of(&String::from_utf8_lossy(&bytes[..nul]))));
        }
        let text = str::from_utf8(bytes).map_err(|error| {
            EditError::NotUtf8(Place::end_of(&String::from_utf8_lossy(&bytes[..error.valid_up_to()])))
        })?;
        let unmarked = text.strip_prefix(UTF8_MARK);
        let document = Self { text: unmarked.unwrap_or(text).to_owned(), has_mark: unmarked.is_some() };
        document.parse()?;
        Ok(document)
    }

    /// The string at a location; none for `null`.
    ///
    /// # Errors
    ///
    /// [`EditError`], if the location has neither a string nor `null`.
    pub fn get(&self, pointer: &Pointer) -> Result<Option<String>, EditError> {
        match find(&self.parse()?.0, pointer)? {
            Value::StringLit(string) => Ok(Some(string.value.to_string())),
            Value::NullKeyword(_) => Ok(None),
            other => Err(not_a_string(pointer, other)),
        }
    }

    /// Replaces a string or `null` with a string. Returns whether its member is new.
    ///
    /// # Errors
    ///
    /// [`EditError`], if the location has neither a string nor `null`, or if a member is missing and may not be
    /// created.
    pub fn set(&mut self, pointer: &Pointer, value: &str, on_missing: OnMissing) -> Result<bool, EditError> {
        let (root, tokens) = self.parse()?;
        let (changes, is_new) = match (find(&root, pointer), pointer.split_back()) {
            (Err(EditError::NotFound { missing: MissingPart::LastMember, .. }), Some((parent, name)))
                if on_missing == OnMissing::Create =>
            {
                let member = format!("{}: {}", quoted(&name.decoded()), quoted(value));
                (insertions(&self.text, &root, find(&root, parent)?, &tokens, &member), true)
            }
            (found, _) => match found? {
                old @ (Value::StringLit(_) | Value::NullKeyword(_)) => {
                    (vec![(old.start()..old.end(), quoted(value))], false)
                }
                other => return Err(not_a_string(pointer, other)),
            },
        };
        // Changes are made from the end of the text, so that the ranges before them stay valid.
        for (range, new) in changes.into_iter().rev() {
            self.text.replace_range(range, &new);
        }
        Ok(is_new)
    }

    /// The members that a reader or a person may take for the one at a location, whether or not that exists.
    ///
    /// # Errors
    ///
    /// None, but for those of [`Document::read`], which has read the text.
    pub fn resembling(&self, pointer: &Pointer) -> Result<Vec<Location>, EditError> {
        Ok(resembling(&self.parse()?.0, pointer))
    }

    /// The text, with its byte order mark.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let mark = if self.has_mark { UTF8_MARK } else { "" };
        format!("{mark}{}", self.text).into_bytes()
    }

    /// Parses the value, and all tokens including comments.
    fn parse(&self) -> Result<(Value<'_>, Vec<TokenAndRange<'_>>), EditError> {
        let parsed = parse_to_ast(&self.text, &ALL_TOKENS, &JSON_WITH_COMMENTS)
            .map_err(|error| EditError::from_parser(&error, &self.text))?;
        let (Some(value), Some(tokens)) = (parsed.value, parsed.tokens) else {
            return Err(EditError::Empty);
        };
        self.check_characters(&tokens)?;
        Ok((value, tokens))
    }

    /// Refuses what the parser accepts but JSON forbids: control characters in strings, and white space
    /// other than JSON's four characters.
    fn check_characters(&self, tokens: &[TokenAndRange<'_>]) -> Result<(), EditError> {
        let not_json = |at: usize, cause: &str| {
            Err(EditError::NotJson(Place::end_of(&self.text[..at]), cause.to_owned()))
        };
        let no_white_space = |from: usize, to: usize| {
            let at = self.text[from..to].find(|c| ![' ', '\t', '\n', '\r'].contains(&c))?;
            Some(from + at)
        };
        let mut end_of_last = 0;
        for token in tokens {
            if let Some(at) = no_white_space(end_of_last, token.start()) {
                return not_json(at, "unexpected character");
            }
            let is_string = matches!(token.token, Token::String(_));
            if let Some(at) = token.text(&self.text).find(|c| c < ' ').filter(|_| is_string) {
                return not_json(token.start() + at, "control character in a string");
            }
            end_of_last = token.end();
        }
        match no_white_space(end_of_last, self.text.len()) {
            Some(at) => not_json(at, "unexpected character"),
            None => Ok(()),
        }
    }
}

fn not_a_string(pointer: &Pointer, value: &Value<'_>) -> EditError {
    EditError::NotAString { at: Location::of(pointer), kind: kind(value) }
}

/// A string as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
