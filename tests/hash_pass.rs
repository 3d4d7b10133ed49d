//! `--hash_pass` with passwords as arguments: its output, cost and formats.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashSet;

use common::{CHEAP, Outcome, tc_calendar, verifies};
use serde_json::{Value, json};

fn hash(options: &[&str], passwords: &[&str]) -> Outcome {
    let run = tc_calendar(options).args(["--hash_pass"]);
    passwords.iter().fold(run, common::Run::secret).run()
}

/// README.md: "Hashes passwords with Argon2id, puts the hashes into configs, and verifies them"
/// README.md: "Results go to stdout, and nothing else does."
/// docs/cost.md: "The default, `rfc9106-low`, suits most machines."
#[test]
fn one_password_gives_one_line_at_the_default_cost_and_nothing_else() {
    let outcome = hash(&[], &["hunter2"]);
    let [line] = outcome.lines()[..] else { panic!("{outcome:?}") };
    assert!(line.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{line}");
    assert!(verifies(line, "hunter2"));
    assert!(!verifies(line, "hunter3"));
    assert_eq!(outcome.stderr, "");
}

/// README.md: "| the command line | `--hash_pass 'p1' 'p2'`;"
#[test]
fn several_passwords_give_one_line_each_in_order_with_different_salts() {
    let passwords = ["first", "second", "third", "second"];
    let outcome = hash(&CHEAP, &passwords);
    let lines = outcome.lines();
    assert_eq!(lines.len(), passwords.len());
    for (line, password) in lines.iter().zip(passwords) {
        assert!(verifies(line, password), "{password}");
    }
    let salts: HashSet<_> = lines.iter().map(|line| line.split('$').nth(4)).collect();
    assert_eq!(salts.len(), passwords.len());
}

/// docs/shells.md: "and is hashed byte for byte"
#[test]
fn every_kind_of_character_is_hashed_unchanged() {
    for password in [
        "hun\tter2",
        "with some spaces",
        "it's \"quoted\"",
        "$HOME %PATH% ^caret !bang `tick` \\back\\",
        "\u{fc}ml\u{e4}ut\u{df}",
        "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
        "\u{1F511}\u{1F511}",
    ] {
        let outcome = hash(&CHEAP, &[password]);
        assert!(verifies(outcome.lines()[0], password), "{password}");
    }
}

/// README.md: "if it starts with a dash, `--hash_pass=-secret` or `-- -secret`"
/// docs/shells.md: "If the password starts with a dash, put `=` or `--` before it."
#[test]
fn a_password_may_start_with_a_dash_where_it_cannot_be_an_option() {
    let attached = tc_calendar(CHEAP).args(["--hash_pass=-secret"]).hiding("-secret").run();
    assert!(verifies(attached.lines()[0], "-secret"));

    let after_dashes =
        tc_calendar(CHEAP).args(["--hash_pass", "--"]).secret("-secret").secret("--quiet").run();
    assert!(verifies(after_dashes.lines()[0], "-secret"));
    assert!(verifies(after_dashes.lines()[1], "--quiet"));

    let both = tc_calendar(CHEAP).args(["--hash_pass"]).secret("plain").args(["--"]).secret("-secret").run();
    assert!(verifies(both.lines()[0], "plain"));
    assert!(verifies(both.lines()[1], "-secret"));
}

#[test]
fn the_option_has_a_second_spelling() {
    let outcome = tc_calendar(CHEAP).args(["--hash-pass"]).secret("hunter2").run();
    assert!(verifies(outcome.lines()[0], "hunter2"));
}

/// docs/cost.md: "`-m`, `-t` and `-p` override one number of the profile each."
/// docs/cost.md: "`-m`, `-t` and `-p` override one number of the profile each."
#[test]
fn the_cost_is_the_profiles_and_each_number_can_be_overridden() {
    for (options, cost) in [
        (&["--profile", "rfc9106-low"][..], "m=65536,t=3,p=4"),
        (&["--profile", "owasp"], "m=19456,t=2,p=1"),
        (&["--profile", "owasp", "--memory", "20MiB"], "m=20480,t=2,p=1"),
        (&["--profile", "owasp", "--iterations", "3"], "m=19456,t=3,p=1"),
        (&["--profile", "owasp", "--parallelism", "2"], "m=19456,t=2,p=2"),
        (&["-m", "19456", "-t", "4", "-p", "3"], "m=19456,t=4,p=3"),
        (&["-m", "64M", "-p", "1"], "m=65536,t=3,p=1"),
        (&["-m", "64mb", "-p", "1"], "m=65536,t=3,p=1"),
        (&["-m", "0.03125GiB", "-p", "1"], "m=32768,t=3,p=1"),
    ] {
        let outcome = hash(options, &["hunter2"]);
        let line = outcome.lines()[0];
        assert_eq!(line.split('$').nth(3), Some(cost), "{options:?}");
        assert!(verifies(line, "hunter2"), "{options:?}");
        assert_eq!(outcome.stderr, "", "{options:?}");
    }
}

#[test]
#[ignore = "needs 2 GiB of memory"]
fn the_large_profile_uses_2_gib() {
    let outcome = hash(&["--profile", "rfc9106-high"], &["hunter2"]);
    let line = outcome.lines()[0];
    assert!(line.starts_with("$argon2id$v=19$m=2097152,t=1,p=4$"));
    assert!(verifies(line, "hunter2"));
}

/// docs/shells.md: "`--quiet` suppresses notes."
/// docs/cost.md: "A cost below OWASP's minimum is allowed, with a note."
#[test]
fn a_cost_below_owasps_minimum_gets_a_note() {
    let weak = ["-m", "19455", "-t", "2", "-p", "1"];
    let outcome = hash(&weak, &["hunter2"]);
    assert!(verifies(outcome.lines()[0], "hunter2"));
    assert_eq!(
        outcome.stderr,
        "note: this cost (19455 KiB, t=2, p=1) is below OWASP's minimum; use --profile owasp or stronger\n"
    );
    assert_eq!(hash(&[&weak[..], &["-q"]].concat(), &["hunter2"]).stderr, "");
}

/// A script may add a flag that is there already.
#[test]
fn a_flag_may_be_given_twice() {
    let run =
        tc_calendar(["--cost=m=8,t=1,p=1", "-q", "--quiet", "--cross-check", "--cross-check", "--hash_pass"]);
    let outcome = run.args(["--lines", "--lines"]).lines("hunter2\n").run();
    assert!(outcome.status == Some(0) && verifies(outcome.lines()[0], "hunter2"), "{outcome:?}");
}

/// README.md: "With `--format json`, results and errors are JSON objects"
#[test]
fn each_format_prints_its_form() {
    let plain = hash(&["--profile", "owasp", "--format", "plain"], &["hunter2"]);
    assert!(verifies(plain.lines()[0], "hunter2"));

    let label = hash(&["--profile", "owasp", "--format", "label"], &["hunter2", "hunter3"]);
    assert_eq!(label.lines().len(), 2);
    for (line, password) in label.lines().iter().zip(["hunter2", "hunter3"]) {
        assert!(verifies(line.strip_prefix("Your encrypted data: ").unwrap(), password));
    }

    let json = hash(&["--profile", "owasp", "--format", "json"], &["hunter2", "hunter3"]);
    assert_eq!(json.lines().len(), 2);
    for (line, password) in json.lines().iter().zip(["hunter2", "hunter3"]) {
        let mut object: Value = serde_json::from_str(line).unwrap();
        let encoded = object.as_object_mut().unwrap().remove("encoded").unwrap();
        assert!(verifies(encoded.as_str().unwrap(), password));
        assert_eq!(
            object,
            json!({
                "variant": "argon2id",
                "version": 19,
                "memory_kib": 19456,
                "iterations": 2,
                "parallelism": 1,
            })
        );
    }
}

/// docs/shells.md: "if it has white space at an end, or a control or invisible character; - if its letters are not in Unicode's form NFC"
#[test]
fn a_possible_mistake_is_hashed_with_a_note() {
    for (password, note) in [
        (" hunter2", "the password starts or ends with white space, which is kept"),
        ("hunter2\u{3000}", "the password starts or ends with white space, which is kept"),
        ("hunt\x07er2", "the password contains a control character, which is kept"),
        ("hunter2\u{200B}", "the password contains an invisible character, which is kept"),
        ("hun\u{A0}ter2", "the password contains an invisible character, which is kept"),
    ] {
        let outcome = hash(&["--profile", "owasp"], &[password]);
        assert!(verifies(outcome.lines()[0], password));
        assert_eq!(outcome.stderr, format!("note: {note}\n"));

        let second = hash(&["--profile", "owasp"], &["hunter2", password]);
        assert!(second.stderr.starts_with(&format!("note: password 2: {note}\n")), "{second:?}");
    }

    let marked = hash(&["--profile", "owasp"], &["\u{FEFF}hunter2"]);
    assert!(verifies(marked.lines()[0], "hunter2"));
    assert_eq!(marked.stderr, "note: a byte order mark at the start was removed\n");

    let dash = tc_calendar(["--profile", "owasp", "--hash_pass", "-"]).stdin("hunter2").run();
    assert!(verifies(dash.lines()[0], "-"));
    assert_eq!(dash.stderr, "note: the password is a single dash, which does not mean stdin here\n");
}
