//! Where a new member goes in an object, and what goes around it. Nothing is taken away.

use std::ops::Range;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::tokens::{Token, TokenAndRange};

/// The insertions that add a member to an object after its last one, in order: each a text and the
/// place where it goes.
pub(super) fn insertions(
    text: &str,
    object: &Value<'_>,
    tokens: &[TokenAndRange<'_>],
    member: &str,
) -> Vec<(Range<usize>, String)> {
    let (start, end) = (object.start() + 1, object.end() - 1);
    let last = object.as_object().and_then(|object| object.properties.last());
    let end_of_last = last.map_or(start, Ranged::end);
    // Nothing but a comma and comments.
    let mut behind = tokens.iter().filter(|token| token.start() >= end_of_last && token.end() <= end);
    let comma = behind.clone().find(|token| token.token == Token::Comma);

    // Behind the comments that belong to the last member, which are on its line.
    let mut at = comma.map_or(end_of_last, Ranged::end);
    let mut in_line_comment = false;
    while let Some(comment) = behind.find(|token| token.start() >= at) {
        if last.is_some() && text[at..comment.start()].contains(['\n', '\r']) {
            break;
        }
        at = comment.end();
        in_line_comment = matches!(comment.token, Token::CommentLine(_));
    }

    let between = match last {
        Some(last) => match line_before(text, last.start()) {
            Some(line) => line.to_owned(),
            None if in_line_comment => format!("{}{}", newline(text), unit(text)),
            None => " ".to_owned(),
        },
        None if in_line_comment || text[start..end].contains(['\n', '\r']) => {
            let outer = line_before(text, end).unwrap_or(newline(text));
            format!("{outer}{}", unit(text))
        }
        None if at > start => " ".to_owned(),
        None => String::new(),
    };
    // Not every reader ends a comment at a bare CR; then the new member would be part of it.
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

/// The line break and the white space before a place, where there is nothing else on its line.
fn line_before(text: &str, place: usize) -> Option<&str> {
    let before = &text[..place];
    let line = before.trim_end_matches([' ', '\t']);
    let start = line.strip_suffix("\r\n").or_else(|| line.strip_suffix(['\n', '\r']))?.len();
    Some(&before[start..])
}

/// What ends the lines of a text.
fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// What one level is indented by: the first indentation that there is.
fn unit(text: &str) -> &str {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let indented = text.lines().find(|line| indentation(line) > 0 && !line.trim().is_empty());
    indented.map_or("  ", |line| &line[..indentation(line)])
}
