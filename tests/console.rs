//! The prompt at a Windows console: Wine's, on a pseudo-terminal. Needs Wine, and the paths of two Windows
//! programs: `TC_CALENDAR_EXE` is the one under test, and `INJECT_KEYS_EXE` is `.ci/inject_keys.c`, compiled.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::terminal::Terminal;
use common::wine::{program, windows};
use common::{CHEAP, quoted, verifies};

/// A shell at a terminal, with `$PROGRAM` set. The hash goes to a file: the console would wrap it.
fn shell(program: &str, script: &str) -> Terminal {
    let run = format!("wine {program} {}", CHEAP.join(" "));
    Terminal::start(|command| command.args(["-c", script]).env("PROGRAM", run), "sh")
}

/// Types console events, one a line as `.ci/inject_keys.c` reads them, once the program asks. The hash goes to
/// the file `hash` in the folder, and the status, which is 98 if the console is not restored, to the terminal.
fn inject(program: &str, events: &str, folder: &Path) -> Terminal {
    let inject = std::env::var("INJECT_KEYS_EXE").expect("INJECT_KEYS_EXE does not name .ci/inject_keys.c");
    let run = format!("{} {} --hash_pass", windows(program), CHEAP.join(" "));
    let [file, hash] = [windows(folder.join("events")), quoted(&folder.join("hash"))];
    let script = format!("wine '{inject}' '{file}' '{run}' >{hash}; echo status $? | tr a-z A-Z");
    let mut terminal = Terminal::start(|command| command.args(["-c", &script]), "sh");
    expect(&mut terminal, "Password:");
    // The file appears whole.
    fs::write(folder.join("new"), events).unwrap();
    fs::rename(folder.join("new"), folder.join("events")).unwrap();
    terminal
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
    expect(&mut terminal, "Repeat password:");
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

/// Wine has no keyboard, so these are the events that Windows is documented to send. Microsoft's page on
/// `KEY_EVENT_RECORD` has the bits of the state: `AltGr` is 1 (right Alt) and 8 (left Ctrl). A dead key comes with
/// the character 0. The console's own source (`GetChar` in stream.cpp of microsoft/terminal) takes a character
/// with the release of Alt (code 12), and `KEYEVENTF_UNICODE` sends `VK_PACKET` (code E7).
/// SECURITY.md: "every character that is typed is taken, or the password is refused"
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_takes_what_keyboards_and_pastes_send() {
    let program = program();
    for (name, events, password) in [
        ("a dead key on AltGr+2", "1 32 0 9 1\n0 32 0 9 1\n1 4e f1 0 1\n0 4e f1 0 1\n", "\u{f1}"),
        ("a dead key", "1 dd 0 0 1\n0 dd 0 0 1\n1 45 ea 0 1\n0 45 ea 0 1\n", "\u{ea}"),
        ("a dead key twice", "1 dd 0 0 1\n1 dd 5e 0 1\n1 dd 5e 0 1\n", "^^"),
        ("AltGr and Q", "1 11 0 8 1\n1 12 0 9 1\n1 51 40 9 1\n0 51 40 9 1\n0 12 0 8 1\n0 11 0 0 1\n", "@"),
        ("Alt and 0233", "1 12 0 2 1\n1 60 0 2 1\n0 60 0 2 1\n1 62 0 2 1\n0 12 e9 0 1\n", "\u{e9}"),
        ("Alt and 126", "1 12 0 2 1\n1 61 0 2 1\n0 61 0 2 1\n0 12 7e 4000000 3\n", "~"),
        ("surrogates", "1 0 d83d 0 1\n0 0 d83d 0 1\n1 0 dd11 0 1\n0 0 dd11 0 1\n", "\u{1F511}"),
        ("VK_PACKET", "1 e7 44f 0 1\n0 e7 44f 0 1\n", "\u{44f}"),
        ("a key that is held", "1 58 78 0 3\n1 58 78 0 1\n0 58 78 0 1\n", "xxxx"),
        ("a repeat count of 0", "1 58 78 0 0\n", "x"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let answer = format!("{events}1 d d 0 1\n0 d d 0 1\n");
        let mut terminal = inject(&program, &answer.repeat(2), folder.path());
        terminal.expect("STATUS 0");
        terminal.finish();
        let hash = fs::read_to_string(folder.path().join("hash")).unwrap();
        assert!(verifies(hash.trim_end(), password), "{name}");
    }
}

/// A NUL is typed with Ctrl and 2 or Space. With the bit `ALTNUMPAD_BIT` a character is a number of the OEM code
/// page: the console converts it in stream reads only (`GetChar` in stream.cpp of microsoft/terminal).
/// SECURITY.md: "every character that is typed is taken, or the password is refused"
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_refuses_keys_that_type_no_character() {
    let program = program();
    for (event, message) in [
        ("1 32 0 8 1", "the password contains a NUL character"),
        ("1 20 0 4 1", "the password contains a NUL character"),
        ("0 12 82 4000000 1", "the password is not UTF-8"),
        ("1 0 d83d 0 1", "the password is not UTF-8"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = inject(&program, &format!("{event}\n1 41 61 0 1\n1 d d 0 1\n"), folder.path());
        terminal.expect(message).expect("STATUS 2");
        terminal.finish();
    }
}

/// What is written as bytes is taken to be in the console's code page, here one without UTF-8; `WriteConsole` is
/// documented to take UTF-16. Wine does both as Windows does.
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_shows_every_character_in_any_code_page() {
    let program = program();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    fs::write(&config, r#"{"Имя": "", "Ключ": ""}"#).unwrap();
    let mut terminal = cmd();
    terminal.send("chcp 866\r").expect("ready>");
    let arguments = format!("--format json --hash_pass --config {} --key /Имя --key /Ключ", windows(&config));
    terminal.send(format!("{} -m 8 -t 1 -p 1 {arguments}\r", windows(&program))).expect("/Ключ");
    expect(&mut terminal, "/Имя:");
    terminal.send("hunter2\r").expect("Repeat").send("hunter2\r");
    terminal.expect("/Ключ:").send("hunter3\r").expect("Repeat").send("hunter3\r");
    terminal.expect("/Имя").expect("in").expect("/Ключ").expect("in");
    terminal.expect(r"\u0418\u043c\u044f").expect(r"\u041a\u043b\u044e\u0447").expect("ready>");
}

#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_says_why_it_asks_again() {
    let mut terminal = shell(&program(), "$PROGRAM --hash_pass >/dev/null");
    expect(&mut terminal, "Password:");
    terminal.send("\r").expect("the password is empty; please type it again");
    expect(&mut terminal, "Password:");
    terminal.send("hunter2\r").expect("Repeat password:");
    terminal.send("hunter3\r").expect("the two passwords do not match; please type them again");
    expect(&mut terminal, "Password:");
    terminal.send("hunter2\r").expect("Repeat password:").send("hunter2\r");
    assert_eq!(terminal.finish().code(), Some(0), "{}", terminal.text());
}

/// An arrow key comes with the character 0. Microsoft's page on virtual-key codes has the arrow to the left as 25, and
/// `ENHANCED_KEY` in its state is 100.
/// SECURITY.md: "An answer in which an arrow key or another function key was pressed is asked for again."
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_asks_again_after_an_arrow_key() {
    let program = program();
    let folder = tempfile::tempdir().unwrap();
    let answer = "1 58 78 0 1\n0 58 78 0 1\n1 d d 0 1\n";
    let events = format!("1 25 0 100 1\n0 25 0 100 1\n{answer}{answer}{answer}");
    let mut terminal = inject(&program, &events, folder.path());
    terminal.expect("sequence").expect("again").expect("STATUS 0");
    assert!(verifies(fs::read_to_string(folder.path().join("hash")).unwrap().trim_end(), "x"));
}

/// Windows calls a handler on a thread of its own, and the read waits on. When the key comes from its terminal,
/// Wine instead ends the read without an event, and calls no handler; `GenerateConsoleCtrlEvent` calls it.
/// docs/config.md: "Ctrl-C ends the program at once."
/// SECURITY.md: "After an answer and after an error, the console is as it was before."
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_gives_up_after_ctrl_c() {
    let program = program();
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = inject(&program, "1 41 61 0 1\ninterrupt\n", folder.path());
    // The low byte of STATUS_CONTROL_C_EXIT.
    terminal.expect("STATUS 58");
    assert_eq!(fs::read_to_string(folder.path().join("hash")).unwrap(), "");
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

/// The reading crate panics at an event of unknown type: before an answer, within one, and where the rest of a
/// paste is thrown away.
/// SECURITY.md: "After an answer and after an error, the console is as it was before."
#[test]
#[ignore = "needs Wine, and the Windows program in TC_CALENDAR_EXE"]
fn a_windows_console_is_restored_after_unknown_events() {
    let program = program();
    let folder = tempfile::tempdir().unwrap();
    let answer = "unknown\n1 58 78 0 1\nunknown\nunknown\n1 59 79 0 1\n1 d d 0 1\n";
    let mut terminal = inject(&program, &format!("{answer}{answer}unknown\nunknown\n"), folder.path());
    terminal.expect("STATUS 0");
    assert!(!terminal.text().contains("panicked"), "{}", terminal.text());
    assert!(verifies(fs::read_to_string(folder.path().join("hash")).unwrap().trim_end(), "xy"));
}

/// Wine's cmd, at a terminal that wraps no line, with a prompt that appears in no path.
fn cmd() -> Terminal {
    let mut terminal = Terminal::start(|command| command.args(["-c", "stty -isig cols 500; wine cmd"]), "sh");
    terminal.expect(">").wait_for(|terminal| !terminal.echoes()).send("prompt ready$G\r").expect("ready>");
    terminal
}

/// Starts the program in cmd, and waits for its question.
fn ask_in_cmd(terminal: &mut Terminal, program: &str) {
    terminal.send(format!("{} {} --hash_pass\r", windows(program), CHEAP.join(" ")));
    expect(terminal, "Password:");
}

/// Each key is echoed, and only Enter submits the line. `Terminal::finish` does not serve here: it expects no
/// echo of what is typed, and the console echoes.
fn expect_echo(terminal: &mut Terminal) {
    terminal.send("echo ov\x7F\x7Fagain\r").expect("echo again").expect("again");
}
