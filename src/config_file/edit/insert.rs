//! Finds where to insert a new member in an object, and what to write around it. Removes nothing.

use std::ops::Range;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::tokens::{Token, TokenAndRange};

/// The insertions that add a member after the last one of an object, in order: each an empty range and
/// the text to put there.
pub(super) fn insertions(
    text: &str,
    object: &Value<'_>,
    tokens: &[TokenAndRange<'_>],
    member: &str,
) -> Vec<(Range<usize>, String)> {
    let (start, end) = (object.start() + 1, object.end() - 1);
    let last = object.as_object().and_then(|object| object.properties.last());
    let end_of_last = last.map_or(start, Ranged::end);
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

    let between = match last {
        Some(last) => match line_before(text, last.start()) {
            Some(line) => line.to_owned(),
            None if in_line_comment => format!("{}{}", newline(text), indent_unit(text)),
            None => " ".to_owned(),
        },
        None if in_line_comment || text[start..end].contains(['\n', '\r']) => {
            let outer = line_before(text, end).unwrap_or(newline(text));
            format!("{outer}{}", indent_unit(text))
        }
        None if at > start => " ".to_owned(),
        None => String::new(),
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

/// The indentation of one level, which is that of the first indented line in the text.
fn indent_unit(text: &str) -> &str {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let indented = text.lines().find(|line| indentation(line) > 0 && !line.trim().is_empty());
    indented.map_or("  ", |line| &line[..indentation(line)])
}
