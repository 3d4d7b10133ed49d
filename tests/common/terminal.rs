//! A pseudo-terminal with a program at its end, typed at and read like a person would.

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

/// Long enough for the slowest machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Terminal {
    pty: Pty,
    child: Killed,
    /// Output that no `expect` has consumed.
    unseen: Vec<u8>,
    /// All output so far.
    pub transcript: Vec<u8>,
    /// The settings when the program started.
    pub settings_before: Termios,
    /// What has been typed without echo, which must never appear.
    hidden: Vec<Vec<u8>>,
}

impl Terminal {
    /// Starts a command with this terminal as its controlling one.
    pub fn start(configure: impl FnOnce(Command) -> Command, program: &str) -> Self {
        let (pty, pts) = open().unwrap();
        let settings_before = tcgetattr(&pty).unwrap();
        let child = configure(Command::new(program)).spawn(pts).unwrap();
        Self {
            pty,
            child: Killed(child),
            unseen: Vec::new(),
            transcript: Vec::new(),
            settings_before,
            hidden: Vec::new(),
        }
    }

    /// Reads until the text has appeared, and consumes the output up to its end.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.unseen.windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(at) = found {
                self.unseen.drain(..at + text.len());
                return self;
            }
            let more = self.read(deadline);
            assert!(more, "no {text:?} in {:?}", String::from_utf8_lossy(&self.transcript));
        }
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

    /// Waits until something is so.
    #[track_caller]
    pub fn wait_for(&mut self, is_so: impl Fn(&Self) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
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

    /// Closes the terminal's other end, as closing a window does, and waits for the program.
    pub fn hang_up(self) -> ExitStatus {
        let Self { pty, mut child, .. } = self;
        drop(pty);
        child.0.wait().unwrap()
    }

    /// Waits for the end of the program and of its output.
    #[track_caller]
    pub fn finish(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while self.read(deadline) {}
        for hidden in &self.hidden {
            assert!(!contains(&self.transcript, hidden), "what was hidden has appeared: {}", self.text());
        }
        self.child.0.wait().unwrap()
    }

    /// The output as text, with the terminal's line endings as they are.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.transcript).into_owned()
    }

    /// Reads what there is; false at the end of the output.
    #[track_caller]
    fn read(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut sources = [PollFd::new(self.pty.as_fd(), PollFlags::POLLIN)];
        let ready = poll(&mut sources, PollTimeout::try_from(left).unwrap()).unwrap();
        assert!(ready > 0, "nothing more within {PATIENCE:?}: {:?}", self.text());
        let mut buffer = [0; 4_096];
        // Linux reports EIO when the last program on the other side has left.
        let count = self.pty.read(&mut buffer).unwrap_or(0);
        self.unseen.extend(&buffer[..count]);
        self.transcript.extend(&buffer[..count]);
        count > 0
    }
}

/// Ends the program when its test has ended.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
