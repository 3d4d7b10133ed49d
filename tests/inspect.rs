//! `--inspect`: its output and its exit status.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Outcome, tc_calendar};
use serde_json::{Value, json};

const LOW: &str =
    "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OWASP: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OLD: &str = "$argon2i$m=4097,t=2,p=1$AAAAAAAAAAA$AAAAAA";

fn inspect(encoded: &str, options: &[&str]) -> Outcome {
    tc_calendar(["--inspect", encoded]).args(options).run()
}

#[test]
fn the_parameters_are_printed_and_whether_each_profile_is_met() {
    let outcome = inspect(OWASP, &[]);
    assert_eq!(
        outcome.lines().join("\n"),
        "variant: argon2id\n\
         version: 19\n\
         memory: 19456 KiB (19 MiB)\n\
         iterations: 2\n\
         parallelism: 1\n\
         salt: 16 bytes\n\
         tag: 32 bytes\n\
         rfc9106-low: not met (memory 19456 KiB, needs 65536 KiB)\n\
         rfc9106-high: not met (memory 19456 KiB, needs 2097152 KiB)\n\
         owasp: met"
    );
    let outcome = inspect(OLD, &[]);
    assert_eq!(
        outcome.lines().join("\n"),
        "variant: argon2i\n\
         version: 16\n\
         memory: 4097 KiB (4.001 MiB)\n\
         iterations: 2\n\
         parallelism: 1\n\
         salt: 8 bytes\n\
         tag: 4 bytes\n\
         rfc9106-low: not met (variant argon2i, needs argon2id)\n\
         rfc9106-high: not met (variant argon2i, needs argon2id)\n\
         owasp: not met (variant argon2i, needs argon2id)"
    );
}

/// Where nobody knows the password, only the length tells that the end may be missing.
#[test]
fn a_tag_that_may_have_lost_its_end_is_noted() {
    let note = |bytes| {
        format!("note: the tag has {bytes} bytes, and most have 32: the end of the hash may be cut off\n")
    };
    for (lost, bytes) in [(3, 30), (7, 27), (15, 21)] {
        let outcome = inspect(&OWASP[..OWASP.len() - lost], &[]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), note(bytes).as_str()));
    }
    let cheap = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBEAAAA";
    let outcome = tc_calendar(["--verify", cheap]).piped("hunter2").run();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr), ("no match\n", note(27)));
    // Some programs make tags of 16, 24 or 64 bytes.
    for tag in ["A".repeat(22), "A".repeat(32), "A".repeat(86)] {
        let outcome = inspect(&format!("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ${tag}"), &[]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{tag}");
    }
}

#[test]
fn a_hash_that_verify_refuses_is_noted() {
    let outcome = inspect(&OWASP.replace("p=1", "p=65"), &[]);
    let note = "note: --verify refuses it: the hash has 65 lanes; the maximum is 64\n";
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), note));
}

/// README.md: "| 1 | it does not match, is too weak, or there is no hash yet |"
/// docs/cost.md: "status 1 means that its password should be hashed again"
#[test]
fn with_a_requirement_the_status_says_whether_to_rehash() {
    for (encoded, options, line, status) in [
        (LOW, &["--profile", "rfc9106-low"][..], "requested: met", 0),
        (LOW, &["--profile", "owasp"], "requested: met", 0),
        (LOW, &["-p", "1"], "owasp: met", 0),
        (OWASP, &["-m", "19MiB"], "requested memory: met", 0),
        (OWASP, &["-m", "20MiB"], "requested memory: not met (memory 19456 KiB, needs 20480 KiB)", 1),
        (OWASP, &["-t", "2"], "requested iterations: met", 0),
        (OWASP, &["-t", "3"], "requested iterations: not met (iterations 2, needs 3)", 1),
        (OWASP, &["--cost=m=19456,t=2,p=1"], "requested: met", 0),
        (LOW, &["-m", "64MiB", "-t", "3"], "requested: met", 0),
        (LOW, &["-m", "64MiB", "-t", "4"], "requested: not met (iterations 3, needs 4)", 1),
        (LOW, &["-m", "65MiB"], "requested memory: not met (memory 65536 KiB, needs 66560 KiB)", 1),
        (OWASP, &["--profile", "owasp"], "requested: met", 0),
        (OWASP, &["--profile", "rfc9106-low"], "requested: not met (memory 19456 KiB, needs 65536 KiB)", 1),
        (OWASP, &["--profile", "owasp", "-t", "1"], "requested: met", 0),
        (OWASP, &["-m", "8", "-t", "1"], "requested: met", 0),
    ] {
        let outcome = inspect(encoded, options);
        assert_eq!(outcome.status, Some(status), "{options:?}");
        assert_eq!(outcome.stdout.lines().last(), Some(line), "{options:?}");
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn json_has_the_parameters_and_each_requirement() {
    let outcome = inspect(OWASP, &["--format", "json", "--profile", "rfc9106-low"]);
    assert_eq!(outcome.status, Some(1));
    let low = json!({ "met": false, "reason": "memory 19456 KiB, needs 65536 KiB" });
    assert_eq!(
        serde_json::from_str::<Value>(&outcome.stdout).unwrap(),
        json!({
            "variant": "argon2id",
            "version": 19,
            "memory_kib": 19456,
            "iterations": 2,
            "parallelism": 1,
            "salt_bytes": 16,
            "tag_bytes": 32,
            "usual_order": true,
            "standards": {
                "rfc9106-low": low,
                "rfc9106-high": { "met": false, "reason": "memory 19456 KiB, needs 2097152 KiB" },
                "owasp": { "met": true, "reason": null },
                "requested": low,
            },
        })
    );
}

/// `--inspect` computes no hash, so the policy does not apply to it.
#[test]
fn parameters_beyond_the_policy_are_printed() {
    let outcome = inspect(&LOW.replace("m=65536", "m=4294967295"), &[]);
    assert_eq!(outcome.lines()[2], "memory: 4294967295 KiB (4194303.999 MiB)");
}

#[test]
fn wrong_usage_is_refused() {
    tc_calendar(["--inspect"]).run().fails(2, "--inspect needs a hash");
    inspect(LOW, &["--cross-check"]).fails(2, "--cross-check cannot be used with --inspect");
    inspect(LOW, &["--password-file", "x"]).fails(2, "--password-file cannot be used with --inspect");
    inspect(LOW, &["--format", "label"]).fails(2, "--format label cannot be used with --inspect");
    inspect(LOW, &["-t", "0"]).fails(2, "--iterations must be from 1 to 1000");
}
