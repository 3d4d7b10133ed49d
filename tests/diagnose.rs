//! Hashes that cannot be read: each kind of damage is diagnosed, and none of the text is printed.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Outcome, tc_calendar};
use serde_json::Value;
use tc_calendar::hash::diagnose;

const PARAMETERS: &str = "the parameters of the hash are not m, t and p, each a plain number";

const DOUBLED: &str = "the hash has doubled $ signs, as in a Compose file or a Makefile";

const WHOLE: &str =
    "$argon2id$v=19$m=16,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$GTUW11fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8g";

const EXPANDED_BY_A_SHELL: &str = "parts of the hash are missing: a shell or make took them for variables";

/// The result if a shell expands `WHOLE`, in double quotes or unquoted.
const EXPANDED: &str = "=19=16,t=2,p=1+IdBBIvaxDS9Fl6UvcdZ8g";

/// Both modes that read a string refuse it with this message, before they ask for a password.
#[track_caller]
fn assert_refused(encoded: &str, message: &str) -> Outcome {
    for mode in ["--inspect", "--verify"] {
        tc_calendar([mode]).secret(encoded).run().fails(2, message);
    }
    tc_calendar(["--inspect"]).secret(encoded).run()
}

/// README.md: "the message says what happened to it"
#[test]
fn each_kind_of_damage_is_diagnosed() {
    let doubled = WHOLE.replace('$', "$$");
    let escaped = WHOLE.replace('$', "\\$");
    for (encoded, message) in [
        (EXPANDED, EXPANDED_BY_A_SHELL),
        ("$argon2id$v=19=16,t=2,p=1", EXPANDED_BY_A_SHELL),
        ("$argon2id$v=16=16,t=2,p=1", EXPANDED_BY_A_SHELL),
        ("$argon2id=19", EXPANDED_BY_A_SHELL),
        ("$argon2id=16", EXPANDED_BY_A_SHELL),
        ("$v=19$m=16,t=2,p=1$c29tZXNhbHQ$GTUW11fVoKY", "the hash lacks its start"),
        ("$m=16,t=2,p=1$c29tZXNhbHQ$GTUW11fVoKY", "the hash lacks its start"),
        ("$argon2id=19=16,t=2,p=1", EXPANDED_BY_A_SHELL),
        ("=65536,t=3,p=4", EXPANDED_BY_A_SHELL),
        (&doubled, DOUBLED),
        (&escaped, "the hash has backslash escapes, as in JSON or a script"),
        (&WHOLE[..60], "the tag in the hash is not base64, or is cut off"),
        (&WHOLE[..54], "the hash is cut off"),
        (&WHOLE[..50], "the hash is cut off"),
        (&WHOLE[..40], "the hash is cut off"),
        (&WHOLE[..20], "the hash is cut off"),
        (&WHOLE[..14], "the hash is cut off"),
        (&format!("{}\n", &WHOLE[..54]), "the hash is cut off"),
        (&WHOLE.replace("$GTUW11", "$GTUW!1"), "the tag in the hash is not base64, or is cut off"),
        (&doubled[..16], DOUBLED),
        (&WHOLE.replace("$v", "$$v"), DOUBLED),
        (&(WHOLE[..51].to_owned() + &"A".repeat(1_368)), "the tag in the hash has 1026 bytes"),
        (&format!("{WHOLE}$more"), "extra characters after the hash"),
        (
            &WHOLE.replace("p=1", "p=1,keyid=Hj5+dsK0"),
            "the hash has a keyid or data field, which cannot be verified here",
        ),
        (
            &WHOLE.replace("p=1", "p=1,data=c29tZWRhdGE"),
            "the hash has a keyid or data field, which cannot be verified here",
        ),
        (&WHOLE.replace("t=2,p=1", "p=1,p=1"), PARAMETERS),
        (&WHOLE.replace("t=2,p=1", "p=1,t=2,t=2"), PARAMETERS),
        (&WHOLE.replace("t=2,p=1", "p=1,t=2,"), PARAMETERS),
        ("dGNfMTIzNDU2Nzg5MA==", "this is the connector's own encrypted form, not an Argon2 hash"),
        (&WHOLE.replace("argon2id", "argon2x"), "unknown Argon2 variant"),
        (&WHOLE.replace("v=19", "v=18"), "unsupported Argon2 version"),
        (&WHOLE.replace("c29tZX", "c29t!"), "the salt in the hash is not base64"),
        (
            "$2b$12$abcdefghijklmnopqrstuuJ1qf1Wn5z1qk9e3rV0n2y6k8o0a1b2c",
            "this is a hash of bcrypt, not of Argon2",
        ),
        ("$6$rounds=5000$saltstring$hash", "this is a hash of SHA-512-crypt, not of Argon2"),
        ("$5$saltstring$hash", "this is a hash of SHA-256-crypt, not of Argon2"),
        ("$y$j9T$salt$hash", "this is a hash of yescrypt, not of Argon2"),
        ("bcrypt$$2b$12$abcdefghijklmnopqrstuuJ1qf1Wn5z1", "this is a hash of bcrypt, not of Argon2"),
        ("$argon2", "the hash is cut off"),
        ("$argon2id", "the hash is cut off"),
        ("$argon2id$", "the hash is cut off"),
        ("$argon2id$v=19$", "the hash is cut off"),
        ("$argon2id$v=19$m=8,t=1,p=", "the hash is cut off"),
        ("$argon2id$v=19$m=65536,t=3,p=4+9cioEcY+9A/x", EXPANDED_BY_A_SHELL),
        (
            "$argon2id$v=19$m=16,t=x,p=1$c29tZXNhbHQ$GTUW11fVoKY",
            "the parameters of the hash are not m, t and p, each a plain number",
        ),
        ("hunter2", "this is not a hash"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "this is not a hash"),
    ] {
        assert_refused(encoded, message);
    }
    let weak = WHOLE.replace("m=16", "m=7");
    assert_refused(
        &weak,
        "invalid parameters in the hash: memory must be at least 8 KiB per lane: \
         8 KiB for 1 lane, got 7 KiB",
    );
}

#[test]
fn a_hash_of_another_scheme_is_named_only_if_it_has_its_form() {
    let key = "A".repeat(86);
    for (text, scheme) in [
        ("{bcrypt}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG", Some("bcrypt")),
        ("{SSHA}8VKmzf3SqceSL8/CJ0bGz7ij+L0SQCxcHHYzBw==", Some("SSHA")),
        ("$P$B12345678abcdefghijklmnopqrstuv", Some("phpass")),
        ("$P$w0rd", None),
        ("grub.pbkdf2.sha512.10000.ABCD.ABCD", Some("PBKDF2")),
        (&format!("$7$101$c2FsdHNhbHQ=${key}=="), Some("PBKDF2")),
        (&format!("$7$C6..../....SodiumChloride${}", &key[..43]), Some("scrypt")),
        ("$7$", None),
        (&format!("{{CRYPT}}$6$salt${key}"), Some("SHA-512-crypt")),
        (&format!("$6$c2FsdHNhbHQ=${key}=="), Some("SHA-512")),
        (&format!("$8$dsYGNam3K1SIJO${}", &key[..43]), Some("PBKDF2")),
        (&format!("$9$nhEmQVczB7dqsO${}", &key[..43]), Some("scrypt")),
        ("$9$LbHX-wg4Z.PfzF6Cp0OREcyl", None),
        (&format!("$S$D{}", &key[..51]), Some("Drupal")),
        (&format!("scrypt:32768:8:1$c2FsdHNhbHQ${key}"), Some("scrypt")),
        (&format!("pbkdf2:sha256:600000$c2FsdHNhbHQ${key}"), Some("PBKDF2")),
        (&format!("bcrypt_sha256$$2b$12${}", &key[..53]), Some("bcrypt")),
        ("$1$oops", None),
        ("{SSHA}", None),
        ("{secret}", None),
    ] {
        let message = scheme.map(|scheme| format!("this is a hash of {scheme}, not of Argon2"));
        let damage = diagnose::read(text.as_ref()).unwrap_err();
        assert_eq!(damage.to_string(), message.as_deref().unwrap_or("this is not a hash"), "{text}");
    }
}

/// Nothing is said to have been done to a text that is no hash: it may be a password.
#[test]
fn what_is_no_hash_is_only_called_that() {
    for text in [
        "Pa$$w0rd",
        "\\$5",
        "p\u{200B}w",
        "%41%42",
        "&amp;",
        "'secret'",
        "hunter\\/2",
        "\\u002B",
        "\"\\",
        "dGhpcyBpcyBub25l",
        "=x,t=1",
        "$v=1/x",
    ] {
        let damage = diagnose::read(text.as_ref()).unwrap_err();
        assert_eq!(damage.to_string(), "this is not a hash", "{text}");
    }
}

#[test]
fn a_hash_has_4096_bytes_at_most() {
    let text = WHOLE.to_owned() + &"A".repeat(4_096 - WHOLE.len());
    assert_refused(&text, "the tag in the hash is not base64, or is cut off");
    assert_refused(&(text + "A"), "the hash is longer than 4096 bytes");
}

#[test]
fn an_empty_string_gets_the_hint_about_shell_quoting() {
    for mode in ["--inspect", "--verify"] {
        let outcome = tc_calendar([mode, ""]).run();
        outcome.fails(2, "the hash is empty");
        let in_cmd = if cfg!(windows) { " (in cmd, in double quotes)" } else { "" };
        let hint =
            format!("hint: put it in single quotes{in_cmd}, which keep every $: '$argon2id$v=19$...'\n");
        assert!(outcome.stderr.ends_with(&hint), "{outcome:?}");
    }
}

/// The connector logs in with what it has encrypted, so a hash in its place would break that login.
#[test]
fn nobody_is_told_to_hash_what_the_connector_encrypted() {
    for mode in ["--inspect", "--verify"] {
        let outcome = tc_calendar([mode, "dGNfMTIzNDU2Nzg5MA=="]).run();
        let hint = "\nhint: a login may need it, and a hash cannot take its place; leave it where it is\n";
        assert!(outcome.stderr.ends_with(hint), "{}", outcome.stderr);
    }
}

#[test]
fn the_connectors_label_is_accepted() {
    let labelled = tc_calendar(["--inspect", &format!("{}{WHOLE}", diagnose::LABEL)]).run();
    assert_eq!(labelled.lines(), tc_calendar(["--inspect", WHOLE]).run().lines());
}

/// A shell may leave the line end of a file: PowerShell's `(Get-Content -Raw hash.txt)` does. In the config nothing may
/// follow.
/// docs/shells.md: "so are those after a hash"
#[test]
fn line_ends_after_the_hash_are_no_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    for ends in ["\n", "\r\n", "\r\n\n", "\r"] {
        let inspected = tc_calendar(["--inspect", &format!("{WHOLE}{ends}")]).run();
        assert_eq!(inspected.lines(), tc_calendar(["--inspect", WHOLE]).run().lines(), "{ends:?}");
        let verified = tc_calendar(["--verify", &format!("{WHOLE}{ends}")]).piped("hunter2").run();
        assert_eq!((verified.status, &*verified.stdout), (Some(1), "no match\n"), "{ends:?}");
        std::fs::write(&config, serde_json::json!({ "a": format!("{WHOLE}{ends}") }).to_string()).unwrap();
        let stored = tc_calendar(["--inspect", "--key=/a", "--config"]).args([&config]).run();
        stored.fails(2, &format!("in the config: the hash has a line break at position {}", WHOLE.len() + 1));
    }
    tc_calendar(["--inspect", "\r\n"]).run().fails(2, "the hash is empty");
}

/// docs/shells.md: "In double quotes, `$argon2id` is a variable and the hash arrives in pieces; `--verify` says so."
#[cfg(unix)]
#[test]
fn expansion_by_a_shell_is_diagnosed() {
    use std::process::Command;

    for quoted in [
        WHOLE.to_owned(),
        format!("\"{WHOLE}\""),
        WHOLE.replacen('$', "\\$", 1),
        format!("\"{}\"", WHOLE.replacen('$', "\\$", 1)),
        WHOLE.replacen("$v", "\\$v", 1),
        WHOLE.replacen("$m", "\\$m", 1),
    ] {
        for shell in ["sh", "bash"] {
            let script = format!("exec \"$PROGRAM\" --verify {quoted}");
            let output =
                Command::new(shell).args(["-c", &script]).env("PROGRAM", common::PROGRAM).output().unwrap();
            let outcome = tc_calendar([] as [&str; 0]).check(output);
            outcome.fails(2, EXPANDED_BY_A_SHELL);
            assert!(outcome.stderr.contains("single quotes"), "{quoted}");
        }
    }
}

/// Each of these strings differs a little from one that is read.
#[test]
fn near_misses_are_refused() {
    const SALT: &str = "c29tZXNhbHQxMjM0NTY3OA";
    const TAG: &str = "GTUW11fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8g";
    let mut near = Vec::new();
    for (name, number) in [("v=", "19"), ("m=", "16"), ("t=", "2"), ("p=", "1")] {
        for wrong in [
            "",
            "0",
            "+N",
            "-N",
            " N",
            "N ",
            "0N",
            "0xN",
            "N.0",
            "Ne0",
            "N_",
            "N\0",
            "N\u{662}",
            "4294967296",
            "18446744073709551617",
            "99999999999999999999999",
        ] {
            let wrong = format!("{name}{}", wrong.replace('N', number));
            near.push(WHOLE.replacen(&format!("{name}{number}"), &wrong, 1));
        }
    }
    let parts: [(&str, &[&str]); 5] = [
        ("argon2id", &["", "argon2", "Argon2id", "ARGON2ID", "argon2x", "argon2di", "argon2id ", "scrypt"]),
        ("v=19", &["V=19", "v=18", "v=20", "v:19", "19", "v=19,", "v=19$v=19", " v=19"]),
        (
            "m=16,t=2,p=1",
            &[
                "",
                "m=16",
                "m=16,t=2",
                "t=2,p=1",
                "m=16,t=2,p=1,p=1",
                "m=16,t=2,p=1,x=1",
                "m=16;t=2;p=1",
                "M=16,t=2,p=1",
                "m=16, t=2, p=1",
                ",m=16,t=2,p=1",
                "m=16,t=2,p=1,",
                "m=16,,t=2,p=1",
                "m=7,t=2,p=1",
                "m=16,t=2,p=3",
                "m=16,t=2,p=16777216",
            ],
        ),
        // Seven bytes are too few, and the bits after the last byte must be 0.
        (
            SALT,
            &[
                "",
                "c",
                "c29tZXNhbA",
                "c29tZXNhbHQxMjM0NTY3OB",
                "c29tZXNhbHQxMjM0NTY3OA==",
                "c29tZXNhbHQ\n",
                "c29tZXNhbH.",
                "c29tZXNhbH-",
            ],
        ),
        // Three bytes of tag are too few, too.
        (
            TAG,
            &[
                "",
                "GTUW",
                "GTUW11fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8h",
                "GTUW11fVo=",
                "GTUW11fV_KY",
                "GTUW11fVoKZ\r\n",
                "GTUW11fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8g$",
            ],
        ),
    ];
    for (part, wrongs) in parts {
        assert_eq!(WHOLE.matches(part).count(), 1, "{part}");
        near.extend(wrongs.iter().map(|wrong| WHOLE.replacen(part, wrong, 1)));
    }
    near.extend([&WHOLE[1..], &WHOLE[..WHOLE.len() - 1], &WHOLE.replacen('$', "$$", 1)].map(str::to_owned));
    assert!(diagnose::read(WHOLE.as_ref()).is_ok());
    for text in near {
        assert!(diagnose::read(text.as_ref()).is_err(), "{text:?} is read");
    }
}

/// The text with its parameters sorted, if they are m, t and p, each once.
fn in_usual_order(text: &str) -> String {
    let field = |field: &str| {
        let mut parameters: Vec<&str> = field.split(',').collect();
        let rank = |parameter: &&str| ["m=", "t=", "p="].iter().position(|name| parameter.starts_with(name));
        parameters.sort_by_key(rank);
        let names: Vec<&str> =
            parameters.iter().filter_map(|parameter| parameter.split('=').next()).collect();
        if names == ["m", "t", "p"] { parameters.join(",") } else { field.to_owned() }
    };
    text.split('$').map(field).collect::<Vec<_>>().join("$")
}

/// Reads a string with the program, or with the library alone if the string cannot be an argument.
#[test]
#[ignore = "needs the test data in ARGON2_VECTORS"]
fn outside_encoded_strings_have_the_expected_result() {
    let text = common::vectors::outside("encoded-strings.jsonl");
    let (mut read, mut refused, mut computed) = (0, 0, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let string = case["string"].as_str().unwrap();
        // The C reference wants m, t, p in this order, and nothing after the hash; here any order is read, and line
        // ends are left out.
        let usual = in_usual_order(string.trim_end_matches(['\r', '\n']));
        let is_read_here_only = usual != string && diagnose::read(usual.as_ref()).is_ok();
        let expected = case["expect"] == "ok" || is_read_here_only;
        assert_eq!(diagnose::read(string.as_ref()).is_ok(), expected, "{}", case["id"]);
        if !string.contains('\0') && string.len() < 100_000 {
            let outcome = tc_calendar(["--inspect", string]).run();
            assert_eq!(outcome.status, Some(if expected { 0 } else { 2 }), "{} {outcome:?}", case["id"]);
            assert!(
                expected || outcome.stdout.is_empty() && outcome.stderr.lines().count() == 2,
                "{outcome:?}"
            );
        }
        *if expected { &mut read } else { &mut refused } += 1;
        // Only the library verifies passwords that the program refuses, and parameters beyond the policy
        // that are cheap nevertheless, such as more than 64 lanes.
        if let (Some(verifies), Some(password)) = (case["verifies"].as_bool(), case["password"].as_str()) {
            let encoded = diagnose::read(string.as_ref()).unwrap();
            let verifier = tc_calendar::hash::verifier::Verifier::new(4).unwrap();
            assert_eq!(verifier.matches(&encoded, password.as_bytes()), Ok(verifies), "{}", case["id"]);
            if !password.is_empty() && !password.contains('\0') && encoded.params.parallelism() <= 64 {
                let outcome = tc_calendar(["--verify", string]).piped(password).run();
                assert_eq!(outcome.stdout, if verifies { "match\n" } else { "no match\n" }, "{}", case["id"]);
            }
            computed += 1;
        }
    }
    assert_eq!((read, refused), (74, 249));
    assert!(computed > 50, "{computed}");
}

#[test]
fn encoded_strings_of_the_reference_verify() {
    encoded_strings_verify(include_str!("data/generated.jsonl"));
}

#[test]
#[ignore = "needs the test data in ARGON2_VECTORS"]
fn outside_published_encoded_strings_verify() {
    encoded_strings_verify(&common::vectors::outside("published.jsonl"));
}

/// Reads and verifies the encoded form of the vectors that have one.
fn encoded_strings_verify(text: &str) {
    let verifier = tc_calendar::hash::verifier::Verifier::new(4).unwrap();
    let mut computed = 0;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let Some(string) = case["encoded"].as_str() else { continue };
        if case["secret_hex"] != "" || case["ad_hex"] != "" {
            continue;
        }
        let password = hex::decode(case["password_hex"].as_str().unwrap()).unwrap();
        let encoded = diagnose::read(string.as_ref()).unwrap();
        let expected = case["expect"] == "match";
        assert_eq!(verifier.matches(&encoded, &password), Ok(expected), "{}", case["id"]);
        computed += 1;
    }
    assert!(computed > 100, "{computed}");
}
