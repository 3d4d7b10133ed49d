//! The terminal on Linux, with the semantics of OpenBSD's readpassphrase(3).
//!
//! While echo is off, the signals that would end or stop the program are blocked. When one comes, the
//! terminal is put back first and the signals are unblocked, so that it does what it always does. No
//! handler is installed, and an ignored signal stays ignored.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc::{O_NOCTTY, O_NONBLOCK};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::getpgrp;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, isatty, tcflush,
    tcgetattr, tcgetpgrp, tcsetattr,
};
use zeroize::{Zeroize, Zeroizing};

use crate::password::entry::SourceError;
use crate::system::reason::reason;

/// Signals that neither end nor stop a process by default. SIGCONT is not among them: after it the
/// terminal may be another than before, a reason to ask again.
const HARMLESS: [Signal; 3] = [Signal::SIGCHLD, Signal::SIGURG, Signal::SIGWINCH];

/// What the line discipline holds of a line, in bytes with its newline (`N_TTY_BUF_SIZE`). It
/// drops what is typed beyond that without a word, so a full line may be one that was cut.
const MAX_LINE_BYTES: usize = 4_096;

/// How long a terminal that has hung up may take to say so by a signal, in milliseconds.
const HANG_UP_TIMEOUT: u16 = 1_000;

/// How long no input must come before the terminal is given back, in milliseconds.
const QUIET: u16 = 100;
/// The same, once some came: a terminal hands over a long paste in pieces, on a busy machine slowly.
const QUIET_IN_PASTE: u16 = 500;

/// How long input is thrown away at most once a signal waits.
const SIGNAL_TIMEOUT: Duration = Duration::from_secs(1);

/// Marks that a terminal puts around pasted text when a program has asked for them and left.
const PASTE_MARKS: [&[u8]; 2] = [b"\x1B[200~", b"\x1B[201~"];

/// The terminal, with echo off from the first question until this is dropped.
pub(super) struct Terminal {
    input: File,
    output: File,
    /// Whether `input` is an open file of other programs too, which must not stay nonblocking.
    shared: bool,
    /// Readable when a signal waits.
    signals: SignalFd,
    /// The state to restore, while echo is off.
    saved: Option<Saved>,
}

struct Saved {
    settings: Termios,
    hidden: Termios,
    flags: OFlags,
    mask: SigSet,
}

enum Answer {
    /// A line of this length, without its newline.
    Line(usize),
    /// The input ended, or Ctrl-D.
    End,
    /// A signal waits, or the terminal belongs to another job.
    Interrupted,
}

impl Terminal {
    /// The controlling terminal; where there is none, the terminal that stdin is.
    pub(super) fn open() -> Result<Self, SourceError> {
        Self::try_open().map_err(unusable)?.ok_or(SourceError::NoTerminal)
    }

    /// Asks once, without echo. After a stop and `fg` it asks again.
    pub(super) fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        // Ctrl-D hands over half a line, to which a full one may still be added.
        let mut line = Zeroizing::new(vec![0; 2 * MAX_LINE_BYTES]);
        loop {
            match self.try_ask(question, &mut line).map_err(unusable)? {
                // A full line may have been cut.
                Answer::Line(length) if length >= MAX_LINE_BYTES - 1 => {
                    return Err(SourceError::LongerThanTheTerminal);
                }
                Answer::Line(length) => {
                    line.truncate(length);
                    remove_paste_marks(&mut line);
                    return Ok(line);
                }
                Answer::End => return Err(SourceError::NoAnswer),
                Answer::Interrupted => {
                    line.zeroize();
                    line.resize(2 * MAX_LINE_BYTES, 0);
                    // A terminal that has hung up cannot be put back; the signal counts all the same.
                    let _ = self.restore();
                }
            }
        }
    }

    /// Prints a line between two questions.
    pub(super) fn say(&mut self, text: &str) -> Result<(), SourceError> {
        // Where a signal waits, the next question finds it.
        self.write(&format!("{text}\n")).map(drop).map_err(unusable)
    }

    fn try_open() -> io::Result<Option<Self>> {
        let signals = SignalFd::with_flags(&SigSet::empty(), SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let new = |input, output, shared| Some(Self { input, output, shared, signals, saved: None });
        // Nonblocking: a read would hang, with all signals blocked, where another program takes the
        // line between `poll` and `read`.
        let own =
            OpenOptions::new().read(true).write(true).custom_flags(O_NONBLOCK | O_NOCTTY).open("/dev/tty");
        if let Ok(input) = own {
            let output = input.try_clone()?;
            return Ok(new(input, output, false));
        }
        if !isatty(io::stdin()) {
            return Ok(None);
        }
        let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let output = if fcntl_getfl(&input)?.contains(OFlags::RDWR) {
            input.try_clone()?
        } else {
            io::stderr().as_fd().try_clone_to_owned()?.into()
        };
        Ok(new(input, output, true))
    }

    fn try_ask(&mut self, question: &str, line: &mut [u8]) -> io::Result<Answer> {
        self.disable_echo()?;
        if !self.write(question)? {
            return Ok(Answer::Interrupted);
        }
        let answer = self.read_line(line)?;
        // What ended the line was not echoed. Nothing depends on it, least of all a signal.
        let _ = self.output.write(b"\n");
        Ok(answer)
    }

    /// Writes all of the text; false if a signal came first, which a stopped terminal must not hold up.
    fn write(&mut self, text: &str) -> io::Result<bool> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let writable = || PollFd::new(self.output.as_fd(), PollFlags::POLLOUT);
            retry(|| poll(&mut [readable(&self.signals), writable()], PollTimeout::NONE))?;
            if self.signal_waits()? {
                return Ok(false);
            }
            match self.output.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if is_transient(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn read_line(&mut self, line: &mut [u8]) -> io::Result<Answer> {
        let mut length = 0;
        while length < MAX_LINE_BYTES {
            retry(|| poll(&mut [readable(&self.signals), readable(&self.input)], PollTimeout::NONE))?;
            if self.signal_waits()? {
                return Ok(Answer::Interrupted);
            }
            match self.input.read(&mut line[length..]) {
                Ok(0) => return self.end(Ok(Answer::End)),
                Ok(count) => length += count,
                Err(error) if is_transient(&error) => {}
                Err(error) => return self.end(Err(error)),
            }
            if line[..length].ends_with(b"\n") {
                return Ok(Answer::Line(length - 1));
            }
        }
        Ok(Answer::Line(length))
    }

    /// What the end of the input means: after a hang-up, the signal that follows it.
    fn end(&self, otherwise: io::Result<Answer>) -> io::Result<Answer> {
        let mut input = [readable(&self.input)];
        retry(|| poll(&mut input, PollTimeout::ZERO))?;
        if input[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP)) {
            retry(|| poll(&mut [readable(&self.signals)], PollTimeout::from(HANG_UP_TIMEOUT)))?;
        }
        if self.signal_waits()? || self.in_background() { Ok(Answer::Interrupted) } else { otherwise }
    }

    fn signal_waits(&self) -> io::Result<bool> {
        let mut signals = [readable(&self.signals)];
        Ok(retry(|| poll(&mut signals, PollTimeout::ZERO))? > 0)
    }

    /// Whether another job has the terminal. Never so where this process has no controlling terminal.
    fn in_background(&self) -> bool {
        tcgetpgrp(&self.input).is_ok_and(|foreground| foreground != getpgrp())
    }

    /// Turns echo off, and throws away what was typed while it was still on. A terminal that
    /// another program left raw is read by lines all the same.
    fn disable_echo(&mut self) -> io::Result<()> {
        if self.saved.is_some() {
            return Ok(());
        }
        // In the background the process stops here, until `fg`. Only then are the settings read:
        // until then they may be those of the shell's own line editor.
        rustix::io::retry_on_intr(|| tcflush(&self.input, QueueSelector::IFlush))?;
        if self.in_background() {
            // It ignores the signal that stops it.
            return Err(rustix::io::Errno::IO.into());
        }
        let settings = tcgetattr(&self.input)?;
        let flags = fcntl_getfl(&self.input)?;
        let mut hidden = settings.clone();
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        hidden.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG);
        // With IUTF8 the erase key takes a whole character, not half of an umlaut.
        hidden.input_modes.insert(InputModes::ICRNL | InputModes::IUTF8);
        // These would change or swallow what is typed.
        hidden.input_modes.remove(
            InputModes::ISTRIP
                | InputModes::IGNCR
                | InputModes::INLCR
                | InputModes::IUCLC
                | InputModes::PARMRK,
        );
        let mut held = SigSet::all();
        for signal in HARMLESS {
            held.remove(signal);
        }
        let mask = held.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        self.saved = Some(Saved { settings, hidden: hidden.clone(), flags, mask });
        // What was blocked before stays so afterwards: giving way to it would change nothing. Real-time
        // signals have no names; they wait for the answer.
        let ends_the_question = |signal: &Signal| !HARMLESS.contains(signal) && !mask.contains(*signal);
        self.signals.set_mask(&Signal::iterator().filter(ends_the_question).collect())?;
        if self.shared {
            fcntl_setfl(&self.input, flags | OFlags::NONBLOCK)?;
        }
        tcsetattr(&self.input, OptionalActions::Now, &hidden)?;
        tcflush(&self.input, QueueSelector::IFlush)?;
        Ok(())
    }

    /// Puts the terminal back and lets signals through again, in this order.
    fn restore(&mut self) -> io::Result<()> {
        let Some(before) = self.saved.take() else { return Ok(()) };
        let restored = self.restore_settings(&before);
        if self.shared {
            let _ = fcntl_setfl(&self.input, before.flags);
        }
        before.mask.thread_set_mask()?;
        restored
    }

    fn restore_settings(&self, before: &Saved) -> io::Result<()> {
        if self.in_background() {
            // After SIGSTOP. The settings are the shell's, unless it has left them alone.
            let unchanged = is_same(&tcgetattr(&self.input)?, &before.hidden);
            if unchanged {
                tcsetattr(&self.input, OptionalActions::Now, &before.settings)?;
            }
            return Ok(());
        }
        let _ = self.discard_input(&before.hidden);
        tcsetattr(&self.input, OptionalActions::Now, &before.settings)?;
        Ok(tcflush(&self.input, QueueSelector::IFlush)?)
    }

    /// Reads and throws away until nothing has come for a while: a shell would run the rest of a
    /// paste. Flushing once is not enough, since more of it may still be on its way.
    fn discard_input(&self, hidden: &Termios) -> io::Result<()> {
        let mut by_bytes = hidden.clone();
        by_bytes.local_modes.remove(LocalModes::ICANON);
        by_bytes.special_codes[SpecialCodeIndex::VMIN] = 1;
        by_bytes.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&self.input, OptionalActions::Now, &by_bytes)?;
        let mut discarded = Zeroizing::new(vec![0; MAX_LINE_BYTES]);
        let mut quiet = QUIET;
        let mut deadline = None;
        loop {
            if self.signal_waits()?
                && Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + SIGNAL_TIMEOUT)
            {
                return Ok(());
            }
            if retry(|| poll(&mut [readable(&self.input)], PollTimeout::from(quiet)))? == 0 {
                return Ok(());
            }
            match (&self.input).read(&mut discarded) {
                Ok(0) => return Ok(()),
                Ok(_) => quiet = QUIET_IN_PASTE,
                Err(error) if is_transient(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing is left to be done if the terminal has gone away.
        let _ = self.restore();
    }
}

/// Whether two settings are the same in what the prompt changes.
fn is_same(one: &Termios, other: &Termios) -> bool {
    one.local_modes == other.local_modes && one.input_modes == other.input_modes
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

fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
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
