//! `--config` and `--key`: the string is written into the config, and read from it.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{CHEAP, Outcome, Run, names, tc_calendar, verifies};
use serde_json::Value;
use tempfile::TempDir;

/// A config like the connector's, with everything that an editor may leave in one.
const CONFIG: &str = "\u{feff}{\r
\t// where the calendar keeps its data\r
\t\"dbConnectionConfig\": {\r
\t\t\"host\": \"127.0.0.1\",  // \"password\": \"not here\"\r
\t\t\"password\": \"\",     // the hash goes here\r
\t\t\"port\": 5432,\r
\t},\r
\t\"accounts\": [ {\"пароль\": null}, {\"пароль\": \"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAA\"} ], /* two */\r
\t\"a/b\": { \"m~n\": \"\", \"\": \"\" },\r
\t\"twice\": \"\", \"twice\": \"\"\r
} // no newline at the end";

const RESTART: &str = "note: restart the program that reads the config, so that it sees the change\n";

/// The hash that the config contains.
const OLD: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAA";

/// A config in a folder of its own.
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

    /// The names of all files in the folder, the config among them.
    fn neighbours(&self) -> Vec<String> {
        names(self.path.parent().unwrap())
    }

    /// Runs a mode with a key in this config.
    fn at(&self, mode: &str, key: &str) -> Run {
        tc_calendar([mode]).args(["--config".as_ref(), self.path.as_os_str()]).args(["--key", key])
    }

    fn hash(&self, key: &str) -> Run {
        self.at("--hash_pass=hunter2", key).args(CHEAP)
    }

    /// Asserts that only `old` was replaced by `new`. Returns the text in place of its `@`.
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

/// README.md: "`--config` names the file, JSON that may have comments, and `--key` the location in it"
/// README.md: "In a key, write `~1` for a `/` that is in a name, and `~0` for a `~`."
/// docs/config.md: "It is read, and the hash is put into the text"
#[test]
fn the_string_is_written_and_nothing_else_changes_or_is_printed() {
    for (key, old, new) in [
        (
            "/dbConnectionConfig/password",
            "\"password\": \"\",     // the hash",
            "\"password\": \"@\",     // the hash",
        ),
        ("/accounts/0/пароль", "\"пароль\": null", "\"пароль\": \"@\""),
        ("/accounts/1/пароль", &format!("\"{OLD}\""), "\"@\""),
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
    assert_silent(&arguments(&config).lines("first\nsecond\nthird").run());
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
fn more_or_fewer_passwords_than_keys_are_refused() {
    let more = "too many passwords: 1 expected";
    let fewer = "too few passwords: 2 expected";
    let config = Config::new(CONFIG);
    let two = ["--key", "/a~1b/m~0n"];
    let one = || config.at("--hash_pass", "/dbConnectionConfig/password");
    one().lines("first\nsecond\n").run().fails(2, more);
    one().args(["--", "first", "second"]).run().fails(2, more);
    one().args(two).lines("first\n").run().fails(2, fewer);
    one().args(two).args(["--", "first"]).run().fails(2, fewer);
    // Where the number of passwords is known, it is compared before one is read.
    one().args(two).args(["--", ""]).run().fails(2, fewer);
    one().args(two).piped("").run().fails(2, fewer);
    one().piped("").run().fails(2, "stdin is empty: there is no password to read");
    assert_eq!(config.text(), CONFIG);
}

#[test]
fn with_a_format_the_hash_is_printed_too() {
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

/// SECURITY.md: "A note names the config and the keys that were written or kept."
#[test]
fn a_note_names_the_file_and_the_location() {
    let config = Config::new(CONFIG);
    let file = config.path.to_str().unwrap();
    let cost = ["-m", "19456", "-t", "2", "-p", "1"];
    let outcome = config.at("--hash_pass=hunter2", "/a~1b/").args(cost).run();
    assert_eq!(outcome.stderr, format!("note: wrote the hash to /a~1b/ in {file}\n{RESTART}"));
    let outcome = config.at("--hash_pass", "/a~1b/").args(["--key", "/accounts/0/пароль"]).args(cost);
    assert_eq!(
        outcome.lines("first\nother").run().stderr,
        format!(
            "note: wrote the hash to /a~1b/ in {file}\nnote: wrote the hash to /accounts/0/пароль in {file}\n{RESTART}"
        )
    );
    let outcome = config.at("--hash_pass=hunter2", "/new").args(["--create-key"]).args(cost).run();
    assert_eq!(outcome.stderr, format!("note: wrote the hash to /new in {file}\n{RESTART}"));
}

#[test]
fn a_missing_member_is_created_only_on_request() {
    let config = Config::new(CONFIG);
    let key = "/dbConnectionConfig/adminHash";
    let run = config.hash(key).run();
    run.fails(2, &format!("key {key} not found: the path exists up to /dbConnectionConfig"));
    assert!(run.stderr.contains("--create-key"), "{}", run.stderr);
    let verify = config.at("--verify", key).run();
    assert_eq!((verify.status, verify.stdout.as_str()), (Some(1), "no hash\n"));
    assert!(!verify.stderr.contains("--create-key"), "{}", verify.stderr);
    assert_eq!(config.text(), CONFIG);
    assert_silent(&config.hash(key).args(["--create-key"]).run());
    let created = config.only_change(CONFIG, "5432,\r\n", "5432,\r\n\t\t\"adminHash\": \"@\",\r\n");
    assert!(verifies(&created, "hunter2"));
}

/// README.md: "a JSON pointer (RFC 6901)"
#[test]
fn an_invalid_key_is_refused_and_the_file_is_unchanged() {
    let config = Config::new(CONFIG);
    for (key, message) in [
        ("/dbConnectionConfig", "/dbConnectionConfig in the config is an object, not a string"),
        ("/accounts", "/accounts in the config is an array, not a string"),
        ("/dbConnectionConfig/port", "/dbConnectionConfig/port in the config is a number, not a string"),
        (
            "/dbConnectionConfig/host/x",
            "/dbConnectionConfig/host in the config is a string, so it has no members",
        ),
        ("/twice", "/twice is defined more than once in the config"),
        ("/x/y", "key /x/y not found: no such member at the top level"),
        ("dbConnectionConfig", "invalid value for --key"),
        ("/a~2", "invalid value for --key"),
        ("", "--key needs a value"),
    ] {
        for mode in ["--hash_pass=hunter2", "--verify", "--inspect"] {
            let refused = config.at(mode, key).run();
            refused.fails(2, message);
            // Only `--hash_pass` takes `--create-key`, which adds the last name of a path and no others.
            assert!(!refused.stderr.contains("--create-key"), "{}", refused.stderr);
        }
    }
    assert_eq!(config.text(), CONFIG);
    assert_eq!(config.neighbours(), ["config.json"]);
}

#[test]
fn an_unreadable_file_and_an_invalid_config_have_different_errors() {
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
        let named =
            format!("error: {}: the config cannot be read: ", config.path.with_extension("x").display());
        assert!(missing.stderr.starts_with(&named), "{}", missing.stderr);
    }
}

/// SECURITY.md: "An error of reading or writing the config begins with its path and names keys, never a value; a
/// password file and a variable are named nowhere."
#[test]
fn an_error_about_the_config_names_it_and_the_key_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    // Windows takes no control character in a name.
    let name = if cfg!(windows) { "con\u{2028}fig\u{202e}.json" } else { "con\u{2028}fig\u{1b}.json" };
    let path = folder.path().join(name);
    fs::write(&path, r#"{"admin": {"password": ""}, "port": 1}"#).unwrap();
    let shown = folder.path().join("con\u{fffd}fig\u{fffd}.json").display().to_string();
    let at = |mode: &str, key: &str| tc_calendar([mode, "--key", key, "--config"]).args([&path]).args(["-q"]);
    for (mode, key, message) in [
        (
            "--hash_pass=hunter2",
            "/admin/pasword",
            "key /admin/pasword not found: the path exists up to /admin",
        ),
        ("--verify", "/a/b", "key /a/b not found: no such member at the top level"),
        ("--inspect", "/port", "/port in the config is a number, not a string"),
    ] {
        let outcome = at(mode, key).run();
        assert!(outcome.stderr.starts_with(&format!("error: {shown}: {message}\nhint: ")), "{outcome:?}");
        let outcome = at(mode, key).args(["--format", "json"]).run();
        let object: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
        assert_eq!(object["error"], format!("{shown}: {message}"));
    }
    // An error about something else names nothing.
    let empty = at("--hash_pass=", "/admin/password").run();
    assert_eq!(empty.stderr.lines().next(), Some("error: the password is empty"));
    for option in ["--password-file", "--password-env"] {
        let outcome = at("--hash_pass", "/admin/password").args([option]).secret("S3cretName").run();
        assert!(outcome.stderr.starts_with("error: the "), "{outcome:?}");
    }
}

#[test]
fn options_that_need_others_are_refused_without_them() {
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
    both.fails(2, "a hash is given both as an argument and with --config");
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
fn a_written_hash_can_be_verified_and_inspected_in_the_config() {
    let config = Config::new(CONFIG);
    let key = "/dbConnectionConfig/password";
    for mode in ["--verify", "--inspect"] {
        let damaged = Config::new(r#"{"a": "$argon2id$old"}"#).at(mode, "/a").run();
        damaged.fails(2, "in the config: the parameters of the hash are not m, t and p, each a plain number");
        assert!(damaged.stderr.contains("write the hash again") && !damaged.stderr.contains("quotes"));
        config.at(mode, "/dbConnectionConfig/host").run().fails(2, "in the config: this is not a hash");
    }
    assert_silent(&config.hash(key).run());
    let verify = |password: &str| config.at("--verify", key).piped(password).run();
    assert_eq!(verify("hunter2").lines(), ["match"]);
    let wrong = verify("hunter3");
    assert_eq!((wrong.status, wrong.stdout.as_str()), (Some(1), "no match\n"));
    let inspect = config.at("--inspect", key).run();
    assert_eq!(inspect.lines()[3], "iterations: 1");
    assert_eq!(config.at("--inspect", key).args(["--profile", "owasp"]).run().status, Some(1));
    // A pasted label would break every program that reads the config.
    fs::write(&config.path, config.text().replace("$argon2id", "Your encrypted data: $argon2id")).unwrap();
    let label = "the hash in the config has the connector's label before it";
    config.at("--verify", key).piped("hunter2").run().fails(2, label);
}

/// README.md: "| 1 | it does not match, is too weak, or there is no hash yet |"
#[test]
fn without_a_hash_the_status_is_1_and_a_note_says_why() {
    let config = Config::new(CONFIG);
    for (key, reason, note) in [
        ("/dbConnectionConfig/password", "empty-string", "the string is empty"),
        ("/accounts/0/пароль", "null", "the value is null"),
        (
            "/dbConnectionConfig/pasword",
            "missing-member",
            "/dbConnectionConfig/pasword is missing; did you mean /dbConnectionConfig/password?",
        ),
    ] {
        let verify = config.at("--verify", key).run();
        assert_eq!((verify.status, verify.stdout.as_str()), (Some(1), "no hash\n"), "{key}");
        assert_eq!(verify.stderr, format!("note: there is no hash in the config yet: {note}\n"));
        let verify = config.at("--verify", key).args(["--format", "json", "-q"]).run();
        assert_eq!(verify.stdout, format!("{{\"match\":false,\"reason\":\"{reason}\"}}\n"));
        let inspect = config.at("--inspect", key).args(["--profile", "owasp"]).run();
        assert_eq!((inspect.status, inspect.stdout.as_str()), (Some(1), "no hash\n"), "{key}");
        let inspect = config.at("--inspect", key).args(["--format", "json", "-q"]).run();
        assert_eq!(inspect.stdout, format!("{{\"variant\":null,\"reason\":\"{reason}\"}}\n"));
        assert_eq!(inspect.stderr, "");
    }
    // A broken file is an error.
    fs::write(&config.path, "{").unwrap();
    assert_eq!(config.at("--verify", "/a").run().status, Some(2));
}

/// docs/exchange.md: "This program refuses to overwrite it, unless `--replace` is given."
#[test]
fn a_string_that_is_not_a_hash_is_replaced_only_on_request() {
    for (old, found) in [
        ("dGNfMTIzNDU2Nzg5MA==", "the connector's own encrypted form"),
        ("oldplaintext", "text that is not a hash"),
        ("$2b$12$abcdefghijklmnopqrstuu", "a hash of bcrypt, not of Argon2"),
        ("$argon2sucks, my password", "a damaged hash: unknown Argon2 variant"),
        (
            "$argon2i$damaged",
            "a damaged hash: the parameters of the hash are not m, t and p, each a plain number",
        ),
        ("Your encrypted data: ", "text that is not a hash"),
        ("        ", "text that is not a hash"),
        ("CORP\\\\$svc", "text that is not a hash"),
        ("$m=oneyB4g", "text that is not a hash"),
        ("p$$argon2", "text that is not a hash"),
    ] {
        let text = format!("{{\"a\": \"{old}\"}}");
        let config = Config::new(&text);
        for options in [&[][..], &["--if-needed"], &["--create-key"], &["--in-place"]] {
            let outcome = config.hash("/a").args(options).run();
            assert!(!outcome.stderr.contains(old), "{outcome:?}");
            outcome.fails(2, &format!("/a in the config is {found}"));
            assert!(outcome.stderr.contains("--replace"), "{outcome:?}");
            assert_eq!(config.text(), text);
        }
        let verify = config.at("--verify", "/a").run();
        // No login needs what is a hash, of whatever scheme.
        let is_hash = found.contains("damaged") || found.contains("bcrypt");
        let hint = if is_hash { "hash_pass --replace with" } else { "a login may need" };
        assert!(verify.status == Some(2) && verify.stderr.contains(hint), "{verify:?}");
        assert_silent(&config.hash("/a").args(["--replace"]).run());
        assert!(verifies(&config.only_change(&text, old, "@"), "hunter2"));
    }
    for old in [
        "\"\"",
        "null",
        "\"$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAA\"",
        "\"Your encrypted data: $argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAA\"",
    ] {
        let config = Config::new(&format!("{{\"a\": {old}}}"));
        assert_silent(&config.hash("/a").run());
    }
}

/// README.md: "it writes only if the hash there does not match, or is weaker than asked"
/// docs/config.md: "or with `--if-needed` that the hash there is enough"
#[test]
fn if_needed_writes_only_what_does_not_match_or_is_too_weak() {
    let config = Config::new(r#"{"a": "", "b": null}"#);
    let run = |passwords: &str, cost: &str| {
        let run = config.at("--hash_pass", "/a").args(["--key", "/b", "--if-needed", "--format", "json"]);
        let outcome = run.args(["-q", "--cost", cost]).lines(passwords).run();
        let changed =
            outcome.lines().into_iter().map(|line| serde_json::from_str::<Value>(line).unwrap()).map(
                |line| {
                    let object = line.as_object().unwrap().clone();
                    assert!(config.text().contains(object["encoded"].as_str().unwrap()));
                    object["changed"].as_bool().unwrap()
                },
            );
        changed.collect::<Vec<_>>()
    };
    assert_eq!(run("first\nother", "m=8,t=1,p=1"), [true, true]);
    let text = config.text();
    for _ in 0..3 {
        assert_eq!(run("first\nother", "m=8,t=1,p=1"), [false, false]);
        assert_eq!(config.text(), text);
    }
    // A hash is replaced for another password, and then for a higher cost.
    assert_eq!(run("first\nthe second", "m=8,t=1,p=1"), [false, true]);
    assert_eq!(run("first\nthe second", "m=8,t=2,p=1"), [true, true]);
    // A hash that is stronger than required is kept.
    assert_eq!(run("first\nthe second", "m=8,t=1,p=1"), [false, false]);
    let note = config.at("--hash_pass=first", "/a").args(["--if-needed", "--cost=m=8,t=1,p=1"]).run();
    let file = config.path.to_str().unwrap();
    let kept = format!("note: kept the hash at /a in {file}: it matches and is strong enough\n");
    assert!(note.stderr.ends_with(&kept), "{note:?}");
}

/// The lock is the one of a reader, as .NET takes it.
#[cfg(unix)]
#[test]
fn if_nothing_is_needed_the_file_may_be_read_only_and_locked() {
    let config = Config::new(r#"{"a": ""}"#);
    let run = || config.hash("/a").args(["--if-needed"]).run();
    assert_silent(&run());
    let before = fs::metadata(&config.path).unwrap();
    let lock = fs::File::open(&config.path).unwrap();
    lock.lock_shared().unwrap();
    let mut permissions = before.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&config.path, permissions).unwrap();
    assert_silent(&run());
    let after = fs::metadata(&config.path).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    assert_eq!(config.neighbours(), ["config.json"]);
}

/// docs/config.md: "that the hash there is enough: the file is read again after the password,"
#[cfg(unix)]
#[test]
fn what_changes_while_the_password_is_awaited_is_not_called_kept() {
    use std::io::Write;
    use std::os::unix::ffi::OsStrExt;

    let changed = "another program has changed the config";
    let exchanged =
        |text: &str| text.replace("\"a\"", "\"x\"").replace("\"b\"", "\"a\"").replace("\"x\"", "\"b\"");
    for (what, change, status, message) in [
        ("nothing", &(|text: &str| Some(text.to_owned())) as &dyn Fn(&str) -> Option<String>, 0, ""),
        ("a comment", &|text| Some(format!("{text} // more")), 0, ""),
        ("other hashes", &|text| Some(exchanged(text)), 3, changed),
        ("no hash", &|_| Some(r#"{"a": "", "b": ""}"#.to_owned()), 3, changed),
        ("no member", &|_| Some("{}".to_owned()), 3, changed),
        ("no file", &|_| None, 3, "the config cannot be read: no such file"),
        ("no JSON", &|_| Some("{".to_owned()), 2, "the config"),
    ] {
        let config = Config::new(r#"{"a": "", "b": ""}"#);
        let run = || config.at("--hash_pass", "/a").args(["--key", "/b", "--if-needed", "-q"]).args(CHEAP);
        assert_silent(&run().lines("one\ntwo").run());
        let fifo = config.path.with_file_name("fifo");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let outcome = std::thread::scope(|scope| {
            let fifo = fifo.as_os_str();
            let waiting = run().args(
                ["--lines".as_bytes(), b"--password-file", fifo.as_bytes()].map(std::ffi::OsStr::from_bytes),
            );
            let running = scope.spawn(|| waiting.run());
            // The run has read the config before it opens the pipe.
            let mut pipe = fs::OpenOptions::new().write(true).open(fifo).unwrap();
            match change(&config.text()) {
                Some(text) => fs::write(&config.path, text).unwrap(),
                None => fs::remove_file(&config.path).unwrap(),
            }
            pipe.write_all(b"one\ntwo\n").unwrap();
            drop(pipe);
            running.join().unwrap()
        });
        assert_eq!(outcome.status, Some(status), "{what}: {outcome:?}");
        let named = format!("error: {}: ", config.path.display());
        let said = outcome.stderr.strip_prefix(&named).unwrap_or(&outcome.stderr);
        assert!(said.starts_with(message) && message.is_empty() == said.is_empty(), "{what}: {outcome:?}");
    }
}

/// A run that writes in place has the config locked until all is written.
#[cfg(unix)]
#[test]
fn what_is_kept_is_looked_at_when_no_run_writes() {
    let config = Config::new(r#"{"a": ""}"#);
    let run = || config.hash("/a").args(["--if-needed"]).run();
    assert_silent(&run());
    let text = config.text();
    // Linux locks the config, the other systems its folder.
    let locked =
        [config.path.as_path(), config.path.parent().unwrap()].map(|path| fs::File::open(path).unwrap());
    std::thread::scope(|scope| {
        for file in &locked {
            file.lock().unwrap();
        }
        let running = scope.spawn(run);
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!running.is_finished(), "it waits");
        fs::write(&config.path, text.replace("argon2id", "argon2i")).unwrap();
        drop(locked);
        running.join().unwrap().fails(3, "another program has changed the config");
    });
}

/// Whatever the run does with the config, and by whatever name it knows it. Nothing is read before, so a password file
/// that is missing is not noticed.
/// docs/config.md: "A run with `--config` whose stdout is that file, as with `>>config.json`, is refused before anything else."
/// docs/config.md: "One whose stderr is that file ends with status 3 and without a word"
#[cfg(unix)]
#[test]
fn no_output_goes_into_the_config() {
    let config = Config::new(&format!("{{\"a\": \"{OLD}\"}}"));
    let link = config.path.with_file_name("link");
    std::os::unix::fs::symlink(&config.path, &link).unwrap();
    let before = config.text();
    let refused = "error: the output cannot be written: stdout is the config\n\
                   hint: check the file or the pipe that stdout goes to\n";
    for arguments in [
        "--hash_pass --random",
        "--hash_pass --random --format label",
        "--hash_pass --password-file missing",
        "--hash_pass --password-file missing --format plain --in-place",
        "--hash_pass --password-file missing --format change --if-needed --quiet",
        "--verify --password-file missing",
        "--inspect",
    ] {
        for (streams, said) in [(">>\"$C\"", refused), ("2>>\"$C\"", ""), (">>\"$C\" 2>&1", "")] {
            for path in [&config.path, &link] {
                let script = format!("exec \"$0\" {arguments} --key /a --config \"$1\" {streams}");
                let mut sh = std::process::Command::new("sh");
                sh.env("C", &config.path).args(["-c", &script, common::PROGRAM]).arg(path);
                let outcome = tc_calendar([""; 0]).check(common::output(&mut sh));
                let said_all = (outcome.status, &*outcome.stdout, &*outcome.stderr);
                assert_eq!(said_all, (Some(3), "", said), "{script}");
                assert_eq!(config.text(), before, "{script}");
            }
        }
    }
    assert_eq!(config.neighbours().len(), 2);
}

#[test]
fn nul_bytes_in_a_config_are_reported() {
    let config = Config::new("");
    for (text, message) in [
        (vec![0; 100], "line 1, column 1"),
        ([b"{\n\"a\"".as_slice(), &[0; 500]].concat(), "line 2, column 4"),
        (b"{\"a\": \"x\0y\"}".to_vec(), "line 1, column 9"),
    ] {
        fs::write(&config.path, text).unwrap();
        let outcome = config.hash("/a").run();
        outcome.fails(
            2,
            &format!("the config contains NUL bytes from {message}, which a crash of the machine can cause"),
        );
        assert!(outcome.stderr.ends_with("hint: restore it from a backup, or remove them there\n"));
    }
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        for text in ["{}", "\u{feff}{\"пароль\": \"\"}", "\u{feff}\u{4e2d}"] {
            let text: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
            fs::write(&config.path, text).unwrap();
            config.hash("/a").run().fails(2, "the config is UTF-16, not UTF-8");
        }
    }
    for bytes in [u32::to_le_bytes, u32::to_be_bytes] {
        for text in ["{}", "\u{feff}{\"пароль\": \"\"}", "\u{feff}\u{4e2d}"] {
            let text: Vec<u8> = text.chars().flat_map(|letter| bytes(letter.into())).collect();
            fs::write(&config.path, text).unwrap();
            config.hash("/a").run().fails(2, "the config is UTF-32, not UTF-8");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn only_json_says_that_it_leaves_out_a_path_that_is_not_unicode() {
    let config = Config::new(r#"{"a": ""}"#);
    let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"k\xF6nfig.json");
    let path = config.path.with_file_name(name);
    fs::rename(&config.path, &path).unwrap();
    for (format, is_noted) in [("plain", false), ("label", false), ("json", true)] {
        let run = tc_calendar(["--hash_pass=hunter2", "--profile=owasp", "--format", format, "--key=/a"]);
        let outcome = run.args(["--config".as_ref(), path.as_os_str()]).run();
        assert_eq!(outcome.lines().len(), 1);
        let note = "note: the path of the config is not Unicode, so JSON leaves it out\n";
        assert_eq!(outcome.stderr.contains(note), is_noted, "{outcome:?}");
    }
}

/// docs/config.md: "`--backup` keeps the old content as `config.json.bak`."
/// docs/config.md: "A password that was in the config is in the backup."
#[test]
fn the_old_file_is_kept_on_request() {
    let config = Config::new(CONFIG);
    assert_silent(&config.hash("/a~1b/").args(["--backup"]).run());
    let backup = config.path.with_extension("json.bak");
    assert_eq!(fs::read_to_string(backup).unwrap(), CONFIG);
    assert_ne!(config.text(), CONFIG);
}

/// docs/config.md: "a note names it"
#[test]
fn a_note_names_the_new_backup() {
    let config = Config::new(r#"{"a": ""}"#);
    let run = || config.at("--hash_pass=hunter2", "/a").args(["--profile", "owasp", "--backup"]);
    for name in ["config.json.bak", "config.json.bak.2", "config.json.bak.3"] {
        let outcome = run().run();
        assert!(outcome.stderr.contains(&format!("note: the backup is {name}\n")), "{outcome:?}");
    }
    assert_silent(&run().args(["--quiet"]).run());
}

/// docs/config.md: "a note names that member"
#[test]
fn a_note_names_what_a_new_member_resembles() {
    let note = |new: &str, other: &str| {
        format!(
            "note: the new member {new} resembles {other}; a program may take one for the other, or refuse both\n"
        )
    };
    for (text, key, others) in [
        (r#"{"Password": "x"}"#, "/password", &["/Password"][..]),
        (r#"{"password": "x", "b": {}}"#, "/pasword", &["/password"]),
        (r#"{"A": "", "b": ""}"#, "/a", &["/A"]),
        (r#"{"ПАРОЛЬ": 1}"#, "/Пароль", &["/ПАРОЛЬ"]),
        (r#"{"admin": {"Password": "x"}}"#, "/admin:password", &["/admin/Password"]),
        (r#"{"Admin": {}, "a": {"admin:password": ""}}"#, "/admin:password", &[]),
        (r#"{"a": "x"}"#, "/a:b", &[]),
        ("{\"\u{e9}\": \"\"}", "/e\u{301}", &["/\u{e9}"]),
        (r#"{"users": [{"Password": 1}]}"#, "/users:0:password", &["/users/0/Password"]),
        (r#"{"admin": {}, "admin:password": ""}"#, "/admin/password", &["/admin:password"]),
        (r#"{"admin": {}, "Admin": {"password": ""}}"#, "/admin/password", &["/Admin/password"]),
        (r#"{"user1": "", "b": "", "other": {"pass": ""}}"#, "/user2", &[]),
        (r#"{"other": {"password": ""}, "passphrase": ""}"#, "/password", &[]),
    ] {
        for format in ["plain", "json"] {
            let config = Config::new(text);
            let run = || {
                let run = config.at("--hash_pass", key).args(["--create-key", "--format", format]);
                run.args(["--profile", "owasp"]).piped("correct horse battery")
            };
            assert_eq!(run().args(["--quiet"]).run().stderr, "");
            fs::write(&config.path, text).unwrap();
            let outcome = run().run();
            assert_eq!(outcome.status, Some(0), "{outcome:?}");
            for other in others {
                assert!(outcome.stderr.contains(&note(key, other)), "{outcome:?}");
            }
            assert_eq!(outcome.stderr.matches("resembles").count(), others.len(), "{outcome:?}");
            // A member that exists is not new.
            assert!(!run().run().stderr.contains("resembles"));
        }
    }
}

#[test]
fn twenty_concurrent_runs_lose_nothing() {
    let members: Vec<String> = (0..20).map(|n| format!("  \"k{n}\": \"\"")).collect();
    let config = Config::new(&format!("{{\n{}\n}}\n", members.join(",\n")));
    let runs: Vec<_> = (0..20)
        .map(|n| {
            let password = format!("password {n}");
            let run = config.at("--hash_pass", &format!("/k{n}")).args(CHEAP).piped(password);
            // A run gives up after 15 seconds, which a busy machine may need for the others.
            std::thread::spawn(move || {
                loop {
                    let outcome = run.clone().run();
                    // On Windows, a virus scanner may need what is left of them.
                    let is_late = outcome.stderr.contains(" locked by another program\n")
                        || cfg!(windows) && outcome.stderr.contains("another program has the config open\n");
                    if !is_late {
                        return outcome;
                    }
                }
            })
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

/// `diff` shows one changed line.
/// README.md: "The rest of the file stays as it was, comments included."
#[cfg(target_os = "linux")]
#[test]
fn only_one_line_changes() {
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
        terminal.expect("Password: ").send("hunter2\n").expect("Repeat password: ").send("hunter2\n");
        assert_eq!(terminal.finish().code(), Some(0));
        assert!(verifies(&config.only_change(CONFIG, &format!("\"{OLD}\""), "\"@\""), "hunter2"));
    }

    /// README.md: "Several passwords go to several keys, in the same order: `--key /ann --key /bob`. A terminal is asked
    /// for each."
    #[test]
    fn the_prompt_asks_for_each_key_in_turn_and_names_it() {
        let config = Config::new(CONFIG);
        let mut terminal = start(&config, &["/accounts/0/пароль", "/a~1b/m~0n"]);
        for (location, password) in [("/accounts/0/пароль", "hunter2"), ("/a~1b/m~0n", "hunter3")] {
            terminal.expect(&format!("Password for {location}: ")).send(format!("{password}\n"));
            terminal.expect("Repeat password: ").send(format!("{password}\n"));
        }
        assert_eq!(terminal.finish().code(), Some(0));
        for (key, password) in [("/accounts/0/пароль", "hunter2"), ("/a~1b/m~0n", "hunter3")] {
            assert_eq!(config.at("--verify", key).piped(password).run().lines(), ["match"]);
        }
    }

    /// docs/config.md: "The same steps, without the last two, are tried before a password is asked for"
    #[test]
    fn nobody_is_asked_for_a_password_that_cannot_be_written() {
        let config = Config::new(CONFIG);
        let cases: [(&[&str], i32); 4] =
            [(&["/x"], 2), (&["/twice"], 2), (&["/dbConnectionConfig"], 2), (&["/a~1b/", "/twice"], 2)];
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
    fn an_edit_while_the_password_is_typed_is_kept() {
        let config = Config::new(CONFIG);
        let mut terminal = start(&config, &["/accounts/1/пароль"]);
        terminal.expect("Password: ").send("hunter2\n").expect("Repeat password: ");
        let edited = CONFIG.replace("127.0.0.1", "db.example");
        fs::write(&config.path, &edited).unwrap();
        terminal.send("hunter2\n");
        assert_eq!(terminal.finish().code(), Some(0));
        assert!(verifies(&config.only_change(&edited, &format!("\"{OLD}\""), "\"@\""), "hunter2"));
    }
}
