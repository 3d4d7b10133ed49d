//! Properties of every input, for the property tests and the fuzzer. Each function says whether the input was one that
//! the program accepts, so that the fuzzer can tell how many of its inputs get so far.

use std::ffi::OsString;
use std::io::Read;

use jsonptr::PointerBuf;
use tc_calendar::advice::Error;
use tc_calendar::cli;
use tc_calendar::cli::values::memory;
use tc_calendar::config_file::edit::{Document, OnMissing};
use tc_calendar::hash::diagnose;
use tc_calendar::hash::encoded::{Encoded, Variant, Version, has_usual_order};
use tc_calendar::hash::params::{Kib, Params};
use tc_calendar::password::{Stream, lines::Lines, stand_in::StandIn};

/// An encoded string that can be read is written back unchanged, except that a missing version is written
/// as 16. If it cannot be read, there is a hint.
pub fn encoded(text: &str) -> bool {
    let Ok(encoded) = Encoded::read(text) else {
        if let Err(damage) = diagnose::read(text.as_ref()) {
            assert!(Error::from(damage).hint().is_some_and(|hint| !hint.is_empty()));
        }
        return false;
    };
    let written = encoded.to_string();
    assert_eq!(Encoded::read(&written), Ok(encoded));
    if has_usual_order(text) {
        let written = if text.contains("$v=") { written } else { written.replacen("$v=16", "", 1) };
        assert_eq!(written, text);
    } else {
        assert_eq!(sorted(&written), sorted(text), "the same letters in another order");
    }
    true
}

/// The property of a text, and of the encoded string that its bytes are when they are taken for numbers, a salt and a
/// tag: the fuzzer makes few whole ones out of letters.
pub fn encoded_input(input: &[u8]) -> bool {
    let as_text = std::str::from_utf8(input).is_ok_and(encoded);
    assembled(input).is_some_and(|text| encoded(&text)) || as_text
}

/// One of its letters is changed, or none if the bytes name a place behind its end.
fn assembled(input: &[u8]) -> Option<String> {
    let (&[kind, low, high, passes, lanes, salt, place, letter], rest) = input.split_first_chunk()?;
    let variant = [Variant::Argon2d, Variant::Argon2i, Variant::Argon2id][usize::from(kind % 3)];
    let version = if kind < 128 { Version::V19 } else { Version::V16 };
    let lanes = u64::from(lanes) + 1;
    let memory_kib = 8 * lanes + u64::from(u16::from_le_bytes([low, high]));
    let params = Params::new(memory_kib, u64::from(passes) + 1, lanes).unwrap();
    let (salt, tag) = rest.split_at(rest.len().min(salt.into()));
    let mut text = Encoded { variant, version, params, salt: salt.into(), tag: tag.into() }.to_string();
    let place = usize::from(place);
    if place < text.len() {
        text.replace_range(place..=place, char::from(letter % 128).encode_utf8(&mut [0; 4]));
    }
    Some(text)
}

fn sorted(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.replacen("$v=16", "", 1).chars().collect();
    letters.sort_unstable();
    letters
}

/// Returns 1 to 16 bytes per read, like a pipe.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 = self.1 * 5 % 16 + 1;
        let count = self.1.min(buffer.len()).min(self.0.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// The passwords are the lines of the text up to the first that is refused, however reads split it.
pub fn lines(text: &[u8]) -> bool {
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    let mut expected: Vec<_> = lines.map(|line| (line, without_mark_and_end(line))).collect();
    // Empty lines at the end are left out, but the first line is a password.
    while expected.len() > 1 && expected.last().is_some_and(|(_, password)| password.is_empty()) {
        expected.pop();
    }
    let mut expected = expected.into_iter();
    for entry in Lines::new(Stream::Stdin, Pieces(text, 1)) {
        let (line, password) = expected.next().unwrap_or_default();
        let Ok(entry) = entry else {
            // A refusal must have a reason.
            let low_from = |first: usize| password.iter().skip(first).step_by(2).all(|byte| *byte < 8);
            let is_utf_16 = password.len() >= 4 && low_from(0) != low_from(1);
            let is_text = !is_utf_16
                && std::str::from_utf8(password).is_ok_and(|text| {
                    !text.contains(['\0', '\r', '\u{FFFD}']) && StandIn::of(text).is_none()
                });
            assert!(password.is_empty() || line.len() > 4_096 || !is_text, "{line:?} is a password");
            return false;
        };
        assert_eq!(entry.password.as_bytes(), password);
    }
    assert!(expected.next().is_none(), "a line is missing");
    true
}

fn without_mark_and_end(mut line: &[u8]) -> &[u8] {
    while let [b'\xEF', b'\xBB', b'\xBF', rest @ ..] | [rest @ .., b'\r' | b'\n'] = line {
        line = rest;
    }
    line
}

/// A value that is set in a config is read back, and the text around it stays. The first line of the
/// input is the pointer; a `+` before it allows creating the member.
pub fn config(input: &[u8]) -> bool {
    let Some(end) = input.iter().position(|&byte| byte == b'\n') else { return false };
    let (first, text) = (&input[..end], &input[end + 1..]);
    let Ok(first) = std::str::from_utf8(first) else { return false };
    let Ok(pointer) = PointerBuf::parse(first.trim_start_matches('+')) else { return false };
    let Ok(mut document) = Document::read(text) else { return false };

    let missing = if first.starts_with('+') { OnMissing::Create } else { OnMissing::Error };
    let existed = document.get(&pointer).is_ok();
    let set = document.set(&pointer, "NEW", missing);
    let edited = document.into_bytes();
    let Ok(created) = set else {
        assert_eq!(edited, text, "a failed edit changed the text");
        return false;
    };
    assert_eq!(created, !existed);
    let read_back = Document::read(&edited).unwrap().get(&pointer).unwrap();
    assert_eq!(read_back.as_deref(), Some("NEW"));
    assert!(is_around(text, &edited, created), "more than one value changed");
    true
}

/// Where a value may be set, and whether it may be created.
const POINTERS: [&str; 8] = ["/a", "/b", "+/a", "+/b/c", "/a/0", "+/a/1", "/b/a", "+/a/b/a"];

/// What a config consists of.
#[rustfmt::skip] // a line for each would be a page
const PIECES: [&str; 32] = [
    "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\"a\": ", "\"b\": ", "\"\"", "\"x\"", "\"\\u0061\"", "\"\\\"\"",
    "1", "-1.5e+3", "true", "null", " ", "\n", "\r\n", "\t", "// c\n", "/* c */", "\"a\": {", "\"b\": [",
    "\"a\": \"\"", ",\n", "}\n", "\u{44f}", "\u{FEFF}", "/",
];

/// The property of a text, and of the config whose pieces the bytes are when they are taken for numbers: the fuzzer makes
/// few configs out of letters.
pub fn config_input(input: &[u8]) -> bool {
    let as_text = config(input);
    let Some((first, pieces)) = input.split_first() else { return as_text };
    let pointer = POINTERS[usize::from(first % 8)];
    let text: String = pieces.iter().map(|piece| PIECES[usize::from(piece % 32)]).collect();
    config(format!("{pointer}\n{{{text}}}").as_bytes()) || as_text
}

/// Whether the edited text differs from the old one in one literal, or in one member that was created.
fn is_around(text: &[u8], edited: &[u8], created: bool) -> bool {
    let (literal, old) = (b"\"NEW\"", text.len());
    let literals = edited.windows(literal.len()).enumerate().filter(|(_, part)| part == literal);
    literals.map(|(at, _)| at).any(|at| {
        let behind = &edited[at + literal.len()..];
        if created {
            // The added text ends with the literal, or with a comma after it. A comma may also be added
            // earlier, before comments.
            let kept = [behind, behind.strip_prefix(b",").unwrap_or(behind)];
            kept.iter().any(|behind| {
                let before = old.checked_sub(behind.len()).map(|end| &text[..end]);
                text.ends_with(behind) && before.is_some_and(|before| is_subsequence(before, &edited[..at]))
            })
        } else {
            let before = &edited[..at];
            text.starts_with(before) && text.ends_with(behind) && before.len() + behind.len() < old
        }
    })
}

fn is_subsequence(bytes: &[u8], others: &[u8]) -> bool {
    let mut others = others.iter();
    bytes.iter().all(|byte| others.any(|other| other == byte))
}

/// A memory size that is displayed and read again is the same.
pub fn numbers(text: &str) -> bool {
    let Ok(kib) = memory(text) else { return false };
    assert_eq!(memory(&Kib(kib).to_string()), Ok(kib));
    true
}

/// Replaces each `@` in an argument; no message contains it otherwise.
const SECRET: &[u8] = b"S3CR3T";

/// No list of arguments causes a panic or gets an argument's text into a message. The arguments are
/// separated by NULs.
pub fn arguments(input: &[u8]) -> bool {
    let with_secrets = |argument: &[u8]| {
        let parts: Vec<&[u8]> = argument.split(|&byte| byte == b'@').collect();
        os_string(parts.join(SECRET))
    };
    let arguments = input.split(|&byte| byte == 0).map(with_secrets);
    let Err(error) = cli::parse(std::iter::once("tc_calendar".into()).chain(arguments).collect()) else {
        return true;
    };
    let error = Error::from(error);
    let hint = error.hint().unwrap_or_default();
    assert!(!hint.is_empty());
    for text in [error.to_string(), format!("{error:?}"), hint.into_owned()] {
        let leaks = text.as_bytes().windows(SECRET.len()).any(|part| part == SECRET);
        assert!(!leaks, "{text}");
    }
    false
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
