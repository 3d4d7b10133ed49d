//! Follows a JSON pointer, suggests another if it leads nowhere, and finds members with almost the same name.

use std::borrow::Cow;

use jsonc_parser::ast::Value;
use jsonptr::{Pointer, PointerBuf};
use unicode_normalization::UnicodeNormalization;

use super::error::{EditError, Location, MissingPart, kind};
use crate::system::text;

/// Longer locations are not compared with what was given, to save time and memory.
const MAX_COMPARED_BYTES: usize = 256;
/// So many locations at most are compared with what was given, to save time and memory.
const MAX_COMPARED: usize = 1_000;

/// Follows a pointer (RFC 6901 section 4).
pub(super) fn find<'v, 'a>(root: &'v Value<'a>, pointer: &Pointer) -> Result<&'v Value<'a>, EditError> {
    let mut at = PointerBuf::root();
    let mut value = root;
    let mut tokens = pointer.tokens().peekable();
    while let Some(token) = tokens.next() {
        let (inside, missing) = match value {
            Value::Object(object) => {
                let name = token.decoded();
                let mut members = object.properties.iter().filter(|member| member.name.as_str() == name);
                let member = members.next();
                if members.next().is_some() {
                    at.push_back(token);
                    return Err(EditError::Duplicate { at: Location(at) });
                }
                let missing =
                    if tokens.peek().is_none() { MissingPart::LastMember } else { MissingPart::Member };
                (member.map(|member| &member.value), missing)
            }
            Value::Array(array) => {
                let length = array.elements.len();
                let index = token.to_index().ok().and_then(|index| index.for_len(length).ok());
                (index.and_then(|index| array.elements.get(index)), MissingPart::Element(length))
            }
            scalar => return Err(EditError::InsideScalar { at: Location(at), kind: kind(scalar) }),
        };
        let Some(inside) = inside else {
            let suggestion = match missing {
                // Another element is another account's.
                MissingPart::Element(_) => None,
                _ => suggest(root, pointer),
            };
            return Err(EditError::NotFound {
                key: Location::of(pointer),
                nearest: Location(at),
                missing,
                suggestion: suggestion.map(Location),
            });
        };
        value = inside;
        at.push_back(token);
    }
    Ok(value)
}

/// The location of a string or `null` that has the same names but for case and what separates them, or that differs
/// in a few letters. Nothing else is suggested: a password elsewhere in the config may be one that a program logs in with.
fn suggest(root: &Value<'_>, pointer: &Pointer) -> Option<PointerBuf> {
    if pointer.len() > MAX_COMPARED_BYTES {
        return None;
    }
    let mut same = with_same_names(root, pointer).into_iter();
    if let Some(location) = same.find(|location| find(root, location).is_ok_and(is_string_or_null)) {
        return Some(location);
    }
    let mut strings = Vec::new();
    collect_strings(root, &PointerBuf::root(), &mut strings);
    strings
        .into_iter()
        .filter_map(|location| Some((mistakes(pointer, &location)?, location)))
        .min_by_key(|(mistakes, _)| *mistakes)
        .map(|(_, location)| location)
}

/// The members that may be taken for the one at a location: those with the same names but for case and what separates
/// them, and its neighbours whose names differ from its own in one letter at most.
pub(super) fn resembling(root: &Value<'_>, pointer: &Pointer) -> Vec<Location> {
    let Some((parent, name)) = pointer.split_back() else { return Vec::new() };
    let name = name.decoded().to_lowercase();
    let mut found = with_same_names(root, pointer);
    if let Ok(Value::Object(object)) = find(root, parent) {
        let is_short = |name: &str| name.len() <= MAX_COMPARED_BYTES;
        for member in object.properties.iter().take(MAX_COMPARED) {
            let other = member.name.as_str().to_lowercase();
            let is_near = || mistakes_in_name(&name, &other).is_some_and(|mistakes| mistakes <= 1);
            if is_short(&name) && is_short(&other) && is_near() {
                found.push(parent.with_trailing_token(member.name.as_str()));
            }
        }
    }
    found.retain(|location| location != pointer);
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(Location).collect()
}

/// The locations that have the names of a pointer, in any case and Unicode form, and with other characters between
/// them. .NET takes names in any case, and joins those on the way to a value with `:`; others join them with dots; and
/// a `/` in a name must be written as `~1` in a pointer.
fn with_same_names(root: &Value<'_>, pointer: &Pointer) -> Vec<PointerBuf> {
    let names = pointer.tokens().map(|token| folded(&token.decoded())).collect::<Vec<_>>().join(":");
    let mut found = Vec::new();
    collect_same(root, &PointerBuf::root(), &names, &mut found);
    found
}

/// The locations inside the value at `at` whose folded names, joined with `:`, are `names`.
fn collect_same(value: &Value<'_>, at: &Pointer, names: &str, found: &mut Vec<PointerBuf>) {
    for (name, value) in parts(value) {
        let Some(rest) = names.strip_prefix(&folded(&name)) else { continue };
        let at = at.with_trailing_token(&*name);
        if rest.is_empty() {
            found.push(at);
        } else if let Some(rest) = rest.strip_prefix(':') {
            collect_same(value, &at, rest, found);
        }
    }
}

fn folded(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase().replace(['.', '/'], ":")
}

const fn is_string_or_null(value: &Value<'_>) -> bool {
    matches!(value, Value::StringLit(_) | Value::NullKeyword(_))
}

/// In how many letters two locations differ; none if that is too many for mistyped names.
fn mistakes(given: &Pointer, location: &Pointer) -> Option<usize> {
    if given.count() != location.count() {
        return None;
    }
    let names = given.tokens().zip(location.tokens());
    names.map(|(given, name)| mistakes_in_name(&given.decoded(), &name.decoded())).sum()
}

fn mistakes_in_name(given: &str, name: &str) -> Option<usize> {
    // Another number is another element, or another account.
    let numbers_are_equal = given.matches(char::is_numeric).eq(name.matches(char::is_numeric));
    if numbers_are_equal { text::mistakes(given, name) } else { None }
}

/// The locations of strings and nulls in the value at `at`, up to the limits above.
fn collect_strings(value: &Value<'_>, at: &Pointer, strings: &mut Vec<PointerBuf>) {
    if at.len() > MAX_COMPARED_BYTES || strings.len() >= MAX_COMPARED {
        return;
    }
    if is_string_or_null(value) {
        strings.push(at.to_buf());
    }
    for (name, value) in parts(value) {
        collect_strings(value, &at.with_trailing_token(&*name), strings);
    }
}

/// What an object or a list has in it, with the name of each member or the number of each element.
fn parts<'v, 'a>(value: &'v Value<'a>) -> Vec<(Cow<'v, str>, &'v Value<'a>)> {
    match value {
        Value::Object(object) => {
            object.properties.iter().map(|member| (member.name.as_str().into(), &member.value)).collect()
        }
        Value::Array(array) => array
            .elements
            .iter()
            .enumerate()
            .map(|(index, element)| (index.to_string().into(), element))
            .collect(),
        _ => Vec::new(),
    }
}
