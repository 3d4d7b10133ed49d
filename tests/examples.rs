//! Runs install.sh of `examples/` in dash, bash and busybox, as an administrator would.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use common::shells::{Shell, shells};
use common::{Outcome, verifies};

const CONFIG: &str = "{ \"admin\": { \"password\": \"\" } } // settings\n";
const PASSWORD: &str = "correct horse, \u{43b}\u{43e}\u{448}\u{430}\u{434}\u{44c}";

/// Runs install.sh, which must not print the password, nor the hash.
fn install(shell: &Shell, arguments: &[&str], stdin: &str) -> Outcome {
    shell.run("install.sh", arguments, stdin, &[PASSWORD, "$argon2id"])
}

fn config(shell: &Shell) -> String {
    fs::read_to_string(shell.path("con fig.json")).unwrap()
}

/// The only string of the config that is a hash.
fn hash_in(config: &str) -> &str {
    config.split('"').find(|text| text.starts_with("$argon2id$")).unwrap()
}

/// README.md: "they change it only if the hash is missing, wrong or too weak"
/// README.md: "puts a hash into the config; restarts a service after a change"
#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_writes_once_and_restarts_only_after_a_change() {
    for shell in shells() {
        shell.write("con fig.json", CONFIG);
        fs::set_permissions(shell.path("con fig.json"), fs::Permissions::from_mode(0o640)).unwrap();
        shell.write("pass word", format!("{PASSWORD}\n"));
        let arguments = ["con fig.json", "pass word", "echo", "two  words"];

        let first = install(&shell, &arguments, "");
        assert_eq!(first.lines(), ["changed: con fig.json", "two  words"]);
        let written = config(&shell);
        assert!(verifies(hash_in(&written), PASSWORD));
        assert_eq!(written.replace(hash_in(&written), ""), CONFIG);
        assert_eq!(fs::metadata(shell.path("con fig.json")).unwrap().permissions().mode() & 0o7777, 0o640);

        assert_eq!(install(&shell, &arguments, "").lines(), ["unchanged: con fig.json"]);
        assert_eq!(config(&shell), written);

        assert_eq!(install(&shell, &["con fig.json", "-"], "another").lines(), ["changed: con fig.json"]);
        assert!(verifies(hash_in(&config(&shell)), "another"));
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_fails_with_the_status_of_what_failed() {
    for shell in shells() {
        shell.write("password", PASSWORD);
        let fails = |arguments: &[&str], status, message: &str| {
            let outcome = install(&shell, arguments, "");
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), ""));
            assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
            assert!(!outcome.stderr.contains('{'), "{}", outcome.stderr);
        };
        fails(&[], 2, "usage: install.sh");
        fails(
            &["con fig.json", "password", "echo"],
            3,
            "error: con fig.json: the config cannot be read: no such file",
        );
        shell.write("con fig.json", "{\"admin\":{\"password\":\"plain text\"}}");
        fails(&["con fig.json", "password", "echo"], 2, "text that is not a hash");
        assert_eq!(config(&shell), "{\"admin\":{\"password\":\"plain text\"}}");

        shell.write("con fig.json", CONFIG);
        fails(&["con fig.json", "no password", "echo"], 3, "error: the password file cannot be read");
        fails(&["con fig.json", "no password"], 3, "the password file cannot be read");
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_makes_up_for_a_failed_command() {
    for shell in shells() {
        shell.write("password", PASSWORD);
        shell.write("con fig.json", CONFIG);
        let arguments = ["con fig.json", "password", "sh", "-c", "test -e works || exit 7; echo restarted"];
        let due = format!("an earlier run has left this to do: {}", arguments[2..].join(" "));
        for result in ["changed: con fig.json\n".to_owned(), format!("unchanged: con fig.json\n{due}\n")] {
            let failed = install(&shell, &arguments, "");
            assert_eq!((failed.status, failed.stdout.as_str()), (Some(7), result.as_str()));
            assert!(failed.stderr.contains("the hash is in the config, but this failed with status 7: "));
            assert!(verifies(hash_in(&config(&shell)), PASSWORD));
        }
        // Without a command nothing is made up for, and nothing is forgotten.
        assert_eq!(install(&shell, &arguments[..2], "").lines(), ["unchanged: con fig.json"]);
        shell.write("works", "");
        assert_eq!(
            install(&shell, &arguments, "").lines(),
            ["unchanged: con fig.json", due.as_str(), "restarted"]
        );
        assert_eq!(install(&shell, &arguments, "").lines(), ["unchanged: con fig.json"]);
        assert!(!shell.path("con fig.json.restart-due").exists());
        // A run that fails may have written the hash, so the next one does not rely on it.
        assert_eq!(install(&shell, &["con fig.json", "absent", "true"], "").status, Some(3));
        assert_eq!(
            install(&shell, &arguments, "").lines(),
            ["unchanged: con fig.json", due.as_str(), "restarted"]
        );
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_fails_without_the_program() {
    for mut shell in shells() {
        shell.write("password", PASSWORD);
        shell.write("con fig.json", CONFIG);
        shell.path = "/nowhere".to_owned();
        let outcome = install(&shell, &["con fig.json", "password"], "");
        let message =
            "nothing is changed: there is no tc_calendar in PATH; docs/install.md says how it gets there\n";
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(1), message));
        assert_eq!(config(&shell), CONFIG);
    }
}

/// What an installer does that shows its commands, and those of the scripts that it starts.
#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_keeps_its_secrets_from_the_trace_of_the_shell() {
    for shell in shells() {
        shell.write("con fig.json", CONFIG);
        shell.write("password", PASSWORD);
        for stdin in ["", PASSWORD] {
            let file = if stdin.is_empty() { "password" } else { "-" };
            let traced =
                shell.trace("install.sh", &["con fig.json", file, "true"], stdin, &[PASSWORD, "$argon2id"]);
            assert!(traced.status == Some(0) && traced.stderr.contains("+ tc_calendar"), "{}", traced.stderr);
        }
        assert!(verifies(hash_in(&config(&shell)), PASSWORD));
    }
}

/// The hash of a placeholder would let nobody in.
#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_lets_notes_through() {
    for shell in shells() {
        shell.write("con fig.json", CONFIG);
        shell.write("password", "{{ admin_password }}");
        let outcome = install(&shell, &["con fig.json", "password"], "");
        assert_eq!(outcome.lines(), ["changed: con fig.json"]);
        assert!(outcome.stderr.contains("looks like a placeholder"), "{}", outcome.stderr);
    }
}
