//! The prompt of macOS and the BSDs, at a pseudo-terminal of Linux.
#![cfg(all(target_os = "linux", portable))]
#![allow(clippy::unwrap_used)]

mod common;

use std::os::unix::process::ExitStatusExt;

use common::terminal::Terminal;
use common::{CHEAP, PROGRAM, verifies};
use nix::sys::signal::Signal;

const ASK: &str = "Password: ";
const REPEAT: &str = "Repeat password: ";

fn prompt() -> Terminal {
    Terminal::start(|command| command.args(CHEAP).arg("--hash_pass"), PROGRAM)
}

/// Types a password twice, and asserts that the hash is that of another text.
#[track_caller]
fn assert_read_as(typed: &str, password: &str) {
    let mut terminal = prompt();
    terminal.expect(ASK);
    assert!(!terminal.echoes());
    terminal.send(typed).send("\n").expect(REPEAT).send(typed).send("\n");
    assert_eq!(terminal.finish().code(), Some(0), "{}", terminal.text());
    let text = terminal.text();
    let hash = text.lines().find(|line| line.starts_with("$argon2id$")).unwrap();
    assert!(verifies(hash, password), "{typed:?}");
    assert_eq!(terminal.settings(), terminal.settings_before);
}

#[track_caller]
fn assert_refused(terminal: &mut Terminal, message: &str) {
    assert_eq!(terminal.finish().code(), Some(2), "{}", terminal.text());
    assert!(terminal.messages().contains(&format!("error: {message}\r\n")), "{}", terminal.text());
    assert_eq!(terminal.settings(), terminal.settings_before);
}

#[test]
fn a_password_is_read_without_echo_and_without_what_a_terminal_sends_by_itself() {
    assert_read_as("hunter2", "hunter2");
    assert_read_as("пароль", "пароль");
    assert_read_as("hunter3\x7F2", "hunter2");
    assert_read_as("wrong\x15hunter2", "hunter2");
    assert_read_as("\x1B[200~hunter2\x1B[201~", "hunter2");
    assert_read_as("\x1B[Ihun\x1B]11;rgb:0/0/0\x07ter2\x1B[24;80R", "hunter2");
    assert_read_as("tab\there", "tab\there");
}

#[test]
fn it_asks_again_after_an_empty_answer_and_after_a_mismatch() {
    let mut terminal = prompt();
    terminal.expect(ASK).send("\n").expect("the password is empty; please type it again\r\n");
    terminal.expect(ASK).send("hunter2\n").expect(REPEAT).send("hunter3\n");
    terminal.expect("the two passwords do not match; please type them again\r\n");
    terminal.expect(ASK).send("hunter2\n").expect(REPEAT).send("hunter2\n");
    assert_eq!(terminal.finish().code(), Some(0), "{}", terminal.text());
}

/// SECURITY.md: "An answer with any other escape sequence, such as that of an arrow key, is asked for again."
#[test]
fn an_answer_with_a_key_that_is_no_character_is_asked_for_again() {
    for key in ["\x1B[D", "\x1Bb", "\x1B["] {
        let mut terminal = prompt();
        terminal.expect(ASK).send(format!("hunter2{key}\n"));
        terminal
            .expect("the answer contains an escape sequence, which arrow keys, function keys and Alt send");
        terminal.expect("; please type it again\r\n").expect(ASK);
    }
}

#[test]
fn a_line_that_is_too_long_is_refused() {
    let mut terminal = prompt();
    terminal.expect(ASK).send("x".repeat(9_000)).send("\n");
    assert_refused(&mut terminal, "the password is longer than 4096 bytes");
}

#[test]
fn after_ctrl_c_echo_is_on_again_and_the_signal_has_ended_it() {
    for confirming in [false, true] {
        let mut terminal = prompt();
        terminal.expect(ASK);
        if confirming {
            terminal.send("hunter2\n").expect(REPEAT);
        }
        terminal.send("half\x03");
        assert_eq!(terminal.finish().signal(), Some(Signal::SIGINT as i32), "{}", terminal.text());
        assert_eq!(terminal.settings(), terminal.settings_before);
    }
}

#[test]
fn an_end_of_input_and_what_is_not_utf8_are_refused() {
    let mut terminal = prompt();
    terminal.expect(ASK).send("\x04");
    assert_refused(&mut terminal, "the input ended before a password was typed");
    let mut terminal = prompt();
    terminal.expect(ASK).send(b"caf\xE9\n");
    assert_refused(&mut terminal, "the password is not UTF-8");
}

#[test]
fn without_a_terminal_it_does_not_ask() {
    let script = format!("setsid --wait {PROGRAM} --hash_pass < /dev/null");
    let mut terminal = Terminal::start(|shell| shell.args(["-c", &script]), "sh");
    assert_refused(&mut terminal, "no password is given, and there is no terminal to ask at");
}

#[test]
fn input_before_the_question_is_discarded() {
    let script = format!("echo ready; sleep 0.3; {PROGRAM} {} --hash_pass", CHEAP.join(" "));
    let mut terminal = Terminal::start(|shell| shell.args(["-c", &script]), "sh");
    terminal.expect("ready").send("early\n").expect(ASK);
    terminal.send("hunter2\n").expect(REPEAT).send("hunter2\n");
    assert_eq!(terminal.finish().code(), Some(0), "{}", terminal.text());
}
