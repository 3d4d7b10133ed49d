//! The structure of the source: imports go down the list of modules in CONTRIBUTING.md, what verifies has
//! nothing of what hashes, and options are named only from `cli` upwards, and only if they exist.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use tc_calendar::cli::options;

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The path of each source file, as `hash/engine/lane.rs`, and its code without comments and tests.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files(&root).into_iter().filter(|file| !file.ends_with("lib.rs"));
    let source = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let code: Vec<&str> =
            without_tests(&text).lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"), code.join("\n"))
    };
    files.map(source).collect()
}

/// What stands before the first module of tests. Other items may be for tests only, too.
fn without_tests(text: &str) -> &str {
    let mut marks = text.match_indices("#[cfg(test)]").map(|(at, _)| at);
    let is_module = |at: &usize| {
        let mut item = text[*at..].lines().skip_while(|line| line.trim_start().starts_with("#["));
        item.next().is_some_and(|line| line.starts_with("mod "))
    };
    marks.find(is_module).map_or(text, |at| &text[..at])
}

/// The first name in a path: `hash` in `hash/engine/lane.rs` and in `hash::engine::lane`.
fn first_name(path: &str) -> &str {
    path.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next().unwrap()
}

/// How far down the list in CONTRIBUTING.md the module of a path stands.
fn layer(path: &str) -> usize {
    let list = include_str!("../CONTRIBUTING.md").lines().filter_map(|line| line.strip_prefix("    src/"));
    let layer = list.map(first_name).position(|name| name == first_name(path));
    layer.unwrap_or_else(|| panic!("{path} has no place in the list of CONTRIBUTING.md"))
}

/// The top modules that some code names, as `crate::hash` or as `tc_calendar::{batch, hash}`.
fn imports(code: &str) -> Vec<&str> {
    let mut imports = Vec::new();
    for path in ["crate::", "tc_calendar::"].iter().flat_map(|root| code.split(root).skip(1)) {
        match path.strip_prefix('{') {
            Some(list) => imports.extend(list.split('}').next().unwrap().split(", ").map(first_name)),
            None => imports.push(first_name(path)),
        }
    }
    imports
}

#[test]
fn only_modules_of_tests_are_left_out() {
    let code = "a\n#[cfg(test)]\nfn b() {}\nc\n";
    for tests in ["#[cfg(test)]\nmod tests {}\n", "#[cfg(test)]\n#[allow(d)] // e\nmod tests {}\n", ""] {
        assert_eq!(without_tests(&format!("{code}{tests}")), code);
    }
}

#[test]
fn imports_go_only_to_lower_layers() {
    assert_eq!(imports("use crate::a::B;\nuse tc_calendar::{c, d::E};\n$crate::f!()"), ["a", "f", "c", "d"]);
    let mut count = 0;
    for (path, code) in &sources() {
        for import in imports(code) {
            assert!(layer(path) <= layer(import), "{path} imports {import}, which is above it");
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

/// Only so does a match mean that two implementations agree: whatever the verifier imports is in `hash` or
/// below, and in `hash` nothing but the hasher names the engine.
/// README.md: "`--verify` uses a different Argon2 library from `--hash_pass`"
/// SECURITY.md: "verifies each hash with the crate `argon2`, which computes with none of the engine's code"
#[test]
fn the_verifier_has_nothing_of_the_engine() {
    for (path, code) in sources().iter().filter(|(path, _)| layer(path) >= layer("hash")) {
        assert_eq!(path == "hash/verifier.rs", code.contains("argon2::"), "{path}");
        let hashes = path.starts_with("hash/engine") || path == "hash/hasher.rs";
        if path.starts_with("hash/") && !hashes {
            let mut names = code.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            assert!(!names.any(|name| ["engine", "hasher"].contains(&name)), "{path}");
        }
    }
}

/// docs/cost.md: "It measures with the library that verifies, because that is what every login costs."
#[test]
fn calibrating_uses_the_verifier_and_no_hasher() {
    let mut sources = sources();
    sources.retain(|(path, _)| path.ends_with("/calibrate.rs"));
    assert!(sources.iter().any(|(_, code)| code.contains("verifier::")));
    assert!(!sources.iter().any(|(_, code)| code.contains("hasher::") || code.contains("engine::")));
}

#[test]
fn options_are_named_from_cli_upwards_and_exist() {
    let command = options::command();
    let own = command.get_arguments().filter_map(|argument| argument.get_long());
    let known: Vec<&str> = own.chain(["help", "version"]).collect();
    let mut count = 0;
    for (path, code) in sources() {
        for option in options_in(&code) {
            assert!(layer(&path) <= layer("cli"), "{path} is below cli and names --{option}");
            assert!(known.contains(&option), "{path} names --{option}, which is no option");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

/// The names of all options in a text: `config` in `--config`.
fn options_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("--").filter_map(|(at, _)| {
        let word = &text[at + 2..];
        let end = word.find(|letter: char| !letter.is_ascii_lowercase() && letter != '_' && letter != '-');
        let name = word[..end.unwrap_or(word.len())].trim_end_matches('-');
        (!name.is_empty() && !name.starts_with('-') && !text[..at].ends_with('-')).then_some(name)
    })
}
