//! Passwords from stdin and files, results on stdout, and failures of these streams.
#![allow(clippy::panic, clippy::unwrap_used)]

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
fn utf_16_and_utf_32_are_refused_for_their_mark_or_their_letters() {
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
        for text in ["hunter2", "пароль", "пароль\n", "Κωδικός\r\n", "пароль\nещё\n"]
        {
            let unmarked = utf_16(text, bytes);
            for refused in [from_stdin(&*unmarked), from_file(&*unmarked)] {
                refused.fails(2, "line 1: the password is UTF-16, not UTF-8");
            }
        }
    }
    for bytes in [u32::to_le_bytes, u32::to_be_bytes] {
        for text in ["\u{FEFF}hunter2\r\n", "\u{FEFF}пароль"] {
            let marked: Vec<u8> = text.chars().flat_map(|letter| bytes(letter.into())).collect();
            for refused in [from_stdin(&*marked), from_file(&*marked)] {
                refused.fails(2, "line 1: the password is UTF-32, not UTF-8");
                let hint =
                    if cfg!(windows) { "Set-Content -Encoding utf8" } else { "iconv -f UTF-32 -t UTF-8" };
                assert!(refused.stderr.contains(hint), "{refused:?}");
            }
        }
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

/// docs/shells.md: "empty lines at the end are left out, with a note"
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
    use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
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
            // The runtime opens /dev/null for a closed stdout before `main`, for reading and writing. So does Python
            // for a stdout that shall be thrown away (`subprocess.DEVNULL`), and nothing tells one from the other.
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

    /// What sudo leaves of `<(...)`.
    /// docs/shells.md: "It closes what `--password-file <(...)` opens: use the pipe."
    #[test]
    fn a_descriptor_that_cannot_be_opened_by_its_name_leads_to_stdin() {
        let from = |name: &str| tc_calendar(CHEAP).args(["--hash_pass", "--password-file", name]).run();
        for name in ["/dev/fd/63", "/proc/self/fd/63"] {
            let outcome = from(name);
            outcome.fails(3, "the password file cannot be read: no such file or directory");
            assert!(outcome.stderr.contains("hint: use --password-stdin: "), "{outcome:?}");
        }
        let elsewhere = from("/dev/fd2/63");
        assert!(elsewhere.stderr.contains("hint: check the path of --password-file"), "{elsewhere:?}");
    }

    /// A socket, which Node gives its children as stdin, and a file of another user cannot be opened by such a name, and
    /// a file would be read from its start.
    #[test]
    fn a_name_of_stdin_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "first\nhunter2\n").unwrap();
        for name in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/dev//fd/./0", "-"] {
            let (socket, mut other_end) = std::os::unix::net::UnixStream::pair().unwrap();
            other_end.write_all(b"hunter2").unwrap();
            drop(other_end);
            let mut file = File::open(&path).unwrap();
            file.seek(SeekFrom::Start(6)).unwrap();
            for stdin in [Stdio::from(OwnedFd::from(socket)), Stdio::from(file)] {
                let run = tc_calendar(CHEAP).args(["--hash_pass", "--password-file", name]);
                let outcome = run.check(run.spawn(stdin, Stdio::piped()).wait_with_output().unwrap());
                assert!(verifies(outcome.lines()[0], "hunter2"), "{name}: {outcome:?}");
            }
        }
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

/// Streams that do not block, because a program that shares them has said so, as Node and Python's asyncio do; and
/// streams of which nothing comes.
#[cfg(target_os = "linux")]
mod waiting {
    use std::fs::{self, File};
    use std::io::{ErrorKind, Read, Write, pipe};
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::signal::{Signal, kill};
    use nix::sys::stat::Mode;
    use nix::unistd::{Pid, mkfifo};

    use super::common::{CHEAP, PROGRAM, verifies};

    /// Enough for the slowest machine; a test that waits longer has failed.
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// The program with these arguments, and with signals as a shell gives them.
    fn program(arguments: &[&str]) -> Command {
        let mut command = Command::new("env");
        command.args(["--default-signal", PROGRAM]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn hashing(more: &[&str]) -> Command {
        program(&[&CHEAP[..], &["--hash_pass"], more].concat())
    }

    fn without_blocking(stream: impl AsFd) {
        fcntl(stream, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    }

    /// Pairs of a stream to write to and one that reads from it without blocking: a pipe and a socket.
    fn inputs() -> [(File, OwnedFd); 2] {
        let (reader, writer) = pipe().unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let inputs = [(writer.into(), reader.into()), (ours.into(), theirs.into())];
        inputs.map(|(ours, theirs): (OwnedFd, OwnedFd)| {
            without_blocking(&theirs);
            (ours.into(), theirs)
        })
    }

    /// Pairs of a stream to read from and a full one that writes to it without blocking, and how much it holds.
    fn full_outputs() -> [(File, OwnedFd, usize); 2] {
        let (reader, writer) = pipe().unwrap();
        fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4_096)).unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let outputs = [(reader.into(), writer.into()), (ours.into(), theirs.into())];
        outputs.map(|(ours, theirs): (OwnedFd, OwnedFd)| {
            without_blocking(&theirs);
            let mut stream = File::from(theirs.try_clone().unwrap());
            let mut held = 0;
            loop {
                match stream.write(b"x") {
                    Ok(count) => held += count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => panic!("{error}"),
                }
            }
            (ours.into(), theirs, held)
        })
    }

    /// What the program writes to a full stream of which somebody reads late.
    fn read_late(mut stream: File, held: usize) -> String {
        thread::sleep(Duration::from_millis(300));
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split_off(held)
    }

    /// Waits until the program waits: it sleeps, and does not use the processor.
    fn until_it_waits(child: &Child) {
        let used = || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
            let fields: Vec<String> =
                stat.rsplit(')').next().unwrap().split(' ').map(str::to_owned).collect();
            (fields[1].clone(), fields[12..14].to_vec())
        };
        let mut before = used();
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < TIMEOUT, "it does not wait: {before:?}");
            thread::sleep(Duration::from_millis(100));
            let now = used();
            if now == before && now.0 == "S" {
                return;
            }
            before = now;
        }
    }

    #[test]
    fn a_password_that_comes_late_from_a_stream_that_does_not_block_is_read() {
        for arguments in
            [&["--password-stdin"][..], &["--password-file", "/dev/stdin"], &["--password-stdin", "--lines"]]
        {
            for (index, (mut ours, theirs)) in inputs().into_iter().enumerate() {
                let child = hashing(arguments).stdin(theirs).spawn().unwrap();
                for part in ["hun", "ter2", "\n"] {
                    thread::sleep(Duration::from_millis(100));
                    ours.write_all(part.as_bytes()).unwrap();
                }
                thread::sleep(Duration::from_millis(100));
                drop(ours);
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{arguments:?} {index}: {output:?}");
                assert!(verifies(str::from_utf8(&output.stdout).unwrap().trim_end(), "hunter2"));
            }
        }
    }

    /// docs/shells.md: "also where a pipe or a socket was set not to block, as Node and Python's asyncio do"
    #[test]
    fn every_line_gets_into_a_stdout_that_is_full_and_does_not_block() {
        for (ours, theirs, held) in full_outputs() {
            let mut child = hashing(&["--password-stdin", "--lines"])
                .stdin(Stdio::piped())
                .stdout(theirs)
                .spawn()
                .unwrap();
            let mut stdin = child.stdin.take().unwrap();
            let writer =
                thread::spawn(move || stdin.write_all("hunter2\n".repeat(2_000).as_bytes()).unwrap());
            let text = read_late(ours, held);
            writer.join().unwrap();
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            assert_eq!(text.lines().count(), 2_000);
            assert!(text.lines().all(|line| line.len() == text.find('\n').unwrap()), "a line was cut");
        }
    }

    #[test]
    fn texts_and_answers_get_whole_into_a_stdout_that_is_full_and_does_not_block() {
        const ENCODED: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
        let compare = |arguments: &[&str]| {
            let command = || {
                let mut command = program(arguments);
                command.env("VARIABLE", "hunter2");
                command
            };
            let expected = command().output().unwrap();
            for (ours, theirs, held) in full_outputs() {
                let child = command().stdout(theirs).spawn().unwrap();
                let text = read_late(ours, held);
                let output = child.wait_with_output().unwrap();
                assert_eq!(output.status, expected.status, "{output:?}");
                assert_eq!(text, String::from_utf8_lossy(&expected.stdout), "{arguments:?}");
            }
        };
        thread::scope(|scope| {
            for arguments in [
                &["--generate", "man"][..],
                &["--generate", "complete-zsh"],
                &["--help"],
                &["--version"],
                &["--inspect", ENCODED],
                &["--inspect", ENCODED, "--format", "json"],
                &["--verify", ENCODED, "--password-env", "VARIABLE"],
            ] {
                scope.spawn(move || compare(arguments));
            }
        });
    }

    #[test]
    fn every_message_gets_into_a_stderr_that_is_full_and_does_not_block() {
        for (arguments, status) in [
            (&["--hash_pass", "--password-stdin"][..], 2),
            (&["--hash_pass", "--password-stdin", "--format", "json"], 2),
            (&["--hash_pass", "--no-such-option"], 2),
            (&["--hash_pass", "--cost=m=8,t=1,p=1", "--", " hunter2 "], 0),
        ] {
            let expected = program(arguments).output().unwrap();
            for (ours, theirs, held) in full_outputs() {
                let child = program(arguments).stderr(theirs).spawn().unwrap();
                let text = read_late(ours, held);
                let output = child.wait_with_output().unwrap();
                assert_eq!(output.status.code(), Some(status), "{output:?}");
                assert_eq!(text, String::from_utf8_lossy(&expected.stderr), "{arguments:?}");
                assert!(!text.is_empty());
            }
        }
    }

    #[test]
    fn whoever_goes_away_instead_of_reading_ends_the_run_quietly() {
        for (ours, theirs, _) in full_outputs() {
            let child = hashing(&["--", "hunter2"]).stdout(theirs).spawn().unwrap();
            until_it_waits(&child);
            drop(ours);
            let output = child.wait_with_output().unwrap();
            assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
        }
    }

    /// It waits without using the processor, or `until_it_waits` does not return.
    /// docs/shells.md: "Signals end the program while it waits."
    #[test]
    fn signals_end_a_run_that_waits() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        let (inputs, outputs) = (inputs(), full_outputs());
        let mut commands =
            vec![hashing(&["--password-file", fifo.to_str().unwrap()]), hashing(&["--password-stdin"])];
        commands[1].stdin(Stdio::piped());
        for (_, theirs) in &inputs {
            let mut command = hashing(&["--password-stdin", "--lines"]);
            command.stdin(theirs.try_clone().unwrap());
            commands.push(command);
        }
        for (_, theirs, _) in &outputs {
            let mut command = hashing(&["--", "hunter2"]);
            command.stdout(theirs.try_clone().unwrap());
            commands.push(command);
            let mut command = program(&["--hash_pass", "--password-stdin"]);
            command.stderr(theirs.try_clone().unwrap());
            commands.push(command);
        }
        let children: Vec<_> = commands.iter_mut().map(|command| command.spawn().unwrap()).collect();
        for (mut child, signal) in children.into_iter().zip([Signal::SIGINT, Signal::SIGTERM].iter().cycle())
        {
            until_it_waits(&child);
            kill(Pid::from_raw(child.id().cast_signed()), *signal).unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(*signal as i32));
        }
    }

    fn note(stream: &str) -> String {
        format!("note: waiting for another program to write to {stream}, or to close it\n")
    }

    /// Reads from stderr until a note is there, and returns it.
    fn expect_note(child: &mut Child, expected: &str) {
        let mut seen = vec![0; expected.len()];
        let timeout = PollTimeout::try_from(TIMEOUT).unwrap();
        let stderr = child.stderr.as_ref().unwrap().as_fd();
        assert_eq!(poll(&mut [PollFd::new(stderr, PollFlags::POLLIN)], timeout), Ok(1), "there is no note");
        child.stderr.as_mut().unwrap().read_exact(&mut seen).unwrap();
        assert_eq!(String::from_utf8_lossy(&seen), expected);
    }

    const STRONG: [&str; 3] = ["--hash_pass", "--profile", "owasp"];

    /// docs/shells.md: "If nothing comes from stdin or the password file for a second, a note says so, once in a run."
    #[test]
    fn a_note_says_once_that_a_password_is_waited_for() {
        let wait = |before: &[u8], mut ours: File, theirs: OwnedFd| {
            let mut child =
                program(&[&STRONG[..], &["--password-stdin"]].concat()).stdin(theirs).spawn().unwrap();
            ours.write_all(before).unwrap();
            expect_note(&mut child, &note("stdin"));
            // After another second nothing more is said.
            thread::sleep(Duration::from_millis(1_200));
            ours.write_all(&b"hunter2\n"[before.len()..]).unwrap();
            drop(ours);
            let output = child.wait_with_output().unwrap();
            assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
            assert!(verifies(str::from_utf8(&output.stdout).unwrap().trim_end(), "hunter2"));
        };
        thread::scope(|scope| {
            for before in [&b""[..], b"hun"] {
                for (ours, theirs) in inputs() {
                    scope.spawn(move || wait(before, ours, theirs));
                }
            }
        });
    }

    #[test]
    fn a_named_pipe_is_waited_for_with_a_note_that_does_not_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        for lines in [&[][..], &["--lines"]] {
            let arguments = [&STRONG[..], lines, &["--password-file", fifo.to_str().unwrap()]].concat();
            let mut child = program(&arguments).spawn().unwrap();
            expect_note(&mut child, &note("the password file"));
            fs::write(&fifo, "hunter2\n").unwrap();
            let output = child.wait_with_output().unwrap();
            assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
            assert!(verifies(str::from_utf8(&output.stdout).unwrap().trim_end(), "hunter2"));
        }
    }

    #[test]
    fn a_named_pipe_that_is_closed_without_a_password_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        let child = hashing(&["--password-file", fifo.to_str().unwrap()]).spawn().unwrap();
        drop(File::options().write(true).open(&fifo).unwrap());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(
            output.stderr.starts_with(b"error: the password file is empty: there is no password to read\n")
        );
    }

    #[test]
    fn quiet_waits_without_a_note_and_a_password_in_time_gets_none() {
        let mut child = hashing(&["--password-stdin"]).stdin(Stdio::piped()).spawn().unwrap();
        thread::sleep(Duration::from_millis(1_200));
        child.stdin.take().unwrap().write_all(b"hunter2\n").unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    }

    /// Of what stands in a regular file that is called /dev/null, nothing was written for this program, and nobody
    /// keeps there what it prints.
    #[test]
    #[ignore = "needs unshare, and the right to mount"]
    fn a_regular_file_in_the_place_of_dev_null_is_empty_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("null");
        let stdin_is_empty = (2, "error: stdin is empty: ");
        let file_is_empty = (2, "error: the password file is empty: ");
        for (run, (status, said)) in [
            ("--password-stdin <&-", stdin_is_empty),
            ("--password-stdin </dev/null", stdin_is_empty),
            ("--password-file - <&-", stdin_is_empty),
            ("--password-file /dev/null", file_is_empty),
            ("--password-file /dev/stdin <&-", stdin_is_empty),
            ("-q -- hunter3 >&-", (0, "")),
            ("-q -- hunter3 >/dev/null", (0, "")),
            ("--password-stdin </dev/null 2>&-", (2, "")),
        ] {
            fs::write(&file, "hunter2\n").unwrap();
            let script = format!("mount --bind \"$1\" /dev/null && \"$0\" --hash_pass {run}");
            let mut unshare = Command::new("unshare");
            unshare.args(["--mount", "sh", "-c", &script, PROGRAM]).arg(&file);
            let output = unshare.output().unwrap();
            assert_eq!((output.status.code(), &*output.stdout), (Some(status), &b""[..]), "{run}");
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(stderr.starts_with(said) && stderr.is_empty() == said.is_empty(), "{run}: {stderr}");
            // A shell's `>` empties the file.
            let text = if run.contains(" >/dev/null") { "" } else { "hunter2\n" };
            assert_eq!(fs::read_to_string(&file).unwrap(), text, "{run}");
        }
    }

    /// SECURITY.md: "is aborted by Rust's runtime before its first step, with status 134."
    /// docs/install.md: "without /dev, `--password-stdin <FILE` does"
    #[test]
    #[ignore = "needs unshare, and the right to mount"]
    fn without_dev_null_every_stream_must_be_open() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        fs::write(&file, "hunter2\n").unwrap();
        for (streams, status) in [("<\"$1\"", 0), ("<&-", 134), (">&-", 134), ("2>&-", 134)] {
            let hash = format!("\"$0\" {} --hash_pass --password-stdin {streams}", CHEAP.join(" "));
            let script = format!("ulimit -c 0; mount -t tmpfs none /dev && {hash}; exit $?");
            let mut unshare = Command::new("unshare");
            unshare.args(["--mount", "sh", "-c", &script, PROGRAM]).arg(&file).stdin(Stdio::null());
            assert_eq!(unshare.output().unwrap().status.code(), Some(status), "{streams}");
        }
    }
}
