//! The prompt at a pseudo-terminal: echo, dialog, signals, and the terminal's state afterwards.
// These tests are for Linux's prompt; console.rs tests that of Windows, and prompt_portable.rs the others.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::process::ExitStatusExt;

use common::terminal::Terminal;
use common::{CHEAP, PROGRAM, contains, path_with_program, quoted, verifies};
use nix::libc::O_NONBLOCK;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pty_process::blocking::Command;

const ASK: &str = "Password: ";
const REPEAT: &str = "Repeat password: ";

/// `tc_calendar --hash_pass`, cheap, at a terminal.
fn prompt() -> Terminal {
    Terminal::start(|command| command.args(CHEAP).arg("--hash_pass"), PROGRAM)
}

/// Lets a script start the program as `$PROGRAM`.
fn with_program(shell: Command) -> Command {
    shell.env("PATH", path_with_program()).env("PROGRAM", format!("tc_calendar {}", CHEAP.join(" ")))
}

/// A shell at a terminal, with `$PROGRAM` set.
fn shell(script: &str) -> Terminal {
    Terminal::start(|command| with_program(command.args(["-c", script])), "sh")
}

/// A shell that reads commands at a terminal, with job control and the prompt `ready> `. It has no line
/// editor, because many of those turn the echo on and off themselves.
fn interactive_shell() -> Terminal {
    let is_bash =
        std::process::Command::new("sh").args(["-c", "[ -n \"$BASH\" ]"]).status().unwrap().success();
    let plain = if is_bash { &["--norc", "--noprofile", "--noediting"][..] } else { &[] };
    Terminal::start(
        |shell| with_program(shell.args(plain).arg("-i").env_remove("ENV").env("PS1", "ready> ")),
        "sh",
    )
}

/// Types the password twice. Returns the result printed on the terminal.
#[track_caller]
fn type_twice(terminal: &mut Terminal, typed: &[u8]) -> String {
    terminal.expect(ASK);
    type_twice_after_question(terminal, typed)
}

#[track_caller]
fn type_twice_after_question(terminal: &mut Terminal, typed: &[u8]) -> String {
    assert!(!terminal.echoes());
    terminal.send(typed).send("\n").expect(REPEAT);
    assert!(!terminal.echoes());
    terminal.send(typed).send("\n");
    assert_eq!(terminal.finish().code(), Some(0), "{}", terminal.text());
    assert_restored(terminal);
    let text = terminal.text();
    text.lines().find(|line| line.starts_with("$argon2id$")).expect("a hash").to_owned()
}

#[track_caller]
fn assert_restored(terminal: &Terminal) {
    assert_eq!(terminal.settings(), terminal.settings_before);
}

/// Asserts that the program refused with this message and status 2, and restored the terminal.
#[track_caller]
fn assert_refused(terminal: &mut Terminal, message: &str) {
    let status = terminal.finish();
    assert_eq!(status.code(), Some(2), "{}", terminal.text());
    assert!(terminal.messages().contains(&format!("error: {message}\r\nhint: ")), "{}", terminal.text());
    assert!(!terminal.text().contains("$argon2"));
    assert_restored(terminal);
}

/// README.md: "no option; asked twice,"
/// SECURITY.md: "Echo is off before the question appears."
#[test]
fn the_prompt_asks_twice_without_echo() {
    let mut terminal = prompt();
    let line = type_twice(&mut terminal, b"hunter2");
    assert!(verifies(&line, "hunter2"));
    assert_eq!(terminal.text(), format!("{ASK}\r\n{REPEAT}\r\n{line}\r\n"));
}

#[test]
fn characters_arrive_as_typed() {
    for typed in [
        "tab\there",
        "  spaces  ",
        "\u{fc}\u{df}",
        "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
        "\u{1F511}key",
    ] {
        assert!(verifies(&type_twice(&mut prompt(), typed.as_bytes()), typed), "{typed:?}");
    }
}

#[test]
fn the_line_can_be_edited_by_whole_characters() {
    assert!(verifies(&type_twice(&mut prompt(), "wrong\x15hun\u{fc}\x7Fter2".as_bytes()), "hunter2"));
}

/// SECURITY.md: "What a terminal sends by itself, such as the focus of its window and the marks of a paste, is
/// dropped."
#[test]
fn what_a_terminal_sends_by_itself_is_dropped() {
    for sent in
        ["\x1B[O\x1B[Ihunter2", "\x1B[200~hunter2\x1B[201~", "hun\x1B[24;80R\x7Fnter2\x1B]11;rgb:0/0/0\x07"]
    {
        assert!(verifies(&type_twice(&mut prompt(), sent.as_bytes()), "hunter2"), "{sent:?}");
    }
}

/// SECURITY.md: "An answer with any other escape sequence, such as that of an arrow key, is asked for again."
#[test]
fn an_answer_with_a_key_that_is_no_character_is_asked_for_again() {
    let reason = "the answer contains an escape sequence, which arrow keys, function keys and Alt send";
    let again = format!("{reason}; please type it again\r\n");
    let mut terminal = prompt();
    for key in ["\x1B[D", "\x1BOP"] {
        terminal.expect(ASK).send(format!("hun{key}ter2\n")).expect(&again);
    }
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));

    // In the second answer, too.
    let mut terminal = prompt();
    terminal.expect(ASK).send("hunter2\n").expect(REPEAT).send("hunter2\x1B\n").expect(&again);
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));

    // It is never accepted.
    let mut terminal = Terminal::start(|command| command.args(["--quiet", "--hash_pass"]), PROGRAM);
    for _ in 0..3 {
        terminal.expect(ASK).send("hun\x1Bbter2\n");
    }
    assert_refused(&mut terminal, reason);
}

/// docs/shells.md: "The answer to `Repeat password: ` may follow at once."
#[test]
fn two_lines_at_once_answer_both_questions() {
    let mut terminal = prompt();
    terminal.expect(ASK).send("hunter2\nhunter2\n");
    assert_eq!(terminal.finish().code(), Some(0));
    assert_restored(&terminal);
}

/// docs/shells.md: "At a Linux terminal, 4094 bytes are the most."
/// SECURITY.md: "A line that is too long is refused, not cut."
#[test]
fn the_longest_line_is_accepted_and_a_longer_one_is_refused_not_cut() {
    let longest = "x".repeat(4_094);
    assert!(verifies(&type_twice(&mut prompt(), longest.as_bytes()), &longest));
    for length in [4_095, 5_000, 20_000] {
        let mut terminal = prompt();
        terminal.expect(ASK).send("x".repeat(length)).send("\n");
        assert_refused(&mut terminal, "the password is too long for a terminal");
    }
}

/// docs/shells.md: "If the two differ, the program asks again, three times in all."
#[test]
fn different_passwords_are_asked_for_again_three_times_at_most() {
    let mut terminal = prompt();
    terminal.expect(ASK).send("hunter2\n").expect(REPEAT).send("hunter3\n");
    terminal.expect("the two passwords do not match; please type them again\r\n");
    let line = type_twice(&mut terminal, b"hunter2");
    assert!(verifies(&line, "hunter2"));

    let mut terminal = prompt();
    for _ in 0..3 {
        terminal.expect(ASK).send("hunter2\n").expect(REPEAT).send("\n");
    }
    assert_refused(&mut terminal, "the two passwords do not match");
}

#[test]
fn an_empty_answer_is_asked_for_again_three_times_at_most() {
    let mut terminal = prompt();
    terminal.expect(ASK).send("\n").expect("the password is empty; please type it again\r\n");
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));

    for mode in
        ["--hash_pass", "--verify=$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE"]
    {
        let mut terminal = Terminal::start(|command| command.arg(mode), PROGRAM);
        for _ in 0..3 {
            terminal.expect(ASK).send("\n");
        }
        assert_refused(&mut terminal, "the password is empty");
    }

    // Empty answers and mismatches share the attempts.
    let mut terminal = prompt();
    terminal.expect(ASK).send("\n").expect(ASK).send("hunter2\n").expect(REPEAT).send("hunter3\n");
    terminal.expect(ASK).send("\n");
    assert_refused(&mut terminal, "the password is empty");
}

#[test]
fn an_end_of_input_is_an_error() {
    for typed in ["\x04", "half\x04\x04"] {
        let mut terminal = prompt();
        terminal.expect(ASK).send(typed);
        assert_refused(&mut terminal, "the input ended before a password was typed");
    }
    let mut terminal = prompt();
    terminal.expect(ASK).send("hunter2\n").expect(REPEAT).send("\x04");
    assert_refused(&mut terminal, "the input ended before a password was typed");
}

#[test]
fn a_partial_line_continues_after_ctrl_d() {
    assert!(verifies(&type_twice(&mut prompt(), b"hun\x04ter2"), "hunter2"));
}

#[test]
fn invalid_passwords_are_refused() {
    let mut terminal = prompt();
    terminal.expect(ASK).send(b"caf\xE9\n");
    assert_refused(&mut terminal, "the password is not UTF-8");
    let mut terminal = prompt();
    terminal.expect(ASK).send("caf\u{FFFD}\n");
    let lost = "letters of the password are lost: it contains U+FFFD, which a program wrote in their place";
    assert_refused(&mut terminal, lost);
    let mut terminal = prompt();
    terminal.expect(ASK).send("System.Security.SecureString\n");
    let stand_in = "the password is only what a program writes for a SecureString, not the secret in it";
    assert_refused(&mut terminal, stand_in);
}

/// Signals that do not end the prompt: some cannot be blocked or do nothing by default; the program
/// ignores SIGPIPE, always blocks SIGXFSZ and handles SIGSEGV and SIGBUS, to detect a stack overflow.
/// Another test covers the signals that stop the program.
const NOT_BLOCKED: [Signal; 13] = [
    Signal::SIGSEGV,
    Signal::SIGBUS,
    Signal::SIGKILL,
    Signal::SIGSTOP,
    Signal::SIGCHLD,
    Signal::SIGCONT,
    Signal::SIGURG,
    Signal::SIGWINCH,
    Signal::SIGPIPE,
    Signal::SIGXFSZ,
    Signal::SIGTSTP,
    Signal::SIGTTIN,
    Signal::SIGTTOU,
];

/// README.md: "On Linux, Ctrl-C and SIGTERM end the program as signals do: 130 and 143 in a shell."
/// SECURITY.md: "The terminal is restored before a signal ends or stops the program, except for SIGKILL,
/// SIGSTOP and a crash."
#[test]
fn keys_and_signals_end_the_prompt_and_restore_the_terminal() {
    let typed = [("\x03", Signal::SIGINT), ("half\x03", Signal::SIGINT), ("half\x1C", Signal::SIGQUIT)];
    let sent = Signal::iterator().filter(|signal| !NOT_BLOCKED.contains(signal)).map(|signal| ("", signal));
    // They mostly wait, so they run at the same time.
    std::thread::scope(|scope| {
        for (keys, signal) in typed.into_iter().chain(sent) {
            for confirming in [false, true] {
                scope.spawn(move || assert_ends_with(keys, signal, confirming));
            }
        }
    });
}

#[track_caller]
fn assert_ends_with(keys: &str, signal: Signal, confirming: bool) {
    let mut terminal = prompt();
    terminal.expect(ASK);
    if confirming {
        terminal.send("hunter2\n").expect(REPEAT);
    }
    assert!(!terminal.echoes());
    if keys.is_empty() {
        terminal.signal(signal);
    } else {
        terminal.send(keys);
    }
    let status = terminal.finish();
    assert_eq!(status.signal(), Some(signal as i32), "{keys:?}");
    assert!(!status.core_dumped());
    assert_restored(&terminal);
    assert!(terminal.text().ends_with("\r\n"), "the shell's prompt would not start on a new line");
}

/// SECURITY.md: "The terminal is restored before a signal ends or stops the program, except for SIGKILL,
/// SIGSTOP and a crash."
#[test]
fn the_terminal_is_restored_before_the_program_stops() {
    for signal in [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU, Signal::SIGSTOP] {
        let mut terminal = interactive_shell();
        terminal
            .expect("ready> ")
            .send("before=$(stty -g); sh -c 'echo pid $$; exec $PROGRAM --hash_pass'\n");
        terminal.expect("pid ").expect(ASK);
        let text = terminal.text();
        let process = text.rsplit("pid ").next().and_then(|rest| rest.split_whitespace().next()).unwrap();
        kill(Pid::from_raw(process.parse().unwrap()), signal).unwrap();
        terminal.expect("ready> ");
        if signal != Signal::SIGSTOP {
            assert!(terminal.echoes(), "{signal}");
            terminal
                .send("[ $(stty -g) = $before ] && echo as it was | tr a-z A-Z\n")
                .expect("AS IT WAS\r\n");
        }
        // The shell has the terminal, so the program continues only after `fg`.
        terminal.send("bg; sleep 0.2; fg\n").expect(ASK).wait_for(|terminal| !terminal.echoes());
        terminal.send("hunter2\n").expect(REPEAT).send("hunter2\n").expect("$argon2id$").expect("ready> ");
        terminal.send("[ $(stty -g) = $before ] && echo as it was | tr a-z A-Z\n").expect("AS IT WAS\r\n");
        terminal.send("exit\n");
        terminal.finish();
    }
}

#[test]
fn a_window_that_changes_its_size_gets_no_second_question() {
    let mut terminal = prompt();
    terminal.expect(ASK).signal(Signal::SIGWINCH);
    let line = type_twice_after_question(&mut terminal, b"hunter2");
    assert_eq!(terminal.text(), format!("{ASK}\r\n{REPEAT}\r\n{line}\r\n"));
}

/// Ctrl-S may have stopped the terminal when the question is written.
#[test]
fn a_signal_ends_the_prompt_even_if_the_question_cannot_be_written() {
    let mut terminal = shell("echo ready; read line; exec $PROGRAM --hash_pass");
    terminal.expect("ready").send("\x13\n").wait_for(|terminal| !terminal.echoes());
    terminal.signal(Signal::SIGTERM);
    // A stopped terminal has no output, so echo shows that the program has ended.
    terminal.wait_for(Terminal::echoes).send("\x11");
    assert_eq!(terminal.finish().signal(), Some(Signal::SIGTERM as i32));
}

/// README.md: "On Linux, Ctrl-C and SIGTERM end the program as signals do: 130 and 143 in a shell."
#[test]
fn after_the_prompt_signals_work_as_before() {
    let mut terminal =
        Terminal::start(|command| command.args(["--hash_pass", "-m", "64MiB", "-t", "1000"]), PROGRAM);
    terminal.expect(ASK).send("hunter2\n").expect(REPEAT).send("hunter2\n").expect("\r\n");
    terminal.wait_for(|terminal| terminal.settings() == terminal.settings_before);
    terminal.send("\x03");
    assert_eq!(terminal.finish().signal(), Some(Signal::SIGINT as i32));
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let mut terminal = shell("trap '' INT; exec $PROGRAM --hash_pass");
    terminal.expect(ASK).send("\x03");
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));
}

#[test]
fn a_hang_up_ends_the_prompt_with_sighup() {
    for confirming in [false, true] {
        let mut terminal = prompt();
        terminal.expect(ASK);
        if confirming {
            terminal.send("hunter2\n").expect(REPEAT);
        }
        assert_eq!(terminal.hang_up().signal(), Some(Signal::SIGHUP as i32));
    }
}

#[test]
fn a_blocked_signal_stays_blocked() {
    let mut terminal = shell("exec env --block-signal=INT $PROGRAM --hash_pass");
    terminal.expect(ASK).send("\x03");
    let line = type_twice_after_question(&mut terminal, b"hunter2");
    assert!(verifies(&line, "hunter2"));
    assert_eq!(terminal.text().matches(ASK).count(), 1, "{}", terminal.text());
}

/// SECURITY.md: "What was typed before the first question is thrown away."
/// docs/shells.md: "A script for expect must wait for `Password: ` before it sends, because what is typed
/// earlier is thrown away."
#[test]
fn input_before_the_question_is_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let wait = format!("until [ -e {} ]; do sleep 0.01; done", quoted(&go));
    let mut terminal =
        shell(&format!("stty -echo; echo ready; {wait}; stty echo; exec $PROGRAM --hash_pass"));
    terminal.expect("ready").send("too early\n");
    fs::write(&go, "").unwrap();
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));
}

/// SECURITY.md: "The terminal is given back when input has stopped, so that no shell runs the rest of a
/// paste."
#[test]
fn surplus_input_never_reaches_the_shell() {
    let mut terminal = interactive_shell();
    terminal.expect("ready> ").send("$PROGRAM --hash_pass\n").expect(ASK);
    terminal.send("hunter2\nhunter2\necho ran by the shell\n");
    terminal.expect("$argon2id$").expect("ready> ").send("echo over\n").expect("over\r\n").send("exit\n");
    terminal.finish();
    assert!(!terminal.text().contains("ran by"), "{}", terminal.text());
}

/// The paste goes on for longer than a signal from elsewhere would be kept waiting.
/// SECURITY.md: "Ctrl-C or Ctrl-Z within the paste does not change that."
#[test]
fn the_rest_of_a_paste_with_a_key_that_sends_a_signal_never_reaches_the_shell() {
    let paste = |key: &str| {
        let mut terminal = interactive_shell();
        terminal.expect("ready> ").send("$PROGRAM --hash_pass\n").expect(ASK).send(format!("half{key}"));
        for _ in 0..80 {
            terminal.send("echo ran by the shell\n");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        terminal.expect("ready> ").send("echo over | tr a-z A-Z\n").expect("OVER\r\n").expect("ready> ");
        assert!(!terminal.text().contains("ran by"), "{key:?}: {}", terminal.text());
    };
    std::thread::scope(|scope| {
        for key in ["\x03", "\x1C", "\x1A"] {
            scope.spawn(move || paste(key));
        }
    });
}

/// The paste is larger than the terminal's buffer, so flushing once would leave the rest to the shell.
/// strace delays the first read until all of it has been sent, even on a busy machine.
/// SECURITY.md: "The terminal is given back when input has stopped, so that no shell runs the rest of a
/// paste."
#[test]
#[ignore = "needs root, and strace"]
fn the_rest_of_a_long_paste_never_reaches_the_shell() {
    common::needs("strace");
    let strace = "strace -o /dev/null -P /dev/tty -e trace=read -e inject=read:delay_enter=2000000:when=1";
    let mut terminal = interactive_shell();
    terminal.expect("ready> ").send(format!("{strace} $PROGRAM --hash_pass\n")).expect(ASK);
    let filler = format!("#{}\n", "x".repeat(60)).repeat(300);
    terminal.send(format!("hunter2\nhunter2\n{filler}echo ran by the shell\n"));
    terminal.expect("$argon2id$").expect("ready> ").send("echo over\n").expect("over\r\n").send("exit\n");
    terminal.finish();
    assert!(!terminal.text().contains("ran by"), "{}", terminal.text());
}

/// SECURITY.md: "Settings of the terminal that change or swallow keys (`istrip`, `igncr`, `inlcr`, `iuclc`,
/// `parmrk`, `raw`, `extproc`) are off meanwhile."
/// SECURITY.md: "Only control characters edit the answer or have another effect, also if a setting such as
/// `erase` or `kill` names another character."
#[test]
fn settings_that_change_or_drop_keys_are_turned_off_and_restored() {
    for setting in [
        "igncr",
        "istrip",
        "inlcr",
        "iuclc",
        "parmrk",
        "-icrnl",
        "raw",
        "extproc",
        "erase '#' kill '@' werase P",
        "eol P eol2 '#'",
        "intr P quit '#' susp '@'",
        "eof P start '#' stop '@'",
    ] {
        let mut terminal = shell(&format!("stty {setting}; stty -g; $PROGRAM --hash_pass; stty -g"));
        terminal.expect(ASK).wait_for(|terminal| !terminal.echoes());
        // A capital, which iuclc changes, and characters above seven bits, which istrip changes.
        terminal.send("P#@\u{43f}\u{440}\u{ff}\r").expect(REPEAT).send("P#@\u{43f}\u{440}\u{ff}\r");
        assert_eq!(terminal.finish().code(), Some(0), "{setting}: {}", terminal.text());
        let text = terminal.text();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let hash = lines.iter().find(|line| line.starts_with("$argon2id$")).expect("a hash");
        assert!(verifies(hash, "P#@\u{43f}\u{440}\u{ff}"), "{setting}");
        let states: Vec<&&str> = lines.iter().filter(|line| line.matches(':').count() > 9).collect();
        assert_eq!(states.len(), 2, "{setting}: {text}");
        assert_eq!(states[0], states[1], "{setting}");
    }
}

#[test]
fn control_characters_that_the_settings_name_edit_the_answer() {
    let mut terminal = shell("stty erase ^X kill ^Y; exec $PROGRAM --hash_pass");
    terminal.expect(ASK);
    for question in [REPEAT, "$argon2id$"] {
        terminal.send("wrong\x19hunx\x18ter2\n").expect(question);
    }
    terminal.finish();
    let text = terminal.text();
    assert!(verifies(text.lines().find(|line| line.starts_with("$argon2id$")).unwrap(), "hunter2"));
}

#[test]
fn ctrl_c_ends_the_prompt_where_another_program_is_to_process_the_line() {
    let mut terminal = shell("stty extproc; exec $PROGRAM --hash_pass");
    terminal.expect(ASK).send("half\x03");
    assert_eq!(terminal.finish().signal(), Some(Signal::SIGINT as i32));
}

/// SECURITY.md: "After SIGSTOP or Ctrl-Z, `fg` asks again."
#[test]
fn the_prompt_asks_again_after_a_stop_that_cannot_be_caught() {
    let mut terminal = prompt();
    terminal
        .expect(ASK)
        .signal(Signal::SIGSTOP)
        .wait_for(Terminal::is_stopped)
        .signal(Signal::SIGCONT)
        .expect(ASK);
    assert!(!terminal.echoes());
    let line = type_twice_after_question(&mut terminal, b"hunter2");
    assert!(verifies(&line, "hunter2"));
}

/// SECURITY.md: "without a controlling terminal, stdin if that is one"
#[test]
fn without_a_controlling_terminal_the_prompt_is_on_stdin() {
    let mut terminal = shell("setsid --wait $PROGRAM --hash_pass");
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));
}

/// A blocking read would hang, with all signals blocked, if another program read the line first. The
/// shell shares stdin, so its flags must be restored.
#[test]
fn without_a_controlling_terminal_reads_do_not_block() {
    let never_waits = |terminal: &Terminal| {
        let info = fs::read_to_string(format!("/proc/{}/fdinfo/0", terminal.id())).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap().trim();
        u32::from_str_radix(flags, 8).unwrap() & O_NONBLOCK.cast_unsigned() != 0
    };
    let mut terminal = shell("echo start; read l; setsid --wait $PROGRAM --hash_pass; echo over; read l");
    terminal.expect("start");
    assert!(!never_waits(&terminal));
    terminal.send("\n").expect(ASK);
    assert!(never_waits(&terminal));
    terminal.send("hunter2\n").expect(REPEAT).send("hunter2\n").expect("over");
    assert!(!never_waits(&terminal));
    assert_restored(&terminal);
    terminal.send("\n");
    terminal.finish();
}

#[test]
fn the_prompt_works_in_every_shell_and_in_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    fs::write(&script, "#!/bin/sh\n$PROGRAM --hash_pass\n").unwrap();
    for start in
        ["sh -c '$PROGRAM --hash_pass'", "bash -c '$PROGRAM --hash_pass'", "echo \"$($PROGRAM --hash_pass)\""]
    {
        assert!(verifies(&type_twice(&mut shell(start), b"hunter2"), "hunter2"), "{start}");
    }
    let start = format!("sh {}", quoted(&script));
    assert!(verifies(&type_twice(&mut shell(&start), b"hunter2"), "hunter2"));
    let mut terminal = shell("$PROGRAM --hash_pass 2> /dev/null");
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));
}

/// README.md: "Without a terminal, the program ends at once with status 2."
#[test]
fn without_a_terminal_nobody_is_asked() {
    for script in ["setsid --wait $PROGRAM --hash_pass < /dev/null", "setsid --wait $PROGRAM --hash_pass <&-"]
    {
        let mut terminal = shell(script);
        assert_eq!(terminal.finish().code(), Some(2), "{script}: {}", terminal.text());
        let shown = "error: no password is given, and there is no terminal to ask at";
        assert!(terminal.text().contains(shown), "{script}: {}", terminal.text());
        assert!(!terminal.text().contains(ASK));
        assert_restored(&terminal);
    }
}

/// README.md: "Say where the password comes from, or you are asked at the terminal."
/// SECURITY.md: "It uses the terminal itself, wherever stdin, stdout and stderr go"
#[test]
fn the_prompt_is_at_the_terminal_and_a_note_says_that_stdin_is_not_read() {
    for script in ["echo from-a-pipe | $PROGRAM --hash_pass", "$PROGRAM --hash_pass < /dev/null"] {
        // The note appears only without `--quiet`.
        let program = "tc_calendar --cost=m=8,t=1,p=1";
        let mut terminal =
            Terminal::start(|shell| with_program(shell.args(["-c", script])).env("PROGRAM", program), "sh");
        terminal.expect("note: stdin is not read; to read the password from it, use --password-stdin");
        assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"), "{script}");
    }
}

/// docs/shells.md: "With several `--key`, it asks `Password for /admin/password: `, and so on."
#[test]
fn questions_name_the_key_and_messages_the_number_of_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    std::fs::write(&config, r#"{"a": "", "b": ""}"#).unwrap();
    let options = format!("--cost=m=8,t=1,p=1 --config {} --key /a --key /b", quoted(&config));
    let mut terminal = shell(&format!("exec tc_calendar --hash_pass {options}"));
    for (question, answer) in [("Password for /a: ", "hunter2\n"), ("Password for /b: ", "hunter3 \n")] {
        terminal.expect(question).send(answer).expect(REPEAT).send(answer);
    }
    terminal.expect("note: password 2: the password starts or ends with white space, which is kept");
    assert_eq!(terminal.finish().code(), Some(0));
    let mut terminal = shell(&format!("exec tc_calendar --hash_pass {options}"));
    terminal.expect("Password for /a: ").send("hunter2\n").expect(REPEAT).send("hunter2\n");
    for _ in 0..3 {
        terminal.expect("Password for /b: ").send("\n");
    }
    terminal.expect("error: password 2: the password is empty");
}

/// A terminal would break a line within the name of an option.
#[test]
fn a_long_message_is_broken_between_words() {
    let mut terminal = shell("DEBIAN_FRONTEND=noninteractive $PROGRAM --hash_pass");
    assert_eq!(terminal.finish().code(), Some(2));
    let expected = "error: no password is given, and DEBIAN_FRONTEND=noninteractive says that nobody\r\n       is there to ask\r\nhint: ";
    assert!(terminal.text().starts_with(expected), "{}", terminal.text());
    assert!(terminal.text().lines().all(|line| line.len() <= 80), "{}", terminal.text());
}

/// README.md: "asked twice, and once for `--verify`; not with `DEBIAN_FRONTEND=noninteractive`"
#[test]
fn where_the_environment_says_that_nobody_is_there_nobody_is_asked() {
    for source in ["", "--password-stdin", "--password-file /dev/tty"] {
        let mut terminal = shell(&format!("DEBIAN_FRONTEND=noninteractive $PROGRAM --hash_pass {source}"));
        assert_refused(
            &mut terminal,
            "no password is given, and DEBIAN_FRONTEND=noninteractive says that nobody is there to ask",
        );
        assert!(!terminal.text().contains(ASK));
    }
    let mut terminal = shell("DEBIAN_FRONTEND=dialog exec $PROGRAM --hash_pass");
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));
}

/// `unshare` makes the program the first process, as `docker run -it` does.
/// docs/shells.md: "as the first process of a container it ends with the same statuses."
#[test]
#[ignore = "needs root"]
fn signals_end_the_first_process_of_a_container() {
    let mut terminal = shell("exec unshare --pid --fork --kill-child $PROGRAM --hash_pass");
    terminal.expect(ASK).send("\x03");
    assert_eq!(terminal.finish().code(), Some(130), "{}", terminal.text());
    assert_restored(&terminal);
    // An ignored signal stays ignored.
    let mut terminal = shell("trap '' INT; exec unshare --pid --fork --kill-child $PROGRAM --hash_pass");
    terminal.expect(ASK).send("\x03");
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));
    // While it hashes, too.
    let script = "unshare --pid --fork --kill-child tc_calendar --hash_pass=hunter2 -q -m 64MiB -t 1000 & \
                  sleep 1; pkill -TERM -P $!; wait $!";
    let mut terminal = shell(script);
    assert_eq!(terminal.finish().code(), Some(143), "{}", terminal.text());
}

#[test]
fn a_password_file_that_is_another_programs_terminal_is_refused() {
    let mut terminal = shell("setsid --wait $PROGRAM --hash_pass --password-file $(tty) < /dev/null");
    assert_eq!(terminal.finish().code(), Some(3), "{}", terminal.text());
    let shown = "error: the password file is another program's terminal";
    assert!(terminal.text().contains(shown), "{}", terminal.text());
    assert_restored(&terminal);
}

#[test]
fn a_password_file_that_is_a_terminal_gets_the_prompt() {
    let mut terminal = shell("exec $PROGRAM --hash_pass --password-file /dev/tty");
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));
}

/// SECURITY.md: "After SIGSTOP or Ctrl-Z, `fg` asks again."
#[test]
fn ctrl_z_restores_the_terminal_and_fg_asks_again() {
    let mut terminal = interactive_shell();
    terminal.expect("ready> ").send("before=$(stty -g); $PROGRAM --hash_pass\n").expect(ASK);
    terminal.send("half\x1A").expect("ready> ");
    let same = "[ $(stty -g) = $before ] && echo as it was | tr a-z A-Z\n";
    terminal.send(same).expect("AS IT WAS\r\n").expect("ready> ");
    terminal.send("stty -a | grep -c ' echo '\n").expect("1\r\n").expect("ready> ");
    terminal.send("fg\n").expect(ASK);
    assert!(!terminal.echoes());
    terminal.send("hunter2\n").expect(REPEAT).send("hunter2\n").expect("$argon2id$").expect("ready> ");
    terminal.send(same).expect("AS IT WAS\r\n").expect("ready> ");
    terminal.send("exit\n");
    terminal.finish();
    assert!(!terminal.text().contains("hunter2"));
}

/// SECURITY.md: "It uses the terminal itself, wherever stdin, stdout and stderr go"
#[test]
fn the_prompt_is_at_the_terminal_if_the_output_is_redirected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hash");
    let mut terminal = shell(&format!("$PROGRAM --hash_pass >{} 2>&1", quoted(&file)));
    terminal.expect(ASK).send("hunter2\n").expect(REPEAT).send("hunter2\n");
    assert_eq!(terminal.finish().code(), Some(0));
    assert_eq!(terminal.text(), format!("{ASK}\r\n{REPEAT}\r\n"));
    assert_restored(&terminal);
    assert!(verifies(fs::read_to_string(&file).unwrap().trim_end(), "hunter2"));

    let mut terminal = shell("hash=$($PROGRAM --hash_pass) && echo got ${#hash}");
    terminal.expect(ASK).send("hunter2\n").expect(REPEAT).send("hunter2\n").expect("got 93\r\n");
    assert_eq!(terminal.finish().code(), Some(0));
}

#[test]
fn a_password_file_that_is_a_terminal_on_stdin_gets_the_prompt() {
    let mut terminal = shell("exec $PROGRAM --hash_pass --password-file -");
    assert!(verifies(&type_twice(&mut terminal, b"hunter2"), "hunter2"));
}

#[test]
fn a_raw_terminal_is_restored_to_raw() {
    let mut terminal = shell("stty raw -echo; echo raw; stty -a; $PROGRAM --hash_pass; stty -a");
    terminal.expect("raw\n").expect(ASK);
    terminal.send("hunter2\r").expect(REPEAT).send("hunter2\r").expect("$argon2id$");
    assert_eq!(terminal.finish().code(), Some(0));
    let text = terminal.text();
    let states: Vec<&str> = text.lines().filter(|line| line.contains("icanon")).collect();
    assert_eq!(states.len(), 2, "{text}");
    assert!(states[0].contains("-icanon"));
    assert_eq!(states[0], states[1]);
}

/// Neither line is longer than a terminal, which would break it within an option.
/// README.md: "the process list, the shell's history and sudo's log can show arguments"
#[test]
fn passwords_in_arguments_get_a_note_at_a_terminal() {
    let run = |quiet: &[&str]| {
        let mut terminal = Terminal::start(
            |command| command.args(["--profile", "owasp"]).args(quiet).args(["--hash_pass", "hunter2"]),
            PROGRAM,
        );
        assert_eq!(terminal.finish().code(), Some(0));
        terminal.text()
    };
    let text = run(&[]);
    let notes = "note: the process list, the shell's history and sudo's log can show arguments\r\n\
                 note: to be asked for the password instead: tc_calendar --hash_pass\r\n";
    assert!(text.starts_with(&format!("{notes}$argon2id$")), "{text}");
    assert!(notes.lines().all(|line| line.len() <= 80), "{notes}");
    assert!(!contains(text.as_bytes(), b"hunter2"));
    assert!(run(&["--quiet"]).starts_with("$argon2id$"));
    let mut asked = Terminal::start(|command| command.args(["--profile", "owasp", "--hash_pass"]), PROGRAM);
    asked.expect(ASK);
    assert_eq!(asked.text(), ASK);
}
