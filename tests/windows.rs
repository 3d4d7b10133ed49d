//! What differs on Windows: command lines, paths, files in use or read-only, and hints.
#![cfg(windows)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::windows::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use common::{CHEAP, PROGRAM, output, tc_calendar, verifies};

/// Windows passes one command line, which the program splits itself.
/// docs/shells.md: "safe in single quotes; double a `'`; before PowerShell 7.3,"
#[test]
fn passwords_arrive_unchanged_from_every_shell() {
    for (line, password) in [
        // cmd, in double quotes.
        ("\"p$ss!w^rd&<>|\"", "p$ss!w^rd&<>|"),
        ("\"two words\"", "two words"),
        ("\"a\"\"b\"", "a\"b"),
        ("пароль", "пароль"),
        ("\"пароль с \"\"кавычками\"\"\"", "пароль с \"кавычками\""),
        // PowerShell from 7.3 on passes " as \"; before, users write \" in single quotes.
        ("a\\\"b", "a\"b"),
        ("\"a \\\"b\\\" c\"", "a \"b\" c"),
        ("$env:PATH`", "$env:PATH`"),
        ("'single'", "'single'"),
        // Backslashes are special only before a quote.
        ("C:\\dir\\", "C:\\dir\\"),
        ("\"ends with \\\\\"", "ends with \\"),
        ("\u{1F511}\u{fc}", "\u{1F511}\u{fc}"),
    ] {
        let mut command = Command::new(PROGRAM);
        let run = output(command.args(CHEAP).arg("--hash_pass").raw_arg(line));
        let outcome = tc_calendar([""; 0]).check(run);
        assert!(verifies(outcome.lines()[0], password), "{line}");
    }
}

/// docs/shells.md: "`^`, `&`, `<` and `>` are safe in double quotes"
#[test]
fn cmd_passes_double_quoted_text_unchanged() {
    let line = format!("/s /c \"\"{PROGRAM}\" {} --hash_pass \"p$ss!w^rd&<>|\"\"", CHEAP.join(" "));
    let outcome = tc_calendar([""; 0]).check(output(Command::new("cmd").raw_arg(line)));
    assert!(verifies(outcome.lines()[0], "p$ss!w^rd&<>|"));
}

/// In cmd, single quotes are part of what they surround.
#[test]
fn every_hint_about_quotes_holds_in_cmd_too() {
    for arguments in [
        &["--verify"][..],
        &["--inspect", ""],
        &["--inspect", "=19$m=8,t=1,p=1$c29tZXNhbHQ"],
        &["--inspect", "argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"],
        &["--inspect", "$argon2id$v=19$m=8"],
    ] {
        let stderr = tc_calendar(arguments).run().stderr;
        assert!(stderr.contains("in single quotes") && stderr.contains("in double quotes"), "{stderr}");
    }
}

/// None of the program's three standard handles is a console.
/// README.md: "Without a terminal, the program ends at once with status 2."
/// SECURITY.md: "In a terminal that is not a console, such as Git Bash's, the program refuses to ask."
#[test]
fn without_a_console_nobody_is_asked() {
    let outcome = tc_calendar(CHEAP).args(["--hash_pass"]).run();
    outcome.fails(2, "no password is given, and there is no Windows console to ask at");
}

#[test]
fn a_config_is_found_by_every_form_of_windows_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Program Files").join("config.json");
    fs::create_dir(path.parent().unwrap()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    for path in [path.clone(), path.replace('\\', "/"), format!("\\\\?\\{path}"), path.to_uppercase()] {
        fs::write(&path, "{\r\n  \"a\": \"\" // c\r\n}").unwrap();
        let written =
            tc_calendar(CHEAP).args(["--hash_pass=hunter2", "--config", &path, "--key", "/a"]).run();
        assert_eq!((written.status, written.stderr.as_str()), (Some(0), ""), "{path}");
        let verify = tc_calendar(["--verify", "--config", &path, "--key", "/a"]).piped("hunter2\r\n").run();
        assert_eq!(verify.lines(), ["match"], "{path}");
    }
}

/// The hint must not say that a shorter name helps.
#[test]
fn a_config_whose_name_cannot_be_gets_a_hint_about_its_characters() {
    for name in ["a?b.json", "a<b.json", "C:\\a|b\\config.json"] {
        let outcome = tc_calendar(CHEAP).args(["--hash_pass=hunter2", "--config", name, "--key", "/a"]).run();
        // The reason is in the words of Windows.
        assert!(
            outcome.stderr.starts_with(&format!("error: {name}: the config cannot be read: ")),
            "{}",
            outcome.stderr
        );
        assert!(outcome.stderr.ends_with(", or has a character that it cannot have\n"), "{}", outcome.stderr);
        assert_eq!(outcome.status, Some(3));
    }
}

#[test]
fn a_password_file_that_is_in_use_gets_a_hint_about_the_program_that_uses_it() {
    use std::os::windows::fs::OpenOptionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    fs::write(&path, "hunter2").unwrap();
    let held = fs::OpenOptions::new().read(true).share_mode(0).open(&path).unwrap();
    let outcome = tc_calendar(CHEAP).args(["--hash_pass", "--password-file"]).args([&path]).run();
    assert_eq!(outcome.status, Some(3), "{}", outcome.stderr);
    let hint = "\nhint: close the program that uses it, then run this again\n";
    assert!(outcome.stderr.ends_with(hint), "{}", outcome.stderr);
    drop(held);
}

#[test]
fn a_read_only_config_is_named_as_such_and_a_read_only_backup_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("config.json"), folder.path().join("config.json.bak"));
    fs::write(&path, "{\"a\": \"\"}").unwrap();
    fs::write(&backup, "another").unwrap();
    let protect = |path| {
        let mut permissions = fs::metadata(path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(path, permissions).unwrap();
    };
    let run = || {
        let run = tc_calendar(CHEAP).args(["--hash_pass=hunter2", "--backup", "--key=/a"]);
        run.args(["--config".as_ref(), path.as_os_str()]).run()
    };
    protect(&backup);
    assert_eq!(run().status, Some(0));
    assert_eq!(fs::read_to_string(folder.path().join("config.json.bak.2")).unwrap(), "{\"a\": \"\"}");
    assert_eq!(fs::read_to_string(&backup).unwrap(), "another");
    protect(&path);
    let outcome = run();
    outcome.fails(3, "the config cannot be written: it is read-only");
    assert!(outcome.stderr.ends_with("attrib -R\n"), "{}", outcome.stderr);
}

/// `"ends\" -q` is one word to Windows.
/// docs/shells.md: "In cmd, a `\` before the closing quote takes the quote and what follows into the
/// password"
#[test]
fn a_password_that_swallowed_an_option_gets_a_note() {
    let mut command = Command::new(PROGRAM);
    let run = output(command.args(["--profile", "owasp", "--hash_pass"]).raw_arg("\"ends\\\" -q"));
    let outcome = tc_calendar([""; 0]).check(run);
    assert!(verifies(outcome.lines()[0], "ends\" -q"));
    assert!(outcome.stderr.contains("takes in what follows"), "{outcome:?}");
}

/// docs/shells.md: "on Windows, a note says so of a password from stdin that has `??` in it"
#[test]
fn question_marks_from_stdin_get_a_note() {
    let loud = || tc_calendar(["--profile", "owasp", "--hash_pass"]);
    let note =
        "the password contains ??; Windows PowerShell writes a ? for each letter that its pipe cannot send\n";
    let piped = loud().piped("??????").run();
    assert!(verifies(piped.lines()[0], "??????"));
    assert_eq!(piped.stderr, format!("note: {note}"));
    assert_eq!(loud().lines("other\nwho??\n").run().stderr, format!("note: line 2: {note}"));
    assert_eq!(loud().secret("who??").run().stderr, "");
}

/// A config with this many empty strings, `/0` to the last.
fn config_of(strings: usize) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    fs::write(&path, format!("[{}]", vec!["\"\""; strings].join(","))).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn write_to(path: &str, key: &str, options: &[&str]) -> common::Outcome {
    tc_calendar(CHEAP).args(["--hash_pass=hunter2", "--config", path, "--key", key]).args(options).run()
}

/// A reader that shares reading, writing and deletion.
/// docs/config.md: "A reader that shares reading, writing and deletion is never refused."
#[test]
fn a_reader_is_never_refused_while_the_config_is_replaced() {
    let (_folder, path) = config_of(1);
    let (is_done, runs) = (AtomicBool::new(false), 12);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut lengths = std::collections::BTreeSet::new();
            while !is_done.load(Ordering::Relaxed) {
                lengths.insert(fs::read(&path).map(|text| text.len()).map_err(|error| error.to_string()));
                // Wine does not replace a file that is open, so the reader closes it for a while.
                thread::sleep(Duration::from_millis(10));
            }
            lengths
        });
        let written: Vec<_> = (0..runs).map(|_| write_to(&path, "/0", &["--replace"]).status).collect();
        is_done.store(true, Ordering::Relaxed);
        assert_eq!(written, vec![Some(0); runs]);
        let lengths = reader.join().unwrap();
        assert!(lengths.iter().all(Result::is_ok) && lengths.len() <= 2, "{lengths:?}");
    });
}

/// docs/config.md: "**Runs do not lose each other's hashes.** They wait for each other, with `--in-place` too."
#[test]
fn twenty_runs_at_once_write_twenty_hashes() {
    let options: [&[&str]; 3] = [&[], &["--in-place"], &["--in-place", "--backup"]];
    let (folder, path) = config_of(20);
    thread::scope(|scope| {
        for number in 0..20 {
            let (path, options) = (&path, options[number % options.len()]);
            scope.spawn(move || {
                let write = || write_to(path, &format!("/{number}"), options);
                let mut outcome = write();
                // A run gives up after 15 seconds, which a busy machine may need for the others.
                while outcome.status == Some(3) && outcome.stderr.contains("another program") {
                    outcome = write();
                }
                assert_eq!(outcome.status, Some(0), "{outcome:?}");
            });
        }
    });
    assert_eq!(fs::read_to_string(&path).unwrap().matches("$argon2id$").count(), 20);
    drop(folder);
}
