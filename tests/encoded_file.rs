//! `--encoded-file`: a hash from a file or from stdin, for `--verify` and `--inspect`.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{CHEAP, Run, tc_calendar};

const ENCODED: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE";

/// What means stdin in place of a file.
const NAMES_OF_STDIN: &[&str] =
    if cfg!(unix) { &["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] } else { &["-"] };

fn hash(password: &str) -> String {
    tc_calendar(CHEAP).args(["--hash_pass"]).secret(password).run().lines()[0].to_owned()
}

/// `--verify` of this text as a file, and of the password hunter2.
fn verify(text: impl Into<Vec<u8>>) -> [common::Outcome; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name);
    let text = text.into();
    fs::write(path("hash"), &text).unwrap();
    fs::write(path("password"), "hunter2").unwrap();
    let run =
        || tc_calendar(["-q", "--verify", "--password-file"]).hiding("hunter2").args([path("password")]);
    let from_stdin = run().args(["--encoded-file", "-"]);
    [run().args(["--encoded-file".as_ref(), path("hash").as_os_str()]).run(), feed(&from_stdin, &text)]
}

/// Runs with a stdin that is no secret.
fn feed(run: &Run, text: &[u8]) -> common::Outcome {
    use std::io::Write;
    let mut child = run.spawn(std::process::Stdio::piped(), std::process::Stdio::piped());
    // The program may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(text);
    run.check(child.wait_with_output().unwrap())
}

#[test]
fn a_file_and_stdin_hold_one_hash_with_marks_and_line_ends_around_it() {
    let (right, wrong) = (hash("hunter2"), hash("other"));
    for (before, after) in [
        ("", ""),
        ("", "\n"),
        ("", "\r\n"),
        // PowerShell adds a line end to what it pipes, also to a text that has one.
        ("\u{feff}", "\r\n\r\n"),
        ("Your encrypted data: ", "\n"),
    ] {
        for (encoded, answer, status) in [(&right, "match\n", 0), (&wrong, "no match\n", 1)] {
            for outcome in verify(format!("{before}{encoded}{after}")) {
                assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), answer), "{outcome:?}");
                assert_eq!(outcome.stderr, "");
            }
        }
    }
    let inspected = feed(&tc_calendar(["--inspect", "--encoded-file", "-"]), right.as_bytes());
    assert_eq!(inspected.lines()[..2], ["variant: argon2id", "version: 19"]);
}

/// What is behind it is not overlooked, however far behind.
#[test]
fn a_file_that_goes_on_after_the_hash_is_refused() {
    let encoded = hash("hunter2");
    for lines in [1, 9_000] {
        for outcome in verify(format!("{encoded}{}more", "\n".repeat(lines))) {
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{outcome:?}");
        }
    }
}

/// What happened to a hash has the same name wherever it comes from; what to do about it may differ.
#[test]
fn a_damaged_hash_is_diagnosed_as_in_an_argument() {
    let hash = hash("hunter2");
    for text in [
        format!("'{hash}'"),
        hash.replace('$', "$$"),
        hash.replace('$', "\\$"),
        format!("{}\n{}", &hash[..40], &hash[40..]),
        format!("{hash}\n{hash}"),
        format!("{hash}\n# the administrator's"),
        hash[..60].to_owned(),
        hash[..hash.len() - 3].to_owned(),
        hash.replace("$argon2id$v", "").replace("$m", ""),
        hash.to_uppercase(),
        "dGNfMTIzNDU2".to_owned(),
        "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy".to_owned(),
        "not a hash at all".to_owned(),
        "x".repeat(5_000),
        "\n".to_owned(),
    ] {
        let argument = tc_calendar(["-q", "--verify", &text]).piped("hunter2").run();
        let expected = argument.stderr.lines().next().unwrap();
        for outcome in verify(text.clone()) {
            outcome.fails(2, expected.strip_prefix("error: ").unwrap());
        }
    }
}

#[test]
fn hints_about_a_file_do_not_speak_of_the_command_line() {
    let hash = hash("hunter2");
    let hint = |text: String| verify(text).map(|outcome| outcome.stderr.lines().nth(1).unwrap().to_owned());
    let both = |hint: &str| [hint.to_owned(), hint.to_owned()];
    assert_eq!(hint(String::new()), both("hint: check that something writes the hash there"));
    for cut in [60, hash.len() - 3] {
        let again = both("hint: copy the hash again from where it was printed");
        assert_eq!(hint(hash[..cut].to_owned()), again, "{cut}");
    }
    let expanded = hint(hash.replace("$argon2id$v", "").replace("$m", ""));
    assert!(expanded[0].starts_with("hint: write the hash there again; "), "{expanded:?}");
}

#[test]
fn another_encoding_is_named() {
    for (mark, encoding) in
        [(&b"\xFF\xFE"[..], "UTF-16"), (b"\xFE\xFF", "UTF-16"), (b"\xFF\xFE\0\0", "UTF-32")]
    {
        for outcome in verify([mark, b"$\0a\0"].concat()) {
            outcome.fails(2, &format!("the hash is {encoding}, not UTF-8"));
        }
    }
    // Without a mark, the text must be ASCII, as a hash is.
    for (bytes, name) in
        [(u16::to_le_bytes as fn(u16) -> [u8; 2], "UTF-16LE"), (u16::to_be_bytes, "UTF-16BE")]
    {
        let unmarked: Vec<u8> = format!("{ENCODED}\r\n").encode_utf16().flat_map(bytes).collect();
        for outcome in verify(unmarked) {
            outcome.fails(2, "the hash is UTF-16, not UTF-8");
            let hint = if cfg!(windows) { "Set-Content -Encoding utf8" } else { name };
            assert!(outcome.stderr.contains(hint), "{outcome:?}");
        }
    }
    for outcome in verify(format!("{ENCODED}\0")) {
        outcome.fails(2, "the hash has an invisible character (U+0000) at position 72");
    }
    for outcome in verify(*b"\xE9") {
        outcome.fails(2, "the hash is not UTF-8");
    }
}

#[test]
fn the_hash_comes_in_one_way_and_not_as_the_password() {
    let twice = "a hash is given both";
    let file = ["--encoded-file", "x"];
    for mode in ["--verify", "--inspect"] {
        let argument = tc_calendar([mode, ENCODED]).args(file).run();
        argument.fails(2, &format!("{twice} as an argument and with --encoded-file"));
        let config = tc_calendar([mode, "--config", "c", "--key", "/a"]).args(file).run();
        config.fails(2, &format!("{twice} with --encoded-file and with --config"));
    }
    for stdin in NAMES_OF_STDIN {
        let run = || tc_calendar(["--verify", "--encoded-file", stdin]);
        for other in NAMES_OF_STDIN {
            let outcome = run().args(["--password-file", other]).run();
            outcome.fails(2, "the hash and the password are both to come from stdin");
        }
        run()
            .args(["--password-stdin"])
            .run()
            .fails(2, "the hash and the password are both to come from stdin");
        // These runs have no terminal.
        let nobody = feed(&run(), ENCODED.as_bytes());
        nobody.fails(2, "no password is given, and stdin has the hash");
        assert!(!nobody.stderr.contains("--password-stdin"), "{nobody:?}");
    }
    tc_calendar(["--hash_pass"]).args(file).run().fails(2, "--encoded-file cannot be used with --hash_pass");
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure_and_is_not_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("hunter2");
    let run =
        |format: &[&str]| tc_calendar(["--inspect", "--encoded-file"]).secret(&missing).args(format).run();
    let plain = run(&[]);
    plain.fails(3, &plain.stderr.lines().next().unwrap()["error: ".len()..]);
    assert!(plain.stderr.starts_with("error: the hash cannot be read: "), "{plain:?}");
    assert!(run(&["--format", "json"]).stderr.contains("\"kind\":\"encoded-file\""));
}

#[cfg(target_os = "linux")]
mod at_a_terminal {
    use super::*;
    use common::terminal::Terminal;
    use pty_process::blocking::Command;

    #[test]
    fn a_note_says_how_to_end_what_is_pasted_and_then_the_password_is_asked_for() {
        let hash = hash("hunter2");
        let arguments = ["--verify", "--encoded-file", "-"];
        let mut terminal = Terminal::start(|command| command.args(arguments), common::PROGRAM);
        terminal.expect("note: waiting for a hash: paste it, then press Enter and Ctrl-D\r\n");
        assert!(terminal.echoes());
        terminal.send(format!("{hash}\n")).send("\u{4}").expect("Password: ").send("hunter2\n");
        terminal.expect("match");
        assert_eq!(terminal.finish().code(), Some(0));
        assert!(!terminal.text().contains("another program"), "{}", terminal.text());
    }

    /// Without a source of the password, nothing is read from stdin, and nobody is asked for a hash in vain.
    #[test]
    fn where_nobody_is_there_nobody_is_asked_for_a_hash() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        fs::write(&file, "hunter2").unwrap();
        let file = format!("--password-file={}", file.display());
        let no_hash = "error: no hash is given, and DEBIAN_FRONTEND=noninteractive says that nobody is there to paste it";
        let no_password = "error: no password is given, and DEBIAN_FRONTEND=noninteractive says that nobody is there to ask";
        let pipe_the_hash = "hint: pipe the hash to --encoded-file -, ";
        for (arguments, status, error, hint) in [
            (&["--inspect", "--encoded-file", "-"][..], 3, no_hash, pipe_the_hash),
            (&["--inspect", "--encoded-file", "/dev/tty"], 3, no_hash, pipe_the_hash),
            (&["--verify", &file, "--encoded-file", "-"], 3, no_hash, pipe_the_hash),
            (
                &["--verify", "--encoded-file", "-"],
                2,
                no_password,
                "hint: use --password-file or --password-env; ",
            ),
            (&["--verify", "--encoded-file", "missing"], 2, no_password, "hint: pipe the password to "),
        ] {
            let start = |command: Command| command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
            let mut terminal = Terminal::start(start, common::PROGRAM);
            assert_eq!(terminal.finish().code(), Some(status), "{}", terminal.text());
            assert!(terminal.messages().starts_with(error), "{}", terminal.text());
            assert!(terminal.messages().contains(hint), "{}", terminal.text());
        }
    }

    #[test]
    fn the_marks_of_a_paste_are_dropped() {
        let hash = hash("hunter2");
        for stdin in NAMES_OF_STDIN {
            let mut terminal = Terminal::start(
                |command| command.args(["--verify", "--encoded-file", stdin]),
                common::PROGRAM,
            );
            terminal.expect("paste it, then press Enter and Ctrl-D\r\n");
            terminal.send(format!("\x1B[200~{hash}\x1B[201~\n")).send("\u{4}");
            terminal.expect("Password: ").send("hunter2\n").expect("match");
            assert_eq!(terminal.finish().code(), Some(0));
            assert!(!terminal.text().contains("no match"), "{}", terminal.text());
        }
    }

    #[test]
    fn a_hash_from_a_pipe_leaves_the_terminal_for_the_password() {
        let hash = hash("hunter2");
        for stdin in NAMES_OF_STDIN {
            let (reader, mut writer) = std::io::pipe().unwrap();
            let arguments = ["--verify", "--encoded-file", stdin];
            let mut terminal =
                Terminal::start(|command| command.args(arguments).stdin(reader), common::PROGRAM);
            terminal.expect("note: waiting for another program to write to stdin, or to close it\r\n");
            std::io::Write::write_all(&mut writer, hash.as_bytes()).unwrap();
            drop(writer);
            terminal.expect("Password: ").send("hunter2\n").expect("match");
            assert_eq!(terminal.finish().code(), Some(0));
            assert!(!terminal.text().contains("stdin is not read"), "{}", terminal.text());
        }
    }
}
