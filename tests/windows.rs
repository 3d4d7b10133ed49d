//! Command lines as Windows' shells hand them over, and its paths.
#![cfg(windows)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::windows::process::CommandExt;
use std::process::Command;

use common::{CHEAP, PROGRAM, tc_calendar, verifies};

/// Windows hands a program one line, which it takes apart itself.
#[test]
fn passwords_arrive_as_the_shells_write_them() {
    for (line, password) in [
        // cmd, in double quotes.
        ("\"p$ss!w^rd&<>|\"", "p$ss!w^rd&<>|"),
        ("\"two words\"", "two words"),
        ("\"a\"\"b\"", "a\"b"),
        ("пароль", "пароль"),
        ("\"пароль с \"\"кавычками\"\"\"", "пароль с \"кавычками\""),
        // PowerShell before 7.3 passes on what was written \" in single quotes; from 7.3 on it writes
        // it so itself.
        ("a\\\"b", "a\"b"),
        ("\"a \\\"b\\\" c\"", "a \"b\" c"),
        ("$env:PATH`", "$env:PATH`"),
        ("'single'", "'single'"),
        // Backslashes count only before a quote.
        ("C:\\dir\\", "C:\\dir\\"),
        ("\"ends with \\\\\"", "ends with \\"),
        ("\u{1F511}\u{fc}", "\u{1F511}\u{fc}"),
    ] {
        let mut command = Command::new(PROGRAM);
        let output = command.args(CHEAP).arg("--hash_pass").raw_arg(line).output().unwrap();
        let outcome = tc_calendar([""; 0]).check(output);
        assert!(verifies(outcome.lines()[0], password), "{line}");
    }
}

#[test]
fn cmd_keeps_what_is_in_double_quotes() {
    let line = format!("/s /c \"\"{PROGRAM}\" {} --hash_pass \"p$ss!w^rd&<>|\"\"", CHEAP.join(" "));
    let outcome = tc_calendar([""; 0]).check(Command::new("cmd").raw_arg(line).output().unwrap());
    assert!(verifies(outcome.lines()[0], "p$ss!w^rd&<>|"));
}

#[test]
fn a_config_is_found_by_every_way_that_windows_writes_paths() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Program Files").join("config.json");
    fs::create_dir(path.parent().unwrap()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    for path in [path.clone(), path.replace('\\', "/"), format!("\\\\?\\{path}"), path.to_uppercase()] {
        fs::write(&path, "{\r\n  \"a\": \"\" // c\r\n}").unwrap();
        let written =
            tc_calendar(CHEAP).args(["--hash_pass=hunter2", "--config", &path, "--key", "/a"]).run();
        assert_eq!((written.status, written.stderr.as_str()), (Some(0), ""), "{path}");
        let verify = tc_calendar(["--verify", "--config", &path, "--key", "/a"]).stdin("hunter2\r\n").run();
        assert_eq!(verify.lines(), ["match"], "{path}");
    }
}
