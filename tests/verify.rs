//! `--verify`, and `--check`, which is the same of what has just been hashed.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::vectors;
use common::{CHEAP, Outcome, tc_calendar};
use serde_json::{Value, json};
use tc_calendar::cost::Cost;
use tc_calendar::derive::Deriver;
use tc_calendar::encoded::Encoded;
use tc_calendar::password::Password;
use tc_calendar::verify::{Verifier, VerifyError};

/// Of `hunter2`, made by others.
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
    tc_calendar(["--verify", encoded]).stdin(password).run()
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
        let by_argument = tc_calendar(["--profile", "owasp", "--hash_pass"]).secret(password).run();
        let by_stdin = tc_calendar(["--profile", "owasp", "--hash_pass"]).stdin(password).run();
        for hashed in [by_argument, by_stdin] {
            let encoded = hashed.lines()[0];
            assert_answer(&verify(encoded, password), "match\n", 0);
            assert_answer(&verify(encoded, &format!("{password}\r\n")), "match\n", 0);
            assert_answer(&verify(encoded, &format!("{password}x")), "no match\n", 1);
        }
    }
}

#[test]
fn the_password_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    for (content, answer, status) in [("hunter2\n", "match\n", 0), ("hunter3", "no match\n", 1)] {
        fs::write(&file, content).unwrap();
        let outcome = tc_calendar(["--verify", FOREIGN[3].1, "--password-file"]).args([&file]).run();
        assert_answer(&outcome, answer, status);
    }
}

#[test]
fn strings_of_other_programs_match() {
    for (program, encoded) in FOREIGN {
        assert_eq!(verify(encoded, "hunter2").stdout, "match\n", "{program}");
        assert_eq!(verify(encoded, "hunter3").stdout, "no match\n", "{program}");
    }
}

#[test]
fn json() {
    for (password, answer) in [("hunter2", true), ("hunter3", false)] {
        let outcome = tc_calendar(["--verify", FOREIGN[3].1, "--format", "json"]).stdin(password).run();
        assert_eq!(serde_json::from_str::<Value>(&outcome.stdout).unwrap(), json!({ "match": answer }));
        assert_eq!(outcome.status, Some(i32::from(!answer)));
    }
}

#[test]
fn the_connectors_label_is_accepted() {
    let hashed = tc_calendar(CHEAP).args(["--format", "label", "--hash_pass"]).secret("hunter2").run();
    assert_answer(&verify(hashed.lines()[0], "hunter2"), "match\n", 0);
}

#[test]
fn one_password_is_wanted_and_a_mangled_one_is_no_mismatch() {
    let encoded = FOREIGN[3].1;
    verify(encoded, "hunter2\nhunter2").fails(2, "stdin has more than one line");
    verify(encoded, "hunter2\n\n").fails(2, "stdin has more than one line");
    verify(encoded, "").fails(2, "stdin is empty: there is no password to read");
    verify(encoded, "\n").fails(2, "line 1: the password is empty");
    tc_calendar(["--verify", encoded])
        .stdin(b"caf\xE9 au lait".as_slice())
        .run()
        .fails(2, "line 1: the password is not UTF-8");
}

#[test]
fn usage() {
    let encoded = FOREIGN[3].1;
    tc_calendar(["--verify"]).stdin("hunter2").run().fails(2, "--verify needs an encoded string");
    tc_calendar(["--verify", encoded])
        .secret("s3cret")
        .run()
        .fails(2, "an argument is given that belongs to no option");
    tc_calendar(["--verify", encoded, "--inspect", encoded]).run().fails(2, "more than one mode is given");
    for (option, value) in [
        ("--profile", "owasp"),
        ("--memory", "64MiB"),
        ("--iterations", "3"),
        ("--parallelism", "4"),
        ("--format", "label"),
    ] {
        let named = if option == "--format" { "--format label" } else { option };
        let outcome = tc_calendar(["--verify", encoded, option, value]).stdin("hunter2").run();
        outcome.fails(2, &format!("{named} does not go with --verify"));
    }
    tc_calendar(["--verify", encoded, "--check"]).run().fails(2, "--check does not go with --verify");
    assert_answer(&tc_calendar(["--verify", "--", encoded]).stdin("hunter2").run(), "match\n", 0);
}

/// The policy, held by hashing as well.
#[test]
fn a_cost_beyond_the_policy_is_refused_with_the_number_and_the_limit() {
    for (cost, message) in [
        ("m=4294967295,t=1,p=1", "memory may be 4 GiB at the most, and 4294967295 KiB is asked for"),
        ("m=4194305,t=1,p=1", "memory may be 4 GiB at the most, and 4194305 KiB is asked for"),
        ("m=65536,t=4294967295,p=1", "iterations may be 1000 at the most, and 4294967295 is asked for"),
        ("m=65536,t=1001,p=1", "iterations may be 1000 at the most, and 1001 is asked for"),
        ("m=520,t=1,p=65", "parallelism may be 64 at the most, and 65 is asked for"),
        ("m=1048576,t=65,p=1", "memory times iterations may be 64 GiB at the most, and 65 GiB is asked for"),
    ] {
        let encoded = format!(
            "$argon2id$v=19${cost}$c29tZXNhbHQxMjM0NTY3OA$GTUW11fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8g"
        );
        verify(&encoded, "hunter2").fails(2, message);

        let options: Vec<String> =
            cost.split(',').map(|number| format!("-{}", number.replace('=', ""))).collect();
        let limit = message.split(", and").next().unwrap();
        tc_calendar(options).args(["--hash_pass"]).secret("hunter2").run().fails(2, limit);
    }
}

/// Many ends of a string leave a tag that can be read. None may pass for a wrong password.
#[test]
fn a_string_that_lost_its_end_or_got_another_is_no_mismatch() {
    let hashed = tc_calendar(CHEAP).args(["--hash_pass"]).secret("hunter2").run();
    let whole = hashed.lines()[0];
    for length in 0..whole.len() {
        let outcome = verify(&whole[..length], "hunter2");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{length}: {outcome:?}");
        let wrong = verify(&whole[..length], "hunter3");
        assert!(matches!(wrong.status, Some(1 | 2)), "{length}: {wrong:?}");
    }
    verify(&whole[..whole.len() - 3], "hunter2").fails(2, "the encoded string is cut off");
    verify(&format!("{whole}A"), "hunter2").fails(2, "something follows the encoded string");
}

/// It writes m, p, t, which the C reference does not read.
#[test]
fn strings_of_npms_argon2_are_read_when_they_are_sorted() {
    let npm =
        "$argon2id$v=19$m=65536,p=4,t=3$x736cNyNHK8dr0NQ9KzO7g$UEzXC3uKCviIzWf8Ed3QC3oXjlPIkXTvO0BS5nN7DqY";
    let refused = verify(npm, "hunter2");
    refused.fails(2, "the parameters of the encoded string are not in the order m, t, p");
    assert!(
        refused.stderr.ends_with("hint: sort them, as in m=65536,t=3,p=4; npm's argon2 writes m, p, t\n")
    );
    assert_answer(&verify(&npm.replace("p=4,t=3", "t=3,p=4"), "hunter2"), "match\n", 0);
}

#[test]
fn the_second_implementation_gives_every_known_tag_too() {
    let files = ["published.jsonl", "generated.jsonl"].into_iter().filter_map(vectors::outside).flatten();
    let mut compared = 0;
    for vector in vectors::own().into_iter().chain(files) {
        if !vector.secret.is_empty() || !vector.associated_data.is_empty() || vector.salt.len() < 8 {
            continue;
        }
        let encoded = Encoded {
            variant: vector.variant,
            version: vector.version,
            cost: vector.cost,
            salt: vector.salt,
            tag: vector.tag,
        };
        let verifier = Verifier::new(vector.cost.parallelism()).unwrap();
        assert_eq!(verifier.matches(&encoded, &vector.password), Ok(vector.matches), "vector {}", vector.id);
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn long_salts_and_tags_are_computed() {
    let password = Password::new(b"hunter2".to_vec().into()).unwrap();
    let verifier = Verifier::new(1).unwrap();
    for (salt, tag) in [(8, 4), (8, 1_024), (1_024, 4), (1_024, 1_024)] {
        let cost = Cost::new(8, 1, 1).unwrap();
        let (variant, version) = (tc_calendar::encoded::Variant::Argon2i, tc_calendar::encoded::Version::V16);
        let mut encoded = Encoded { variant, version, cost, salt: vec![7; salt], tag: vec![0; tag] };
        let input = tc_calendar::derive::Input {
            password: password.as_bytes(),
            salt: &encoded.salt,
            secret: &[],
            associated_data: &[],
        };
        let mut engine = tc_calendar::derive::Engine::new(variant, version, cost, tag, 1).unwrap();
        engine.derive(input, &mut encoded.tag).unwrap();
        let read = Encoded::read(&encoded.to_string()).unwrap();
        assert_eq!(read, encoded);
        assert_eq!(verifier.matches(&read, password.as_bytes()), Ok(true), "salt {salt}, tag {tag}");
    }
}

#[test]
fn check_prints_what_the_second_implementation_has_verified() {
    let outcome =
        tc_calendar(CHEAP).args(["--check", "--hash_pass"]).stdin("hunter2\nhunter3\nhunter4\n").run();
    for (line, password) in outcome.lines().iter().zip(["hunter2", "hunter3", "hunter4"]) {
        assert!(common::verifies(line, password));
    }
    assert_eq!(outcome.lines().len(), 3);
}

#[test]
fn a_hash_that_the_second_implementation_does_not_verify_is_an_error() {
    let password = Password::new(b"hunter2".to_vec().into()).unwrap();
    let mut encoded = Deriver::new(Cost::new(8, 1, 1).unwrap(), 1, tc_calendar::random::SysRng)
        .unwrap()
        .derive(&password)
        .unwrap();
    let verifier = Verifier::new(1).unwrap();
    assert_eq!(verifier.confirm(&encoded, password.as_bytes()), Ok(()));
    encoded.tag[31] ^= 1;
    assert_eq!(verifier.confirm(&encoded, password.as_bytes()), Err(VerifyError::Disagreement));
    let error = VerifyError::Disagreement.into();
    assert_eq!(tc_calendar::error::Status::of(&error), tc_calendar::error::Status::Failed);
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::common::terminal::Terminal;
    use super::common::{PROGRAM, tc_calendar};
    use super::{FOREIGN, assert_answer};

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
    fn a_reader_that_has_left_does_not_turn_a_no_into_a_yes() {
        let run = tc_calendar(["--verify", FOREIGN[3].1]).hiding("hunter3");
        let mut child = run.spawn(Stdio::piped(), Stdio::piped());
        drop(child.stdout.take());
        child.stdin.take().unwrap().write_all(b"hunter3").unwrap();
        assert_answer(&run.check(child.wait_with_output().unwrap()), "", 1);
    }

    /// In 50 MB of address space, most of which is the program itself.
    #[test]
    fn a_hostile_cost_takes_no_memory() {
        if super::common::is_emulated() {
            return;
        }
        for cost in ["m=4294967295,t=1,p=1", "m=8,t=4294967295,p=1", "m=134217720,t=1,p=16777215"] {
            let encoded = format!("$argon2id$v=19${cost}$c29tZXNhbHQxMjM0NTY3OA$GTUW11fVoKZkgVqVKErwlw");
            let limited = "ulimit -v 50000; exec \"$0\" --verify \"$1\"";
            let output = Command::new("sh").args(["-c", limited, PROGRAM, &encoded]).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{cost}");
        }
    }

    #[test]
    fn memory_that_is_not_there_is_a_failure_and_no_mismatch() {
        if super::common::is_emulated() {
            return;
        }
        let limited = "ulimit -v 50000; printf hunter2 | \"$0\" --verify \
            '$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$GTUW11fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8g'";
        let output = Command::new("sh").args(["-c", limited, PROGRAM]).output().unwrap();
        let outcome = tc_calendar([] as [&str; 0]).hiding("hunter2").check(output);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), ""), "{outcome:?}");
        assert!(outcome.stderr.starts_with("error: this cost needs 4 GiB of memory; "), "{outcome:?}");
    }
}
