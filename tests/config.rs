//! `--config` and `--key`: the string goes into the connector's config, and is read from there.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{CHEAP, Outcome, Run, tc_calendar, verifies};
use serde_json::Value;
use tempfile::TempDir;

/// A config in the form of the connector's, with all that an editor may do to one.
const CONFIG: &str = "\u{feff}{\r
\t// where the calendar keeps its data\r
\t\"dbConnectionConfig\": {\r
\t\t\"host\": \"127.0.0.1\",  // \"password\": \"not here\"\r
\t\t\"password\": \"\",     // the hash goes here\r
\t\t\"port\": 5432,\r
\t},\r
\t\"accounts\": [ {\"пароль\": null}, {\"пароль\": \"old\"} ], /* two */\r
\t\"a/b\": { \"m~n\": \"\", \"\": \"\" },\r
\t\"twice\": \"\", \"twice\": \"\"\r
} // no newline at the end";

/// A folder with a config in it.
struct Config {
    _folder: TempDir,
    path: PathBuf,
}

impl Config {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        fs::write(&path, text).unwrap();
        Self { _folder: folder, path }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap()
    }

    /// Names of all that is in its folder.
    fn neighbours(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path.parent().unwrap()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// A mode, with a place in this config.
    fn at(&self, mode: &str, key: &str) -> Run {
        tc_calendar([mode]).args(["--config".as_ref(), self.path.as_os_str()]).args(["--key", key])
    }

    fn hash(&self, key: &str) -> Run {
        self.at("--hash_pass=hunter2", key).args(CHEAP)
    }

    /// The strings that stand there now in place of those of `before`, where all else is the same.
    #[track_caller]
    fn only_change(&self, before: &str, old: &str, new: &str) -> String {
        let (start, end) = before.split_once(old).unwrap();
        let (new_start, new_end) = new.split_once('@').unwrap();
        let (start, end) = (format!("{start}{new_start}"), format!("{new_end}{end}"));
        let text = self.text();
        assert!(text.starts_with(&start) && text.ends_with(&end), "more has changed: {text}");
        text[start.len()..text.len() - end.len()].to_owned()
    }
}

#[track_caller]
fn assert_silent(outcome: &Outcome) {
    assert_eq!((outcome.status, outcome.stdout.as_str(), outcome.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn the_string_is_written_and_nothing_else_changes_or_is_printed() {
    for (key, old, new) in [
        (
            "/dbConnectionConfig/password",
            "\"password\": \"\",     // the hash",
            "\"password\": \"@\",     // the hash",
        ),
        ("/accounts/0/пароль", "\"пароль\": null", "\"пароль\": \"@\""),
        ("/accounts/1/пароль", "\"old\"", "\"@\""),
        ("/a~1b/m~0n", "\"m~n\": \"\"", "\"m~n\": \"@\""),
        ("/a~1b/", "\"\": \"\"", "\"\": \"@\""),
    ] {
        let config = Config::new(CONFIG);
        assert_silent(&config.hash(key).run());
        assert!(verifies(&config.only_change(CONFIG, old, new), "hunter2"), "{key}");
        assert_eq!(config.neighbours(), ["config.json"]);
    }
}

#[test]
fn several_passwords_go_to_as_many_keys_in_order() {
    let keys = ["--key", "/accounts/0/пароль", "--key", "/accounts/1/пароль"];
    let arguments =
        |config: &Config| config.at("--hash_pass", "/dbConnectionConfig/password").args(keys).args(CHEAP);
    let config = Config::new(CONFIG);
    assert_silent(&arguments(&config).stdin("first\nsecond\nthird").run());
    let written = |config: &Config| {
        let text = config.text().replace('\u{feff}', "");
        let document = tc_calendar::config_file::edit::Document::read(text.as_bytes()).unwrap();
        ["/dbConnectionConfig/password", "/accounts/0/пароль", "/accounts/1/пароль"]
            .map(|key| document.get(jsonptr::Pointer::parse(key).unwrap()).unwrap().unwrap())
    };
    for (encoded, password) in written(&config).iter().zip(["first", "second", "third"]) {
        assert!(verifies(encoded, password));
    }
    let config = Config::new(CONFIG);
    assert_silent(&arguments(&config).args(["--", "first", "second", "third"]).run());
    for (encoded, password) in written(&config).iter().zip(["first", "second", "third"]) {
        assert!(verifies(encoded, password));
    }
}

#[test]
fn a_count_that_differs_is_refused() {
    let more = "too many passwords: 1 expected";
    let fewer = "too few passwords: 2 expected";
    let config = Config::new(CONFIG);
    let two = ["--key", "/a~1b/m~0n"];
    let one = || config.at("--hash_pass", "/dbConnectionConfig/password");
    one().stdin("first\nsecond\n").run().fails(2, more);
    one().args(["--", "first", "second"]).run().fails(2, more);
    one().args(two).stdin("first\n").run().fails(2, fewer);
    one().args(two).args(["--", "first"]).run().fails(2, fewer);
    one().stdin("").run().fails(2, "stdin is empty: there is no password to read");
    assert_eq!(config.text(), CONFIG);
}

#[test]
fn what_a_format_asks_for_is_printed_too() {
    let key = "/dbConnectionConfig/password";
    let config = Config::new(CONFIG);
    let plain = config.hash(key).args(["--format", "plain"]).run();
    let written = config.only_change(CONFIG, "\"password\": \"\",     //", "\"password\": \"@\",     //");
    assert_eq!(plain.lines(), [&written]);

    let config = Config::new(CONFIG);
    let label = config.hash(key).args(["--format", "label"]).run();
    let written = config.only_change(CONFIG, "\"password\": \"\",     //", "\"password\": \"@\",     //");
    assert_eq!(label.lines(), [format!("Your encrypted data: {written}")]);

    let config = Config::new(CONFIG);
    let json = config.hash(key).args(["--format", "json"]).run();
    let written = config.only_change(CONFIG, "\"password\": \"\",     //", "\"password\": \"@\",     //");
    let json: Value = serde_json::from_str(json.lines()[0]).unwrap();
    assert_eq!(json["encoded"], written);
    assert_eq!(json["config"], config.path.to_str().unwrap());
    assert_eq!(json["key"], key);
    assert_eq!(json["created"], false);
    assert_eq!(json["memory_kib"], 8);
}

#[test]
fn a_note_says_that_it_is_done() {
    let config = Config::new(CONFIG);
    let cost = ["-m", "19456", "-t", "2", "-p", "1"];
    let outcome = config.at("--hash_pass=hunter2", "/a~1b/").args(cost).run();
    assert_eq!(outcome.stderr, "note: the hash is in the config\n");
    let outcome = config.at("--hash_pass", "/a~1b/").args(["--key", "/accounts/0/пароль"]).args(cost);
    assert_eq!(outcome.stdin("first\nother").run().stderr, "note: 2 hashes are in the config\n");
    let outcome = config.at("--hash_pass=hunter2", "/new").args(["--create-key"]).args(cost).run();
    assert_eq!(outcome.stderr, "note: the hash is in the config, in a new member\n");
}

#[test]
fn a_missing_member_is_created_only_where_that_is_asked_for() {
    let config = Config::new(CONFIG);
    let key = "/dbConnectionConfig/adminHash";
    let run = config.hash(key).run();
    run.fails(2, "key not found: the path exists up to /dbConnectionConfig");
    assert!(run.stderr.contains("--create-key"), "{}", run.stderr);
    let verify = config.at("--verify", key).run();
    verify.fails(2, "key not found: the path exists up to /dbConnectionConfig");
    assert!(!verify.stderr.contains("--create-key"), "{}", verify.stderr);
    assert_eq!(config.text(), CONFIG);
    assert_silent(&config.hash(key).args(["--create-key"]).run());
    let created = config.only_change(CONFIG, "5432,\r\n", "5432,\r\n\t\t\"adminHash\": \"@\",\r\n");
    assert!(verifies(&created, "hunter2"));
}

#[test]
fn a_place_that_cannot_be_written_is_refused_and_the_file_is_as_it_was() {
    let config = Config::new(CONFIG);
    for (key, message) in [
        ("/dbConnectionConfig", "/dbConnectionConfig in the config is an object, not a string"),
        ("/accounts", "/accounts in the config is an array, not a string"),
        ("/dbConnectionConfig/port", "/dbConnectionConfig/port in the config is a number, not a string"),
        (
            "/dbConnectionConfig/host/x",
            "/dbConnectionConfig/host in the config is a string, and has nothing inside",
        ),
        ("/twice", "/twice is defined more than once in the config"),
        ("/x/y", "key not found: no such member at the top level"),
        ("dbConnectionConfig", "invalid value for --key"),
        ("/a~2", "invalid value for --key"),
        ("", "--key needs a value"),
    ] {
        for mode in ["--hash_pass=hunter2", "--verify", "--inspect"] {
            config.at(mode, key).run().fails(2, message);
        }
    }
    assert_eq!(config.text(), CONFIG);
    assert_eq!(config.neighbours(), ["config.json"]);
}

#[test]
fn a_file_that_cannot_be_read_is_told_from_one_that_is_no_config() {
    let config = Config::new("{\n  \"a\": \"\"\n  \"b\": \"\"\n}");
    let modes = ["--hash_pass=hunter2", "--verify", "--inspect"];
    for mode in modes {
        let message = "the config is not JSON with comments: line 2, column 10: expected comma";
        config.at(mode, "/a").run().fails(2, message);
        let folder = tc_calendar([mode, "--key", "/a", "--config"]).args([config.path.parent().unwrap()]);
        folder.run().fails(3, "the config is not a regular file");
        let missing = tc_calendar([mode, "--key", "/a", "--config"]).args([config.path.with_extension("x")]);
        let missing = missing.run();
        assert_eq!(missing.status, Some(3));
        assert!(missing.stderr.starts_with("error: the config cannot be read: "), "{}", missing.stderr);
    }
}

#[test]
fn options_that_belong_together_are_wanted_together() {
    for (option, message) in [
        (vec!["--config", "x"], "--config needs --key"),
        (vec!["--key", "/x"], "--key needs --config"),
        (vec!["--create-key"], "--create-key needs --config"),
        (vec!["--backup"], "--backup needs --config"),
        (vec!["--in-place"], "--in-place needs --config"),
    ] {
        tc_calendar(["--hash_pass=hunter2"]).args(option).run().fails(2, message);
    }
    for option in ["--create-key", "--backup", "--in-place"] {
        let message = format!("{option} cannot be used with --verify");
        tc_calendar(["--verify", "--config", "x", "--key", "/x", option]).run().fails(2, &message);
    }
    let both = tc_calendar(["--config", "x", "--key", "/x", "--inspect", "$argon2id$v=19"]).run();
    both.fails(2, "an encoded string is given both as an argument and with --config");
    let several = tc_calendar(["--config", "x", "--key", "/x", "--key", "/y", "--verify"]).run();
    several.fails(2, "--key is given more than once");
    let same = tc_calendar(["--config", "x", "--key", "/x", "--key", "/x", "--hash_pass", "a", "b"]).run();
    same.fails(2, "two of the keys are the same");
    for keys in [["--key=/x", "--key=/x/y"], ["--key=/x/y", "--key=/x"]] {
        let nested = tc_calendar(["--config", "x"]).args(keys).args(["--hash_pass", "a", "b"]).run();
        nested.fails(2, "one of the keys is inside another");
    }
    let calibrate = tc_calendar(["--calibrate", "--config", "x", "--key", "/x"]).run();
    calibrate.fails(2, "--config cannot be used with --calibrate");
}

#[test]
fn no_name_of_a_file_or_key_that_does_not_exist_is_told() {
    let config = Config::new(CONFIG);
    for mode in ["--hash_pass=hunter2", "--verify", "--inspect"] {
        config.at(mode, "/dbConnectionConfig").args(["--key"]).secret("/S3cret").run();
        let outcome =
            tc_calendar([mode, "--key"]).secret("/S3cretKey").args(["--config"]).args([&config.path]);
        assert_eq!(outcome.run().status, Some(2));
        let outcome = tc_calendar([mode, "--key", "/a", "--config"]).secret("S3cretFile").run();
        assert_eq!(outcome.status, Some(3));
    }
}

#[test]
fn what_was_written_is_verified_and_inspected_from_there() {
    let config = Config::new(CONFIG);
    let key = "/dbConnectionConfig/password";
    for mode in ["--verify", "--inspect"] {
        let empty = "there is no encoded string in the config yet: the place is empty";
        config.at(mode, key).stdin("hunter2").run().fails(2, empty);
        config.at(mode, "/accounts/0/пароль").stdin("hunter2").run().fails(2, empty);
        config
            .at(mode, "/accounts/1/пароль")
            .stdin("hunter2")
            .run()
            .fails(2, "in the config: this is not an encoded string");
    }
    assert_silent(&config.hash(key).run());
    let verify = |password: &str| config.at("--verify", key).stdin(password).run();
    assert_eq!(verify("hunter2").lines(), ["match"]);
    let wrong = verify("hunter3");
    assert_eq!((wrong.status, wrong.stdout.as_str()), (Some(1), "no match\n"));
    let inspect = config.at("--inspect", key).run();
    assert_eq!(inspect.lines()[3], "iterations: 1");
    assert_eq!(config.at("--inspect", key).args(["--profile", "owasp"]).run().status, Some(1));
    // What a paste has brought along would be in the way of everybody who reads the config.
    fs::write(&config.path, config.text().replace("$argon2id", "Your encrypted data: $argon2id")).unwrap();
    let label = "the connector's label stands before the encoded string in the config";
    config.at("--verify", key).stdin("hunter2").run().fails(2, label);
}

#[test]
fn the_old_file_is_kept_where_that_is_asked_for() {
    let config = Config::new(CONFIG);
    assert_silent(&config.hash("/a~1b/").args(["--backup"]).run());
    let backup = config.path.with_extension("json.bak");
    assert_eq!(fs::read_to_string(backup).unwrap(), CONFIG);
    assert_ne!(config.text(), CONFIG);
}

#[test]
fn twenty_at_once_on_different_keys_lose_nothing() {
    let members: Vec<String> = (0..20).map(|n| format!("  \"k{n}\": \"\"")).collect();
    let config = Config::new(&format!("{{\n{}\n}}\n", members.join(",\n")));
    let runs: Vec<_> = (0..20)
        .map(|n| {
            let password = format!("password {n}");
            let run = config.at("--hash_pass", &format!("/k{n}")).args(CHEAP).stdin(password);
            std::thread::spawn(move || run.run())
        })
        .collect();
    for run in runs {
        assert_silent(&run.join().unwrap());
    }
    let written: Value = serde_json::from_str(&config.text()).unwrap();
    for n in 0..20 {
        assert!(verifies(written[format!("k{n}")].as_str().unwrap(), format!("password {n}")));
    }
    assert_eq!(config.neighbours(), ["config.json"]);
}

/// What `diff` says of a config whose one value has been changed: one line is another.
#[cfg(target_os = "linux")]
#[test]
fn diff_shows_one_line() {
    let config = Config::new(CONFIG);
    let before = config.path.with_extension("before");
    fs::copy(&config.path, &before).unwrap();
    assert_silent(&config.hash("/dbConnectionConfig/password").run());
    let diff = |a: &PathBuf, b: &PathBuf| std::process::Command::new("diff").args([a, b]).output().unwrap();
    let output = String::from_utf8(diff(&before, &config.path).stdout).unwrap();
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), 4, "{output}");
    assert_eq!((lines[0], lines[2]), ("5c5", "---"));
}

#[cfg(target_os = "linux")]
mod at_a_terminal {
    use super::*;
    use common::PROGRAM;
    use common::terminal::Terminal;

    fn start(config: &Config, keys: &[&str]) -> Terminal {
        let keys = keys.iter().flat_map(|key| ["--key", key]);
        Terminal::start(
            |command| command.args(CHEAP).arg("--hash_pass").arg("--config").arg(&config.path).args(keys),
            PROGRAM,
        )
    }

    #[test]
    fn the_password_is_asked_for_and_its_hash_written() {
        let config = Config::new(CONFIG);
        let mut terminal = start(&config, &["/accounts/1/пароль"]);
        terminal.expect("Password: ").send("hunter2\n").expect("Confirm password: ").send("hunter2\n");
        assert_eq!(terminal.finish().code(), Some(0));
        assert!(verifies(&config.only_change(CONFIG, "\"old\"", "\"@\""), "hunter2"));
    }

    #[test]
    fn nobody_is_asked_for_a_password_that_cannot_be_written() {
        let config = Config::new(CONFIG);
        let cases: [(&[&str], i32); 4] =
            [(&["/x"], 2), (&["/twice"], 2), (&["/dbConnectionConfig"], 2), (&["/a~1b/", "/a~1b/m~0n"], 2)];
        for (keys, status) in cases {
            let mut terminal = start(&config, keys);
            assert_eq!(terminal.finish().code(), Some(status));
            assert!(!terminal.text().contains("Password"), "{}", terminal.text());
        }
        fs::write(&config.path, "{").unwrap();
        let mut terminal = start(&config, &["/x"]);
        assert_eq!(terminal.finish().code(), Some(2));
        assert!(!terminal.text().contains("Password"), "{}", terminal.text());
        fs::remove_file(&config.path).unwrap();
        let mut terminal = start(&config, &["/x"]);
        assert_eq!(terminal.finish().code(), Some(3));
        assert!(!terminal.text().contains("Password"), "{}", terminal.text());
    }

    #[test]
    fn what_an_editor_saves_while_the_password_is_typed_is_kept() {
        let config = Config::new(CONFIG);
        let mut terminal = start(&config, &["/accounts/1/пароль"]);
        terminal.expect("Password: ").send("hunter2\n").expect("Confirm password: ");
        let edited = CONFIG.replace("127.0.0.1", "db.example");
        fs::write(&config.path, &edited).unwrap();
        terminal.send("hunter2\n");
        assert_eq!(terminal.finish().code(), Some(0));
        assert!(verifies(&config.only_change(&edited, "\"old\"", "\"@\""), "hunter2"));
    }
}
