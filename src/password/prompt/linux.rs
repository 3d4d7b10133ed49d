//! The terminal on Linux, with the semantics of OpenBSD's readpassphrase(3).
//!
//! While echo is off, signals that would end or stop the program are blocked. When one arrives, the
//! terminal is restored first; then the signals are unblocked, and the signal has its usual effect. No
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

use super::answer::{self, EditKeys};
use super::paste::{QUIET, QUIET_IN_PASTE};
use crate::password::SourceError;

/// Signals that neither end nor stop a process by default. SIGCONT is not one of them: the terminal may
/// have changed while the process was stopped, so the prompt asks again.
const HARMLESS: [Signal; 3] = [Signal::SIGCHLD, Signal::SIGURG, Signal::SIGWINCH];

/// Signals that keys send. One within a paste does not end the paste.
const OF_KEYS: [Signal; 3] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTSTP];

/// The keys that the terminal itself acts on, each with its usual character. That is put in place of one that can be a
/// part of a password.
const KEYS: [(SpecialCodeIndex, u8); 6] = [
    (SpecialCodeIndex::VINTR, 0x03),
    (SpecialCodeIndex::VQUIT, 0x1C),
    (SpecialCodeIndex::VSUSP, 0x1A),
    (SpecialCodeIndex::VEOF, 0x04),
    (SpecialCodeIndex::VSTART, 0x11),
    (SpecialCodeIndex::VSTOP, 0x13),
];

/// The value that turns a key off (`_POSIX_VDISABLE`).
const OFF: u8 = 0;

/// The longest line that the line discipline keeps, in bytes with its newline (`N_TTY_BUF_SIZE`). It
/// silently drops the rest, so a full line may have been cut.
const MAX_LINE_BYTES: usize = 4_096;

/// How long to wait for the signal after the terminal has hung up, in milliseconds.
const HANG_UP_TIMEOUT: u16 = 1_000;

/// How long to discard input, at most, while a signal is pending that no key sends.
const SIGNAL_TIMEOUT: Duration = Duration::from_secs(1);

/// The terminal, with echo off from the first question until this is dropped.
pub(super) struct Terminal {
    input: File,
    output: File,
    /// Whether other programs share `input`, which must not stay nonblocking for them.
    shared: bool,
    /// Readable while a signal is pending.
    signals: SignalFd,
    /// What to restore, while echo is off.
    saved: Option<Saved>,
}

/// The terminal and the process as they were before echo was turned off.
struct Saved {
    settings: Termios,
    /// The settings without echo, to see whether another program has changed them meanwhile.
    hidden: Termios,
    flags: OFlags,
    mask: SigSet,
    /// The signals that interrupt the prompt.
    interrupts: SigSet,
}

enum Answer {
    /// A line of this length, without its newline.
    Line(usize),
    /// The input ended, or Ctrl-D.
    End,
    /// A signal is pending, or the terminal belongs to another job.
    Interrupted,
}

impl Terminal {
    /// Fails without a terminal.
    pub(super) fn find() -> Result<(), SourceError> {
        Self::open().map(drop)
    }

    /// Opens the controlling terminal; without one, stdin if that is a terminal.
    pub(super) fn open() -> Result<Self, SourceError> {
        Self::try_open().map_err(SourceError::terminal)?.ok_or(SourceError::NoTerminal)
    }

    /// Asks once, without echo. After a stop and `fg` it asks again.
    pub(super) fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        // Room for two lines: Ctrl-D passes on a part of a line, and a full line may follow it.
        let mut line = Zeroizing::new(vec![0; 2 * MAX_LINE_BYTES]);
        loop {
            match self.try_ask(question, &mut line).map_err(SourceError::terminal)? {
                Answer::Line(length) if length >= MAX_LINE_BYTES - 1 => {
                    return Err(SourceError::LongerThanTheTerminal);
                }
                Answer::Line(length) => {
                    line.truncate(length);
                    let keys = self.saved.as_ref().map(|saved| edit_keys(&saved.settings));
                    answer::read(&mut line, &keys.unwrap_or_default())?;
                    return Ok(line);
                }
                Answer::End => return Err(SourceError::NoAnswer),
                Answer::Interrupted => {
                    line.zeroize();
                    line.resize(2 * MAX_LINE_BYTES, 0);
                    // A terminal that has hung up cannot be restored; the signal still takes effect.
                    let _ = self.restore();
                }
            }
        }
    }

    /// Prints a line between two questions.
    pub(super) fn say(&mut self, text: &str) -> Result<(), SourceError> {
        // If a signal is pending, the next question notices it.
        self.write(&format!("{text}\n")).map(drop).map_err(SourceError::terminal)
    }

    fn try_open() -> io::Result<Option<Self>> {
        let signals = SignalFd::with_flags(&SigSet::empty(), SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let new = |input, output, shared| Some(Self { input, output, shared, signals, saved: None });
        // Nonblocking, because another program may read the line between `poll` and `read`: a blocking
        // read would hang with all signals blocked.
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
        // The end of the line was not echoed. If this fails, only the layout suffers.
        let _ = self.output.write(b"\n");
        Ok(answer)
    }

    /// Writes all of the text. Returns false if a signal arrives first: a stopped terminal must not
    /// delay it.
    fn write(&mut self, text: &str) -> io::Result<bool> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let writable = PollFd::new(self.output.as_fd(), PollFlags::POLLOUT);
            wait_for(&mut [readable(&self.signals), writable], PollTimeout::NONE)?;
            if self.signal_is_pending()? {
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
            wait_for(&mut [readable(&self.signals), readable(&self.input)], PollTimeout::NONE)?;
            if self.signal_is_pending()? {
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

    /// Decides what the end of the input means. After a hang-up, waits for the signal that follows it.
    fn end(&self, otherwise: io::Result<Answer>) -> io::Result<Answer> {
        let mut input = [readable(&self.input)];
        wait_for(&mut input, PollTimeout::ZERO)?;
        if input[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP)) {
            wait_for(&mut [readable(&self.signals)], HANG_UP_TIMEOUT)?;
        }
        if self.signal_is_pending()? || self.in_background() { Ok(Answer::Interrupted) } else { otherwise }
    }

    fn signal_is_pending(&self) -> io::Result<bool> {
        wait_for(&mut [readable(&self.signals)], PollTimeout::ZERO)
    }

    /// Whether another job has the terminal. False without a controlling terminal.
    fn in_background(&self) -> bool {
        tcgetpgrp(&self.input).is_ok_and(|foreground| foreground != getpgrp())
    }

    /// Turns echo off, blocks the signals, and discards what was typed while echo was on.
    fn disable_echo(&mut self) -> io::Result<()> {
        if self.saved.is_some() {
            return Ok(());
        }
        // In the background the process stops here until `fg`. Read the settings only afterwards:
        // before, they may be those of the shell's line editor.
        rustix::io::retry_on_intr(|| tcflush(&self.input, QueueSelector::IFlush))?;
        if self.in_background() {
            // The process ignores the signal that would stop it.
            return Err(rustix::io::Errno::IO.into());
        }
        let settings = tcgetattr(&self.input)?;
        let hidden = without_echo(&settings);
        let flags = fcntl_getfl(&self.input)?;
        let mut held = SigSet::all();
        for signal in HARMLESS {
            held.remove(signal);
        }
        let mask = held.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        // Only signals that were not already blocked interrupt the prompt. (Real-time signals never do: nix
        // cannot name them.)
        let interrupts = |signal: &Signal| !HARMLESS.contains(signal) && !mask.contains(*signal);
        let interrupts = Signal::iterator().filter(interrupts).collect();
        self.saved = Some(Saved { settings, hidden: hidden.clone(), flags, mask, interrupts });
        self.signals.set_mask(&interrupts)?;
        if self.shared {
            fcntl_setfl(&self.input, flags | OFlags::NONBLOCK)?;
        }
        tcsetattr(&self.input, OptionalActions::Now, &hidden)?;
        tcflush(&self.input, QueueSelector::IFlush)?;
        Ok(())
    }

    /// Restores the terminal, then unblocks the signals.
    fn restore(&mut self) -> io::Result<()> {
        let Some(saved) = self.saved.take() else { return Ok(()) };
        let restored = self.restore_settings(&saved);
        if self.shared {
            let _ = fcntl_setfl(&self.input, saved.flags);
        }
        saved.mask.thread_set_mask()?;
        restored
    }

    fn restore_settings(&mut self, saved: &Saved) -> io::Result<()> {
        if self.in_background() {
            // After SIGSTOP the settings are the shell's, unless it has not changed them.
            let unchanged = is_same(&tcgetattr(&self.input)?, &saved.hidden);
            if unchanged {
                tcsetattr(&self.input, OptionalActions::Now, &saved.settings)?;
            }
            return Ok(());
        }
        let _ = self.discard_input(saved);
        tcsetattr(&self.input, OptionalActions::Now, &saved.settings)?;
        Ok(tcflush(&self.input, QueueSelector::IFlush)?)
    }

    /// Discards input until there has been none for a while. Flushing once is not enough, because more of a
    /// paste may still arrive, also after a signal that was in it.
    fn discard_input(&mut self, saved: &Saved) -> io::Result<()> {
        let mut others = saved.interrupts;
        for signal in OF_KEYS {
            others.remove(signal);
        }
        self.signals.set_mask(&others)?;
        let mut unbuffered = saved.hidden.clone();
        unbuffered.local_modes.remove(LocalModes::ICANON);
        unbuffered.special_codes[SpecialCodeIndex::VMIN] = 1;
        unbuffered.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&self.input, OptionalActions::Now, &unbuffered)?;
        let mut discarded = Zeroizing::new(vec![0; MAX_LINE_BYTES]);
        let mut quiet = QUIET;
        let mut deadline = None;
        loop {
            if self.signal_is_pending()?
                && Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + SIGNAL_TIMEOUT)
            {
                return Ok(());
            }
            if !wait_for(&mut [readable(&self.input)], quiet)? {
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
        // Nothing can be done if the terminal is gone.
        let _ = self.restore();
    }
}

/// These settings with echo off, with the line mode that another program may have left off, and without
/// modes and keys that change or drop what is typed: the prompt itself edits the line, because the terminal would
/// erase a part of an escape sequence.
fn without_echo(settings: &Termios) -> Termios {
    let mut hidden = settings.clone();
    // With IEXTEN more keys edit the line; with EXTPROC neither Enter nor Ctrl-C would have an effect.
    hidden
        .local_modes
        .remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN | LocalModes::EXTPROC);
    hidden.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG);
    hidden.input_modes.insert(InputModes::ICRNL);
    hidden.input_modes.remove(
        InputModes::ISTRIP | InputModes::IGNCR | InputModes::INLCR | InputModes::IUCLC | InputModes::PARMRK,
    );
    for index in [SpecialCodeIndex::VERASE, SpecialCodeIndex::VKILL, SpecialCodeIndex::VEOL] {
        hidden.special_codes[index] = OFF;
    }
    for (index, usual) in KEYS {
        if !settings.special_codes[index].is_ascii_control() {
            hidden.special_codes[index] = usual;
        }
    }
    hidden
}

/// The keys that edit a line with these settings. A character that can be part of a password is none.
fn edit_keys(settings: &Termios) -> EditKeys {
    let key =
        |index| Some(settings.special_codes[index]).filter(|&code| code != OFF && code.is_ascii_control());
    EditKeys {
        erase: key(SpecialCodeIndex::VERASE),
        erase_word: key(SpecialCodeIndex::VWERASE),
        erase_line: key(SpecialCodeIndex::VKILL),
    }
}

/// Whether two settings agree in the modes that the prompt changes.
fn is_same(one: &Termios, other: &Termios) -> bool {
    one.local_modes == other.local_modes && one.input_modes == other.input_modes
}

fn readable(source: &impl AsFd) -> PollFd<'_> {
    PollFd::new(source.as_fd(), PollFlags::POLLIN)
}

fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

/// Waits until one of these is ready, for as many milliseconds at most. Returns false if none is.
fn wait_for(sources: &mut [PollFd<'_>], timeout: impl Into<PollTimeout>) -> io::Result<bool> {
    let timeout = timeout.into();
    loop {
        match poll(sources, timeout) {
            Err(Errno::EINTR) => {}
            ready => return Ok(ready? > 0),
        }
    }
}
