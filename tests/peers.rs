//! Other programs verify the hashes, and the program verifies theirs.
// Windows has none of these tests: the others would have to be installed in Wine, and the hashes are the same
// on every system.
#![cfg(unix)]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{CHEAP, tc_calendar};
use serde_json::Value;

/// A script of `tests/data/readers`, and what runs it. It takes a password and a hash, and prints `match` or
/// `no match`. With a password alone it prints a hash, of the other program's own cost.
struct Reader {
    interpreter: &'static str,
    script: &'static str,
}

const fn reader(interpreter: &'static str, script: &'static str) -> Reader {
    Reader { interpreter, script }
}

const ARGON2_CFFI: Reader = reader("python3", "argon2_cffi.py");

impl Reader {
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        common::needs(self.interpreter);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/readers").join(self.script);
        let run = common::output(Command::new(self.interpreter).arg(script).args(arguments));
        assert!(run.status.success(), "{}: {}", self.script, String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap().trim_end().to_owned()
    }

    #[track_caller]
    fn verifies(&self, encoded: &str, password: &str) {
        assert_eq!(self.run(&[password, encoded]), "match", "{}: {encoded}", self.script);
        assert_eq!(self.run(&[&wrong(password), encoded]), "no match", "{}: {encoded}", self.script);
    }

    /// It verifies hashes of the program, and the program verifies and shows one of its own.
    #[track_caller]
    fn agrees(&self) {
        for (password, cost) in [
            ("hunter2", &[][..]),
            ("two words, 'single' and \"double\" quotes", &["--profile", "owasp"]),
            ("\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}, \u{fc}ml\u{e4}ut\u{df}, \u{1f5dd}", &CHEAP),
            (" ", &CHEAP),
            (&"the longest ".repeat(342)[..4096], &CHEAP),
            ("the most lanes", &["-m", "512", "-t", "1", "-p", "64"]),
        ] {
            let hashed = tc_calendar(["--hash_pass"]).args(cost).piped(password).run();
            self.verifies(hashed.lines()[0], password);
        }

        let password = "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}";
        let encoded = self.run(&[password]);
        let verify = |password: &str| tc_calendar(["--verify", &encoded]).piped(password).run();
        assert_eq!(verify(password).lines(), ["match"], "{encoded}");
        let mismatch = verify(&wrong(password));
        assert_eq!((mismatch.status, mismatch.stdout.as_str()), (Some(1), "no match\n"), "{encoded}");

        let inspected = tc_calendar(["--inspect", &encoded, "--format", "json"]).run();
        let inspected: Value = serde_json::from_str(inspected.lines()[0]).unwrap();
        let cost: Vec<&str> = encoded.split('$').nth(3).unwrap().split(',').collect();
        for (letter, name) in [("m", "memory_kib"), ("t", "iterations"), ("p", "parallelism")] {
            assert!(
                cost.contains(&format!("{letter}={}", inspected[name]).as_str()),
                "{encoded}: {inspected}"
            );
        }
    }
}

/// Differs at the very end, so that a reader that cuts passwords off would take it.
fn wrong(password: &str) -> String {
    let mut wrong = password.to_owned();
    wrong.pop();
    wrong + "!"
}

/// README.md: "a program that checks a password** with an Argon2 library"
#[test]
#[ignore = "needs Python's argon2-cffi"]
fn argon2_cffi_agrees() {
    ARGON2_CFFI.agrees();
}

#[test]
#[ignore = "needs Python's passlib and argon2-cffi"]
fn passlib_agrees() {
    reader("python3", "passlib_hash.py").agrees();
}

/// docs/exchange.md: "`argon2` before the hash"
#[test]
#[ignore = "needs Python's Django and argon2-cffi"]
fn django_agrees() {
    reader("python3", "django_hashers.py").agrees();
}

#[test]
#[ignore = "needs Python's PyNaCl"]
fn libsodium_agrees() {
    reader("python3", "pynacl.py").agrees();
}

#[test]
#[ignore = "needs Python and argon2"]
fn libargon2_agrees() {
    reader("python3", "libargon2.py").agrees();
}

#[test]
#[ignore = "needs Node.js, and argon2 of npm"]
fn argon2_of_npm_agrees() {
    reader("node", "argon2.js").agrees();
}

/// docs/exchange.md: "`--verify` takes them; PHP and libsodium, for example, do not."
#[test]
#[ignore = "needs Node.js, argon2 of npm, PHP, and Python's PyNaCl"]
fn few_read_the_order_of_argon2_of_npm() {
    let encoded = reader("node", "argon2.js").run(&["hunter2"]);
    assert!(encoded.starts_with("$argon2id$v=19$m=65536,p=4,t=3$"), "{encoded}");
    for other in [reader("php", "password_verify.php"), reader("python3", "pynacl.py")] {
        assert_eq!(other.run(&["hunter2", &encoded]), "no match", "{}", other.script);
    }
}

#[test]
#[ignore = "needs Node.js, and @node-rs/argon2 of npm"]
fn node_rs_agrees() {
    reader("node", "node_rs.js").agrees();
}

#[test]
#[ignore = "needs PHP"]
fn php_agrees() {
    reader("php", "password_verify.php").agrees();
}

#[test]
#[ignore = "needs Perl's Crypt::Argon2"]
fn crypt_argon2_agrees() {
    reader("perl", "crypt_argon2.pl").agrees();
}

/// docs/exchange.md: "`{ARGON2ID}` before the hash"
#[test]
#[ignore = "needs Dovecot"]
fn dovecot_agrees() {
    common::needs("doveadm");
    reader("sh", "doveadm.sh").agrees();
}

/// docs/exchange.md: "`/etc/shadow` and `htpasswd` files"
#[test]
#[ignore = "needs Perl, and the C library of Debian"]
fn crypt_of_the_c_library_refuses() {
    common::needs("perl");
    let hashed = tc_calendar(["--hash_pass", "hunter2"]).args(CHEAP).run();
    let run = common::output(Command::new("perl").args([
        "-e",
        "print crypt('hunter2', $ARGV[0])",
        hashed.lines()[0],
    ]));
    // crypt(3) answers so where it does not know the method.
    assert_eq!(String::from_utf8(run.stdout).unwrap(), "*0");
}

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
        let verify = |run: common::Run| {
            let hashed = run.args(CHEAP).run();
            let encoded = hashed.lines();
            assert_eq!(encoded.len(), passwords.len());
            for (encoded, password) in encoded.iter().zip(passwords) {
                ARGON2_CFFI.verifies(encoded, password);
            }
        };
        verify(passwords.iter().fold(tc_calendar(["--hash_pass"]), common::Run::secret));
        verify(tc_calendar(["--hash_pass"]).lines(passwords.join("\n")));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwords");
        fs::write(&path, passwords.join("\r\n")).unwrap();
        verify(tc_calendar(["--hash_pass", "--lines", "--password-file"]).args([&path]));
    }
}

#[test]
#[ignore = "needs Python's argon2-cffi"]
fn argon2_cffi_verifies_the_hash_of_a_random_password() {
    for _ in 0..10 {
        let outcome = tc_calendar(["--profile", "owasp", "--hash_pass", "--random"]).run();
        let [password, encoded] = outcome.lines()[..] else { panic!("{outcome:?}") };
        ARGON2_CFFI.verifies(encoded, password);
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
    ARGON2_CFFI.verifies(text.lines().last().unwrap(), password);
}
