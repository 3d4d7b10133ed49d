//! The progress bar of a long batch: when it is shown, and that it is removed at the end.
// The bar needs a pseudo-terminal here; indicatif draws it on every system.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::Read;
use std::time::Duration;

use common::PROGRAM;
use common::terminal::Terminal;
use nix::fcntl::{FcntlArg, fcntl};

/// More hashes than the pipe holds.
const COUNT: usize = 2_000;

/// Runs a batch on a terminal. `HASH` in `command` stands for the program and its options. Returns the
/// terminal's output.
///
/// The hashes go to a small pipe, and nobody reads from it for longer than a run lasts before the bar is
/// shown. So there are more hashes to come afterwards, however fast the machine is.
#[track_caller]
fn batch(command: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("passwords"), "hunter2\n".repeat(COUNT)).unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4_096)).unwrap();
    let hash = command.replace("HASH", "\"$0\" --hash_pass --lines --cost=m=8,t=1,p=1");
    let script = format!("{hash}; echo over >&2");
    let mut terminal = Terminal::start(
        |shell| shell.args(["-c", &script, PROGRAM]).current_dir(&folder).stdout(writer),
        "sh",
    );
    let hashes = std::thread::spawn(move || {
        let mut first = [0];
        reader.read_exact(&mut first).unwrap();
        std::thread::sleep(Duration::from_millis(1_100));
        let mut others = String::new();
        reader.read_to_string(&mut others).unwrap();
        others.lines().count()
    });
    assert_eq!(terminal.finish().code(), Some(0));
    assert_eq!(hashes.join().unwrap(), COUNT, "{}", terminal.text());
    assert!(!terminal.text().contains("hunter2"));
    terminal.text()
}

/// Checks that a bar was shown and removed before the output of the next command.
#[track_caller]
fn assert_bar(seen: &str) {
    let parts: Vec<&str> = seen.split(" hashed, ").collect();
    assert!(parts.len() > 1, "{seen:?}");
    for around in parts.windows(2) {
        let is_no_digit = |c: char| !c.is_ascii_digit();
        let count: u64 = around[0].rsplit(is_no_digit).next().unwrap().parse().unwrap();
        let rate: u64 = around[1].split(is_no_digit).next().unwrap().parse().unwrap();
        // It is shown from the second second on, and within the first minute.
        assert!(count > 0 && rate <= count && (rate + 1) * 60 >= count, "{seen:?}");
    }
    assert_eq!(seen.rsplit("\x1b[2K").next().unwrap().trim(), "over", "{seen:?}");
    // Its escape sequences move and clear; it has no colours.
    assert!(!seen.contains("\x1b[3") && !seen.contains("\x1b[1m"), "{seen:?}");
}

#[test]
fn a_long_batch_shows_count_rate_and_time_left_until_its_end() {
    let seen = batch("HASH --password-stdin <passwords");
    assert_bar(&seen);
    assert!(seen.contains(" left"), "{seen:?}");
}

/// docs/batches.md: "the terminal shows how many are made in a second, and the time that is left"
#[test]
fn a_batch_from_a_password_file_shows_the_same_bar() {
    let seen = batch("HASH --password-file passwords");
    assert_bar(&seen);
    assert!(seen.contains(" left"), "{seen:?}");
}

#[test]
fn input_from_a_pipe_shows_no_time_left() {
    let seen = batch("cat passwords | HASH --password-stdin");
    assert_bar(&seen);
    assert!(!seen.contains(" left"), "{seen:?}");
}

#[test]
fn quiet_shows_no_bar() {
    assert_eq!(batch("HASH --password-stdin -q <passwords").trim(), "over");
}

#[test]
fn redirected_stderr_shows_no_bar() {
    assert_eq!(batch("HASH --password-stdin <passwords 2>errors").trim(), "over");
}

#[test]
fn a_calibration_shows_what_it_does_above_nothing_that_stays() {
    let script = "\"$0\" --calibrate 100; echo over >&2";
    let mut terminal = Terminal::start(|shell| shell.args(["-c", script, PROGRAM]), "sh");
    assert_eq!(terminal.finish().code(), Some(0));
    let seen = terminal.text();
    let (before, after) = seen.split_once("--cost=").unwrap();
    assert!(before.contains("measuring 19 MiB, t=2"), "{seen:?}");
    // The line is cleared before each of the program's own lines.
    for printed in [before.rsplit("measuring ").next().unwrap(), after] {
        let last = printed.rsplit("\x1b[2K").next().unwrap();
        assert!(!last.contains("measuring"), "{seen:?}");
    }
    assert!(before.ends_with("\x1b[2K") || before.ends_with("\r\n"), "{seen:?}");
    assert!(!after.contains("measuring"), "{seen:?}");
}
