//! The terminal on Linux, with the semantics of OpenBSD's readpassphrase(3).
//!
//! While echo is off, the signals that would end or stop the program are blocked and read from a
//! descriptor instead. When one comes, the terminal is put back first and the signal raised
//! again, so that it does what it always does. No handler is installed, so nothing is left of
//! this afterwards, and a signal that is ignored stays ignored.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, raise};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::termios::{self, InputFlags, LocalFlags, SetArg, Termios};
use zeroize::Zeroizing;

use crate::error::reason;
use crate::input::InputError;

/// The signals that must find the terminal as it was.
const SIGNALS: [Signal; 6] =
    [Signal::SIGALRM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGTSTP];

/// What the line discipline holds of a line, in bytes with its newline (`N_TTY_BUF_SIZE`). It
/// drops what is typed beyond that without a word, so a full line may be one that was cut.
const MAX_LINE: usize = 4_096;

/// Marks that a terminal puts around pasted text when a program has asked for them and left.
const PASTE_MARKS: [&[u8]; 2] = [b"\x1B[200~", b"\x1B[201~"];

/// The terminal, with echo off from the first question until this is dropped.
pub(super) struct Terminal {
    input: File,
    output: File,
    signals: SigSet,
    arrived: SignalFd,
    /// How things were, while echo is off.
    before: Option<Before>,
}

struct Before {
    settings: Termios,
    mask: SigSet,
}

enum Answer {
    /// A line of this length, without its newline.
    Line(usize),
    /// The input ended, or Ctrl-D.
    End,
    Signal(Signal),
}

impl Terminal {
    /// The controlling terminal; where there is none, stdin, which is a terminal, and stderr.
    pub(super) fn open() -> Result<Self, InputError> {
        Self::try_open().map_err(unusable)
    }

    /// Asks once, without echo. After a stop and `fg` it asks again.
    pub(super) fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, InputError> {
        // Ctrl-D hands over half a line, to which a full one may still be added.
        let mut line = Zeroizing::new(vec![0; 2 * MAX_LINE]);
        loop {
            match self.try_ask(question, &mut line).map_err(unusable)? {
                // A full line may have been cut.
                Answer::Line(length) if length >= MAX_LINE - 1 => {
                    return Err(InputError::LongerThanTheTerminal);
                }
                Answer::Line(length) => {
                    line.truncate(length);
                    remove_paste_marks(&mut line);
                    return Ok(line);
                }
                Answer::End => return Err(InputError::NoAnswer),
                Answer::Signal(signal) => {
                    self.show().and_then(|()| raise(signal)).map_err(|errno| unusable(errno.into()))?;
                }
            }
        }
    }

    /// Tells something between two questions.
    pub(super) fn say(&mut self, text: &str) -> Result<(), InputError> {
        writeln!(self.output, "{text}").map_err(unusable)
    }

    fn try_open() -> io::Result<Self> {
        let (input, output) = match OpenOptions::new().read(true).write(true).open("/dev/tty") {
            Ok(terminal) => (terminal.try_clone()?, terminal),
            Err(_) => (
                io::stdin().as_fd().try_clone_to_owned()?.into(),
                io::stderr().as_fd().try_clone_to_owned()?.into(),
            ),
        };
        let signals = SigSet::from_iter(SIGNALS);
        // After SIGCONT the terminal may be another than before, so that is a reason to ask again.
        let arrived = SignalFd::with_flags(
            &(signals | Signal::SIGCONT),
            SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK,
        )?;
        Ok(Self { input, output, signals, arrived, before: None })
    }

    fn try_ask(&mut self, question: &str, line: &mut [u8]) -> io::Result<Answer> {
        self.hide()?;
        self.output.write_all(question.as_bytes())?;
        let answer = self.read_line(line)?;
        // What ended the line was not echoed.
        self.output.write_all(b"\n")?;
        Ok(answer)
    }

    fn read_line(&mut self, line: &mut [u8]) -> io::Result<Answer> {
        let mut length = 0;
        while length < MAX_LINE {
            if let Some(signal) = self.wait()? {
                return Ok(Answer::Signal(signal));
            }
            match self.input.read(&mut line[length..]) {
                Ok(0) => return Ok(Answer::End),
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if line[..length].ends_with(b"\n") {
                return Ok(Answer::Line(length - 1));
            }
        }
        Ok(Answer::Line(length))
    }

    /// Waits for input, or for a signal, which goes first.
    fn wait(&self) -> nix::Result<Option<Signal>> {
        let mut sources = [
            PollFd::new(self.arrived.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.input.as_fd(), PollFlags::POLLIN),
        ];
        retry(|| poll(&mut sources, PollTimeout::NONE))?;
        let Some(signal) = self.arrived.read_signal()? else { return Ok(None) };
        Signal::try_from(signal.ssi_signo.cast_signed()).map(Some)
    }

    /// Turns echo off, and throws away what was typed while it was still on. A terminal that
    /// another program left raw is read by lines all the same.
    fn hide(&mut self) -> nix::Result<()> {
        if self.before.is_some() {
            return Ok(());
        }
        let settings = termios::tcgetattr(&self.input)?;
        let mut hidden = settings.clone();
        hidden.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHONL);
        hidden.local_flags.insert(LocalFlags::ICANON | LocalFlags::ISIG);
        // With IUTF8 the erase key takes a whole character, not half of an umlaut.
        hidden.input_flags.insert(InputFlags::ICRNL | InputFlags::IUTF8);
        let mask = self.signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        self.before = Some(Before { settings, mask });
        retry(|| termios::tcsetattr(&self.input, SetArg::TCSAFLUSH, &hidden))?;
        // Not before: in the background the process has stopped there, until `fg`.
        SigSet::from(Signal::SIGCONT).thread_block()
    }

    /// Puts the terminal back and lets signals through again, in this order. What was typed and
    /// not read is thrown away: the shell must not run the rest of a pasted password.
    fn show(&mut self) -> nix::Result<()> {
        let Some(before) = self.before.take() else { return Ok(()) };
        let restored = retry(|| termios::tcsetattr(&self.input, SetArg::TCSAFLUSH, &before.settings));
        before.mask.thread_set_mask()?;
        restored
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing is left to be done if the terminal has gone away.
        let _ = self.show();
    }
}

fn remove_paste_marks(line: &mut Vec<u8>) {
    for mark in PASTE_MARKS {
        while let Some(at) = line.windows(mark.len()).position(|window| window == mark) {
            line.drain(at..at + mark.len());
        }
    }
}

fn retry<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn unusable(error: io::Error) -> InputError {
    InputError::Terminal(reason(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paste_marks_go_and_all_else_stays() {
        for (typed, left) in [
            ("\x1B[200~secret\x1B[201~", "secret"),
            ("\x1B[200~one\x1B[201~\x1B[200~two\x1B[201~", "onetwo"),
            ("\x1B[20~\x1B[A\x1B200~", "\x1B[20~\x1B[A\x1B200~"),
            ("[200~", "[200~"),
            ("", ""),
        ] {
            let mut line = typed.as_bytes().to_vec();
            remove_paste_marks(&mut line);
            assert_eq!(line, left.as_bytes());
        }
    }
}
