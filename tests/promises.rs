//! Every sentence of the pages stands in `tests/data/promises/`: with the tests that keep it, or among
//! those that promise nothing.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

const PAGES: [&str; 6] =
    ["README.md", "SECURITY.md", "docs/config.md", "docs/cost.md", "docs/exchange.md", "docs/shells.md"];

/// The heading of a table's second part.
const NOTHING: &str = "# Sentences that promise nothing";

/// A sentence of a table.
struct Row<'a> {
    sentence: String,
    /// As `tests/verify.rs the_answer_can_be_json`.
    tests: Vec<&'a str>,
    promises_nothing: bool,
}

/// Rows are separated by empty lines, and tests are indented. A line with `#` is a heading.
fn rows(table: &str) -> Vec<Row<'_>> {
    let mut promises_nothing = false;
    let mut rows = Vec::new();
    for block in table.split("\n\n").map(|block| block.trim_matches('\n')).filter(|block| !block.is_empty()) {
        if block.starts_with('#') {
            promises_nothing |= block.starts_with(NOTHING);
            continue;
        }
        let (tests, sentence): (Vec<_>, Vec<_>) = block.lines().partition(|line| line.starts_with("    "));
        let tests = tests.into_iter().map(str::trim).collect();
        rows.push(Row { sentence: one_line(&sentence.join(" ")), tests, promises_nothing });
    }
    rows
}

/// The sentences of a page: of its paragraphs, list items and rows of tables. A full stop and white space
/// end a sentence. Headings and fenced blocks have none.
fn sentences(page: &str) -> BTreeSet<String> {
    let mut blocks = vec![String::new()];
    let mut is_fenced = false;
    for line in page.lines().map(str::trim) {
        let is_fence = line.starts_with("```");
        is_fenced ^= is_fence;
        let numbered = || line.strip_prefix(|letter: char| letter.is_ascii_digit())?.strip_prefix(". ");
        let item = line.strip_prefix("- ").or_else(numbered);
        if item.is_some() || line.is_empty() || is_fence || line.starts_with(['#', '|']) {
            blocks.push(String::new());
        }
        if !(is_fenced || is_fence || line.starts_with('#') || line.starts_with("|---")) {
            blocks.last_mut().unwrap().extend([item.unwrap_or(line), " "]);
        }
    }
    let sentences = blocks.iter().flat_map(|block| block.split_inclusive(". ")).map(one_line);
    sentences.filter(|sentence| !sentence.is_empty()).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of a file of the repository; empty if there is none.
fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default()
}

/// The table of a page.
fn table_of(page: &str) -> String {
    format!("tests/data/promises/{}.txt", Path::new(page).file_stem().unwrap().to_str().unwrap())
}

/// Whether the file has a test of this name. It may be ignored for what it needs, because `.ci/run` has that.
/// A check of the packages is a whole file.
fn exists(test: &str) -> bool {
    let Some((file, name)) = test.split_once(' ') else {
        return test.starts_with("packaging/checks/") && !read(test).is_empty();
    };
    let code = read(file);
    let Some((before, _)) = code.split_once(&format!("fn {name}(")) else { return false };
    let attributes = before.rsplit(['{', '}']).next().unwrap();
    attributes.contains("#[test]") && !attributes.replace("#[ignore = \"needs ", "").contains("#[ignore")
}

#[test]
fn every_sentence_has_a_row() {
    for page in PAGES {
        let table = table_of(page);
        let sentences = sentences(&read(page));
        assert!(!sentences.is_empty(), "{page}");
        let mut rest = sentences.clone();
        for Row { sentence, .. } in rows(&read(&table)) {
            assert!(
                sentences.contains(&sentence),
                "{page} does not say this (any more); change or remove its row in {table}: {sentence}"
            );
            assert!(rest.remove(&sentence), "{table} has two rows for: {sentence}");
        }
        assert!(
            rest.is_empty(),
            "{page} says what {table} has no row for. Name the tests that fail if it is untrue, or write one, \
             or say less. If it states no behaviour of the program, add it to the second part: {rest:#?}"
        );
    }
}

#[test]
fn every_promise_names_tests_that_exist() {
    for table in PAGES.map(table_of) {
        for Row { sentence, tests, promises_nothing } in rows(&read(&table)) {
            let message = "tests are named in the first part, and only there";
            assert_eq!(tests.is_empty(), promises_nothing, "{table}: {message}: {sentence}");
            for test in tests {
                assert!(exists(test), "{table}: there is no such test, or it is ignored: {test}");
            }
        }
    }
}

#[test]
fn sentences_end_at_full_stops_and_with_their_block() {
    let page = "# Title\n\nOne\nline. Two `a.b`:\n\n```sh\nnot. this\n```\n- three\n  lines. Four\n1. five\n\n\
                | a. b | c |\n|---|---|\n";
    let expected = ["One line.", "Two `a.b`:", "three lines.", "Four", "five", "| a.", "b | c |"];
    assert_eq!(sentences(page), expected.map(str::to_owned).into());
    let this = "tests/promises.rs sentences_end_at_full_stops_and_with_their_block";
    assert!(exists(this) && !exists("tests/promises.rs one_line") && !exists("tests/promises.rs nothing"));
    assert!(exists("tests/hash_pass.rs the_large_profile_uses_2_gib"), "it says what it needs");
    let often_fails = "tests/console.rs a_windows_console_is_restored_and_never_deaf_after_ctrl_c";
    assert!(!exists(often_fails), "it is not run");
}
