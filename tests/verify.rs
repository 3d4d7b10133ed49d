//! `--verify`, and `--cross-check`, which verifies each new hash.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::vectors;
use common::{CHEAP, Outcome, tc_calendar};
use serde_json::{Value, json};
use tc_calendar::advice::Error;
use tc_calendar::hash::encoded::Encoded;
use tc_calendar::hash::encoded::{Variant, Version};
use tc_calendar::hash::engine::{Engine, Input};
use tc_calendar::hash::hasher::Hasher;
use tc_calendar::hash::params::Params;
use tc_calendar::hash::verifier::{Verifier, VerifierMemory, VerifyError};
use tc_calendar::status::Status;
use tc_calendar::system::random::SysRng;

/// Hashes of `hunter2` by other programs.
const FOREIGN: [(&str, &str); 8] = [
    (
        "Debian's argon2, Argon2i version 16",
        "$argon2i$v=16$m=512,t=2,p=2$c2FsdHNhbHQ$+8dxpSCIznS+kgaJeLCXMVxDKGgRgcBE",
    ),
    ("Debian's argon2, Argon2d", "$argon2d$v=19$m=512,t=2,p=2$c2FsdHNhbHQ$0QRyQ/l6LUTM+EVx1Ic0UX6jqdQsdEi3"),
    (
        "Debian's argon2, Argon2id",
        "$argon2id$v=19$m=512,t=2,p=2$c2FsdHNhbHQ$4MMqw1VmguP+XhAnmYR9fzDcNMA+htLa",
    ),
    (
        "argon2-cffi, its default",
        "$argon2id$v=19$m=65536,t=3,p=4$Zl3XhZlRH3KorAm+0oUSmw$FTRHfWN4VCGPzFdq1FFxZvg61hHWcvfYB5+AvaSFChI",
    ),
    (
        "argon2-cffi, Argon2i version 16",
        "$argon2i$v=16$m=512,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$l0II363fKGtHSfhQW/yIqg",
    ),
    (
        "npm's @node-rs/argon2, its default",
        "$argon2id$v=19$m=19456,t=2,p=1$FU7S0VhwUUIReO4hnMuKWQ$NnDHfWmm0zbiNPSPW4OrTesarjBMfAI7W9V4m13eAe4",
    ),
    (
        "PHP 8.2, PASSWORD_ARGON2ID",
        "$argon2id$v=19$m=65536,t=4,p=1$cmxGNWhvQkdtOVc4V2tOdA$uDFAoBYRwlgo5xBRm1//4yn4TNrde7Qk7dWxyUit5h8",
    ),
    (
        "PHP 8.2, PASSWORD_ARGON2I",
        "$argon2i$v=19$m=65536,t=4,p=1$anhMZUJ1d2VxQ2hkVC9qOQ$a/R1qkn+pdgPkd5qrjqhZACYBdOl7rRm7fnbyPJMsWM",
    ),
];

fn verify(encoded: &str, password: &str) -> Outcome {
    tc_calendar(["--verify", encoded]).piped(password).run()
}

#[track_caller]
fn assert_answer(outcome: &Outcome, answer: &str, status: i32) {
    assert_eq!(
        (outcome.stdout.as_str(), outcome.status, outcome.stderr.as_str()),
        (answer, Some(status), "")
    );
}

#[test]
fn a_hash_from_any_source_matches_its_password_and_no_other() {
    for password in ["hunter2", "two words", "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}", "$a'b\"c"] {
        let by_argument = tc_calendar(CHEAP).args(["--hash_pass"]).secret(password).run();
        let by_stdin = tc_calendar(CHEAP).args(["--hash_pass"]).piped(password).run();
        for hashed in [by_argument, by_stdin] {
            let encoded = hashed.lines()[0];
            assert_answer(&verify(encoded, password), "match\n", 0);
            assert_answer(&verify(encoded, &format!("{password}\r\n")), "match\n", 0);
            assert_answer(&verify(encoded, &format!("{password}x")), "no match\n", 1);
        }
    }
}

#[test]
fn the_password_may_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    for (content, answer, status) in [("hunter2\n", "match\n", 0), ("hunter3", "no match\n", 1)] {
        fs::write(&file, content).unwrap();
        let outcome = tc_calendar(["--verify", FOREIGN[3].1, "--password-file"]).args([&file]).run();
        assert_answer(&outcome, answer, status);
    }
}

#[test]
fn hashes_of_other_programs_match() {
    for (program, encoded) in FOREIGN {
        assert_eq!(verify(encoded, "hunter2").stdout, "match\n", "{program}");
        assert_eq!(verify(encoded, "hunter3").stdout, "no match\n", "{program}");
    }
}

/// README.md: "With `--format json`, results and errors are JSON objects"
#[test]
fn the_answer_can_be_json() {
    for (password, answer) in [("hunter2", true), ("hunter3", false)] {
        let outcome = tc_calendar(["--verify", FOREIGN[3].1, "--format", "json"]).piped(password).run();
        assert_eq!(serde_json::from_str::<Value>(&outcome.stdout).unwrap(), json!({ "match": answer }));
        assert_eq!(outcome.status, Some(i32::from(!answer)));
    }
}

/// A password whose letters are composed elsewhere and decomposed on a Mac.
/// docs/shells.md: "`--verify` says this only if the password does not match."
#[test]
fn a_password_that_is_not_in_form_nfc_gets_a_note_if_it_does_not_match() {
    let note =
        "note: the password is not in Unicode form NFC; the same letters typed elsewhere may not match\n";
    let (composed, decomposed) = ("\u{439}\u{e9}xx", "\u{438}\u{306}e\u{301}xx");
    let hashed = tc_calendar(["--profile", "owasp", "--hash_pass"]).secret(decomposed).run();
    assert_eq!(hashed.stderr, note);
    let matching = verify(hashed.lines()[0], decomposed);
    assert_eq!((matching.stdout.as_str(), matching.stderr.as_str()), ("match\n", ""));
    let hashed = tc_calendar(["--profile", "owasp", "--hash_pass"]).secret(composed).run();
    assert_eq!(hashed.stderr, "");
    let other = verify(hashed.lines()[0], decomposed);
    assert_eq!((other.stdout.as_str(), other.stderr.as_str()), ("no match\n", note));
}

#[test]
fn the_connectors_label_is_accepted() {
    let hashed = tc_calendar(CHEAP).args(["--format", "label", "--hash_pass"]).secret("hunter2").run();
    assert_answer(&verify(hashed.lines()[0], "hunter2"), "match\n", 0);
}

#[test]
fn exactly_one_password_is_needed_and_an_invalid_one_is_an_error() {
    let encoded = FOREIGN[3].1;
    verify(encoded, "hunter2\nhunter2").fails(2, "stdin has more than one line");
    verify(encoded, "").fails(2, "stdin is empty: there is no password to read");
    verify(encoded, "\n").fails(2, "the password is empty");
    tc_calendar(["--verify", encoded])
        .piped(b"caf\xE9 au lait".as_slice())
        .run()
        .fails(2, "the password is not UTF-8");
}

#[test]
fn wrong_usage_is_refused() {
    let encoded = FOREIGN[3].1;
    tc_calendar(["--verify"]).piped("hunter2").run().fails(2, "--verify needs a hash");
    tc_calendar(["--verify", encoded]).secret("s3cret").run().fails(2, "unexpected argument");
    tc_calendar(["--verify", encoded, "--inspect", encoded]).run().fails(2, "more than one mode given");
    for (option, value) in [
        ("--profile", "owasp"),
        ("--memory", "64MiB"),
        ("--iterations", "3"),
        ("--parallelism", "4"),
        ("--format", "label"),
    ] {
        let named = if option == "--format" { "--format label" } else { option };
        let outcome = tc_calendar(["--verify", encoded, option, value]).piped("hunter2").run();
        outcome.fails(2, &format!("{named} cannot be used with --verify"));
    }
    tc_calendar(["--verify", encoded, "--cross-check"])
        .run()
        .fails(2, "--cross-check cannot be used with --verify");
    assert_answer(
        &tc_calendar(["--verify", "--password-stdin", "--", encoded]).stdin("hunter2").run(),
        "match\n",
        0,
    );
}

/// The policy is the one for hashing.
/// docs/cost.md: "there are limits, for hashing and for verifying: 4 GiB of memory and what is available,
/// 1000 iterations, 64 lanes, and 64 GiB of memory times iterations"
#[test]
fn a_cost_beyond_the_policy_is_refused_with_the_number_and_the_limit() {
    for (cost, message, limit) in [
        (
            "m=4294967295,t=1,p=1",
            "the hash needs 4294967295 KiB; the maximum is 4 GiB",
            "--memory is too large (maximum 4 GiB)",
        ),
        (
            "m=4194305,t=1,p=1",
            "the hash needs 4194305 KiB; the maximum is 4 GiB",
            "--memory is too large (maximum 4 GiB)",
        ),
        (
            "m=65536,t=4294967295,p=1",
            "the hash needs 4294967295 iterations; the maximum is 1000",
            "--iterations must be from 1 to 1000",
        ),
        (
            "m=65536,t=1001,p=1",
            "the hash needs 1001 iterations; the maximum is 1000",
            "--iterations must be from 1 to 1000",
        ),
        ("m=520,t=1,p=65", "the hash has 65 lanes; the maximum is 64", "--parallelism must be from 1 to 64"),
        (
            "m=1048576,t=65,p=1",
            "memory times iterations of the hash is 65 GiB; the maximum is 64 GiB",
            "--memory times --iterations is too large (maximum 64 GiB)",
        ),
    ] {
        let encoded = format!(
            "$argon2id$v=19${cost}$c29tZXNhbHQxMjM0NTY3OA$GTUW11fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8g"
        );
        verify(&encoded, "hunter2").fails(2, message);

        let options: Vec<String> =
            cost.split(',').map(|number| format!("-{}", number.replace('=', ""))).collect();
        tc_calendar(options).args(["--hash_pass"]).secret("hunter2").run().fails(2, limit);
    }
}

/// A string cut at many positions still has a readable tag. It must not look like a wrong password.
/// README.md: "A hash that was cut off, or changed by a shell, is an error wherever that can be seen, and
/// not a wrong password"
#[test]
fn a_cut_or_extended_string_is_an_error_not_a_mismatch() {
    let hashed = tc_calendar(CHEAP).args(["--hash_pass"]).secret("hunter2").run();
    let whole = hashed.lines()[0];
    for length in 0..whole.len() {
        let outcome = verify(&whole[..length], "hunter2");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{length}: {outcome:?}");
        let wrong = verify(&whole[..length], "hunter3");
        assert!(matches!(wrong.status, Some(1 | 2)), "{length}: {wrong:?}");
    }
    verify(&whole[..whole.len() - 3], "hunter2").fails(2, "the hash is cut off");
    verify(&format!("{whole}A"), "hunter2").fails(2, "extra characters after the hash");
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    fs::write(&config, format!("{{\"a\": \"{}\"}}", &whole[..whole.len() - 3])).unwrap();
    let stored = tc_calendar(["--verify", "--key", "/a", "--config"]).args([&config]).piped("hunter2").run();
    stored.fails(2, "in the config: the hash is cut off");
    let again =
        "hint: write the hash again: tc_calendar --hash_pass --replace with the same --config and --key\n";
    assert!(stored.stderr.ends_with(again), "{}", stored.stderr);
    let replaced = tc_calendar(CHEAP).args(["--replace", "--key", "/a", "--config"]).args([&config]);
    assert_eq!(replaced.args(["--hash_pass"]).secret("hunter2").run().status, Some(0));
}

/// npm's `argon2` writes m, p, t.
#[test]
fn parameters_are_read_in_any_order() {
    let npm =
        "$argon2id$v=19$m=65536,p=4,t=3$x736cNyNHK8dr0NQ9KzO7g$UEzXC3uKCviIzWf8Ed3QC3oXjlPIkXTvO0BS5nN7DqY";
    for order in ["m=65536,t=3,p=4", "m=65536,p=4,t=3", "p=4,t=3,m=65536", "t=3,m=65536,p=4"] {
        let encoded = npm.replace("m=65536,p=4,t=3", order);
        assert_answer(&verify(&encoded, "hunter2"), "match\n", 0);
        let inspect = tc_calendar(["--inspect", &encoded]).run().stdout;
        let is_usual = order == "m=65536,t=3,p=4";
        assert_eq!(!inspect.contains("\norder: unusual; most programs write and read m, t, p\n"), is_usual);
    }
}

/// README.md: "so a match means that two independent libraries agree"
#[test]
fn the_second_implementation_computes_every_known_tag() {
    the_second_implementation_computes(vectors::own().into_iter().chain(vectors::published()));
}

#[test]
#[ignore = "needs the test data in ARGON2_VECTORS"]
fn outside_vectors_match_the_second_implementation() {
    for file in ["published.jsonl", "generated.jsonl"] {
        the_second_implementation_computes(vectors::read(&vectors::outside(file)));
    }
}

fn the_second_implementation_computes(vectors: impl IntoIterator<Item = vectors::Vector>) {
    let mut compared = 0;
    for vector in vectors {
        if !vector.secret.is_empty() || !vector.associated_data.is_empty() || vector.salt.len() < 8 {
            continue;
        }
        let encoded = Encoded {
            variant: vector.variant,
            version: vector.version,
            params: vector.params,
            salt: vector.salt,
            tag: vector.tag,
        };
        let verifier = Verifier::new(2).unwrap();
        assert_eq!(verifier.matches(&encoded, &vector.password), Ok(vector.matches), "vector {}", vector.id);
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn long_salts_and_tags_are_computed() {
    let password = b"hunter2";
    let verifier = Verifier::new(1).unwrap();
    for (salt, tag) in [(8, 4), (8, 1_024), (1_024, 4), (1_024, 1_024)] {
        let params = Params::new(8, 1, 1).unwrap();
        let (variant, version) = (Variant::Argon2i, Version::V16);
        let mut encoded = Encoded { variant, version, params, salt: vec![7; salt], tag: vec![0; tag] };
        let input = Input { password, salt: &encoded.salt, secret: &[], associated_data: &[] };
        let mut engine = Engine::new(variant, version, params, 1);
        engine.derive(input, &mut encoded.tag).unwrap();
        let read = Encoded::read(&encoded.to_string()).unwrap();
        assert_eq!(read, encoded);
        assert_eq!(verifier.matches(&read, password), Ok(true), "salt {salt}, tag {tag}");
    }
}

/// Where a tag of another length only begins as the one of 32 bytes does, it was cut or extended; where any byte of it is
/// another, it is the tag of another password.
#[test]
fn a_tag_that_differs_in_any_byte_neither_matches_nor_was_cut() {
    let params = Params::new(8, 1, 1).unwrap();
    let whole = Hasher::new(params, 1, SysRng).unwrap().hash(b"hunter2").unwrap();
    let (verifier, mut memory) = (Verifier::new(1).unwrap(), VerifierMemory::default());
    for bytes in [4, 31, 32, 33, 64] {
        let mut encoded = whole.clone();
        encoded.tag.resize(bytes, 0);
        let mut answers = |encoded: &Encoded| {
            let matches = verifier.matches_in(&mut memory, encoded, b"hunter2").unwrap();
            (matches, verifier.tag_was_cut_or_extended(&mut memory, encoded, b"hunter2").unwrap())
        };
        assert_eq!(answers(&encoded), (bytes == 32, bytes != 32), "{bytes}");
        for byte in 0..bytes.min(32) {
            encoded.tag[byte] ^= 1;
            assert_eq!(answers(&encoded), (false, false), "byte {byte} of {bytes}");
            encoded.tag[byte] ^= 1;
        }
    }
}

#[test]
fn cross_check_prints_hashes_that_the_second_implementation_verified() {
    let outcome =
        tc_calendar(CHEAP).args(["--cross-check", "--hash_pass"]).lines("hunter2\nhunter3\nhunter4\n").run();
    for (line, password) in outcome.lines().iter().zip(["hunter2", "hunter3", "hunter4"]) {
        assert!(common::verifies(line, password));
    }
    assert_eq!(outcome.lines().len(), 3);
}

/// README.md: "`--hash_pass --cross-check` verifies each hash before it is used."
#[test]
fn a_hash_that_the_second_implementation_does_not_verify_is_an_error() {
    let password = b"hunter2";
    let mut encoded = Hasher::new(Params::new(8, 1, 1).unwrap(), 1, SysRng).unwrap().hash(password).unwrap();
    let verifier = Verifier::new(1).unwrap();
    let confirm = |encoded| verifier.confirm(&mut VerifierMemory::default(), encoded, password);
    assert_eq!(confirm(encoded.clone()), Ok(encoded.clone()));
    encoded.tag[31] ^= 1;
    assert_eq!(confirm(encoded), Err(VerifyError::Disagreement));
    let error = Error::from(VerifyError::Disagreement);
    assert_eq!(error.status(), Status::Failed);
    assert_eq!(error.to_string(), "two implementations disagree about this hash, so it is not used");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::common::terminal::Terminal;
    use super::common::{PROGRAM, tc_calendar};
    use super::{FOREIGN, assert_answer};

    /// README.md: "asked twice, and once for `--verify`"
    #[test]
    fn the_prompt_asks_once() {
        let mut terminal = Terminal::start(|command| command.args(["--verify", FOREIGN[3].1]), PROGRAM);
        terminal.expect("Password: ");
        assert!(!terminal.echoes());
        terminal.send("hunter2\n");
        assert_eq!(terminal.finish().code(), Some(0));
        assert_eq!(terminal.text(), "Password: \r\nmatch\r\n");
        assert_eq!(terminal.settings(), terminal.settings_before);
    }

    #[test]
    fn a_closed_pipe_does_not_turn_a_mismatch_into_a_match() {
        let run = tc_calendar(["--verify", FOREIGN[3].1, "--password-stdin"]).hiding("hunter3");
        let mut child = run.spawn(Stdio::piped(), Stdio::piped());
        drop(child.stdout.take());
        child.stdin.take().unwrap().write_all(b"hunter3").unwrap();
        assert_answer(&run.check(child.wait_with_output().unwrap()), "", 1);
    }

    /// Runs in 50 MB of address space, most of which the program itself needs.
    #[test]
    fn a_hostile_cost_uses_no_memory() {
        for (cost, message) in [
            ("m=4294967295,t=1,p=1", "the hash needs 4294967295 KiB; the maximum is 4 GiB"),
            ("m=8,t=4294967295,p=1", "the hash needs 4294967295 iterations; the maximum is 1000"),
            ("m=134217720,t=1,p=16777215", "the hash needs 134217720 KiB; the maximum is 4 GiB"),
        ] {
            let encoded = format!("$argon2id$v=19${cost}$c29tZXNhbHQxMjM0NTY3OA$GTUW11fVoKZkgVqVKErwlw");
            let limited = "ulimit -v 50000; exec \"$0\" --verify \"$1\"";
            let output = Command::new("sh").args(["-c", limited, PROGRAM, &encoded]).output().unwrap();
            tc_calendar([""; 0]).check(output).fails(2, message);
        }
    }

    /// Linux tells how much memory is left, and the portable half does not ask.
    #[cfg(not(portable))]
    #[test]
    fn too_little_memory_is_a_failure_not_a_mismatch() {
        let limited = "ulimit -v 50000; printf hunter2 | \"$0\" --password-stdin --verify \
            '$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$GTUW11fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8g'";
        let output = Command::new("sh").args(["-c", limited, PROGRAM]).output().unwrap();
        let outcome = tc_calendar([] as [&str; 0]).hiding("hunter2").check(output);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), ""), "{outcome:?}");
        assert!(
            outcome.stderr.starts_with("error: not enough memory: this needs 4 GiB, and "),
            "{outcome:?}"
        );
    }
}
