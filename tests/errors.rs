//! Errors for programs: one JSON object, with a kind that does not change.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CHEAP, tc_calendar};
use serde_json::{Value, json};
use tc_calendar::advice::Error;
use tc_calendar::config_file::replace::{FileError, Role};
use tc_calendar::hash::hasher::HashError;
use tc_calendar::hash::verifier::VerifyError;
use tc_calendar::status::Kind;

/// Scripts rely on the names and statuses of these kinds, so neither may change.
const KINDS: [(&str, u8); 17] = [
    ("usage", 2),
    ("no-password", 2),
    ("password", 2),
    ("password-count", 2),
    ("encoded-string", 2),
    ("policy", 2),
    ("not-a-hash", 2),
    ("config-syntax", 2),
    ("key", 2),
    ("password-source", 3),
    ("encoded-file", 3),
    ("terminal", 3),
    ("memory", 3),
    ("config-file", 3),
    ("config-busy", 3),
    ("engine", 3),
    ("output", 3),
];

/// README.md: "refused: usage, a password, a hash, or the config"
/// README.md: "failed: a file, the terminal, memory, or the output"
/// README.md: "has a stable `kind`, which the man page lists"
#[test]
fn kinds_and_their_statuses_stay() {
    assert_eq!(Kind::ALL.map(|kind| (kind.name, kind.status as u8)), KINDS);
}

/// README.md: "an error is the last line of stderr"
/// A constant that is missing there would be missing on the man page, too.
#[test]
fn every_kind_is_in_the_list() {
    let defined = include_str!("../src/status.rs").matches(": Self =").count();
    assert_eq!(defined, Kind::ALL.len());
}

#[test]
fn an_error_is_one_object_at_the_end_of_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (config, broken) = (file("config.json", r#"{"a": "dGNfMTIz", "n": 1}"#), file("broken.json", "{"));
    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    let hash = ["--hash_pass=hunter2", "--config"];
    let cases: [(&[&str], &str); 11] = [
        (&["--nonsense"], "usage"),
        (&["--hash_pass", "--password-env", "TC_CALENDAR_NOT_SET"], "no-password"),
        (&["--hash_pass="], "password"),
        (&["--hash_pass", "a", "b", "--config", &config, "--key", "/n"], "key"),
        (&["--inspect", "hunter2"], "encoded-string"),
        (&["--verify", "$argon2id$v=19$m=8,t=1001,p=1$c29tZXNhbHQ$AAAAAA"], "policy"),
        (&[hash[0], hash[1], &config, "--key", "/a"], "not-a-hash"),
        (&[hash[0], hash[1], &broken, "--key", "/a"], "config-syntax"),
        (&[hash[0], hash[1], &config, "--key", "/n"], "key"),
        (&["--hash_pass", "--password-file", &missing], "password-source"),
        (&[hash[0], hash[1], &missing, "--key", "/a"], "config-file"),
    ];
    for (arguments, kind) in cases {
        let cost: &[&str] = if arguments[0].starts_with("--hash_pass") { &CHEAP } else { &[] };
        let outcome = tc_calendar(arguments).args(["--format=json"]).args(cost).run();
        let object: Value = serde_json::from_str(&outcome.stderr).unwrap();
        let status = KINDS.iter().find(|(name, _)| *name == kind).unwrap().1;
        assert_eq!((&object["kind"], &object["status"]), (&json!(kind), &json!(status)), "{arguments:?}");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status.into()), ""), "{arguments:?}");
        assert!(object["error"].is_string() && object["hint"].is_string(), "{object}");
        assert_eq!(object.as_object().unwrap().len(), 4);
        assert!(outcome.stderr.starts_with("{\"error\":") && outcome.stderr.ends_with("}\n"));
    }
    let count = tc_calendar(["--hash_pass", "--format", "json"]).piped("a\nb\n").run();
    assert!(count.stderr.contains("\"kind\":\"password-count\""), "{count:?}");
    let later =
        tc_calendar(["--profile=owasp", "--hash_pass", "--format=json"]).lines("first \n\nlast").run();
    let lines: Vec<&str> = later.stderr.lines().collect();
    assert!(lines.len() > 1 && lines[0].starts_with("note: line 1: "), "{later:?}");
    let object: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(object["kind"], "password", "{later:?}");
    // After `--`, the text `--format=json` may be a password.
    let plain = tc_calendar(["--hash_pass", "--nonsense", "--", "--format=json"]).run();
    plain.fails(2, "unknown option");
}

/// docs/shells.md: "`--quiet` leaves nothing in it but the error."
#[test]
fn quiet_leaves_nothing_but_the_error() {
    let run = || tc_calendar(["--cost=m=8,t=1,p=1", "--hash_pass", "--format=json"]).lines("first \n\nlast");
    let (noted, quiet) = (run().run(), run().args(["--quiet"]).run());
    assert!(noted.stderr.lines().count() > 2, "{noted:?}");
    assert_eq!(noted.stderr.lines().last(), Some(quiet.stderr.trim_end()));
    assert_eq!(quiet.stderr.lines().count(), 1);
}

/// docs/shells.md: "JSON is ASCII"
/// RFC 8259 section 7: a character beyond the Basic Multilingual Plane is a surrogate pair.
#[test]
fn json_is_ascii_so_that_no_console_can_change_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("\u{43a}\u{43e}\u{43d}\u{444}\u{438}\u{433}.json");
    std::fs::write(&config, "{\"\u{438}\u{43c}\u{44f}\": \"\", \"\u{1F511}\": \"\"}").unwrap();
    let hash = |keys: &[&str]| {
        let passwords =
            keys.iter().fold(tc_calendar(CHEAP).args(["--hash_pass"]), |run, _| run.args(["hunter2"]));
        let keys = keys.iter().flat_map(|key| ["--key", key]);
        passwords.args(keys).args(["--config".as_ref(), config.as_os_str()]).args(["--format=json"]).run()
    };
    let keys = ["/\u{438}\u{43c}\u{44f}", "/\u{1F511}"];
    let written = hash(&keys);
    assert!(
        written.stdout.is_ascii() && written.stdout.contains("\"key\":\"/\\ud83d\\udd11\""),
        "{written:?}"
    );
    for (line, key) in written.lines().iter().zip(keys) {
        let object: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&object["key"], &object["config"]), (&json!(key), &json!(config)));
    }
    let refused = hash(&["/\u{438}\u{43c}"]);
    assert!(refused.stderr.is_ascii(), "{refused:?}");
    let object: Value = serde_json::from_str(&refused.stderr).unwrap();
    assert!(object["hint"].as_str().unwrap().contains(keys[0]), "{object}");
}

/// docs/config.md: "If it differs, nothing is changed, and the status is 3."
#[test]
fn a_config_that_another_program_has_changed_is_a_failure() {
    let error = Error::from(FileError::Changed(Role::Config));
    assert_eq!((error.kind(), error.status() as u8), (Kind::CONFIG_BUSY, 3));
}

/// SECURITY.md: "Before the first hash, the engine computes a known answer of RFC 9106 on this processor; if
/// it is wrong, nothing is hashed."
#[test]
fn an_engine_that_gives_wrong_results_is_a_failure_with_a_hint() {
    let error = Error::from(HashError::SelfTest);
    assert_eq!((error.kind(), error.status() as u8), (Kind::ENGINE, 3));
    assert!(error.to_string().ends_with("on this processor, so nothing is hashed"));
    assert_eq!(error.hint().unwrap(), "report it, with the processor's model");
    let error = Error::from(VerifyError::Disagreement);
    assert_eq!((error.kind(), error.status() as u8), (Kind::ENGINE, 3));
    assert_eq!(error.hint().unwrap(), "test this machine's memory; if it is fine, report a bug");
}

/// A sandbox that refuses it is the usual reason.
#[test]
#[ignore = "needs strace"]
#[cfg(all(target_os = "linux", not(portable)))]
fn refused_randomness_is_an_error_with_its_reason() {
    common::needs("strace");
    for (refused, reason) in [("EPERM", "operation not permitted"), ("ENOSYS", "function not implemented")] {
        let inject = format!("inject=getrandom:error={refused}");
        let output = std::process::Command::new("strace")
            .args(["-o", "/dev/null", "-e", &inject, common::PROGRAM, "--hash_pass", "hunter2", "-q"])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let error =
            format!("error: the operating system gave no random bytes for the salt: {reason}\nhint: ");
        assert!(stderr.starts_with(&error) && stderr.contains("getrandom"), "{stderr}");
        assert_eq!(output.status.code(), Some(3));
    }
}
