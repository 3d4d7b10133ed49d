//! Follows a JSON pointer, suggests another if it leads nowhere, and finds members with almost the same name.

use jsonc_parser::ast::Value;
use jsonptr::{Pointer, PointerBuf, Token};

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
                _ => suggest_escaped(value, &at, &token, tokens).or_else(|| suggest(root, pointer)),
            };
            return Err(EditError::NotFound {
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

/// The location of a member whose name has a `/`, if the given one has a plain `/` in place of `~1`.
fn suggest_escaped<'t>(
    object: &Value<'_>,
    at: &Pointer,
    missing: &Token<'_>,
    rest: impl Iterator<Item = Token<'t>>,
) -> Option<PointerBuf> {
    let mut name = missing.decoded().into_owned();
    for token in rest {
        name = format!("{name}/{}", token.decoded());
        if object.as_object()?.properties.iter().any(|member| member.name.as_str() == name) {
            return Some(at.with_trailing_token(&*name));
        }
    }
    None
}

/// The location of a string or `null` whose names differ from the given ones by mistyped letters only, or
/// were written with dots between them. Nothing else is suggested: a password elsewhere in the config may be
/// one that a program logs in with.
fn suggest(root: &Value<'_>, pointer: &Pointer) -> Option<PointerBuf> {
    if pointer.len() > MAX_COMPARED_BYTES {
        return None;
    }
    let mut strings = Vec::new();
    collect_strings(root, &PointerBuf::root(), &mut strings);
    let slashed = pointer.as_str().replace('.', "/");
    if let Some(index) = strings.iter().position(|location| location.as_str() == slashed) {
        return Some(strings.swap_remove(index));
    }
    strings
        .into_iter()
        .filter_map(|location| Some((mistakes(pointer, &location)?, location)))
        .min_by_key(|(mistakes, _)| *mistakes)
        .map(|(_, location)| location)
}

/// The members that may be taken for the one at a location: its neighbours whose names differ from its own in one
/// letter at most or are the beginning of it before a `:`, and whatever .NET gives the same name. It takes names in any
/// case, and joins those on the way to a value with `:`.
pub(super) fn resembling(root: &Value<'_>, pointer: &Pointer) -> Vec<Location> {
    let Some((parent, name)) = pointer.split_back() else { return Vec::new() };
    let name = name.decoded().to_lowercase();
    let joined = pointer.tokens().map(|token| token.decoded().to_lowercase()).collect::<Vec<_>>().join(":");
    let mut found = Vec::new();
    collect_same(root, &PointerBuf::root(), &joined, &mut found);
    if let Ok(Value::Object(object)) = find(root, parent) {
        let is_short = |name: &str| name.len() <= MAX_COMPARED_BYTES;
        for member in object.properties.iter().take(MAX_COMPARED) {
            let other = member.name.as_str().to_lowercase();
            let begins = name.strip_prefix(&other).is_some_and(|rest| rest.starts_with(':'));
            let is_near = || mistakes_in_name(&name, &other).is_some_and(|mistakes| mistakes <= 1);
            if begins || is_short(&name) && is_short(&other) && is_near() {
                found.push(parent.with_trailing_token(member.name.as_str()));
            }
        }
    }
    found.retain(|location| location != pointer);
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(Location).collect()
}

/// The locations inside the value at `at` whose names, joined with `:`, are `joined` in any case.
fn collect_same(value: &Value<'_>, at: &Pointer, joined: &str, found: &mut Vec<PointerBuf>) {
    let Value::Object(object) = value else { return };
    for member in &object.properties {
        let Some(rest) = joined.strip_prefix(&member.name.as_str().to_lowercase()) else { continue };
        let at = at.with_trailing_token(member.name.as_str());
        if rest.is_empty() {
            found.push(at);
        } else if let Some(rest) = rest.strip_prefix(':') {
            collect_same(&member.value, &at, rest, found);
        }
    }
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
