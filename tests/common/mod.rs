//! Runs the program as a user would, and searches the output of every run for secrets.
// Each test file uses only a part of this. Tests may panic.
#![allow(dead_code, unreachable_pub)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[cfg(target_os = "linux")]
pub mod powershell;
pub mod properties;
#[cfg(target_os = "linux")]
pub mod shells;
pub mod tags;
#[cfg(target_os = "linux")]
pub mod terminal;
pub mod vectors;
#[cfg(target_os = "linux")]
pub mod wine;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use tc_calendar::system::text::printable;

/// The program under test: the one at the absolute path in `TC_CALENDAR_BIN` when the tests were compiled, or
/// the one that was compiled with them.
pub const PROGRAM: &str = match option_env!("TC_CALENDAR_BIN") {
    Some(path) => path,
    None => env!("CARGO_BIN_EXE_tc_calendar"),
};

/// The lowest cost, with `-q` against the note about it.
pub const CHEAP: [&str; 7] = ["-q", "-m", "8", "-t", "1", "-p", "1"];

/// The length in bytes from which a text does not appear in messages by chance.
const SHORTEST_SECRET: usize = 5;

/// A run of the program that has not started.
#[derive(Clone)]
pub struct Run {
    arguments: Vec<OsString>,
    secrets: Vec<Vec<u8>>,
    stdin: Vec<u8>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Outcome {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// The config that was given, if it is known, as messages name it before an error about it.
    config: Option<String>,
}

/// Starts a program. Every test that runs on Windows starts its programs here.
pub fn start(command: &mut Command) -> Child {
    // Wine sometimes fails with ERROR_INTERNAL_ERROR before it creates the process.
    for _ in 0..4 {
        match command.spawn() {
            Err(error) if cfg!(windows) && error.raw_os_error() == Some(1_359) => {}
            spawned => return spawned.unwrap(),
        }
    }
    command.spawn().unwrap()
}

/// Runs a program to its end, without input.
pub fn output(command: &mut Command) -> Output {
    start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))
        .wait_with_output()
        .unwrap()
}

/// `tc_calendar` with these arguments, none of them secret.
pub fn tc_calendar<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    Run { arguments: Vec::new(), secrets: Vec::new(), stdin: Vec::new() }.args(arguments)
}

impl Run {
    /// Adds arguments. A password after `--hash_pass` must not be printed.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        let mut follows = self.arguments.last().is_some_and(|last| last == "--hash_pass" || last == "--");
        for argument in arguments {
            let bytes = argument.as_ref().as_encoded_bytes();
            let password = bytes.strip_prefix(b"--hash_pass=").or(follows.then_some(bytes));
            // Messages contain the word `password` itself.
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

    /// Adds an argument that must not be printed.
    pub fn secret(self, argument: impl AsRef<OsStr>) -> Self {
        let bytes = argument.as_ref().as_encoded_bytes().to_vec();
        self.hiding(bytes).args([argument])
    }

    /// Adds text that must not be printed, wherever the program reads it.
    pub fn hiding(mut self, secret: impl Into<Vec<u8>>) -> Self {
        let secret = secret.into();
        assert!(secret.len() >= SHORTEST_SECRET, "too short: messages contain it by chance");
        self.secrets.push(secret);
        self
    }

    /// Sets stdin, no line of which may be printed.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        let lines = self.stdin.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        self.secrets.extend(lines.filter(|line| line.len() >= SHORTEST_SECRET).map(<[u8]>::to_vec));
        self
    }

    /// One password on stdin.
    pub fn piped(self, password: impl Into<Vec<u8>>) -> Self {
        self.args(["--password-stdin"]).stdin(password)
    }

    /// A password a line on stdin.
    pub fn lines(self, passwords: impl Into<Vec<u8>>) -> Self {
        self.args(["--password-stdin", "--lines"]).stdin(passwords)
    }

    /// Runs the program to its end.
    pub fn run(self) -> Outcome {
        let mut child = self.spawn(Stdio::piped(), Stdio::piped());
        let mut stdin = child.stdin.take().unwrap();
        let bytes = self.stdin.clone();
        // The program may end before it has read everything.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
        let outcome = self.check(child.wait_with_output().unwrap());
        writer.join().unwrap();
        outcome
    }

    /// Runs the program with stdout to a file.
    pub fn run_into(self, stdout: File) -> Outcome {
        let child = self.spawn(Stdio::null(), stdout.into());
        self.check(child.wait_with_output().unwrap())
    }

    /// Starts the program, for a test that acts while it runs.
    pub fn spawn(&self, stdin: Stdio, stdout: Stdio) -> Child {
        let mut command = Command::new(PROGRAM);
        start(command.args(&self.arguments).stdin(stdin).stdout(stdout).stderr(Stdio::piped()))
    }

    /// Searches the output for secrets, and turns it into an outcome. Every run of the suite ends here.
    /// Stdout is searched too: it contains hashes, not passwords.
    pub fn check(&self, output: Output) -> Outcome {
        for secret in &self.secrets {
            for stream in [&output.stdout, &output.stderr] {
                let text = String::from_utf8_lossy(stream);
                assert!(!contains(stream, secret), "a secret was printed: {text}");
            }
        }
        let config = self.arguments.iter().position(|argument| argument == "--config");
        let config = config.and_then(|index| self.arguments.get(index + 1)?.to_str());
        Outcome {
            config: config.map(printable),
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: without_emulators_note(&String::from_utf8(output.stderr).unwrap()),
        }
    }
}

impl Outcome {
    /// The lines of stdout, after a run that must have succeeded.
    #[track_caller]
    pub fn lines(&self) -> Vec<&str> {
        assert_eq!(self.status, Some(0), "stderr: {}", self.stderr);
        self.stdout.lines().collect()
    }

    /// Checks a failure: the status, the message (without `error: ` and the config's path, up to the hint), that
    /// there is one hint, and that stdout is empty.
    #[track_caller]
    pub fn fails(&self, status: i32, message: &str) {
        let (line, _) = self.stderr.split_once("\nhint: ").unwrap_or((&self.stderr, ""));
        let said = line.strip_prefix("error: ").unwrap_or_default();
        let named = said.strip_suffix(message).and_then(|before| before.strip_suffix(": "));
        let is_named = named.is_some_and(|name| self.config.as_ref().is_none_or(|config| name == config));
        assert!(said == message || is_named, "expected {message:?}, got {:?}", self.stderr);
        assert_eq!((self.status, self.stdout.as_str()), (Some(status), ""));
        assert_eq!(self.stderr.lines().count(), 2, "one cause, one hint: {:?}", self.stderr);
    }
}

/// Whether an encoded string matches the password, by another implementation than the engine.
#[track_caller]
pub fn verifies(encoded: &str, password: impl AsRef<[u8]>) -> bool {
    let [_, "argon2id", "v=19", numbers, salt, tag] = encoded.split('$').collect::<Vec<_>>()[..] else {
        panic!("not a hash: {encoded}");
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

/// `PATH` with the program's folder in front, for scripts: its own path may contain spaces.
#[cfg(unix)]
pub fn path_with_program() -> String {
    let folder = Path::new(PROGRAM).parent().unwrap();
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

/// A path as a word of a shell script, whatever characters it has.
#[cfg(unix)]
pub fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_str().unwrap().replace('\'', "'\\''"))
}

/// Runs the program from a shell that has executed `limit` before.
#[cfg(unix)]
pub fn limited(limit: &str, arguments: &[&str], stdin: &str) -> Outcome {
    let run = tc_calendar([""; 0]).stdin(stdin);
    let mut child = Command::new("bash")
        .args(["-c", &format!("{limit}; exec \"$0\" \"$@\""), PROGRAM])
        .args(arguments)
        // If it is set, `ulimit -f` counts in other units.
        .env_remove("POSIXLY_CORRECT")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // The program may end before it has read everything.
    let _ = pipe.write_all(stdin.as_bytes());
    drop(pipe);
    run.check(child.wait_with_output().unwrap())
}

/// Copies the program, for a test that runs it as a user without access to its folder. `cp` does it: if
/// this process had the copy open for writing, a process that another test starts could inherit the
/// descriptor, and the copy could not be executed until that process ends.
#[cfg(unix)]
pub fn copy_program(to: &Path) {
    assert!(Command::new("cp").arg(PROGRAM).arg(to).status().unwrap().success());
    let everyone = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(to, everyone).unwrap();
}

/// Fails if a program that an ignored test needs is not installed.
#[cfg(unix)]
#[track_caller]
pub fn needs(program: &str) {
    let found = Command::new("sh").args(["-c", "command -v \"$0\" >/dev/null", program]).status();
    assert!(found.unwrap().success(), "{program} is not installed");
}

/// The text without the note that arguments could not be overwritten: an emulator shows its own.
pub fn without_emulators_note(text: &str) -> String {
    let note = "note: the arguments could not be overwritten; the process list shows them until this ends";
    if std::env::var_os("TC_CALENDAR_EMULATOR").is_none() {
        return text.to_owned();
    }
    text.replace(&format!("{note}\r\n"), "").replace(&format!("{note}\n"), "")
}

/// The text with every salt and tag replaced, since they differ in every run.
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

/// The contents of a page's fenced blocks with this info string.
pub fn blocks<'a>(page: &'a str, info: &str) -> Vec<&'a str> {
    let fence = format!("```{info}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The names in a folder, in order.
pub fn names(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// A full pipe. Keep its reading end open.
#[cfg(target_os = "linux")]
pub fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};

    let (reader, writer) = std::io::pipe().unwrap();
    let flags = |flags| fcntl(&writer, FcntlArg::F_SETFL(flags)).unwrap();
    flags(OFlag::O_NONBLOCK);
    let mut filler = &writer;
    while filler.write(&[0; 4_096]).is_ok() {}
    while filler.write(&[0]).is_ok() {}
    flags(OFlag::empty());
    (reader, writer)
}

/// Waits until the process blocks on writing into a full pipe. Only root sees that, because it is undumpable.
#[cfg(target_os = "linux")]
#[track_caller]
pub fn wait_for_the_write(process: u32) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !std::fs::read_to_string(format!("/proc/{process}/wchan")).unwrap().ends_with("pipe_write") {
        assert!(std::time::Instant::now() < deadline, "it does not come to write");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
