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

/// Long enough for the slowest machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Terminal {
    pty: Pty,
    child: Child,
    /// Output that no `expect` has consumed.
    unseen: Vec<u8>,
    /// All output so far.
    pub transcript: Vec<u8>,
    /// The settings when the program started.
    pub settings_before: Termios,
}

impl Terminal {
    /// Starts a command with this terminal as its controlling one.
    pub fn start(configure: impl FnOnce(Command) -> Command, program: &str) -> Self {
        let (pty, pts) = open().unwrap();
        let settings_before = tcgetattr(&pty).unwrap();
        let child = configure(Command::new(program)).spawn(pts).unwrap();
        Self { pty, child, unseen: Vec::new(), transcript: Vec::new(), settings_before }
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
        self.pty.write_all(bytes.as_ref()).unwrap();
        self
    }

    pub fn signal(&mut self, signal: Signal) -> &mut Self {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
        self
    }

    /// The process id of the program.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn settings(&self) -> Termios {
        tcgetattr(&self.pty).unwrap()
    }

    pub fn echoes(&self) -> bool {
        self.settings().local_flags.contains(LocalFlags::ECHO)
    }

    /// Waits for the end of the program and of its output.
    #[track_caller]
    pub fn finish(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while self.read(deadline) {}
        self.child.wait().unwrap()
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

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
