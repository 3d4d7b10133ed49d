//! A pseudo-terminal with a program, for tests that type and read as a person does.

use std::io::{Read, Write};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, Termios, tcgetattr};
use nix::unistd::Pid;
use pty_process::blocking::{Command, Pty, open};
use std::os::fd::AsFd;

use super::{SHORTEST_SECRET, contains};

/// Enough for the slowest machine; a test that waits longer has failed.
const TIMEOUT: Duration = Duration::from_secs(30);

pub struct Terminal {
    pty: Pty,
    child: KillOnDrop,
    /// Output that no `expect` has consumed.
    unseen: Vec<u8>,
    /// All output so far.
    pub transcript: Vec<u8>,
    /// The settings when the program started.
    pub settings_before: Termios,
    /// Text typed without echo, which must not be printed.
    hidden: Vec<Vec<u8>>,
}

impl Terminal {
    /// Starts a program with a new pseudo-terminal as its controlling terminal, and with signals as a login
    /// has them, however the tests were started.
    pub fn start(configure: impl FnOnce(Command) -> Command, program: &str) -> Self {
        let (pty, pts) = open().unwrap();
        let settings_before = tcgetattr(&pty).unwrap();
        let command = if signals_are_ignored() {
            Command::new("env").args(["--default-signal", program])
        } else {
            Command::new(program)
        };
        let child = configure(command.env("TERM", "xterm").env_remove("DEBIAN_FRONTEND")).spawn(pts).unwrap();
        Self {
            pty,
            child: KillOnDrop(child),
            unseen: Vec::new(),
            transcript: Vec::new(),
            settings_before,
            hidden: Vec::new(),
        }
    }

    /// Reads until the text appears, and consumes the output up to its end.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> &mut Self {
        let deadline = Instant::now() + TIMEOUT;
        while !self.consume(text) {
            let more = self.read(deadline);
            assert!(more, "no {text:?} in {:?}", String::from_utf8_lossy(&self.transcript));
        }
        self
    }

    /// Consumes the output up to the end of the text, if the text has appeared.
    fn consume(&mut self, text: &str) -> bool {
        let found = self.unseen.windows(text.len()).position(|window| window == text.as_bytes());
        found.map(|at| self.unseen.drain(..at + text.len())).is_some()
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        if !self.echoes() {
            let line = bytes.as_ref().split(u8::is_ascii_control).next().unwrap_or_default();
            self.hidden.extend((line.len() >= SHORTEST_SECRET).then(|| line.to_vec()));
        }
        self.pty.write_all(bytes.as_ref()).unwrap();
        self
    }

    pub fn signal(&mut self, signal: Signal) -> &mut Self {
        kill(Pid::from_raw(self.child.0.id().cast_signed()), signal).unwrap();
        self
    }

    /// The process id of the program.
    pub fn id(&self) -> u32 {
        self.child.0.id()
    }

    pub fn settings(&self) -> Termios {
        tcgetattr(&self.pty).unwrap()
    }

    pub fn echoes(&self) -> bool {
        self.settings().local_flags.contains(LocalFlags::ECHO)
    }

    /// Waits until the condition is true.
    #[track_caller]
    pub fn wait_for(&mut self, condition: impl Fn(&Self) -> bool) -> &mut Self {
        let deadline = Instant::now() + TIMEOUT;
        while !condition(self) {
            assert!(Instant::now() < deadline, "{}", self.text());
            std::thread::sleep(Duration::from_millis(1));
        }
        self
    }

    /// Whether the program has been stopped by a signal.
    pub fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        stat.rsplit(')').next().unwrap().trim_start().starts_with('T')
    }

    /// Closes this end of the terminal, as closing a window does, and waits for the program.
    #[track_caller]
    pub fn hang_up(self) -> ExitStatus {
        let Self { pty, mut child, .. } = self;
        drop(pty);
        let deadline = Instant::now() + TIMEOUT;
        loop {
            if let Some(status) = child.0.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the program still runs");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until the program and its output end.
    #[track_caller]
    pub fn finish(&mut self) -> ExitStatus {
        let deadline = Instant::now() + TIMEOUT;
        while self.read(deadline) {}
        for hidden in &self.hidden {
            assert!(!contains(&self.transcript, hidden), "hidden text was printed: {}", self.text());
        }
        self.child.0.wait().unwrap()
    }

    /// All output so far as text, with the terminal's line endings.
    pub fn text(&self) -> String {
        super::without_emulators_note(&String::from_utf8_lossy(&self.transcript))
    }

    /// All output so far, with each message on one line again.
    pub fn messages(&self) -> String {
        ["\r\n       ", "\r\n      "].iter().fold(self.text(), |text, broken| text.replace(broken, " "))
    }

    /// Reads what is available; false at the end of the output.
    #[track_caller]
    fn read(&mut self, deadline: Instant) -> bool {
        assert!(self.is_readable(deadline), "nothing more within {TIMEOUT:?}: {:?}", self.text());
        let mut buffer = [0; 4_096];
        // Linux reports EIO when no program has the other end open.
        let count = self.pty.read(&mut buffer).unwrap_or(0);
        self.unseen.extend(&buffer[..count]);
        self.transcript.extend(&buffer[..count]);
        count > 0
    }

    fn is_readable(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut sources = [PollFd::new(self.pty.as_fd(), PollFlags::POLLIN)];
        poll(&mut sources, PollTimeout::try_from(left).unwrap()).unwrap() > 0
    }
}

/// Whether programs that this process starts ignore a signal, as after `nohup`. The standard library ignores
/// only SIGPIPE, and not for them.
fn signals_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(ignored.trim(), 16).unwrap() & !(1 << (Signal::SIGPIPE as u32 - 1)) != 0
}

struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
