//! What holds for every input, whoever makes it up: the property tests and the fuzzer.

use std::ffi::OsString;
use std::io::Read;

use jsonptr::PointerBuf;
use tc_calendar::cli::values::memory;
use tc_calendar::cli::{self, hints};
use tc_calendar::config_file::edit::{Document, OnMissing};
use tc_calendar::hash::diagnose;
use tc_calendar::hash::encoded::Encoded;
use tc_calendar::hash::params::Kib;
use tc_calendar::password::{entry::Stream, lines::Lines};

/// An encoded string that is read is written back identically, and what is not read is diagnosed. A
/// version that is left out is 16, and is written.
pub fn encoded(text: &str) {
    match Encoded::read(text) {
        Ok(encoded) if text.contains("$v=") => assert_eq!(encoded.to_string(), text),
        Ok(encoded) => assert_eq!(encoded.to_string().replacen("$v=16", "", 1), text),
        Err(_) => {
            if let Err(damage) = diagnose::read(text.as_ref()) {
                assert!(!hints::damage(damage).is_empty());
            }
        }
    }
}

/// Gives one to 16 bytes at a time, as a pipe does.
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

/// The passwords in a text are its lines, however they arrive in pieces, up to one that is refused.
pub fn lines(text: &[u8]) {
    let whole = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut expected = whole.split_inclusive(|&byte| byte == b'\n');
    for taken in Lines::new(Stream::Stdin, Pieces(text, 1)) {
        let line = expected.next().unwrap_or_default();
        let line = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
        let Ok(taken) = taken else {
            // Refused rightly: and that is the end. Control characters at every second place are UTF-16.
            let is_text = std::str::from_utf8(line).is_ok_and(|line| !line.contains('\0'));
            let controls = |start| line.iter().skip(start).step_by(2).all(u8::is_ascii_control);
            let is_utf16 = controls(0) || controls(1);
            assert!(line.is_empty() || line.len() > 4_096 || !is_text || is_utf16, "{line:?} is a password");
            return;
        };
        assert_eq!(taken.password.as_bytes(), line);
    }
    assert!(expected.next().is_none(), "a line was left out");
}

/// What is set in a config is read back, and the text around it stays. The input's first line is the
/// pointer, with a `+` before it if it may be created.
pub fn config(input: &[u8]) {
    let Some(end) = input.iter().position(|&byte| byte == b'\n') else { return };
    let (first, text) = (&input[..end], &input[end + 1..]);
    let Ok(first) = std::str::from_utf8(first) else { return };
    let Ok(pointer) = PointerBuf::parse(first.trim_start_matches('+')) else { return };
    let Ok(mut document) = Document::read(text) else { return };

    let missing = if first.starts_with('+') { OnMissing::Create } else { OnMissing::Error };
    let existed = document.get(&pointer).is_ok();
    let set = document.set(&pointer, "NEW", missing);
    let edited = document.into_bytes();
    match set {
        Ok(created) => {
            assert_eq!(created, !existed);
            let read_back = Document::read(&edited).unwrap().get(&pointer).unwrap();
            assert_eq!(read_back.as_deref(), Some("NEW"));
            assert!(is_around(text, &edited, created), "more has changed than one value");
        }
        Err(_) => assert_eq!(edited, text, "what is refused changes nothing"),
    }
}

/// Whether all of a text is in the edited one but for one literal; or all of it, where a member is new.
fn is_around(text: &[u8], edited: &[u8], created: bool) -> bool {
    let (literal, old) = (b"\"NEW\"", text.len());
    let literals = edited.windows(literal.len()).enumerate().filter(|(_, part)| part == literal);
    literals.map(|(at, _)| at).any(|at| {
        let behind = &edited[at + literal.len()..];
        if created {
            // What is added ends with the literal and maybe a comma, and begins somewhere before; a
            // comma may stand apart, before comments.
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

/// Whether all of these bytes are among the others, in their order.
fn is_subsequence(bytes: &[u8], others: &[u8]) -> bool {
    let mut others = others.iter();
    bytes.iter().all(|byte| others.any(|other| other == byte))
}

/// A memory size that is read is shown as something that is read as the same, and a pointer is what
/// its parts make.
pub fn numbers(text: &str) {
    if let Ok(pointer) = PointerBuf::parse(text) {
        assert_eq!(PointerBuf::from_tokens(pointer.tokens()), pointer);
    }
    if let Ok(kib) = memory(text) {
        assert_eq!(memory(&Kib(kib).to_string()), Ok(kib));
    }
}

/// Put in wherever an argument has an `@`; no message has it otherwise.
const SECRET: &[u8] = b"S3CR3T";

/// No list of arguments makes the program panic, or tell an argument's text. They are separated by
/// NULs.
pub fn arguments(input: &[u8]) {
    let with_secrets = |argument: &[u8]| {
        let parts: Vec<&[u8]> = argument.split(|&byte| byte == b'@').collect();
        os_string(parts.join(SECRET))
    };
    let arguments = input.split(|&byte| byte == 0).map(with_secrets);
    let Err(error) = cli::parse(std::iter::once("tc_calendar".into()).chain(arguments).collect()) else {
        return;
    };
    let hint = hints::usage(&error);
    assert!(!hint.is_empty());
    for text in [error.to_string(), format!("{error:?}"), hint.into_owned()] {
        let tells = text.as_bytes().windows(SECRET.len()).any(|part| part == SECRET);
        assert!(!tells, "{text}");
    }
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
