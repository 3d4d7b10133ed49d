//! The progress bar of a long batch: when it is shown, and that it is removed at the end.
// The bar needs a pseudo-terminal here; indicatif draws it on every system.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::PROGRAM;
use common::terminal::Terminal;

/// Enough passwords for over a second, however many cores there are.
fn count() -> usize {
    150 * std::thread::available_parallelism().unwrap().get()
}

/// Runs a batch of over a second on a terminal, with some of its streams redirected. `HASH` in `command`
/// stands for the program and its options. Returns the terminal's output.
#[track_caller]
fn batch(command: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("passwords"), "hunter2\n".repeat(count())).unwrap();
    let hash = command.replace("HASH", "\"$0\" --hash_pass --lines --profile owasp -t 3");
    let script = format!("{hash}; wc -l <hashes");
    let mut terminal =
        Terminal::start(|command| command.args(["-c", &script, PROGRAM]).current_dir(&folder), "sh");
    assert_eq!(terminal.finish().code(), Some(0));
    assert!(!terminal.text().contains("hunter2"));
    terminal.text()
}

/// Checks that a bar was shown and removed before the output of the next command.
#[track_caller]
fn assert_bar(seen: &str) {
    assert!(seen.contains(" hashed, ") && seen.contains("/s"), "{seen:?}");
    assert_eq!(seen.rsplit("\x1b[2K").next().unwrap().trim(), count().to_string(), "{seen:?}");
    // Its escape sequences move and clear; it has no colours.
    assert!(!seen.contains("\x1b[3") && !seen.contains("\x1b[1m"), "{seen:?}");
}

#[test]
fn a_long_batch_shows_count_rate_and_time_left_until_its_end() {
    for command in ["HASH --password-stdin <passwords >hashes", "HASH --password-file passwords >hashes"] {
        let seen = batch(command);
        assert_bar(&seen);
        assert!(seen.contains(" left"), "{seen:?}");
    }
}

#[test]
fn input_from_a_pipe_shows_no_time_left() {
    let seen = batch("cat passwords | HASH --password-stdin >hashes");
    assert_bar(&seen);
    assert!(!seen.contains(" left"), "{seen:?}");
}

#[test]
fn quiet_or_redirected_stderr_shows_no_bar() {
    for command in
        ["HASH --password-stdin -q <passwords >hashes", "HASH --password-stdin <passwords >hashes 2>errors"]
    {
        assert_eq!(batch(command).trim(), count().to_string(), "{command}");
    }
}
