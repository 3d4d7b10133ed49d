//! The fuzzer's checks, with random inputs that resemble real ones and with the fuzzer's seeds.
#![allow(clippy::unwrap_used)]

mod common;

use common::{properties, tags};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The seeds that libFuzzer starts from.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let inputs: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    assert!(!inputs.is_empty());
    inputs
}

#[test]
fn the_fuzzers_seeds_pass() {
    let check = |target: &str, property: fn(&[u8])| {
        for input in corpus(target) {
            property(&input);
        }
    };
    check("encoded", |input| properties::encoded(std::str::from_utf8(input).unwrap()));
    check("lines", properties::lines);
    check("config", properties::config);
    check("numbers", |input| properties::numbers(std::str::from_utf8(input).unwrap()));
    check("arguments", properties::arguments);
    check("tags", tags::tags);
}

/// Texts made of these pieces in any order.
fn pieces(of: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    vec(select(of), 0..most).prop_map(|pieces| pieces.concat())
}

const LINE_PIECES: &[&[u8]] = &[
    b"hunter2",
    b"\n",
    b"\r\n",
    b"\r",
    b" ",
    b"\t",
    b"\0",
    b"\xE4",
    b"\xC3\xB6",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    &[b'x'; 2_048],
];

proptest! {
    #[test]
    fn encoded_strings(
        variant in select(&["argon2id", "argon2i", "argon2d", "argon2", "ARGON2ID"][..]),
        version in select(&["v=19$", "v=16$", "", "v=20$", "v=019$"][..]),
        numbers in "m=[0-9]{1,11},t=[0-9]{1,4},p=[0-9]{1,3}",
        salt in "[A-Za-z0-9+/=]{0,70}",
        tag in "[A-Za-z0-9+/$ ]{0,100}",
    ) {
        properties::encoded(&format!("${variant}${version}{numbers}${salt}${tag}"));
        properties::encoded(&format!("${variant}${version}{numbers}${salt}"));
    }

    #[test]
    fn pieces_of_encoded_strings(text in pieces(
        &["$", "argon2id", "argon2i", "v=19", "v=16", "m=8,t=1,p=1", "c2FsdHNhbHQ", "8+dxpSCIzn", "=", " ",
          "\\", "$$", "{ARGON2ID}", "Your encrypted data: ", ",keyid=a", "\u{e9}", "\0", "$2b$", "=19"], 16,
    )) {
        properties::encoded(&text);
    }

    #[test]
    fn lines(text in vec(select(LINE_PIECES), 0..40)) {
        properties::lines(&text.concat());
    }

    #[test]
    fn configs(pointer in pieces(&["+", "/", "a", "~0", "~1", "0", "b", ""], 6), text in pieces(
        &["{", "}", "[", "]", ":", ",", "\"a\"", "\"b\"", "\"\"", "null", "1", "true", "\n", "\r\n\t", " ",
          "// c\n", "/* c */", "\"a\":", "{\"a\":", "\"\\u0061\":", "{}", "[]"], 30,
    )) {
        properties::config(format!("{pointer}\n{text}").as_bytes());
    }

    #[test]
    fn sizes(text in pieces(&["a", "0", "1", "64", "9999999999", ".", ".5", "K", "m", "iB", "MiB", " ", "-", "\u{661}"], 8)) {
        properties::numbers(&text);
    }

    #[test]
    fn argument_lists(input in pieces(
        &["--hash_pass", "--verify", "--inspect", "--calibrate", "--config", "--key", "--password-file", "-m",
          "-t", "-p", "--profile", "--format", "--cross-check", "--password-stdin", "--password-env", "--lines", "--if-needed", "--replace", "--cost", "m=8,t=1,p=1", "-q", "--create-key", "--in-place", "--backup", "--generate", "man", "--memory", "--iterations", "--",
          "\0", "\0", "\0", "\0", "=", "@", "-@", "--@", "/@", "8", "owasp", "json", "--help", "-", "\u{e9}"], 24,
    )) {
        properties::arguments(input.as_bytes());
    }
}
