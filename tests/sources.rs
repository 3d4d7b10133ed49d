//! Sources of passwords: only the one that the arguments name, and only one at a time.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::process::{Command, Stdio};

use common::{CHEAP, Outcome, PROGRAM, Run, output, tc_calendar, verifies};

const ENCODED: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE";

fn hash() -> Run {
    tc_calendar(CHEAP).args(["--hash_pass"])
}

/// Hashes the password of the environment variable `PW`.
fn from_environment(password: Option<&std::ffi::OsStr>) -> Outcome {
    let mut command = Command::new(PROGRAM);
    command.args(CHEAP).args(["--hash_pass", "--password-env", "PW"]).env_remove("PW");
    if let Some(password) = password {
        command.env("PW", password);
    }
    tc_calendar([""; 0]).check(output(&mut command))
}

/// README.md: "`--password-file FILE`: the file is one password"
/// README.md: "| the environment | `--password-env NAME` |"
#[test]
fn each_source_gives_the_same_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    for password in [
        "hunter2",
        "пароль",
        "it's \"quoted\" $HOME",
        " spaces ",
        "\t\u{1}a\u{2}b\u{1b}",
        "mark\u{feff}inside",
    ] {
        // What comes before and after it is no part of it.
        for (before, after) in [
            ("", ""),
            ("", "\n"),
            ("", "\r\n"),
            ("", "\r"),
            ("\u{feff}", "\n\n"),
            ("\u{feff}\u{feff}", "\r\r\n\n"),
        ] {
            let text = format!("{before}{password}{after}");
            fs::write(&file, &text).unwrap();
            let outcomes = [
                hash().args(["--"]).secret(&text).run(),
                hash().piped(&*text).run(),
                hash().lines(&*text).run(),
                hash().args(["--password-file", "-"]).stdin(&*text).run(),
                hash().args(["--password-file".as_ref(), file.as_os_str()]).run(),
                from_environment(Some(text.as_ref())),
            ];
            for outcome in outcomes {
                let [line] = outcome.lines()[..] else { panic!("{outcome:?}") };
                assert!(verifies(line, password), "{text:?}");
            }
        }
    }
}

/// docs/shells.md: "From any source, byte order marks at its start and line ends at its end are removed"
#[test]
fn verify_takes_the_same_text_for_the_same_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    let encoded = hash().secret("hunter2").run().lines()[0].to_owned();
    let verify = || tc_calendar(["-q", "--verify", &encoded]);
    for text in ["hunter2", "hunter2\n", "hunter2\r", "\u{feff}hunter2\r\n\n"] {
        fs::write(&file, text).unwrap();
        let mut by_variable = Command::new(PROGRAM);
        by_variable.args(["-q", "--verify", &encoded, "--password-env", "PW"]).env("PW", text);
        for outcome in [
            verify().piped(text).run(),
            verify().args(["--password-file".as_ref(), file.as_os_str()]).run(),
            verify().check(output(&mut by_variable)),
        ] {
            assert_eq!(outcome.stdout, "match\n", "{text:?}");
        }
    }
}

/// docs/shells.md: "A password with a line end inside is refused."
#[test]
fn a_line_end_inside_is_refused_from_each_source() {
    let message = "the password contains a line end";
    for text in ["first\nother", "first\r\nother\r\n", "first\rother", "\nother"] {
        hash().secret(text).run().fails(2, message);
        from_environment(Some(text.as_ref())).fails(2, message);
        let second = hash().secret("hunter2").secret(text).run();
        second.fails(2, &format!("password 2: {message}"));
        let mut verify = Command::new(PROGRAM);
        verify.args(["--verify", ENCODED, "--password-env", "PW"]).env("PW", text);
        tc_calendar([""; 0]).hiding("other").check(output(&mut verify)).fails(2, message);
    }
    // Elsewhere a line feed ends the line.
    hash().piped("first\rother\n").run().fails(2, message);
    hash().lines("first\rother\n").run().fails(2, &format!("line 1: {message}"));
}

/// docs/shells.md: "byte order marks at its start and line ends at its end are removed"
#[test]
fn a_byte_order_mark_is_removed_from_each_source() {
    let password = "\u{feff}hunter2";
    let loud = || tc_calendar(["--profile", "owasp", "--hash_pass"]).hiding("hunter2");
    let by_stdin = loud().piped(password).run();
    let by_argument = loud().secret(password).run();
    let by_variable = from_environment(Some(password.as_ref()));
    for outcome in [&by_stdin, &by_argument, &by_variable] {
        assert!(verifies(outcome.lines()[0], "hunter2"), "{outcome:?}");
    }
    let note = "note: a byte order mark at the start was removed\n";
    assert_eq!((by_stdin.stderr.as_str(), by_argument.stderr.as_str()), (note, note));
    // .NET's Process writes one before the text that has one.
    let twice = loud().piped("\u{feff}\u{feff}hunter2\r\n").run();
    assert!(verifies(twice.lines()[0], "hunter2"), "{twice:?}");
    assert_eq!(twice.stderr, "note: more than one byte order mark at the start was removed\n");
}

/// README.md: "`--password-stdin`: all of it is one password"
/// README.md: "A second line is refused, unless `--lines` says that each line is a password."
#[test]
fn a_second_line_is_refused_unless_lines_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    for text in ["secret\n# rotated in May\n", "secret\n\n# rotated", "secret\r\n\r\nb", "secret\nb\0"] {
        fs::write(&file, text).unwrap();
        let outcome = hash().args(["--password-file".as_ref(), file.as_os_str()]).run();
        outcome.fails(2, "the password file has more than one line");
        // An empty line between two would be refused with --lines, too.
        let has_empty_line = text.contains("\n\n") || text.contains("\r\n\r\n");
        assert_eq!(outcome.stderr.contains("--lines"), !has_empty_line, "{outcome:?}");
        let outcome = hash().piped(text).run();
        outcome.fails(2, "stdin has more than one line");
        let verify = tc_calendar(["--verify", ENCODED]).piped(text).run();
        verify.fails(2, "stdin has more than one line");
        assert!(!verify.stderr.contains("--lines"), "{verify:?}");
    }
    hash().piped("\n").run().fails(2, "the password is empty");
    hash().piped("\n\n").run().fails(2, "the password is empty");
    let outcome = hash().lines("secret\n# rotated in May\n").run();
    assert!(verifies(outcome.lines()[1], "# rotated in May"));
}

/// PowerShell adds a line end to what it pipes, also to a text that has one.
/// docs/shells.md: "if a byte order mark or more than one line end was removed"
#[test]
fn more_than_one_line_end_gets_a_note() {
    let loud = || tc_calendar(["--profile", "owasp", "--hash_pass"]).hiding("hunter2");
    let note = "note: more than one line end at the end was removed\n";
    for (text, note) in [
        ("hunter2", ""),
        ("hunter2\r\n", ""),
        ("hunter2\n\n", note),
        ("hunter2\r\n\n", note),
        ("hunter2\r\r\n", note),
    ] {
        for outcome in [loud().piped(text).run(), loud().secret(text).run()] {
            assert_eq!((outcome.lines().len(), outcome.stderr.as_str()), (1, note), "{text:?}");
        }
    }
    let one_each = loud().args(["hunter2\n", "other\r\n"]).run();
    assert!(!one_each.stderr.contains("line end"), "{one_each:?}");
}

#[test]
fn lines_need_a_stream() {
    let message = "--lines needs --password-file or --password-stdin";
    hash().args(["--lines"]).run().fails(2, message);
    hash().args(["--lines", "--password-env", "PW"]).run().fails(2, message);
    hash().args(["--lines", "--"]).secret("hunter2").run().fails(2, message);
    let verify = tc_calendar(["--verify", "--encoded-file", "hashes", "--lines"]).run();
    verify.fails(2, message);
}

#[test]
fn two_sources_are_refused() {
    let message = "passwords are given in more than one way";
    let sources = [&["--password-file", "f"][..], &["--password-stdin"], &["--password-env", "PW"]];
    for (index, source) in sources.iter().enumerate() {
        tc_calendar(*source).args(["--hash_pass"]).secret("hunter2").run().fails(2, message);
        for other in &sources[..index] {
            tc_calendar(*source).args(*other).args(["--hash_pass"]).run().fails(2, message);
            tc_calendar(*source).args(*other).args(["--verify", ENCODED]).run().fails(2, message);
        }
    }
}

#[test]
fn an_environment_variable_is_refused_if_it_is_unset_empty_or_not_unicode() {
    from_environment(None).fails(2, "the environment variable for the password is not set");
    from_environment(Some("".as_ref())).fails(2, "the environment variable for the password is empty");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let latin1 = std::ffi::OsStr::from_bytes(b"s3cr\xE4t");
        from_environment(Some(latin1)).fails(2, "the environment variable for the password is not Unicode");
    }
    let marked = from_environment(Some("\u{feff}".as_ref()));
    marked.fails(2, "the password is empty");
    for name in ["S3CRET-NAME", "S3CRET=NAME", ""] {
        let outcome = hash().args(["--password-env", name]).run();
        assert!(outcome.status == Some(2) && !outcome.stderr.contains("S3CRET"), "{outcome:?}");
    }
}

#[test]
fn words_may_stand_before_between_and_after_options() {
    for arguments in [
        &["hunter2", "--hash_pass"][..],
        &["--format", "plain", "hunter2", "--hash_pass"],
        &["--hash_pass", "--format", "plain", "hunter2"],
        &["--hash_pass", "--format=plain", "--", "hunter2"],
        &["--hash_pass=hunter2"],
    ] {
        let outcome = tc_calendar(CHEAP).args(arguments).run();
        assert!(verifies(outcome.lines()[0], "hunter2"), "{arguments:?}");
    }
    for arguments in [
        &[ENCODED, "--verify"][..],
        &["--verify", "--format", "plain", ENCODED],
        &["--verify", "--", ENCODED],
        &[&format!("--verify={ENCODED}")],
    ] {
        let outcome = tc_calendar(["--password-stdin"]).args(arguments).stdin("hunter3").run();
        assert_eq!(outcome.stdout, "no match\n", "{arguments:?}");
    }
    for arguments in [&["--format", "json", ENCODED, "--inspect"][..], &["--inspect", "-q", ENCODED]] {
        assert_eq!(tc_calendar(arguments).run().status, Some(0), "{arguments:?}");
    }
    assert_eq!(tc_calendar(["man", "--generate"]).run().status, Some(0));
    assert_eq!(tc_calendar(["--calibrate", "-q", "20ms"]).run().status, Some(0));
    // A word after `--hash_pass=first` is a second password.
    let both = tc_calendar(CHEAP).args(["--hash_pass=first", "second"]).run();
    assert!(verifies(both.lines()[0], "first") && verifies(both.lines()[1], "second"));
}

/// docs/shells.md: "Passwords stand side by side."
#[test]
fn passwords_in_two_places_are_refused() {
    let message = "passwords stand in more than one place";
    for arguments in [
        &["--hash_pass", "first", "-q", "other"][..],
        &["--hash_pass=first", "-q", "other"],
        &["first", "--hash_pass", "other"],
        &["first", "--hash_pass=other"],
        &["--hash_pass", "first", "--format", "plain", "--", "other"],
        &["--hash_pass", "first", "--config", "my", "config.json", "--key", "/a"],
    ] {
        tc_calendar(arguments).args(["-m8", "-t1", "-p1"]).run().fails(2, message);
    }
    for arguments in [
        &["first", "other", "--hash_pass"][..],
        &["-q", "first", "other", "--hash_pass"],
        &["--hash_pass", "-q", "first", "--", "other"],
        &["--hash_pass=first", "other", "-q"],
        &["--hash_pass=first", "--", "other"],
    ] {
        let outcome = tc_calendar(CHEAP).args(arguments).run();
        let [first, other] = outcome.lines()[..] else { panic!("{outcome:?}") };
        assert!(verifies(first, "first") && verifies(other, "other"), "{arguments:?}");
    }
}

/// docs/cost.md: "Write the unit without a space, or put both in quotes."
#[test]
fn a_unit_that_stands_alone_is_no_password() {
    for arguments in [
        &["--hash_pass", "first", "-m", "64", "MiB"][..],
        &["--hash_pass", "-m", "64", "MiB"],
        &["-m64", "mib", "--hash_pass"],
        &["--memory=64", "M", "--hash_pass", "first"],
        &["-qm", "64", "gb", "first", "--hash_pass"],
        &["--inspect", "-m", "64", "MiB", ENCODED],
        &["--inspect", ENCODED, "-m", "64", "MiB"],
        &["--hash_pass", "-m", "64", "-t", "3", "MiB"],
        &["--hash_pass", "first", "-m", "64", "-t3", "-q", "MiB"],
        &["-m", "64", "--format", "label", "K", "--hash_pass"],
    ] {
        let outcome = tc_calendar(arguments).run();
        outcome.fails(2, "a unit stands alone after the number of --memory");
        assert!(outcome.stderr.ends_with("hint: write the unit without a space: 64MiB\n"), "{outcome:?}");
    }
    for arguments in [
        &["-m", "8KiB", "-t1", "-p1", "MiB"][..],
        &["MiB", "-m", "8", "-t1", "-p1"],
        &["-m", "8 KiB", "-t1", "-p1", "MiB"],
        &["-m", "8", "-t1", "-p1", "--", "MiB"],
        &["-t1", "-p1", "-m", "8", "--", "MiB"],
    ] {
        let outcome = tc_calendar(["-q", "--hash_pass"]).args(arguments).run();
        assert!(verifies(outcome.lines()[0], "MiB"), "{arguments:?}");
    }
    // The mode stands between them.
    for arguments in [&["--hash_pass", "MiB"][..], &["--hash_pass=MiB"]] {
        let outcome = tc_calendar(["-q", "-t1", "-p1", "-m", "8"]).args(arguments).run();
        assert!(verifies(outcome.lines()[0], "MiB"), "{arguments:?}");
    }
}

#[test]
fn words_without_a_mode_and_too_many_words_are_refused() {
    tc_calendar([""; 0]).secret("hunter2").run().fails(2, "no mode given");
    tc_calendar(["--verify", ENCODED]).secret("hunter2").run().fails(2, "unexpected argument");
    tc_calendar(["--inspect", ENCODED]).secret("hunter2").run().fails(2, "unexpected argument");
    tc_calendar(["--calibrate", "5"]).secret("hunter2").run().fails(2, "unexpected argument");
    tc_calendar(["--generate", "man"]).secret("hunter2").run().fails(2, "unexpected argument");
    tc_calendar(["--hash_pass", "--verfy"]).run().fails(2, "unknown option");
}

#[test]
fn a_flag_may_be_given_twice() {
    let outcome =
        tc_calendar(CHEAP).args(["-q", "-q", "--cross-check", "--cross-check", "--hash_pass=a"]).run();
    assert_eq!(outcome.lines().len(), 1);
}

/// docs/shells.md: "Several passwords give several lines, and a note with their number"
#[test]
fn several_arguments_get_a_note_with_their_number() {
    let cost = ["-m", "19456", "-t", "2", "-p", "1", "--hash_pass"];
    let two = tc_calendar(cost).secret("hunter2").secret("and more").run();
    assert_eq!(
        two.stderr,
        "note: 2 passwords were given as arguments; if you meant one with spaces, put it in quotes\n"
    );
    assert_eq!(two.lines().len(), 2);
    assert_eq!(tc_calendar(cost).secret("hunter2").run().stderr, "");
    assert_eq!(tc_calendar(cost).lines("hunter2\nand more\n").run().stderr, "");
}

#[test]
fn help_words_of_other_programs_get_a_hint() {
    for word in ["help", "/?", "-?", "-help", "/h", "/help"] {
        let outcome = tc_calendar([word]).run();
        outcome.fails(2, "unexpected argument");
        assert!(outcome.stderr.ends_with("hint: for help: tc_calendar --help\n"), "{word}: {outcome:?}");
    }
}

/// Without a terminal: `setsid` removes it, wherever the test runs.
#[cfg(target_os = "linux")]
mod without_a_terminal {
    use std::time::Duration;

    use super::*;

    const NOBODY: &str = "error: no password is given, and there is no terminal to ask at\n";

    /// Runs a shell's script without a terminal, with `$run` for a cheap `--hash_pass`.
    fn script(shell: &str, text: &str) -> Outcome {
        let mut child = Command::new("setsid")
            .args(["--wait", shell])
            .env("PATH", common::path_with_program())
            .env("run", format!("tc_calendar {} --hash_pass", CHEAP.join(" ")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        tc_calendar([""; 0]).check(child.wait_with_output().unwrap())
    }

    #[test]
    fn stdin_is_not_read_without_a_request() {
        for mode in [&["--hash_pass"][..], &["--verify", ENCODED]] {
            let (_open, stdin) = {
                let (reader, writer) = std::io::pipe().unwrap();
                (writer, reader)
            };
            let mut child = Command::new("setsid")
                .arg("--wait")
                .arg(PROGRAM)
                .args(mode)
                .stdin(stdin)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // The pipe stays open, so a run that read it would never end.
            let mut waited = 0;
            while child.try_wait().unwrap().is_none() && waited < 60_000 {
                std::thread::sleep(Duration::from_millis(10));
                waited += 10;
            }
            let _ = child.kill();
            let outcome = tc_calendar([""; 0]).check(child.wait_with_output().unwrap());
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{mode:?}: {outcome:?}");
            assert!(outcome.stderr.starts_with(NOBODY), "{outcome:?}");
            for word in ["--password-stdin", "--password-file", "-it"] {
                assert!(outcome.stderr.contains(word), "{outcome:?}");
            }
        }
    }

    #[test]
    fn a_script_on_the_shells_stdin_keeps_its_lines() {
        let outcome =
            script("sh", "$run\necho status $?\nprintf 'a\\nb\\n' | while read u; do $run; done\necho end\n");
        assert_eq!(outcome.stdout, "status 2\nend\n");
        assert_eq!(outcome.stderr.matches(NOBODY).count(), 3, "{outcome:?}");
    }
}
