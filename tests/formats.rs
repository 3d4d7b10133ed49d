//! `--format compose`, for a Compose file, and `--format change`, for a script.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{CHEAP, Run, tc_calendar, verifies};

fn hash() -> Run {
    tc_calendar(CHEAP).args(["--hash_pass"])
}

#[test]
fn for_compose_every_dollar_sign_is_doubled() {
    for name in ["compose", "Compose"] {
        let outcome = hash().args(["hunter2", "hunter3", "--format", name]).run();
        assert_eq!(outcome.lines().len(), 2);
        for (line, password) in outcome.lines().into_iter().zip(["hunter2", "hunter3"]) {
            let plain = line.replace("$$", "$");
            assert_eq!((plain.matches('$').count(), line.matches('$').count()), (5, 10), "{line}");
            assert!(verifies(&plain, password));
        }
    }
}

/// Compose reads `$$` as a dollar sign, and `config` writes it like this again. It takes the parts of a hash whose
/// dollar signs are not doubled for variables.
#[cfg(unix)]
#[test]
#[ignore = "needs docker-compose"]
fn compose_reads_the_hash() {
    let folder = tempfile::tempdir().unwrap();
    let read = |hash: &str| {
        let services =
            format!("version: '3'\nservices: {{a: {{image: b, environment: {{HASH: '{hash}'}}}}}}\n");
        fs::write(folder.path().join("docker-compose.yml"), services).unwrap();
        let mut compose = std::process::Command::new("docker-compose");
        let output = common::output(compose.arg("config").current_dir(folder.path()));
        String::from_utf8(output.stdout).unwrap()
    };
    let outcome = hash().args(["hunter2", "--format", "compose"]).run();
    let hash = outcome.lines()[0];
    assert!(read(hash).contains(&format!(" HASH: {hash}\n")), "{}", read(hash));
    assert!(!read(&hash.replace("$$", "$")).contains("argon2id"));
}

/// README.md: "To act only on a change, use `--format change`, which prints `changed` or `unchanged`"
/// docs/config.md: "`--format change` prints `changed` or `unchanged`, for the whole file, and leaves out the advice to restart."
#[test]
fn a_change_is_one_word_for_the_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    fs::write(&path, r#"{"a": "", "b": ""}"#).unwrap();
    let run = |passwords: &str, options: &[&str]| {
        let keys = ["--key", "/a", "--key", "/b", "--format", "change", "--config"];
        let outcome = hash().args(keys).args([&path]).args(options).lines(passwords).run();
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
        outcome.stdout
    };
    assert_eq!(run("first\nother", &["--if-needed"]), "changed\n");
    assert_eq!(run("first\nother", &["--if-needed"]), "unchanged\n");
    assert_eq!(run("first\nthe second", &["--if-needed"]), "changed\n");
    assert_eq!(run("first\nthe second", &["--if-needed"]), "unchanged\n");
    // Without --if-needed, each hash is new.
    assert_eq!(run("first\nthe second", &[]), "changed\n");
}

/// A script that asks for the word restarts what it has to.
#[test]
fn the_word_stands_for_the_advice_to_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    fs::write(&path, r#"{"a": ""}"#).unwrap();
    let run = ["-m8", "-t1", "-p1", "--hash_pass", "--key=/a", "--format=change", "--config"];
    let outcome = tc_calendar(run).args([&path]).piped("hunter2").run();
    assert_eq!(outcome.stdout, "changed\n");
    assert!(outcome.stderr.contains("wrote the hash to /a"), "{outcome:?}");
    assert!(!outcome.stderr.contains("restart"), "{outcome:?}");
}

/// A word that could not be printed is an error, but the config is written.
#[cfg(target_os = "linux")]
#[test]
fn an_error_says_that_the_config_is_written_if_the_word_cannot_be_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    fs::write(&path, r#"{"a": ""}"#).unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = hash().args(["hunter2", "--key", "/a", "--format", "change", "--config"]).args([&path]);
    let message = "the config is written, but the output cannot be written: no space left on device";
    run.run_into(full).fails(3, message);
}

#[test]
fn each_format_is_refused_where_it_has_no_meaning() {
    let outcome = hash().args(["hunter2", "--format", "change"]).run();
    outcome.fails(2, "--format change needs --config");
    let outcome = hash().args(["hunter2", "--format", "compose", "--config", "c", "--key", "/a"]).run();
    outcome.fails(2, "--format compose cannot be used with --config");
    assert!(outcome.stderr.contains("hint: the config gets the hash itself; "), "{outcome:?}");
    for mode in ["--verify", "--inspect", "--calibrate"] {
        for format in ["compose", "change"] {
            let outcome = tc_calendar([mode, "--format", format]).run();
            outcome.fails(2, &format!("--format {format} cannot be used with {mode}"));
        }
    }
}
