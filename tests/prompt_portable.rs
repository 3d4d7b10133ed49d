//! The prompt of macOS and the BSDs, at a pseudo-terminal of Linux.
#![cfg(all(target_os = "linux", portable))]
#![allow(clippy::unwrap_used)]

mod common;

use std::os::unix::process::ExitStatusExt;

use common::terminal::Terminal;
use common::{CHEAP, PROGRAM, verifies};
use nix::sys::signal::Signal;

const ASK: &str = "Password: ";
const CONFIRM: &str = "Confirm password: ";

fn prompt() -> Terminal {
    Terminal::start(|command| command.args(CHEAP).arg("--hash_pass"), PROGRAM)
}

/// Types a password twice, and asserts that the hash is that of another text.
#[track_caller]
fn assert_read_as(typed: &str, password: &str) {
    let mut terminal = prompt();
    terminal.expect(ASK);
    assert!(!terminal.echoes());
    terminal.send(typed).send("\n").expect(CONFIRM).send(typed).send("\n");
    assert_eq!(terminal.finish().code(), Some(0), "{}", terminal.text());
    let text = terminal.text();
    let hash = text.lines().find(|line| line.starts_with("$argon2id$")).unwrap();
    assert!(verifies(hash, password), "{typed:?}");
    assert_eq!(terminal.settings(), terminal.settings_before);
}

#[track_caller]
fn assert_refused(terminal: &mut Terminal, message: &str) {
    assert_eq!(terminal.finish().code(), Some(2), "{}", terminal.text());
    assert!(terminal.text().contains(&format!("error: {message}\r\n")), "{}", terminal.text());
    assert_eq!(terminal.settings(), terminal.settings_before);
}

#[test]
fn a_password_is_read_without_echo_and_without_the_keys_that_type_nothing() {
    assert_read_as("hunter2", "hunter2");
    assert_read_as("пароль", "пароль");
    assert_read_as("hunter3\x7F2", "hunter2");
    assert_read_as("wrong\x15hunter2", "hunter2");
    assert_read_as("\x1B[200~hunter2\x1B[201~", "hunter2");
    assert_read_as("hun\x1B[Ater2\t\x1A", "hunter2");
}

#[test]
fn it_asks_again_after_an_empty_answer_and_after_a_mismatch() {
    let mut terminal = prompt();
    terminal.expect(ASK).send("\n").expect("the password is empty; please type it again\r\n");
    terminal.expect(ASK).send("hunter2\n").expect(CONFIRM).send("hunter3\n");
    terminal.expect("the two passwords do not match; please type them again\r\n");
    terminal.expect(ASK).send("hunter2\n").expect(CONFIRM).send("hunter2\n");
    assert_eq!(terminal.finish().code(), Some(0), "{}", terminal.text());
}

#[test]
fn after_ctrl_c_echo_is_on_again_and_the_signal_has_ended_it() {
    for confirming in [false, true] {
        let mut terminal = prompt();
        terminal.expect(ASK);
        if confirming {
            terminal.send("hunter2\n").expect(CONFIRM);
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
    terminal.expect(ASK).send(b"caf\xFF\n");
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
    terminal.send("hunter2\n").expect(CONFIRM).send("hunter2\n");
    assert_eq!(terminal.finish().code(), Some(0), "{}", terminal.text());
}
