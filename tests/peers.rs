//! Another program verifies the hashes: argon2-cffi (the C reference, from Python).
// Windows has none of these tests: Python would have to be installed in Wine, and the strings are the same on
// every system.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::process::Command;

use common::tc_calendar;

const VERIFY: &str = "\
import sys, argon2
encoded, password = sys.argv[1].split('\\n'), sys.argv[2].split('\\n')
assert len(encoded) == len(password)
for e, p in zip(encoded, password):
    argon2.PasswordHasher().verify(e, p)
    try:
        argon2.PasswordHasher().verify(e, p + 'x')
        sys.exit('a wrong password verifies')
    except argon2.exceptions.VerifyMismatchError:
        pass
";

#[track_caller]
fn argon2_cffi_verifies(encoded: &[&str], passwords: &[&str]) {
    let run =
        Command::new("python3").args(["-c", VERIFY, &encoded.join("\n"), &passwords.join("\n")]).output();
    let run = run.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// README.md: "a hash that programs check with an Argon2 library"
#[test]
#[ignore = "needs Python's argon2-cffi"]
fn argon2_cffi_verifies_hashes_from_every_source() {
    for passwords in [
        &["hunter2"][..],
        &["first", "second", "third"],
        &[
            "two words, 'single' and \"double\" quotes",
            "\u{fc}ml\u{e4}ut\u{df}",
            "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
        ],
    ] {
        let arguments = passwords.iter().fold(tc_calendar(["--hash_pass"]), common::Run::secret).run();
        argon2_cffi_verifies(&arguments.lines(), passwords);

        let stdin = tc_calendar(["--hash_pass"]).lines(passwords.join("\n")).run();
        argon2_cffi_verifies(&stdin.lines(), passwords);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwords");
        fs::write(&path, passwords.join("\r\n")).unwrap();
        let file = tc_calendar(["--hash_pass", "--lines", "--password-file"]).args([&path]).run();
        argon2_cffi_verifies(&file.lines(), passwords);
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs Python's argon2-cffi"]
fn argon2_cffi_verifies_a_hash_from_the_prompt() {
    let password = "two words, 'single' and \"double\" quotes, \u{fc}\u{43f}";
    let mut terminal =
        common::terminal::Terminal::start(|command| command.arg("--hash_pass"), common::PROGRAM);
    for question in ["Password: ", "Repeat password: "] {
        terminal.expect(question).send(password).send("\n");
    }
    assert_eq!(terminal.finish().code(), Some(0));
    let text = terminal.text();
    argon2_cffi_verifies(&[text.lines().last().unwrap()], &[password]);
}
