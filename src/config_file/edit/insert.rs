//! Where a new member goes, and how it is laid out: like the members around it, whatever comments look like.

use std::ops::Range;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::tokens::{Token, TokenAndRange};

/// The indentation of one level, where the text shows none.
const INDENT_UNIT: &str = "  ";

/// The insertions that add a member after the last one of an object, in order: each an empty range and
/// the text to put there.
pub(super) fn insertions(
    text: &str,
    root: &Value<'_>,
    object: &Value<'_>,
    tokens: &[TokenAndRange<'_>],
    member: &str,
) -> Vec<(Range<usize>, String)> {
    let (start, end) = (object.start() + 1, object.end() - 1);
    let parts = parts(object);
    let last = parts.last();
    let end_of_last = last.map_or(start, |last| last.end);
    // Nothing but a comma and comments can follow the last member.
    let mut after_last = tokens.iter().filter(|token| token.start() >= end_of_last && token.end() <= end);
    let comma = after_last.clone().find(|token| token.token == Token::Comma);

    // The comments on the line of the last member belong to it, so the new member is inserted after them.
    let mut at = comma.map_or(end_of_last, Ranged::end);
    let mut in_line_comment = false;
    while let Some(comment) = after_last.find(|token| token.start() >= at) {
        if last.is_some() && text[at..comment.start()].contains(['\n', '\r']) {
            break;
        }
        at = comment.end();
        in_line_comment = matches!(comment.token, Token::CommentLine(_));
    }

    // A line of its own, if the last member has one, or if the line cannot go on.
    let has_line = match last {
        Some(last) => line_before(text, last.start).is_some(),
        None => text[start..end].contains(['\n', '\r']),
    };
    let between = if has_line || in_line_comment {
        let like_a_member = || parts.iter().rev().find_map(|part| line_before(text, part.start));
        let inside = || {
            let outer = line_before(text, end).unwrap_or(newline(text));
            format!("{outer}{}", indent_unit(text, root).unwrap_or(INDENT_UNIT))
        };
        like_a_member().map_or_else(inside, str::to_owned)
    } else if at > start {
        " ".to_owned()
    } else {
        String::new()
    };
    // Some parsers do not end a comment at a bare CR; the new member would then be part of it.
    let between = if in_line_comment && !between.contains('\n') {
        format!("{}{}", newline(text), between.trim_start_matches('\r'))
    } else {
        between
    };
    let mut insertions = Vec::new();
    if last.is_some() && comma.is_none() {
        insertions.push((end_of_last..end_of_last, ",".to_owned()));
    }
    insertions.push((at..at, format!("{between}{member}{}", if comma.is_some() { "," } else { "" })));
    insertions
}

/// Where the members of an object or the elements of a list are.
fn parts(value: &Value<'_>) -> Vec<Range<usize>> {
    match value {
        Value::Object(object) => object.properties.iter().map(|part| part.start()..part.end()).collect(),
        Value::Array(array) => array.elements.iter().map(|part| part.start()..part.end()).collect(),
        _ => Vec::new(),
    }
}

/// The line break and the white space before a position, if nothing else precedes it on its line.
fn line_before(text: &str, position: usize) -> Option<&str> {
    let before = &text[..position];
    let line = before.trim_end_matches([' ', '\t']);
    let start = line.strip_suffix("\r\n").or_else(|| line.strip_suffix(['\n', '\r']))?.len();
    Some(&before[start..])
}

/// The line ending of a text.
fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The indentation of one level: by how much the first value that has a line of its own is indented more than the
/// bracket that closes what it is in. None if no value shows it.
fn indent_unit<'t>(text: &'t str, value: &Value<'_>) -> Option<&'t str> {
    let white_space =
        |position| line_before(text, position).map(|line| line.trim_start_matches(['\r', '\n']));
    let of_this = || {
        let own = parts(value).iter().find_map(|part| white_space(part.start))?;
        own.strip_prefix(white_space(value.end() - 1)?).filter(|unit| !unit.is_empty())
    };
    let inside: Vec<&Value<'_>> = match value {
        Value::Object(object) => object.properties.iter().map(|member| &member.value).collect(),
        Value::Array(array) => array.elements.iter().collect(),
        _ => Vec::new(),
    };
    of_this().or_else(|| inside.into_iter().find_map(|value| indent_unit(text, value)))
}
