//! The prompt at a Windows console: Wine's, on a pseudo-terminal. Needs Wine, and the path of the
//! Windows program in `TC_CALENDAR_EXE`.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod common;

use std::fs;

use common::terminal::Terminal;
use common::{CHEAP, quoted, verifies};

fn program() -> String {
    std::env::var("TC_CALENDAR_EXE").expect("TC_CALENDAR_EXE does not name the Windows program")
}

/// A shell at a terminal, with `$PROGRAM` set. The hash goes to a file: the console would wrap it.
fn shell(program: &str, script: &str) -> Terminal {
    let run = format!("wine {program} {}", CHEAP.join(" "));
    Terminal::start(|command| command.args(["-c", script]).env("PROGRAM", run), "sh")
}

/// Waits for the question, and until Wine has set up the terminal.
#[track_caller]
fn expect(terminal: &mut Terminal, question: &str) {
    // The console draws spaces by moving the cursor.
    terminal.expect(question).wait_for(|terminal| !terminal.echoes());
}

#[track_caller]
fn hash_of(program: &str, typed: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hash");
    let mut terminal = shell(program, &format!("$PROGRAM --hash_pass >{}", quoted(&file)));
    expect(&mut terminal, "Password:");
    terminal.send(typed).send("\r");
    expect(&mut terminal, "Confirm password:");
    terminal.send(typed).send("\r");
    assert_eq!(terminal.finish().code(), Some(0), "{:?}: {}", typed.escape_ascii(), terminal.text());
    fs::read_to_string(file).unwrap().trim_end().to_owned()
}

/// SECURITY.md: "It uses the console, and every character that is typed is taken"
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_passes_every_key_and_edits_the_line() {
    let program = program();
    for (typed, password) in [
        ("hunter2", "hunter2"),
        ("tab\there", "tab\there"),
        ("  пароль \u{fc}", "  пароль \u{fc}"),
        ("\u{1F511}key", "\u{1F511}key"),
        ("wrong\x15hunterx\x7F2", "hunter2"),
    ] {
        assert!(verifies(&hash_of(&program, typed.as_bytes()), password), "{typed:?}");
    }
}

/// SECURITY.md: "every character that is typed is taken, or the password is refused"
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_refuses_invalid_passwords() {
    let program = program();
    for (typed, message) in [
        ("a\0b\r", "the password contains a NUL character"),
        ("\x04", "the input ended before a password was typed"),
    ] {
        let mut terminal = shell(&program, "$PROGRAM --hash_pass; echo status $? | tr a-z A-Z");
        expect(&mut terminal, "Password:");
        terminal.send(typed).expect(message).expect("STATUS 2");
        terminal.finish();
    }
}

#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_says_why_it_asks_again() {
    let mut terminal = shell(&program(), "$PROGRAM --hash_pass >/dev/null");
    expect(&mut terminal, "Password:");
    terminal.send("\r").expect("the password is empty; please type it again");
    expect(&mut terminal, "Password:");
    terminal.send("hunter2\r").expect("Confirm password:");
    terminal.send("hunter3\r").expect("the two passwords do not match; please type them again");
    expect(&mut terminal, "Password:");
    terminal.send("hunter2\r").expect("Confirm password:").send("hunter2\r");
    assert_eq!(terminal.finish().code(), Some(0), "{}", terminal.text());
}

/// Wine loses a Ctrl-C that arrives between two reads, so the test presses it again. Wine also interrupts
/// the read, and the reading crate panics; Windows does not interrupt it.
/// docs/config.md: "Ctrl-C ends the program at once."
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_gives_up_after_ctrl_c() {
    let program = program();
    let mut terminal = shell(&program, "stty -isig; $PROGRAM --hash_pass; echo ended | tr a-z A-Z");
    expect(&mut terminal, "Password:");
    terminal.send("half").press_until("\x03", "ENDED");
    assert!(!terminal.text().contains("$argon2"), "{}", terminal.text());
    terminal.finish();
}

/// The rest of a paste must not reach cmd, and echo must be on afterwards.
/// SECURITY.md: "The rest of a paste is thrown away."
/// SECURITY.md: "After an answer and after an error, the console is as it was before."
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_is_restored_after_an_answer() {
    let program = program();
    let mut terminal = cmd();
    ask_in_cmd(&mut terminal, &program);
    terminal.send("hunter2\rhunter2\recho ran by the shell\rver\r").expect("ready>");
    expect_echo(&mut terminal);
    assert!(!terminal.text().contains("ran by"), "{}", terminal.text());
}

/// SECURITY.md: "After an answer and after an error, the console is as it was before."
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_is_restored_after_an_error() {
    let program = program();
    let mut terminal = cmd();
    ask_in_cmd(&mut terminal, &program);
    terminal.send("\x04").expect("the input ended before a password was typed").expect("ready>");
    expect_echo(&mut terminal);
}

#[test]
#[ignore = "fails under Wine in half of the runs: its console is often deaf after Ctrl-C"]
fn a_windows_console_is_restored_and_never_deaf_after_ctrl_c() {
    let program = program();
    let mut terminal = cmd();
    ask_in_cmd(&mut terminal, &program);
    terminal.send("half").press_until("\x03", "ready>");
    expect_echo(&mut terminal);
}

/// Wine's cmd, with a prompt that appears in no path.
fn cmd() -> Terminal {
    let mut terminal = Terminal::start(|command| command.args(["-c", "stty -isig; wine cmd"]), "sh");
    terminal.expect(">").wait_for(|terminal| !terminal.echoes()).send("prompt ready$G\r").expect("ready>");
    terminal
}

/// Starts the program in cmd, and waits for its question.
fn ask_in_cmd(terminal: &mut Terminal, program: &str) {
    let path = format!("Z:{}", program.replace('/', "\\"));
    terminal.send(format!("{path} {} --hash_pass\r", CHEAP.join(" ")));
    expect(terminal, "Password:");
}

/// Each key is echoed, and only Enter submits the line. `Terminal::finish` does not serve here: it expects no
/// echo of what is typed, and the console echoes.
fn expect_echo(terminal: &mut Terminal) {
    terminal.send("echo ov\x7F\x7Fagain\r").expect("echo again").expect("again");
}
