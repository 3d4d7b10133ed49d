//! `--random`: passwords that the program makes, and the order in which they are printed and used.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{CHEAP, Outcome, Run, tc_calendar, verifies};
use serde_json::Value;
use tempfile::TempDir;

fn random() -> Run {
    tc_calendar(CHEAP).args(["--hash_pass", "--random"])
}

#[track_caller]
fn assert_made(password: &str) {
    assert_eq!(password.len(), 24, "{password}");
    let is_symbol = |letter: char| letter.is_ascii_alphanumeric() && !"0OoQD1Il2Z5S6G8B".contains(letter);
    assert!(password.chars().all(is_symbol), "{password}");
}

fn folder_with(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.json"), config).unwrap();
    folder
}

fn in_config(folder: &TempDir, keys: &[&str], options: &[&str]) -> Run {
    let keys = keys.iter().flat_map(|key| ["--key", key]);
    random()
        .args(["--config".as_ref(), folder.path().join("config.json").as_os_str()])
        .args(keys)
        .args(options)
}

fn config(folder: &TempDir) -> Value {
    serde_json::from_slice(&fs::read(folder.path().join("config.json")).unwrap()).unwrap()
}

#[track_caller]
fn assert_refused(outcome: &Outcome, message: &str, hint: &str) {
    outcome.fails(2, message);
    assert!(outcome.stderr.contains(hint), "{outcome:?}");
}

#[test]
fn without_a_config_the_password_and_its_hash_are_printed_a_line_each() {
    let plain = random().run();
    let [password, encoded] = plain.lines()[..] else { panic!("{plain:?}") };
    assert_made(password);
    assert!(verifies(encoded, password) && plain.stderr.is_empty(), "{plain:?}");

    let label = random().args(["--format", "label", "--cross-check"]).run();
    let [password, encoded] = label.lines()[..] else { panic!("{label:?}") };
    assert_made(password);
    assert!(verifies(encoded.strip_prefix("Your encrypted data: ").unwrap(), password));

    let compose = random().args(["--format", "compose"]).run();
    let [password, encoded] = compose.lines()[..] else { panic!("{compose:?}") };
    assert_made(password);
    assert!(verifies(&encoded.replace("$$", "$"), password));

    let json = random().args(["--format", "json"]).run();
    let [object] = json.lines()[..] else { panic!("{json:?}") };
    let object: Value = serde_json::from_str(object).unwrap();
    let [password, encoded] = ["password", "encoded"].map(|member| object[member].as_str().unwrap());
    assert_made(password);
    assert!(verifies(encoded, password));
}

#[test]
fn with_a_config_the_password_alone_is_printed_one_for_each_key_in_order() {
    let folder = folder_with(r#"{"a": "", "b": {"c": null}}"#);
    let one = in_config(&folder, &["/a"], &[]).run();
    let [password] = one.lines()[..] else { panic!("{one:?}") };
    assert_made(password);
    assert!(verifies(config(&folder)["a"].as_str().unwrap(), password));

    let two = in_config(&folder, &["/b/c", "/a"], &[]).run();
    let [of_c, of_a] = two.lines()[..] else { panic!("{two:?}") };
    assert!(verifies(config(&folder)["b"]["c"].as_str().unwrap(), of_c));
    assert!(verifies(config(&folder)["a"].as_str().unwrap(), of_a));

    let path = folder.path().join("config.json");
    let run = || tc_calendar(["--hash_pass", "--random", "--profile", "owasp", "--config"]).args([&path]);
    let (noted, alone) =
        (run().args(["--key", "/a", "--key", "/b/c"]).run(), run().args(["--key", "/a"]).run());
    let note = "note: the passwords on stdout are in the order of --key\n";
    assert!(noted.stderr.starts_with(note), "{noted:?}");
    assert!(!alone.stderr.contains("order"), "{alone:?}");
    for password in noted.lines() {
        assert!(!noted.stderr.contains(password), "{noted:?}");
    }
}

#[test]
fn with_a_config_and_a_format_the_hash_is_printed_too() {
    let folder = folder_with(r#"{"a": ""}"#);
    let label = in_config(&folder, &["/a"], &["--format", "label"]).run();
    let [password, encoded] = label.lines()[..] else { panic!("{label:?}") };
    let encoded = encoded.strip_prefix("Your encrypted data: ").unwrap();
    assert!(config(&folder)["a"] == encoded && verifies(encoded, password), "{label:?}");

    let json = in_config(&folder, &["/a", "/new"], &["--format", "json", "--create-key"]).run();
    for (line, (key, created)) in json.lines().iter().zip([("a", false), ("new", true)]) {
        let object: Value = serde_json::from_str(line).unwrap();
        assert_eq!(object["key"], format!("/{key}"));
        assert_eq!((&object["created"], &object["changed"]), (&Value::from(created), &Value::from(true)));
        assert_eq!(object["encoded"], config(&folder)[key]);
        assert!(verifies(object["encoded"].as_str().unwrap(), object["password"].as_str().unwrap()));
    }
    // Each object names its key.
    let path = folder.path().join("config.json");
    let run = ["--hash_pass", "--random", "--profile=owasp", "--format=json", "--key=/a", "--key=/new"];
    let noted = tc_calendar(run).args(["--config"]).args([path]).run();
    assert!(!noted.stderr.contains("order of --key"), "{noted:?}");
}

#[test]
fn a_new_password_cannot_match_and_has_no_other_source() {
    let folder = folder_with(r#"{"a": ""}"#);
    let changes = |option: &[&str]| {
        let outcome = in_config(&folder, &["/a"], option).run();
        let option = option.join(" ");
        let hint = format!("hint: a new password always changes the config; leave out {option}\n");
        assert_refused(&outcome, &format!("--random cannot be used with {option}"), &hint);
    };
    changes(&["--if-needed"]);
    changes(&["--format", "change"]);
    assert_refused(
        &random().args(["--lines"]).run(),
        "--random cannot be used with --lines",
        "hint: one password is made, or one for each --key; leave out --lines\n",
    );
    for source in
        [&["--password-stdin"][..], &["--password-file", "x"], &["--password-env", "PW"], &["--", "x"]]
    {
        random().args(source).run().fails(2, "passwords are given in more than one way");
    }
    for (mode, hash) in [("--verify", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAA"), ("--inspect", "x")] {
        let outcome = tc_calendar([mode, hash, "--random"]).run();
        outcome.fails(2, &format!("--random cannot be used with {mode}"));
    }
    assert_eq!(config(&folder)["a"], "");
}

/// A config never has the hash of a password that nobody has.
#[cfg(unix)]
mod printed_first {
    #[cfg(target_os = "linux")]
    use std::io::Read;
    use std::process::{Command, Stdio};

    use super::*;

    const UNPRINTABLE: &str = "the output cannot be written: stdout is closed, or it is the null device";

    #[track_caller]
    fn assert_nothing_replaced(folder: &TempDir, outcome: &Outcome, message: &str) {
        outcome.fails(3, message);
        assert_eq!(config(folder)["a"], "", "{outcome:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// docs/config.md: "nothing is replaced if they cannot be printed"
    #[test]
    fn what_cannot_be_printed_replaces_nothing() {
        let folder = folder_with(r#"{"a": ""}"#);
        let open = |path| fs::OpenOptions::new().write(true).open(path).unwrap();
        for format in [&[][..], &["--format", "plain"]] {
            let run = || in_config(&folder, &["/a"], format);
            assert_nothing_replaced(&folder, &run().run_into(open("/dev/null")), UNPRINTABLE);
            let reason = "the output cannot be written: broken pipe; what was printed is not in use";
            let child = run().spawn(Stdio::null(), Stdio::from(std::io::pipe().unwrap().1));
            assert_nothing_replaced(&folder, &run().check(child.wait_with_output().unwrap()), reason);
            let by_shell = |redirection: &str| {
                let script =
                    format!("exec \"$@\" --hash_pass --random --config \"$0\" --key /a {redirection}");
                let mut sh = Command::new("sh");
                sh.args(["-c".as_ref(), script.as_ref(), folder.path().join("config.json").as_os_str()]);
                tc_calendar([""; 0]).check(common::output(sh.arg(common::PROGRAM).args(CHEAP).args(format)))
            };
            assert_nothing_replaced(&folder, &by_shell(">&-"), UNPRINTABLE);
            assert_nothing_replaced(
                &folder,
                &by_shell("<&- 1</dev/zero"),
                "the output cannot be written: bad file descriptor; what was printed is not in use",
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_replaces_nothing() {
        let folder = folder_with(r#"{"a": ""}"#);
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let outcome = in_config(&folder, &["/a"], &[]).run_into(full);
        assert_nothing_replaced(
            &folder,
            &outcome,
            "the output cannot be written: no space left on device; what was printed is not in use",
        );
    }

    /// Syncing stdout, which is a file, gives an error.
    #[cfg(all(target_os = "linux", not(portable)))]
    fn with_sync_failing(folder: &TempDir, error: &str) -> (Outcome, String) {
        let stdout = tempfile::NamedTempFile::new().unwrap();
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-P"]).arg(stdout.path());
        strace.args(["-e", &format!("inject=fsync:error={error}"), common::PROGRAM]).args(CHEAP);
        strace.args(["--hash_pass", "--random", "--key", "/a", "--config"]);
        strace.arg(folder.path().join("config.json"));
        strace.stdin(Stdio::null()).stdout(stdout.reopen().unwrap()).stderr(Stdio::piped());
        let outcome = tc_calendar([""; 0]).check(strace.spawn().unwrap().wait_with_output().unwrap());
        (outcome, fs::read_to_string(stdout.path()).unwrap())
    }

    /// docs/config.md: "What is printed into a file is synced, if the file system can; not on Windows."
    #[cfg(all(target_os = "linux", not(portable)))]
    #[test]
    #[ignore = "needs strace"]
    fn a_file_system_that_cannot_sync_keeps_the_password_all_the_same() {
        for error in ["EINVAL", "EOPNOTSUPP"] {
            let folder = folder_with(r#"{"a": ""}"#);
            let (outcome, printed) = with_sync_failing(&folder, error);
            assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""), "{error}");
            assert!(verifies(config(&folder)["a"].as_str().unwrap(), printed.trim_end()), "{error}");
        }
    }

    /// Some file systems report only when a file is synced that there was no room for it.
    #[cfg(all(target_os = "linux", not(portable)))]
    #[test]
    #[ignore = "needs strace"]
    fn what_cannot_be_synced_replaces_nothing() {
        let folder = folder_with(r#"{"a": ""}"#);
        let (outcome, printed) = with_sync_failing(&folder, "EDQUOT");
        assert_nothing_replaced(
            &folder,
            &outcome,
            "the output cannot be written: disk quota exceeded; what was printed is not in use",
        );
        assert_made(printed.trim_end());
    }

    /// docs/config.md: "`--random` prints the passwords before the config is replaced"
    #[cfg(target_os = "linux")]
    #[test]
    #[ignore = "needs root"]
    fn nothing_is_replaced_before_the_password_is_printed() {
        let folder = folder_with(r#"{"a": ""}"#);
        let run = in_config(&folder, &["/a"], &["--format", "json"]);
        let (_reader, stdout) = common::full_pipe();
        let mut child = run.spawn(Stdio::null(), Stdio::from(stdout));
        common::wait_for_the_write(child.id());
        assert_eq!(config(&folder)["a"], "");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(config(&folder)["a"], "");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// While the run prints, another program changes the config.
    /// docs/config.md: "If printing or replacing fails, the error says that what was printed is not in use."
    #[cfg(target_os = "linux")]
    #[test]
    #[ignore = "needs root"]
    fn if_replacing_fails_the_error_says_that_what_was_printed_is_not_in_use() {
        for (changed, options, status, message) in [
            (r#"{"b": "", "new": ""}"#, &[][..], 2, "key /a not found: "),
            ("{", &[], 2, "the config is not JSON"),
            (r#"{"a": "secret", "new": ""}"#, &[], 2, "/a in the config is text that is not a hash"),
            (r#"{"a": "", "added": ""}"#, &["--create-key"], 3, "another program has changed the config"),
        ] {
            let folder = folder_with(r#"{"a": "", "new": ""}"#);
            let second = if options.is_empty() { "/new" } else { "/added" };
            let run = in_config(&folder, &["/a", second], options);
            let (mut reader, stdout) = common::full_pipe();
            let child = run.spawn(Stdio::null(), Stdio::from(stdout));
            common::wait_for_the_write(child.id());
            fs::write(folder.path().join("config.json"), changed).unwrap();
            let mut printed = Vec::new();
            reader.read_to_end(&mut printed).unwrap();
            let outcome = run.check(child.wait_with_output().unwrap());
            let printed = String::from_utf8(printed).unwrap();
            assert_eq!(printed.trim_matches(['\0', '\n']).lines().map(assert_made).count(), 2);
            assert_eq!(outcome.status, Some(status), "{changed}: {outcome:?}");
            let error = outcome.stderr.lines().next().unwrap();
            let config = folder.path().join("config.json");
            assert!(error.starts_with(&format!("error: {}: {message}", config.display())), "{error}");
            assert!(error.ends_with("; what was printed is not in use"), "{error}");
            assert_eq!(fs::read_to_string(folder.path().join("config.json")).unwrap(), changed);
        }
    }
}
