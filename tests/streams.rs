//! Passwords from stdin and files, results on stdout, and failures of these streams.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use common::{CHEAP, Outcome, tc_calendar, verifies};

fn from_stdin(bytes: impl Into<Vec<u8>>) -> Outcome {
    tc_calendar(CHEAP).args(["--hash_pass"]).lines(bytes).run()
}

fn from_file(bytes: impl AsRef<[u8]>) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passwords");
    fs::write(&file, bytes).unwrap();
    tc_calendar(CHEAP).args(["--hash_pass", "--lines", "--password-file"]).args([&file]).run()
}

#[test]
fn each_line_gives_one_line_in_order() {
    for (text, passwords) in [
        (&b"hunter2"[..], &[&b"hunter2"[..]][..]),
        (b"hunter2\n", &[b"hunter2"]),
        (b"hunter2\r\n", &[b"hunter2"]),
        (b"hunter2\r\r\n", &[b"hunter2"]),
        (b"first\nsecond\r\nthird", &[b"first", b"second", b"third"]),
        (b" two words \n\tx\n", &[b" two words ", b"\tx"]),
        (b"\xEF\xBB\xBFmarked\n", &[b"marked"]),
        // Two files from Windows, one after the other.
        (b"\xEF\xBB\xBFfirst\r\n\xEF\xBB\xBFsecond\r\n", &[b"first", b"second"]),
        (b"\xEF\xBB\xBF\xEF\xBB\xBFtwice\n", &[b"twice"]),
        (b"first\nsecond\n\n\r\n", &[b"first", b"second"]),
        ("пароль\n".as_bytes(), &["пароль".as_bytes()]),
    ] {
        for outcome in [from_stdin(text), from_file(text)] {
            let lines = outcome.lines();
            assert_eq!(lines.len(), passwords.len());
            for (line, password) in lines.iter().zip(passwords) {
                assert!(verifies(line, password), "{password:?}");
            }
        }
    }
}

/// README.md: "the file is one password; `-` is stdin"
#[test]
fn a_file_named_dash_is_stdin() {
    let outcome = tc_calendar(CHEAP).args(["--hash_pass", "--password-file", "-"]).stdin("hunter2\n").run();
    assert!(verifies(outcome.lines()[0], "hunter2"));
}

#[test]
fn results_appear_before_the_next_line_is_read() {
    let run = tc_calendar(CHEAP)
        .args(["--hash_pass", "--password-stdin", "--lines"])
        .hiding("first")
        .hiding("second");
    let mut child = run.spawn(Stdio::piped(), Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    let mut results = BufReader::new(child.stdout.take().unwrap());
    for password in ["first", "second"] {
        writeln!(stdin, "{password}").unwrap();
        let mut line = String::new();
        results.read_line(&mut line).unwrap();
        assert!(verifies(line.trim_end(), password));
    }
    drop(stdin);
    assert_eq!(run.check(child.wait_with_output().unwrap()).status, Some(0));
}

#[test]
fn the_first_bad_line_ends_the_run_after_the_results_before_it() {
    let too_long = [&b"good\n"[..], &[b'x'; 4_097]].concat();
    let far_too_long = [&b"good\n"[..], &vec![b'x'; 1 << 20]].concat();
    for (text, message) in [
        (&b"good\n\nnever\n"[..], "line 2: the password is empty"),
        (b"good\nb\xE4d!!\nnever\n", "line 2: the password is not UTF-8"),
        (b"good\n\xED\xA0\x80!!\nnever\n", "line 2: the password is not UTF-8"),
        (b"good\n\n\n\xEF\xBB\xBF\nnever\n", "line 2: the password is empty"),
        (b"good\nbad!!\rbad!!\nnever\n", "line 2: the password contains a line end"),
        (b"good\nba\0d!\nnever\n", "line 2: the password contains a NUL character"),
        (b"good\nbad!\0\nnever\n", "line 2: the password contains a NUL character"),
        (&too_long, "line 2: the password is longer than 4096 bytes"),
        (&far_too_long, "line 2: the password is longer than 4096 bytes"),
    ] {
        for mut outcome in [from_stdin(text), from_file(text)] {
            assert!(verifies(outcome.stdout.trim_end(), "good"), "{message}");
            outcome.stdout.clear();
            outcome.fails(2, message);
        }
    }
}

/// docs/shells.md: "A file in UTF-16, which `>` writes in Windows PowerShell, is refused."
#[test]
fn utf_16_is_refused_for_its_mark_or_its_nuls() {
    let utf_16 =
        |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        for text in ["hunter2\r\n", "пароль\r\n", "пароль", "пароль\nещё\n"] {
            let marked = utf_16(&format!("\u{FEFF}{text}"), bytes);
            let refused = from_stdin(&*marked);
            refused.fails(2, "line 1: the password is UTF-16, not UTF-8");
            assert!(refused.stderr.contains("UTF-8"), "{refused:?}");
            from_file(&*marked).fails(2, "line 1: the password is UTF-16, not UTF-8");
        }
        from_stdin(utf_16("hunter2", bytes)).fails(2, "line 1: the password contains a NUL character");
    }
}

#[test]
fn notes_contain_the_line_number() {
    let outcome = tc_calendar(["--profile", "owasp", "--hash_pass"])
        .lines("\u{FEFF}hunter2\nhunter3 \nhun\tter4")
        .run();
    assert_eq!(outcome.lines().len(), 3);
    assert_eq!(
        outcome.stderr,
        "note: line 1: a byte order mark at the start was removed\n\
         note: line 2: the password starts or ends with white space, which is kept\n\
         note: line 3: the password contains a control character, which is kept\n"
    );
}

/// README.md: "empty lines at the end are left out, with a note"
#[test]
fn a_note_says_how_many_empty_lines_at_the_end_were_left_out() {
    let loud = || tc_calendar(["--profile", "owasp", "--hash_pass"]);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    fs::write(&config, "{\"a\": \"\", \"b\": \"\"}").unwrap();
    let into_config = ["--config".as_ref(), config.as_os_str(), "--key=/a".as_ref(), "--key=/b".as_ref()];
    for (text, note) in [
        ("first\nother\n", ""),
        ("first\nother\n\n", "note: empty lines left out at the end: 1\n"),
        ("first\r\nother\r\n\r\n\n\u{FEFF}", "note: empty lines left out at the end: 3\n"),
    ] {
        let printed = loud().lines(text).run();
        assert_eq!((printed.lines().len(), printed.stderr.as_str()), (2, note));
        let written = loud().args(into_config).lines(text).run();
        assert!(written.status == Some(0) && written.stderr.starts_with(note), "{written:?}");
        assert_eq!(written.stderr.contains("empty lines"), !note.is_empty(), "{written:?}");
    }
}

#[test]
fn an_empty_input_is_an_error_and_never_an_empty_password() {
    from_stdin("").fails(2, "stdin is empty: there is no password to read");
    from_file("").fails(2, "the password file is empty: there is no password to read");
    from_stdin("\n").fails(2, "line 1: the password is empty");
    from_stdin("\r\n").fails(2, "line 1: the password is empty");
    from_stdin("\u{FEFF}").fails(2, "line 1: the password is empty");
}

#[test]
fn an_unreadable_file_is_a_failure_and_is_not_named() {
    let missing = tc_calendar(["--hash_pass", "--password-file"]).secret("s3cret").run();
    assert_eq!((missing.status, missing.stdout.as_str()), (Some(3), ""));
    assert!(missing.stderr.starts_with("error: the password file cannot be read: "), "{missing:?}");

    let folder = tc_calendar(["--hash_pass", "--password-file", "."]).run();
    assert_eq!((folder.status, folder.stdout.as_str()), (Some(3), ""));
    assert!(folder.stderr.starts_with("error: the password file cannot be read: "), "{folder:?}");
}

#[test]
fn a_closed_pipe_ends_the_run_quietly() {
    let run = tc_calendar(CHEAP).args(["--hash_pass"]).lines("hunter2\n".repeat(100_000));
    let mut child = run.spawn(Stdio::piped(), Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || drop(stdin.write_all("hunter2\n".repeat(100_000).as_bytes())));
    let mut results = BufReader::new(child.stdout.take().unwrap());
    results.read_line(&mut String::new()).unwrap();
    drop(results);
    let outcome = run.check(child.wait_with_output().unwrap());
    writer.join().unwrap();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
}

#[test]
fn help_and_version_go_to_stdout() {
    for (option, start) in [
        ("--version", concat!("tc_calendar ", env!("CARGO_PKG_VERSION"), "\n")),
        ("-V", concat!("tc_calendar ", env!("CARGO_PKG_VERSION"), "\n")),
        ("--help", "Hashes passwords with Argon2id"),
        ("-h", "Hashes passwords with Argon2id"),
    ] {
        let outcome = tc_calendar([option]).run();
        assert!(outcome.stdout.starts_with(start), "{outcome:?}");
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::{BufRead, BufReader, BufWriter, Write};
    use std::os::fd::OwnedFd;
    use std::process::{Command, Stdio};

    use super::common::{CHEAP, PROGRAM, tc_calendar, verifies};

    #[test]
    fn a_full_disk_is_a_failure() {
        let full = || File::options().write(true).open("/dev/full").unwrap();
        let message = "the output cannot be written: no space left on device";
        // No note says that a hash was printed.
        let hashing = tc_calendar(["--profile", "owasp", "--hash_pass"]).secret("hunter2");
        hashing.run_into(full()).fails(3, message);
        tc_calendar(["--help"]).run_into(full()).fails(3, message);
    }

    /// Runs a script in which `$run` hashes `hunter2` cheaply.
    fn run_script(script: &str) -> super::Outcome {
        let output = Command::new("bash")
            .args(["-c", script])
            .env("PATH", super::common::path_with_program())
            .env("run", format!("tc_calendar {} --hash_pass", CHEAP.join(" ")))
            .output()
            .unwrap();
        tc_calendar([""; 0]).hiding("hunter2").check(output)
    }

    /// docs/shells.md: "the program stops without a message, and that does not change the status"
    /// docs/shells.md: "a stdout that was closed before the start (`>&-`) cannot be noticed: the hash is
    /// lost, with status 0"
    #[test]
    fn closed_pipes_and_closed_streams_do_not_change_the_status() {
        for script in [
            // The pipe is closed before anything is written, or during a long output.
            "$run hunter2 | true; exit ${PIPESTATUS[0]}",
            "exec > >(true); wait $!; $run -- hunter2",
            "for i in {1..5000}; do echo hunter2; done | $run --password-stdin --lines | head -1 > /dev/null; exit ${PIPESTATUS[1]}",
            // Here stderr is closed.
            "$run --profile owasp -- hunter2 2>&- > /dev/null",
            // The runtime opens /dev/null for a closed stdout before `main`.
            "$run -- hunter2 >&-",
        ] {
            let outcome = run_script(&script.replace("$run hunter2", "$run -- hunter2"));
            assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{script}");
        }
        for (script, status) in [
            ("$run --password-stdin 2>&- < /dev/null", 2),
            ("$run --password-file missing 2>&-", 3),
            ("$run --password-stdin 2> /dev/full < /dev/null", 2),
            ("$run -- hunter2 > /dev/full 2>&-", 3),
        ] {
            let outcome = run_script(script);
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), ""), "{script}");
        }
    }

    #[test]
    fn a_named_pipe_is_read_like_a_file() {
        let script = "d=$(mktemp -d); mkfifo \"$d/pipe\"; printf 'hunter2\\nhunter3' > \"$d/pipe\" & \
                      $run --lines --password-file \"$d/pipe\"; status=$?; rm -r \"$d\"; exit $status";
        let outcome = run_script(script);
        let lines = outcome.lines();
        assert!(verifies(lines[0], "hunter2") && verifies(lines[1], "hunter3"));
    }

    fn many_lines(count: u32) {
        let mut child = Command::new(PROGRAM)
            .args(CHEAP)
            .args(["--hash_pass", "--password-stdin", "--lines"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            let mut stdin = BufWriter::new(stdin);
            for number in 0..count {
                writeln!(stdin, "password {number}").unwrap();
            }
            stdin.flush().unwrap();
        });
        let mut number = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            // Verify some lines only, because verifying is slow.
            assert!(number % 500 != 0 || verifies(&line, format!("password {number}")));
            number += 1;
        }
        writer.join().unwrap();
        assert_eq!((number, child.wait().unwrap().code()), (count, Some(0)));
    }

    #[test]
    fn twenty_thousand_lines_are_hashed_in_order() {
        many_lines(20_000);
    }

    #[test]
    #[ignore = "needs a minute"]
    fn a_million_lines_are_hashed_in_order() {
        many_lines(1_000_000);
    }

    #[test]
    fn a_closed_stdin_is_an_error() {
        let output = Command::new("sh")
            .args(["-c", "exec \"$0\" --hash_pass --password-stdin <&-", PROGRAM])
            .output()
            .unwrap();
        assert_eq!((output.status.code(), output.stdout), (Some(2), Vec::new()));
        assert!(output.stderr.starts_with(b"error: stdin is empty: there is no password to read\nhint: "));
    }

    #[test]
    fn an_output_that_cannot_be_written_is_a_failure() {
        let run = tc_calendar(CHEAP).args(["--hash_pass"]).secret("hunter2");
        run.run_into(File::open("/dev/null").unwrap())
            .fails(3, "the output cannot be written: bad file descriptor");
    }

    /// A socket is what Node gives its children as stdin. The other is what sudo leaves of `<(...)`.
    /// docs/shells.md: "It closes what `--password-file <(...)` opens: use the pipe."
    #[test]
    fn a_descriptor_that_cannot_be_opened_by_its_name_leads_to_stdin() {
        let (socket, _other_end) = std::os::unix::net::UnixStream::pair().unwrap();
        let from = |name: &str, stdin: Stdio| {
            let run = tc_calendar(CHEAP).args(["--hash_pass", "--password-file", name]);
            run.check(run.spawn(stdin, Stdio::piped()).wait_with_output().unwrap())
        };
        for (name, reason) in [
            ("/dev/stdin", "no such device or address"),
            ("/proc/self/fd/0", "no such device or address"),
            ("/dev/fd/63", "no such file or directory"),
            ("/proc/self/fd/63", "no such file or directory"),
        ] {
            let outcome = from(name, OwnedFd::from(socket.try_clone().unwrap()).into());
            outcome.fails(3, &format!("the password file cannot be read: {reason}"));
            assert!(outcome.stderr.contains("hint: use --password-stdin: "), "{outcome:?}");
        }
        let elsewhere = from("/dev/fd2/63", Stdio::null());
        assert!(elsewhere.stderr.contains("hint: check the path of --password-file"), "{elsewhere:?}");
    }

    #[test]
    fn a_folder_as_stdin_is_a_failure() {
        let run = tc_calendar(CHEAP).args(["--hash_pass", "--password-stdin"]);
        let child = run.spawn(File::open("/").unwrap().into(), Stdio::piped());
        run.check(child.wait_with_output().unwrap()).fails(3, "stdin cannot be read: is a directory");
    }
}

#[test]
fn a_note_says_how_many_hashes_were_printed_before_a_bad_line() {
    let outcome = tc_calendar(["--profile", "owasp", "--hash_pass"]).lines("first\nother\n\nlast").run();
    assert_eq!(outcome.stdout.lines().count(), 2);
    let messages = "note: hashes printed before the error: 2\nerror: line 3: the password is empty\n";
    assert!(outcome.stderr.starts_with(messages), "{outcome:?}");
    let none = tc_calendar(["--profile", "owasp", "--hash_pass"]).lines("\n").run();
    none.fails(2, "line 1: the password is empty");
}
