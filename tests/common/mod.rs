//! Runs the program as a user would, and checks at every run that no secret leaks into a message.
// Every test file uses a part of this; and all of it is tests.
#![allow(dead_code, unreachable_pub)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[cfg(unix)]
pub mod peers;
pub mod properties;
#[cfg(target_os = "linux")]
pub mod terminal;
pub mod vectors;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};

/// The binary under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_tc_calendar");

/// The cheapest cost there is, and no note about that.
pub const CHEAP: [&str; 7] = ["-q", "-m", "8", "-t", "1", "-p", "1"];

/// Shorter ones stand in messages by chance.
const SHORTEST_SECRET: usize = 5;

/// One run to be.
pub struct Run {
    arguments: Vec<OsString>,
    secrets: Vec<Vec<u8>>,
    stdin: Vec<u8>,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// `tc_calendar` with these arguments, none of them secret.
pub fn tc_calendar<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    Run { arguments: Vec::new(), secrets: Vec::new(), stdin: Vec::new() }.args(arguments)
}

impl Run {
    /// More arguments. What follows `--hash_pass` is never to be told.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        let mut follows = self.arguments.last().is_some_and(|last| last == "--hash_pass" || last == "--");
        for argument in arguments {
            let bytes = argument.as_ref().as_encoded_bytes();
            let password = bytes.strip_prefix(b"--hash_pass=").or(follows.then_some(bytes));
            // The word itself stands in every message about one.
            let password = password.filter(|password| {
                password.len() >= SHORTEST_SECRET
                    && !b"password".starts_with(password)
                    && !password.starts_with(b"-")
            });
            self.secrets.extend(password.map(<[u8]>::to_vec));
            follows = follows && !bytes.starts_with(b"--") || bytes == b"--hash_pass" || bytes == b"--";
            self.arguments.push(argument.as_ref().to_owned());
        }
        self
    }

    /// An argument that must never be told.
    pub fn secret(self, argument: impl AsRef<OsStr>) -> Self {
        let bytes = argument.as_ref().as_encoded_bytes().to_vec();
        self.hiding(bytes).args([argument])
    }

    /// Text that must never be told, wherever the program gets it from.
    pub fn hiding(mut self, secret: impl Into<Vec<u8>>) -> Self {
        let secret = secret.into();
        assert!(secret.len() >= SHORTEST_SECRET, "too short for a search to mean anything");
        self.secrets.push(secret);
        self
    }

    /// What stdin holds; every line of it must never be told.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        let lines = self.stdin.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        self.secrets.extend(lines.filter(|line| line.len() >= SHORTEST_SECRET).map(<[u8]>::to_vec));
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Outcome {
        let mut child = self.spawn(Stdio::piped(), Stdio::piped());
        let mut stdin = child.stdin.take().unwrap();
        let bytes = self.stdin.clone();
        // A program that refuses early closes stdin early.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
        let outcome = self.check(child.wait_with_output().unwrap());
        writer.join().unwrap();
        outcome
    }

    /// Runs it with stdout to a file.
    pub fn run_into(self, stdout: File) -> Outcome {
        let child = self.spawn(Stdio::null(), stdout.into());
        self.check(child.wait_with_output().unwrap())
    }

    /// Starts it, for a test that talks with it.
    pub fn spawn(&self, stdin: Stdio, stdout: Stdio) -> Child {
        let mut command = Command::new(PROGRAM);
        command.args(&self.arguments).stdin(stdin).stdout(stdout).stderr(Stdio::piped());
        let spawned = command.spawn();
        // Wine says ERROR_INTERNAL_ERROR now and then, before there is a process.
        let again = cfg!(windows) && spawned.as_ref().is_err_and(|error| error.raw_os_error() == Some(1_359));
        if again { command.spawn().unwrap() } else { spawned.unwrap() }
    }

    /// Turns the output into an outcome. This is where every run of the suite is searched for
    /// its secrets, stdout included: results hold hashes, not passwords.
    pub fn check(&self, output: Output) -> Outcome {
        for secret in &self.secrets {
            for stream in [&output.stdout, &output.stderr] {
                assert!(!contains(stream, secret), "a secret was told: {}", String::from_utf8_lossy(stream));
            }
        }
        Outcome {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    /// The lines of stdout of a run that has worked.
    #[track_caller]
    pub fn lines(&self) -> Vec<&str> {
        assert_eq!(self.status, Some(0), "stderr: {}", self.stderr);
        self.stdout.lines().collect()
    }

    /// Checks a failure whole: its status, its message (without `error: `, up to the hint), that
    /// there is a hint, and that nothing stands on stdout.
    #[track_caller]
    pub fn fails(&self, status: i32, message: &str) {
        let expected = format!("error: {message}\nhint: ");
        assert!(self.stderr.starts_with(&expected), "expected {expected:?}, got {:?}", self.stderr);
        assert_eq!((self.status, self.stdout.as_str()), (Some(status), ""));
        assert_eq!(self.stderr.lines().count(), 2, "one cause, one hint: {:?}", self.stderr);
    }
}

/// Whether an encoded string is of this password, by an implementation that is not the engine.
#[track_caller]
pub fn verifies(encoded: &str, password: impl AsRef<[u8]>) -> bool {
    let [_, "argon2id", "v=19", numbers, salt, tag] = encoded.split('$').collect::<Vec<_>>()[..] else {
        panic!("not an encoded string: {encoded}");
    };
    let numbers: Vec<u32> = numbers.split(',').map(|number| number[2..].parse().unwrap()).collect();
    let salt = Base64Unpadded::decode_vec(salt).unwrap();
    let tag = Base64Unpadded::decode_vec(tag).unwrap();
    assert_eq!((salt.len(), tag.len()), (16, 32));
    let params = Params::new(numbers[0], numbers[1], numbers[2], Some(tag.len())).unwrap();
    let mut computed = vec![0; tag.len()];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_ref(), &salt, &mut computed)
        .unwrap();
    computed == tag
}

/// Runs the program in a shell that has set a limit; `"$0" "$@"` is the program with its arguments.
#[cfg(unix)]
pub fn limited(limit: &str, arguments: &[&str], stdin: &str) -> Outcome {
    let run = tc_calendar([""; 0]).stdin(stdin);
    let mut child = Command::new("bash")
        .args(["-c", &format!("{limit}; exec \"$0\" \"$@\""), PROGRAM])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // A program that refuses early closes stdin early.
    let _ = pipe.write_all(stdin.as_bytes());
    drop(pipe);
    run.check(child.wait_with_output().unwrap())
}

/// Copies the program, for a test that runs it as somebody who cannot come to its folder. By another
/// process: one that a neighbouring test starts could inherit the file while it is open for writing,
/// and keep it from being run.
#[cfg(unix)]
pub fn copy_program(to: &std::path::Path) {
    assert!(Command::new("cp").arg(PROGRAM).arg(to).status().unwrap().success());
}

/// Whether the program runs in an emulator. A test that measures its memory, limits or process list
/// would measure the emulator's, and one that wants speed waits in vain; it is skipped then.
pub fn is_emulated() -> bool {
    let emulator = std::env::var("TC_CALENDAR_EMULATOR");
    if let Ok(emulator) = &emulator {
        skipped(&format!("{emulator} has memory, limits and a speed of its own"));
    }
    emulator.is_ok()
}

/// Says that a test was skipped, and why, where the test runner does not hide it.
pub fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// The text with every salt and tag replaced, since they differ from run to run.
pub fn masked(text: &str) -> String {
    let fields: Vec<&str> = text.split('$').collect();
    let follows_cost = |index: usize, by: usize| index >= by && fields[index - by].starts_with("m=");
    let mask = |(index, field): (usize, &&str)| match field {
        salt if follows_cost(index, 1) => format!("{} letters of salt", salt.len()),
        tag if follows_cost(index, 2) => format!("tag{}", &tag[43..]),
        other => (*other).to_owned(),
    };
    fields.iter().enumerate().map(mask).collect::<Vec<_>>().join("$")
}

/// Whether the bytes stand somewhere among the others.
pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
