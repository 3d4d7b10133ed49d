//! The fuzzer's checks, with random inputs that resemble real ones and with the fuzzer's seeds.
#![allow(clippy::unwrap_used)]

mod common;

use base64ct::{Base64Unpadded, Encoding};
use common::{properties, tags};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tc_calendar::cli::options;
use tc_calendar::config_file::edit::Document;
use tc_calendar::hash::encoded::Encoded;

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

/// SECURITY.md: "Hashes, passwords, sizes, configs and argument lists are fuzzed."
#[test]
fn the_fuzzers_seeds_pass() {
    let check = |target: &str, property: fn(&[u8]) -> bool| {
        let accepted = corpus(target).iter().filter(|input| property(input)).count();
        assert!(accepted > 0, "{target}: the fuzzer starts from nothing that the program accepts");
    };
    check("encoded", properties::encoded_input);
    check("lines", properties::lines);
    check("config", properties::config_input);
    check("numbers", |input| properties::numbers(std::str::from_utf8(input).unwrap()));
    check("arguments", properties::arguments);
    check("tags", tags::tags);
}

/// Without it, the fuzzer would hardly find one by chance.
#[test]
fn the_fuzzers_dictionary_has_each_option() {
    let dictionary = include_str!("../fuzz/dictionary");
    for option in options() {
        assert!(dictionary.contains(&format!("\"{option}\"")), "fuzz/dictionary lacks {option}");
    }
}

/// All options, as `--config`.
fn options() -> Vec<String> {
    let command = options::command();
    let names = command.get_arguments().filter_map(|argument| argument.get_long());
    names.chain(["help", "version"]).map(|name| format!("--{name}")).collect()
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

/// A config, some of whose places `/[ab0~]0?` reaches.
fn a_config() -> impl Strategy<Value = String> {
    let leaf = select(&["\"\"", "\"old\"", "null", "1", "true"][..]).prop_map(str::to_owned);
    let space = select(&["", " ", "\n\t", "// c\n", "/* c */", "\r\n"][..]);
    leaf.prop_recursive(3, 20, 4, move |value| {
        let names = subsequence(vec!["\"a\"", "\"b\"", "\"\\u0030\"", "\"~\""], 0..=4);
        let object = (names, vec(value.clone(), 4), space.clone()).prop_map(|(names, values, space)| {
            let members =
                names.iter().zip(values).map(|(name, value)| format!("{space}{name}{space}:{value}"));
            format!("{{{}{space}}}", members.collect::<Vec<_>>().join(","))
        });
        let array = (vec(value, 0..3), space.clone())
            .prop_map(|(values, space)| format!("[{}]", values.join(&format!("{space},"))));
        prop_oneof![3 => object, 1 => array]
    })
}

proptest! {
    #[test]
    fn random_encoded_strings_keep_the_properties(
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
    fn readable_encoded_strings_keep_the_properties(
        variant in select(&["argon2id", "argon2i", "argon2d"][..]),
        version in select(&["v=19$", "v=16$", ""][..]),
        numbers in "m=6[0-9]{4},t=[1-9],p=[1-9]",
        salt in vec(any::<u8>(), 8..60),
        tag in vec(any::<u8>(), 4..80),
    ) {
        let [salt, tag] = [salt, tag].map(|bytes| Base64Unpadded::encode_string(&bytes));
        let text = format!("${variant}${version}{numbers}${salt}${tag}");
        prop_assert!(Encoded::read(&text).is_ok());
        properties::encoded(&text);
    }

    #[test]
    fn pieces_of_encoded_strings_keep_the_properties(text in pieces(
        &["$", "argon2id", "argon2i", "v=19", "v=16", "m=8,t=1,p=1", "c2FsdHNhbHQ", "8+dxpSCIzn", "=", " ",
          "\\", "$$", "{ARGON2ID}", "Your encrypted data: ", ",keyid=a", "\u{e9}", "\0", "$2b$", "=19"], 16,
    )) {
        properties::encoded(&text);
    }

    #[test]
    fn random_lines_keep_the_properties(text in vec(select(LINE_PIECES), 0..40)) {
        properties::lines(&text.concat());
    }

    #[test]
    fn random_configs_keep_the_properties(pointer in pieces(&["+", "/", "a", "~0", "~1", "0", "b", ""], 6), text in pieces(
        &["{", "}", "[", "]", ":", ",", "\"a\"", "\"b\"", "\"\"", "null", "1", "true", "\n", "\r\n\t", " ",
          "// c\n", "/* c */", "\"a\":", "{\"a\":", "\"\\u0061\":", "{}", "[]"], 30,
    )) {
        properties::config(format!("{pointer}\n{text}").as_bytes());
    }

    #[test]
    fn readable_configs_keep_the_properties(pointer in "[+]?(/[ab0~]0?){0,3}", text in a_config()) {
        prop_assert!(Document::read(text.as_bytes()).is_ok());
        properties::config(format!("{pointer}\n{text}").as_bytes());
    }

    #[test]
    fn random_sizes_keep_the_properties(text in pieces(&["a", "0", "1", "64", "9999999999", ".", ".5", "K", "m", "iB", "MiB", " ", "-", "\u{661}"], 8)) {
        properties::numbers(&text);
    }

    #[test]
    fn random_argument_lists_keep_the_properties(input in vec(prop_oneof![
        select(options()),
        select(&["\0", "\0", "\0", "\0", "=", "@", "-@", "--@", "/@", "-", "--", "-m", "-t", "-p", "-q", "8",
          "m=8,t=1,p=1", "man", "owasp", "json", "\u{e9}"][..]).prop_map(str::to_owned),
    ], 0..24)) {
        properties::arguments(input.concat().as_bytes());
    }
}
