//! The progress bar of a long batch: who sees it, and that it leaves nothing behind.
// A pseudo-terminal is needed to be shown a bar; the bar is indicatif's everywhere.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::PROGRAM;
use common::terminal::Terminal;

/// Runs a batch of over a second at a terminal, with some of its streams elsewhere. `command` has
/// `HASH` for the program. Returns what the terminal has seen.
#[track_caller]
fn batch(command: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("passwords"), "hunter2\n".repeat(250)).unwrap();
    let hash = command.replace("HASH", "\"$0\" --hash_pass --profile owasp -t 3");
    let script = format!("{hash}; wc -l <hashes");
    let mut terminal =
        Terminal::start(|command| command.args(["-c", &script, PROGRAM]).current_dir(&folder), "sh");
    assert_eq!(terminal.finish().code(), Some(0));
    assert!(!terminal.text().contains("hunter2"));
    terminal.text()
}

/// A bar has been there, and all that is left is what came after it.
#[track_caller]
fn assert_bar(seen: &str) {
    assert!(seen.contains(" hashed, ") && seen.contains("/s"), "{seen:?}");
    assert_eq!(seen.rsplit("\x1b[2K").next().unwrap().trim(), "250", "{seen:?}");
    // Of escape sequences it moves and clears; it has no colours.
    assert!(!seen.contains("\x1b[3") && !seen.contains("\x1b[1m"), "{seen:?}");
}

#[test]
fn a_long_batch_shows_count_rate_and_time_left_and_then_nothing() {
    if common::is_emulated() {
        return;
    }
    for command in ["HASH <passwords >hashes", "HASH --password-file passwords >hashes"] {
        let seen = batch(command);
        assert_bar(&seen);
        assert!(seen.contains(" left"), "{seen:?}");
    }
}

#[test]
fn from_a_pipe_there_is_no_time_left_to_tell() {
    if common::is_emulated() {
        return;
    }
    let seen = batch("cat passwords | HASH >hashes");
    assert_bar(&seen);
    assert!(!seen.contains(" left"), "{seen:?}");
}

#[test]
fn nobody_is_shown_a_bar_who_does_not_want_one() {
    if common::is_emulated() {
        return;
    }
    for command in ["HASH -q <passwords >hashes", "HASH <passwords >hashes 2>errors"] {
        assert_eq!(batch(command).trim(), "250", "{command}");
    }
}
