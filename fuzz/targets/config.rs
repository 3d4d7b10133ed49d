//! Editing a config: one value changes, the text around it does not. The input's first line is the
//! pointer, with a `+` before it if it may be created.
#![no_main]

use jsonptr::PointerBuf;
use libfuzzer_sys::fuzz_target;
use tc_calendar::config_file::edit::{Document, Missing};

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|&byte| byte == b'\n') else { return };
    let (first, text) = (&input[..end], &input[end + 1..]);
    let Ok(first) = std::str::from_utf8(first) else { return };
    let create = first.starts_with('+');
    let Ok(pointer) = PointerBuf::parse(first.trim_start_matches('+')) else { return };
    let Ok(document) = Document::read(text) else { return };
    let old = document.get(&pointer);
    assert_eq!(document.into_bytes(), text, "what is only read stays as it is");

    let mut document = Document::read(text).unwrap();
    let missing = if create { Missing::Created } else { Missing::Refused };
    if document.set(&pointer, "NEW", missing).is_err() {
        return;
    }
    let edited = document.into_bytes();
    let read_back = Document::read(&edited).unwrap().get(&pointer).unwrap();
    assert_eq!(read_back.as_deref(), Some("NEW"));
    if old.is_ok() {
        // All but the value, a string or null, is as it was: what comes before it, and what behind.
        let before = text.iter().zip(&edited).take_while(|(old, new)| old == new).count();
        let behind = edited.len() - edited[before..].windows(4).position(|part| part == b"NEW\"").map_or(before, |at| before + at + 4);
        assert!(text.ends_with(&edited[edited.len() - behind..]));
    }
});
