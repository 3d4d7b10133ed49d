//! A test that keeps a sentence of a page quotes it in its doc comment. Each quotation must stand in its
//! page, so that whoever changes a promise meets its test.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

const PAGES: [&str; 8] = [
    "README.md",
    "SECURITY.md",
    "docs/batches.md",
    "docs/config.md",
    "docs/cost.md",
    "docs/engine.md",
    "docs/exchange.md",
    "docs/shells.md",
];

/// Where tests are. Those of `packaging/checks` are shell scripts, and quote in their comments.
const FOLDERS: [&str; 3] = ["tests", "src", "packaging/checks"];

/// The path of a file of the project.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page and the text of each quotation in the comments of some code.
fn quotations(code: &str) -> Vec<(String, String)> {
    let lines = code.lines().map(str::trim);
    let comments = lines.filter_map(|line| line.strip_prefix("///").or(line.strip_prefix("# ")));
    let comments = one_line(&comments.collect::<Vec<_>>().join(" "));
    let (mut quotations, mut rest) = (Vec::new(), comments.as_str());
    while let Some((before, after)) = rest.split_once(".md: \"") {
        let page = before.rsplit(' ').next().unwrap();
        let (text, after) = after.split_once('"').unwrap_or((after, ""));
        quotations.push((format!("{page}.md"), text.to_owned()));
        rest = after;
    }
    quotations
}

/// Whether a page contains the quoted text, wherever the lines of both end.
fn says(page: &str, text: &str) -> bool {
    !text.is_empty() && one_line(page).contains(text)
}

/// The sentences of a page's paragraphs, lists and tables, without its headings and its fenced examples.
fn sentences(page: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in page.split("```").step_by(2).flat_map(str::lines).map(str::trim) {
        if line.is_empty() || line.starts_with(['-', '|']) {
            blocks.push(String::new());
        }
        blocks.last_mut().unwrap().extend([line.trim_start_matches("- "), " "]);
    }
    let blocks = blocks.iter().filter(|block| !block.trim_start().starts_with('#'));
    let sentences = blocks.flat_map(|block| block.split_inclusive(". ")).map(one_line);
    sentences.filter(|sentence| sentence.contains(' ')).collect()
}

#[test]
fn every_quotation_stands_in_its_page() {
    for folder in FOLDERS {
        let mut count = 0;
        for file in files(&path(folder)) {
            for (page, text) in quotations(&fs::read_to_string(&file).unwrap_or_default()) {
                let it_says = fs::read_to_string(path(&page)).unwrap_or_default();
                assert!(says(&it_says, &text), "{page} does not say, as {} quotes: {text}", file.display());
                count += 1;
            }
        }
        assert!(count > 0, "no quotation was found in {folder}");
    }
}

/// Each row of the table in docs/engine.md begins with a claim and ends with what tries it.
/// docs/engine.md: "`packaging/evidence` tries each claim and prints a line for it"
#[test]
fn each_claim_of_the_engine_is_tried_and_no_other() {
    let script = fs::read_to_string(path("packaging/evidence")).unwrap();
    let tried = script.lines().filter_map(|line| line.strip_prefix("claim \"")?.split_once('"'));
    let tried: Vec<&str> = tried.map(|(claim, _)| claim).collect();
    let page = fs::read_to_string(path("docs/engine.md")).unwrap();
    let (_, table) =
        page.split_once("| claim | where it is kept | what tries it |\n|---|---|---|\n").unwrap();
    let rows = table.lines().map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(" | ").collect()).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), tried);
    assert!(tried.len() > 20, "{tried:?}");
    for name in rows.iter().flat_map(|row| row.last().unwrap().split('`').skip(1).step_by(2)) {
        assert!(script.contains(name) || name == "naive.rs", "packaging/evidence does not run {name}");
    }
}

#[test]
#[ignore = "lists the sentences that no test quotes; see them with --nocapture"]
fn sentences_that_no_test_quotes() {
    let code = FOLDERS.iter().flat_map(|folder| files(&path(folder))).map(fs::read_to_string);
    let quotations: Vec<_> = code.flat_map(|code| quotations(&code.unwrap_or_default())).collect();
    for page in PAGES {
        let sentences = sentences(&fs::read_to_string(path(page)).unwrap());
        let (quoted, others): (Vec<_>, Vec<_>) = sentences.iter().partition(|sentence| {
            let overlaps = |text: &str| sentence.contains(text) || text.contains(*sentence);
            quotations.iter().any(|(of, text)| of == page && overlaps(text))
        });
        println!("{page}: {} sentences are quoted, and these {} are not:", quoted.len(), others.len());
        for sentence in others {
            println!("    {sentence}");
        }
    }
}

#[test]
fn a_wrong_quotation_is_noticed() {
    let code = "    /// Why. README.md: \"Two\n    /// words.\"\n    #[test]\n# docs/a.md: \"unfinished";
    let expected = [("README.md", "Two words."), ("docs/a.md", "unfinished")];
    assert_eq!(quotations(code), expected.map(|(page, text)| (page.to_owned(), text.to_owned())));
    assert!(says("One. Two\n  words.", "Two words."));
    assert!(!says("Two other words.", "Two words.") && !says("", "Two words.") && !says("Two words.", ""));

    let page = "# Title\n\n## Part\n\nOne\nline. Two `a.b`:\n\n```sh\nnot this\n```\n- three words\n| a | b |\n|---|---|\n";
    assert_eq!(sentences(page), ["One line.", "Two `a.b`:", "three words", "| a | b |"]);
}
