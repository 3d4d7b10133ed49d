//! What stands in for a password: refused if it is certainly none, noted if it may be one.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{CHEAP, Outcome, PROGRAM, Run, output, tc_calendar, verifies};

const ENCODED: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE";

const LOST: &str =
    "letters of the password are lost: it contains U+FFFD, which a program wrote in their place";

/// A run for which the environment variable `PW` has this value.
fn with_variable(arguments: &[&str], value: &str) -> Outcome {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).args(["--password-env", "PW"]).env("PW", value);
    tc_calendar([""; 0]).hiding(value).check(output(&mut command))
}

/// The results of every source that is no terminal, for both modes that take a password. Each has what stands before
/// its message.
fn from_each_source(file: &Path, text: &str) -> Vec<(&'static str, Outcome)> {
    fs::write(file, text).unwrap();
    let from_file = |run: Run| run.hiding(text).args(["--password-file".as_ref(), file.as_os_str()]);
    let hash = || tc_calendar(CHEAP).args(["--hash_pass"]);
    let verify = || tc_calendar(["--verify", ENCODED]);
    let after_another = format!("other\r\n{text}\r\n");
    vec![
        ("", hash().args(["--"]).secret(text).run()),
        ("password 2: ", hash().secret("other").secret(text).run()),
        ("", hash().piped(text).run()),
        ("", verify().piped(format!("{text}\r\n\n")).run()),
        ("line 2: ", hash().lines(after_another).run()),
        ("", from_file(hash()).run()),
        ("line 1: ", from_file(hash()).args(["--lines"]).run()),
        ("", from_file(verify()).run()),
        ("", with_variable(&["--hash_pass"], text)),
        ("", with_variable(&["--verify", ENCODED], text)),
    ]
}

/// Without the results of lines before the error.
#[track_caller]
fn assert_refused((position, mut outcome): (&str, Outcome), message: &str, hint: &str) {
    if position == "line 2: " {
        assert!(verifies(outcome.stdout.trim_end(), "other"));
        outcome.stdout.clear();
    }
    outcome.fails(2, &format!("{position}{message}"));
    assert!(outcome.stderr.contains(hint), "{hint}: {outcome:?}");
}

/// docs/shells.md: "So is what stands in for a secret"
/// docs/shells.md: "A password that is exactly such a name is refused"
/// docs/shells.md: "A password with a U+FFFD in it is refused"
#[test]
fn what_is_certainly_no_password_is_refused_from_each_source() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    let only = |what| format!("the password is only what a program writes for {what}, not the secret in it");
    let (secure, credential) = (only("a SecureString"), only("a credential"));
    let (collection, object) = (only("an array or a table"), only("an object of JavaScript"));
    for (text, message, hint) in [
        ("System.Security.SecureString", &secure, "(ConvertFrom-SecureString $secret -AsPlainText)"),
        (
            "System.Management.Automation.PSCredential",
            &credential,
            "$credential.GetNetworkCredential().Password",
        ),
        ("System.Net.NetworkCredential", &credential, "of a NetworkCredential, .Password"),
        ("System.Object[]", &collection, "one element"),
        ("System.String[]", &collection, "one element"),
        ("[object Object]", &object, "the property that is the password"),
        ("[object Promise]", &object, "await"),
        ("паро\u{FFFD}ь", &LOST.to_owned(), "UTF-8"),
        ("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", &LOST.to_owned(), "-Encoding utf8"),
    ] {
        for outcome in from_each_source(&file, text) {
            assert_refused(outcome, message, hint);
        }
    }
}

/// What only contains such a text, or looks like it, may be a password.
#[test]
fn what_only_resembles_a_stand_in_is_a_password() {
    for text in [
        "System.Object[]1",
        "my [object Object]",
        "System.Admin1",
        "object",
        "who??",
        "50% of <x>",
        "$1$ecret",
        "$6$ even if it is long enough",
    ] {
        let outcome = tc_calendar(["--profile", "owasp", "--hash_pass"]).secret(text).run();
        assert!(verifies(outcome.lines()[0], text), "{text}");
        assert_eq!(outcome.stderr, "", "{text}");
    }
}

/// docs/shells.md: "if it looks like a placeholder or a hash"
/// docs/shells.md: "if all of the password looks like a place that nobody has filled"
/// docs/shells.md: "It is hashed all the same."
#[test]
fn placeholders_and_hashes_are_hashed_with_a_note() {
    const PLACEHOLDER: &str = "the password looks like a placeholder for the real one";
    const HASH: &str = "the password looks like a hash; a hash is made of the password itself";
    let bcrypt = "$2y$10$.vGA1O9wmRjrwAVXD98HNOgsNpDczlqm3Jq7KnEd1rVAGv3Fykk1a";
    for (text, note) in [
        ("{{ admin_password }}", PLACEHOLDER),
        ("${PASSWORD}", PLACEHOLDER),
        ("$(adminPassword)", PLACEHOLDER),
        ("%PASSWORD%", PLACEHOLDER),
        ("<password>", PLACEHOLDER),
        ("undefined", PLACEHOLDER),
        ("None", PLACEHOLDER),
        ("*****", PLACEHOLDER),
        (ENCODED, HASH),
        (bcrypt, HASH),
        ("dGNfAAECAwQFBgcICQoLDA0ODw==", HASH),
    ] {
        let hash = || tc_calendar(["--profile", "owasp", "--hash_pass"]);
        let hashed = hash().lines(format!("other\n{text}\n")).run();
        assert!(verifies(hashed.lines()[1], text), "{text}");
        assert_eq!(hashed.stderr, format!("note: line 2: {note}\n"));
        assert_eq!(hash().args(["--", text]).run().stderr, format!("note: {note}\n"));
        assert_eq!(hash().args(["-q"]).piped(text).run().stderr, "");
        let verified = tc_calendar(["--verify", ENCODED]).piped(text).run();
        assert_eq!((verified.status, verified.stderr), (Some(1), format!("note: {note}\n")), "{text}");
    }
}
