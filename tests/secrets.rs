//! What other processes can see of a password while one is being hashed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::PROGRAM;
use common::terminal::Terminal;
use nix::sys::prctl::get_dumpable;
use nix::sys::resource::{Resource, getrlimit};

/// Hashes for minutes, unless it is killed.
const SLOW: [&str; 8] = ["-q", "-m", "1MiB", "-t", "10000000", "-p", "1", "--hash_pass"];

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn command_line(process: u32) -> Vec<u8> {
    fs::read(format!("/proc/{process}/cmdline")).unwrap()
}

#[track_caller]
fn assert_hidden(program: &str, passwords: &[&str]) {
    let command = Command::new(program).args(SLOW).args(passwords).stdin(Stdio::null()).spawn();
    let child = Killed(command.unwrap());
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let line = command_line(child.0.id());
        // The program's own name stays; it is there only once the process runs the program.
        let rest = line.strip_prefix(program.as_bytes());
        if rest.is_some_and(|rest| rest.iter().all(|&byte| byte == 0)) {
            break;
        }
        assert!(Instant::now() < deadline, "{:?}", String::from_utf8_lossy(&line));
    }
}

#[test]
fn arguments_are_gone_from_the_process_list() {
    assert_hidden(PROGRAM, &["hunter2", "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}", "last one"]);
}

#[test]
fn arguments_are_gone_whatever_the_program_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a) b (c");
    fs::copy(PROGRAM, &odd).unwrap();
    assert_hidden(odd.to_str().unwrap(), &["hunter2"]);
}

#[test]
fn core_dumps_are_off_before_a_password_is_read() {
    let mut terminal = Terminal::start(|command| command.arg("--hash_pass"), PROGRAM);
    terminal.expect("Password: ");
    let limits = fs::read_to_string(format!("/proc/{}/limits", terminal.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"]);
}

/// Another process cannot ask for this one's flag, so it is asked for here.
#[test]
fn the_process_is_made_undumpable() {
    assert!(get_dumpable().unwrap());
    tc_calendar::process::forbid_core_dumps();
    assert!(!get_dumpable().unwrap());
    assert_eq!(getrlimit(Resource::RLIMIT_CORE).unwrap(), (0, 0));
}
