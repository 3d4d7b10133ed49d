//! The terminal on Linux, with the semantics of OpenBSD's readpassphrase(3).
//!
//! While echo is off, the signals that would end or stop the program are blocked and read from a
//! descriptor instead. When one comes, the terminal is put back first and the signal raised
//! again, so that it does what it always does. No handler is installed, so nothing is left of
//! this afterwards, and a signal that is ignored stays ignored.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;

use nix::errno::Errno;
use nix::libc::O_NONBLOCK;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, raise};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::termios::{self, FlushArg, InputFlags, LocalFlags, SetArg, Termios};
use zeroize::Zeroizing;

use crate::password::entry::SourceError;
use crate::system::reason::reason;

/// The signals that must find the terminal as it was, and SIGCONT, after which it may be another
/// than before: a reason to ask again.
const SIGNALS: [Signal; 7] = [
    Signal::SIGALRM,
    Signal::SIGCONT,
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGTSTP,
];

/// What the line discipline holds of a line, in bytes with its newline (`N_TTY_BUF_SIZE`). It
/// drops what is typed beyond that without a word, so a full line may be one that was cut.
const MAX_LINE: usize = 4_096;

/// How long a terminal that has hung up may take to say so by a signal, in milliseconds.
const HANG_UP_PATIENCE: u16 = 1_000;

/// Marks that a terminal puts around pasted text when a program has asked for them and left.
const PASTE_MARKS: [&[u8]; 2] = [b"\x1B[200~", b"\x1B[201~"];

/// The terminal, with echo off from the first question until this is dropped.
pub(super) struct Terminal {
    input: File,
    output: File,
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
    /// The controlling terminal; if there is none, stdin, if that is a terminal, and stderr.
    pub(super) fn open() -> Result<Self, SourceError> {
        Self::try_open().map_err(unusable)?.ok_or(SourceError::NoTerminal)
    }

    /// Asks once, without echo. After a stop and `fg` it asks again.
    pub(super) fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        // Ctrl-D hands over half a line, to which a full one may still be added.
        let mut line = Zeroizing::new(vec![0; 2 * MAX_LINE]);
        loop {
            match self.try_ask(question, &mut line).map_err(unusable)? {
                // A full line may have been cut.
                Answer::Line(length) if length >= MAX_LINE - 1 => {
                    return Err(SourceError::LongerThanTheTerminal);
                }
                Answer::Line(length) => {
                    line.truncate(length);
                    remove_paste_marks(&mut line);
                    return Ok(line);
                }
                Answer::End => return Err(SourceError::NoAnswer),
                Answer::Signal(signal) => {
                    // A terminal that has hung up cannot be put back; the signal counts all the same.
                    let _ = self.show();
                    raise(signal).map_err(|errno| unusable(errno.into()))?;
                }
            }
        }
    }

    /// Tells something between two questions.
    pub(super) fn say(&mut self, text: &str) -> Result<(), SourceError> {
        writeln!(self.output, "{text}").map_err(unusable)
    }

    fn try_open() -> io::Result<Option<Self>> {
        let terminal = |options: &mut OpenOptions| options.open("/dev/tty");
        // Nonblocking, so that no other reader of the terminal can make a read hang that has been
        // announced, with all signals blocked.
        let input = terminal(OpenOptions::new().read(true).custom_flags(O_NONBLOCK));
        let (input, output) = match (input, terminal(OpenOptions::new().write(true))) {
            (Ok(input), Ok(output)) => (input, output),
            _ if !io::stdin().is_terminal() => return Ok(None),
            _ => (
                io::stdin().as_fd().try_clone_to_owned()?.into(),
                io::stderr().as_fd().try_clone_to_owned()?.into(),
            ),
        };
        let arrived = SignalFd::with_flags(&SigSet::empty(), SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok(Some(Self { input, output, arrived, before: None }))
    }

    fn try_ask(&mut self, question: &str, line: &mut [u8]) -> io::Result<Answer> {
        self.hide()?;
        self.output.write_all(question.as_bytes())?;
        let answer = self.read_line(line)?;
        // What ended the line was not echoed. Nothing depends on it, least of all a signal.
        let _ = self.output.write_all(b"\n");
        Ok(answer)
    }

    fn read_line(&mut self, line: &mut [u8]) -> io::Result<Answer> {
        let mut length = 0;
        while length < MAX_LINE {
            let mut sources = [readable(&self.arrived), readable(&self.input)];
            retry(|| poll(&mut sources, PollTimeout::NONE))?;
            if let Some(signal) = self.signal()? {
                return Ok(Answer::Signal(signal));
            }
            match self.input.read(&mut line[length..]) {
                Ok(0) => return self.end(Ok(Answer::End)),
                Ok(count) => length += count,
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
                Err(error) => return self.end(Err(error)),
            }
            if line[..length].ends_with(b"\n") {
                return Ok(Answer::Line(length - 1));
            }
        }
        Ok(Answer::Line(length))
    }

    /// What the end of the input amounts to: after a hang-up, the signal that follows it.
    fn end(&self, otherwise: io::Result<Answer>) -> io::Result<Answer> {
        let mut input = [readable(&self.input)];
        retry(|| poll(&mut input, PollTimeout::ZERO))?;
        if input[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP)) {
            retry(|| poll(&mut [readable(&self.arrived)], PollTimeout::from(HANG_UP_PATIENCE)))?;
            if let Some(signal) = self.signal()? {
                return Ok(Answer::Signal(signal));
            }
        }
        otherwise
    }

    /// The signal that has arrived, if one has.
    fn signal(&self) -> nix::Result<Option<Signal>> {
        let Some(signal) = self.arrived.read_signal()? else { return Ok(None) };
        Signal::try_from(signal.ssi_signo.cast_signed()).map(Some)
    }

    /// Turns echo off, and throws away what was typed while it was still on. A terminal that
    /// another program left raw is read by lines all the same.
    fn hide(&mut self) -> nix::Result<()> {
        if self.before.is_some() {
            return Ok(());
        }
        // In the background the process stops here, until `fg`. Only then are the settings read:
        // until then they may be those of the shell's own line editor.
        retry(|| termios::tcflush(&self.input, FlushArg::TCIFLUSH))?;
        let settings = termios::tcgetattr(&self.input)?;
        let mut hidden = settings.clone();
        hidden.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHONL);
        hidden.local_flags.insert(LocalFlags::ICANON | LocalFlags::ISIG);
        // With IUTF8 the erase key takes a whole character, not half of an umlaut.
        hidden.input_flags.insert(InputFlags::ICRNL | InputFlags::IUTF8);
        let mask = SigSet::from_iter(SIGNALS).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        self.before = Some(Before { settings, mask });
        // What was blocked before stays so afterwards, so it could never be given way to.
        self.arrived.set_mask(&SIGNALS.into_iter().filter(|&signal| !mask.contains(signal)).collect())?;
        retry(|| termios::tcsetattr(&self.input, SetArg::TCSAFLUSH, &hidden))
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

fn readable(source: &impl AsFd) -> PollFd<'_> {
    PollFd::new(source.as_fd(), PollFlags::POLLIN)
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
fn unusable(error: io::Error) -> SourceError {
    SourceError::Terminal(reason(&error))
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
