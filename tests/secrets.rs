//! What other processes can see of a password.
// These tests read /proc. On Windows, other processes need privileges to see either.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::terminal::Terminal;
use common::{CHEAP, PROGRAM, contains, full_pipe, wait_for_the_write};

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
    // It waits until somebody reads the hash.
    let (_reader, stdout) = full_pipe();
    let mut command = Command::new(program);
    command.args(CHEAP).arg("--hash_pass").args(passwords).stdin(Stdio::null()).stdout(stdout);
    let child = Killed(command.spawn().unwrap());
    wait_until_hidden(child.0.id(), program);
}

/// Waits until the arguments are overwritten.
#[track_caller]
fn wait_until_hidden(process: u32, program: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let line = command_line(process);
        // The program's name stays. Before exec, the process has another name.
        let rest = line.strip_prefix(program.as_bytes());
        if rest.is_some_and(|rest| rest.iter().all(|&byte| byte == 0)) {
            break;
        }
        assert!(Instant::now() < deadline, "{:?}", String::from_utf8_lossy(&line));
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// SECURITY.md: "so that they disappear from the process list"
#[test]
fn arguments_are_gone_from_the_process_list() {
    assert_hidden(PROGRAM, &["hunter2", "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}", "last one"]);
}

#[test]
fn arguments_are_gone_with_any_program_name() {
    let folder = tempfile::tempdir().unwrap();
    // The system keeps 15 bytes of a name, which cuts the second one within its eighth character.
    for name in ["a) b (c", "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44f}\u{445}\u{435}\u{448}"] {
        let link = folder.path().join(name);
        symlink(PROGRAM, &link).unwrap();
        assert_hidden(link.to_str().unwrap(), &["hunter2"]);
    }
}

/// Arguments are overwritten before they are read, even if they are refused.
/// SECURITY.md: "Before it does anything else, the program copies its arguments and overwrites the originals"
#[test]
#[ignore = "needs strace"]
fn arguments_are_overwritten_before_an_error_is_printed() {
    let output = Command::new("strace")
        .args(["-e", "trace=pwrite64,write", PROGRAM, "--hash_pass", "--nonsense"])
        .output()
        .unwrap();
    let calls = String::from_utf8_lossy(&output.stderr);
    let (overwritten, printed) = (calls.find("pwrite64(").unwrap(), calls.find("write(2, ").unwrap());
    assert!(overwritten < printed, "{calls}");
}

/// Root may read all memory and attach to every process, so another user runs the program and tries.
/// SECURITY.md: "Other processes of the same user cannot open the memory or attach a debugger."
#[test]
#[ignore = "needs root, strace, and a system that lets processes read each other's memory"]
fn other_processes_of_the_user_can_neither_open_the_memory_nor_attach() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("program");
    common::copy_program(&program);
    let as_nobody = |program: &str| {
        let mut command = Command::new(program);
        command.uid(65_534).gid(65_534).current_dir("/");
        command
    };
    let can_open_memory = |process: u32| {
        let open = format!("exec < /proc/{process}/mem");
        as_nobody("sh").args(["-c", &open]).stderr(Stdio::null()).status().unwrap().success()
    };
    let ordinary = Killed(as_nobody("sleep").arg("600").spawn().unwrap());
    assert!(can_open_memory(ordinary.0.id()), "no process can open another's memory here");

    let program = program.to_str().unwrap();
    let mut command = as_nobody(program);
    let child =
        Killed(command.args(["--hash_pass", "--password-stdin"]).stdin(Stdio::piped()).spawn().unwrap());
    wait_until_hidden(child.0.id(), program);
    assert!(!can_open_memory(child.0.id()));
    let attach = ["10", "strace", "-o", "/dev/null", "-p", &child.0.id().to_string()];
    let attached = as_nobody("timeout").args(attach).output().unwrap();
    let said = String::from_utf8_lossy(&attached.stderr);
    assert!(said.contains("Operation not permitted"), "{said}");
}

/// SECURITY.md: "Where that fails, a note says so: the program file cannot be read by its user (mode 0711),
/// or there is no /proc."
#[test]
#[ignore = "needs root, and mounts"]
fn if_arguments_cannot_be_overwritten_a_note_says_so() {
    let note = "note: the arguments could not be overwritten; the process list shows them until this ends\n";
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    common::copy_program(&program);
    let mode =
        |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(folder.path(), 0o755);
    let arguments = ["--profile", "owasp", "--hash_pass", "hunter2"];
    let unreadable = |permissions| {
        mode(&program, permissions);
        Command::new(&program).args(arguments).uid(65_534).gid(65_534).output().unwrap()
    };
    let without_proc = Command::new("unshare")
        .args(["--mount", "sh", "-c", "umount -l /proc; exec \"$0\" \"$@\"", PROGRAM])
        .args(arguments)
        .output()
        .unwrap();
    for (output, expected) in [(unreadable(0o755), ""), (unreadable(0o711), note), (without_proc, note)] {
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    }
    mode(&program, 0o711);
    let file = folder.path().join("password");
    fs::write(&file, "hunter2").unwrap();
    mode(&file, 0o644);
    let from_file = Command::new(&program)
        .args(["--profile", "owasp", "--hash_pass", "--password-file"])
        .arg(&file)
        .uid(65_534)
        .gid(65_534)
        .output()
        .unwrap();
    assert!(from_file.status.success() && from_file.stderr.is_empty(), "{from_file:?}");
    let quiet = Command::new(&program).arg("-q").args(arguments).uid(65_534).gid(65_534).output().unwrap();
    assert!(quiet.status.success() && quiet.stderr.is_empty(), "{quiet:?}");
}

/// SECURITY.md: "Where the system does not allow that, a note says so."
#[test]
#[ignore = "needs strace"]
fn a_note_says_that_core_dumps_could_not_be_turned_off() {
    let note = "note: core dumps could not be turned off, and one may hold the password; a sandbox must allow prctl\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "hunter2\n").unwrap();
    let encoded = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
    let source = ["--password-file", file.to_str().unwrap()];
    for (arguments, status) in [(["--hash_pass", "--profile", "owasp"], 0), (["--verify", "--", encoded], 1)]
    {
        for (refused, is_noted) in [("prctl,prlimit64", true), ("prlimit64", false)] {
            for error in ["EPERM", "ENOSYS"] {
                let fault = format!("inject={refused}:error={error}");
                let mut strace = Command::new("strace");
                strace.args(["-f", "-o", "/dev/null", "-e", &fault, PROGRAM]).args(source).args(arguments);
                let output = strace.output().unwrap();
                assert_eq!(output.status.code(), Some(status), "{fault}: {output:?}");
                let stderr = String::from_utf8(output.stderr).unwrap();
                assert_eq!(stderr, if is_noted { note } else { "" }, "{fault}");
            }
        }
    }
}

/// A chroot may lack /dev.
/// SECURITY.md: "on Linux from the system call, with no file of /dev"
#[test]
#[ignore = "needs strace"]
fn randomness_comes_only_from_the_system_call() {
    let output = Command::new("strace")
        .args(["-f", "-e", "trace=open,openat,getrandom", PROGRAM, "-q", "--hash_pass", "hunter2"])
        .output();
    let calls = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(calls.contains(", 16, 0) "), "no call for a salt: {calls}");
    assert!(!calls.contains("/dev/"), "{calls}");
}

/// Once the result is printed, the line and all copies of it are gone. Only root can check this,
/// because the process is undumpable.
#[test]
#[ignore = "needs root"]
fn a_password_from_stdin_is_gone_from_memory_after_its_hash() {
    let run = common::tc_calendar(common::CHEAP)
        .args(["--hash_pass", "--password-stdin", "--lines"])
        .hiding("gone-by-now");
    let mut child = run.spawn(Stdio::piped(), Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    let mut results = BufReader::new(child.stdout.take().unwrap());
    stdin.write_all(b"gone-by-now\nnot-yet-ended").unwrap();
    results.read_line(&mut String::new()).unwrap();
    // The second line has no end yet, so the program waits with half of it in its buffer. The search
    // must find that half, to show that it works.
    let deadline = Instant::now() + Duration::from_secs(30);
    let finds = |password: &[u8]| contains(&memory(child.id()), password);
    while !finds(b"not-yet-ended") || finds(b"gone-by-now") {
        assert!(Instant::now() < deadline, "the password is still there, or the search finds nothing");
    }
    drop(stdin);
    drop(results);
    child.wait().unwrap();
}

/// What the memory of hashes holds, which lies in huge pages if it is large, could be used to guess their passwords. A
/// batch waits for input here, and for somebody to read its output.
/// SECURITY.md: "Whenever the program waits, for input or for somebody to read its output"
#[test]
#[ignore = "needs root"]
fn nothing_of_a_hash_is_in_memory_while_a_batch_waits() {
    let arguments = ["-q", "-m", "4096", "-t", "1", "-p", "1", "--hash_pass", "--password-stdin", "--lines"];
    let start = |stdout: Stdio| {
        let mut command = Command::new(PROGRAM);
        Killed(command.args(arguments).stdin(Stdio::piped()).stdout(stdout).spawn().unwrap())
    };
    let mut child = start(Stdio::piped());
    let mut stdin = child.0.stdin.take().unwrap();
    let mut hashes = BufReader::new(child.0.stdout.take().unwrap());
    let mut was_used = false;
    for count in [1, 1, 2, 5, 20] {
        stdin.write_all("hunter2\n".repeat(count).as_bytes()).unwrap();
        for _ in 0..count {
            hashes.read_line(&mut String::new()).unwrap();
        }
        was_used |= wait_until_hashing_memory_is_wiped(child.0.id());
    }
    let (_reader, stdout) = full_pipe();
    let mut child = start(stdout.into());
    child.0.stdin.take().unwrap().write_all("hunter2\n".repeat(20).as_bytes()).unwrap();
    wait_for_the_write(child.0.id());
    was_used |= wait_until_hashing_memory_is_wiped(child.0.id());
    assert!(was_used, "no memory of hashes was found");
}

/// Waits until the memory of hashes is zero, and returns whether there is any.
#[track_caller]
fn wait_until_hashing_memory_is_wiped(process: u32) -> bool {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let regions = hashing_memory(process);
        if regions.iter().flatten().all(|byte| *byte == 0) {
            return !regions.is_empty();
        }
        assert!(Instant::now() < deadline, "the memory of a hash is not wiped");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The regions that are to have huge pages: those of hashes. What has never been used is left out.
fn hashing_memory(process: u32) -> Vec<Vec<u8>> {
    let maps = fs::read_to_string(format!("/proc/{process}/smaps")).unwrap();
    let memory = fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut regions = Vec::new();
    let (mut start, mut end, mut used) = (0, 0, false);
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        match words.next().unwrap() {
            "Rss:" => used = words.next() != Some("0"),
            "VmFlags:" if used && words.any(|flag| flag == "hg") => {
                let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
                memory.read_exact_at(&mut bytes, start).unwrap();
                regions.push(bytes);
            }
            range => {
                if let Some((low, high)) = range.split_once('-') {
                    [start, end] = [low, high].map(|address| u64::from_str_radix(address, 16).unwrap());
                }
            }
        }
    }
    regions
}

/// When the result is about to be written, the password is nowhere in the process, in any mode and from
/// any source. A full pipe as stdout stops the process there.
/// SECURITY.md: "When a result or an error is printed, no copy of its password is left in the process"
/// SECURITY.md: "Every heap block of the Rust code is wiped when it is freed."
#[test]
#[ignore = "needs root"]
fn a_password_is_gone_from_memory_before_the_exit_in_every_mode() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, PASSWORD).unwrap();
    let config = folder.path().join("config.json");
    fs::write(&config, "{\"a\": \"\"}").unwrap();
    let (file, config) = (file.to_str().unwrap(), config.to_str().unwrap());
    let encoded = common::tc_calendar(common::CHEAP).args(["--hash_pass", PASSWORD]).run().stdout;
    let hash = &["--hash_pass"][..];
    let hash_into_config = &["--hash_pass", "--config", config, "--key", "/a", "--format", "json"][..];
    let check = &["--hash_pass", "--cross-check"][..];
    let verify = &["--verify", encoded.trim_end()][..];
    for mode in [hash, hash_into_config, check, verify] {
        let cost = if mode == verify { &[][..] } else { &common::CHEAP };
        let arguments = [cost, mode].concat();
        assert_gone(Command::new(PROGRAM).args(&arguments).args(["--password-file", file]), None);
        assert_gone(Command::new(PROGRAM).args(&arguments).arg("--password-stdin"), Some(PASSWORD));
        if mode != verify {
            assert_gone(Command::new(PROGRAM).args(&arguments).args(["--", PASSWORD]), None);
        }
        let (_reader, stdout) = full_pipe();
        let mut terminal = Terminal::start(|command| command.args(&arguments).stdout(stdout), PROGRAM);
        terminal.expect("assword: ").send(PASSWORD).send("\n");
        if mode != verify {
            terminal.expect("Repeat password: ").send(PASSWORD).send("\n");
        }
        assert_gone_at_the_write(terminal.id());
    }
}

/// The answer of a first line is printed while a full pipe as stdout stops the process: by the first thread, which gets
/// a line that comes alone, or after a thread of a team has verified it. No other line has the password.
#[test]
#[ignore = "needs root"]
fn a_password_of_a_line_is_gone_from_memory_before_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let [hashes, passwords] = ["hashes", "passwords"].map(|name| folder.path().join(name));
    let hash = common::tc_calendar(common::CHEAP).args(["--hash_pass", PASSWORD]).run().stdout;
    for others in [0, 1, 20] {
        fs::write(&hashes, hash.repeat(1 + others)).unwrap();
        fs::write(&passwords, format!("{PASSWORD}\n{}", "other\n".repeat(others))).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["--verify", "--lines", "--encoded-file"]).arg(&hashes);
        assert_gone(command.arg("--password-file").arg(&passwords), None);
    }
}

/// Once a random password is printed, it is gone from memory. A full pipe as stderr stops the process where it says that
/// the config is written.
#[test]
#[ignore = "needs root"]
fn a_random_password_is_gone_from_memory_after_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    for format in [&[][..], &["--format", "label"], &["--format", "json"]] {
        fs::write(&config, "{\"a\": \"\"}").unwrap();
        let (_reader, stderr) = full_pipe();
        let mut command = Command::new(PROGRAM);
        command.args([
            "--profile",
            "owasp",
            "--cross-check",
            "--hash_pass",
            "--random",
            "--key",
            "/a",
            "--config",
        ]);
        command.arg(&config).args(format).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().unwrap();
        let mut results = BufReader::new(child.stdout.take().unwrap());
        let child = Killed(child);
        let mut line = String::new();
        results.read_line(&mut line).unwrap();
        let password = line.strip_prefix("{\"config\":").map_or(line.trim_end(), |object| {
            object.split_once("\"password\":\"").unwrap().1.split_once('"').unwrap().0
        });
        assert_eq!(password.len(), 24);
        wait_for_the_write(child.0.id());
        let memory = memory(child.0.id());
        assert!(contains(&memory, b"wrote the hash to"), "the search finds nothing");
        assert!(
            !has_piece(&memory, password.as_bytes()),
            "{format:?}: a piece of the password is still there"
        );
    }
}

/// No part of a refused password is left either. With `RUST_BACKTRACE`, a backtrace must not make the
/// dynamic linker save registers that contain one.
/// SECURITY.md: "and no piece of 16 bytes, whether it was accepted or refused"
#[test]
#[ignore = "needs root"]
fn no_part_of_a_refused_password_is_in_memory_before_the_exit() {
    let verify =
        ["--password-stdin", "--verify", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"];
    let hash = [&common::CHEAP[..], &["--hash_pass", "--password-stdin"]].concat();
    let folder = tempfile::tempdir().unwrap();
    let hashes = folder.path().join("hashes");
    fs::write(&hashes, verify[2]).unwrap();
    let hashes = hashes.to_str().unwrap();
    for length in [200, 1_000, 4_000] {
        let password = pieces(length);
        for (before, after) in [("", "\0"), ("\0", ""), ("", "\u{FEFF}\0\r\n")] {
            let text = [before.as_bytes(), &password, after.as_bytes()].concat();
            assert_no_piece(&hash, &text, &password);
        }
        for not_utf8 in [[&password[..], b"\xFF"].concat(), [b"\xFF", &password[..]].concat()] {
            assert_no_piece(&hash, &not_utf8, &password);
        }
        assert_no_piece(&verify, &[&password[..], b"\nsecond"].concat(), &password);
        assert_no_piece(&["--inspect", "--encoded-file", "-"], &password, &password);
        let lines = ["--verify", "--lines", "--encoded-file"];
        assert_no_piece(&[&lines[..], &["-", "--password-file", "x"]].concat(), &password, &password);
        let refused = [&password[..], b"\0\n"].concat();
        assert_no_piece(&[&lines[..], &[hashes, "--password-stdin"]].concat(), &refused, &password);
    }
}

/// A password may stand where a name, a number or another word belongs. The program then ends with an error.
/// SECURITY.md: "also where it was given by mistake as the name of a password file or of a variable"
#[test]
#[ignore = "needs root"]
fn no_part_of_a_password_that_stands_in_the_wrong_place_is_in_memory_before_the_exit() {
    // The standard library copies names of fewer than 384 bytes to the stack.
    for length in [40, 100, 383, 1_000] {
        let password = pieces(length);
        let text = str::from_utf8(&password).unwrap();
        for arguments in [
            &["--hash_pass", "--password-file", text][..],
            &["--hash_pass", "--password-env", text],
            &["--verify", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAA", "--password-file", text],
            &["--hash_pass", &format!("--{text}")],
            &["--hash_pass", "-m", text],
            &["--hash_pass", "--profile", text],
            &["--hash_pass", "--cost", text],
            &["--hash_pass", "--format", text],
            &["--hash_pass", "--key", text],
            &["--hash_pass", "first", "-q", text],
            &["--verify", text],
            &["--inspect", "first", text],
            &["--inspect", "--encoded-file", text],
            &["--verify", "--lines", "--encoded-file", text, "--password-stdin"],
            &["--calibrate", text],
            &["--generate", text],
            &[text],
        ] {
            assert_no_piece(arguments, b"", &password);
        }
    }
}

/// A text whose pieces of 16 bytes are all different, and occur nowhere else.
fn pieces(length: u32) -> Vec<u8> {
    (0..length).map(|at| b'a' + (at * at / 7 % 26) as u8).collect()
}

/// Runs the program with this stdin until it blocks on writing its error, and searches its memory.
#[track_caller]
fn assert_no_piece(arguments: &[&str], stdin: &[u8], password: &[u8]) {
    let (_reader, stderr) = full_pipe();
    let stdout = stderr.try_clone().unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env("RUST_BACKTRACE", "1").stdin(Stdio::piped()).stdout(stdout).stderr(stderr);
    let mut child = command.spawn().unwrap();
    // Writing fails if the program refuses without reading everything.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let child = Killed(child);
    wait_for_the_write(child.0.id());
    let memory = memory(child.0.id());
    assert!(contains(&memory, b"error: "), "the search finds nothing");
    assert!(!contains(&memory, b"there is no terminal"), "stdin was not read");
    assert!(
        !has_piece(&memory, password),
        "a piece of {} bytes is still there: {arguments:?}",
        password.len()
    );
}

/// Whether 16 bytes of the password are in this memory.
fn has_piece(memory: &[u8], password: &[u8]) -> bool {
    let pieces: HashSet<&[u8]> = password.windows(16).collect();
    memory.windows(16).any(|window| pieces.contains(window))
}

/// The password to search for. It must not be in the arguments of a run that reads it elsewhere. It is
/// longer than what the C library writes over the start of a freed block.
const PASSWORD: &str =
    "searched-for-everywhere, in the heap and on the stack, whole and in pieces of 16 bytes";

#[track_caller]
fn assert_gone(command: &mut Command, stdin: Option<&str>) {
    let (_reader, stdout) = full_pipe();
    let mut child = command.stdin(Stdio::piped()).stdout(stdout).spawn().unwrap();
    if let Some(password) = stdin {
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    }
    drop(child.stdin.take());
    let child = Killed(child);
    assert_gone_at_the_write(child.0.id());
}

/// Waits until the process blocks on writing its result, and searches its memory.
#[track_caller]
fn assert_gone_at_the_write(process: u32) {
    wait_for_the_write(process);
    let memory = memory(process);
    assert!(contains(&memory, b"rgon2id") || contains(&memory, b"match"), "the search finds nothing");
    assert!(!has_piece(&memory, PASSWORD.as_bytes()), "a piece of the password is still there");
}

/// All writable memory of a process, which could contain a password.
fn memory(process: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut all = Vec::new();
    for map in maps.lines().filter(|map| map.split_whitespace().nth(1).unwrap().contains('w')) {
        let (start, end) = map.split_whitespace().next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        if memory.read_exact_at(&mut bytes, start).is_ok() {
            all.extend(bytes);
        }
    }
    all
}

/// SECURITY.md: "Core dumps are off."
#[test]
fn core_dumps_are_off_before_a_password_is_read() {
    let mut terminal = Terminal::start(|command| command.arg("--hash_pass"), PROGRAM);
    terminal.expect("Password: ");
    let limits = fs::read_to_string(format!("/proc/{}/limits", terminal.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"]);
}
