//! The terminal on macOS and the BSDs, read by the crate `rpassword`.
//!
//! rpassword prints a question before it turns echo off, and sends the signal of Ctrl-C before it turns echo
//! on. So both are framed here: echo is off and the signal blocked until the terminal is dropped. rpassword finds the
//! end of the line and Ctrl-C. It would drop control characters and the keys that are none, so the bytes that it was
//! given are what is read.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
use rpassword::ConfigBuilder;
use zeroize::Zeroizing;

use super::answer::{self, EditKeys};
use crate::password::{MAX_PASSWORD_BYTES, PasswordError, Position, SourceError};

/// Enough for a password, and for as much that is taken back.
const MAX_LINE_BYTES: usize = 2 * MAX_PASSWORD_BYTES;

/// The terminal, with echo off until this is dropped.
pub(super) struct Terminal {
    device: File,
    /// The settings to restore.
    settings: Termios,
    /// The signals to restore.
    mask: SigSet,
}

fn device() -> Result<File, SourceError> {
    let opened = OpenOptions::new().read(true).write(true).open("/dev/tty");
    opened.map_err(|_| SourceError::NoTerminal)
}

impl Terminal {
    /// Fails without a controlling terminal.
    pub(super) fn find() -> Result<(), SourceError> {
        device().map(drop)
    }

    /// Opens the controlling terminal, and discards what was typed while echo was on.
    pub(super) fn open() -> Result<Self, SourceError> {
        Self::without_echo(device()?).map_err(|error| SourceError::terminal(error.into()))
    }

    fn without_echo(device: File) -> nix::Result<Self> {
        let settings = tcgetattr(&device)?;
        // These are the settings that rpassword makes for each question.
        let mut hidden = settings.clone();
        hidden.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHONL);
        hidden.local_flags.remove(LocalFlags::ICANON | LocalFlags::ISIG);
        hidden.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        hidden.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        let mask = SigSet::from(Signal::SIGINT).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let opened = Self { device, settings, mask };
        tcsetattr(&opened.device, SetArg::TCSAFLUSH, &hidden)?;
        Ok(opened)
    }

    /// Asks once, without echo.
    pub(super) fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let sent = Rc::new(RefCell::new(Zeroizing::new(Vec::with_capacity(MAX_LINE_BYTES))));
        self.write(question)?;
        let device = self.device.try_clone().map_err(SourceError::terminal)?;
        let reader = Line { device, sent: Rc::clone(&sent), ended: false };
        let config = ConfigBuilder::new().input_reader(reader).output_discard().build();
        let read = rpassword::read_password_with_config(config);
        self.write("\n")?;
        match read {
            Ok(answer) => drop(Zeroizing::new(answer)),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(SourceError::NoAnswer),
            Err(error) => {
                // After Ctrl-C, the signal ends the program here, unless it is ignored.
                self.restore();
                return Err(SourceError::terminal(error));
            }
        }
        let mut line = sent.take();
        if line.len() == MAX_LINE_BYTES {
            let error = PasswordError::TooLong;
            return Err(SourceError::Rejected { position: Position::Answer(None), error });
        }
        // Without the end of a line, the terminal is gone.
        line.pop().filter(|&byte| is_line_end(byte)).ok_or(SourceError::NoAnswer)?;
        answer::read(&mut line, &EditKeys::default())?;
        Ok(line)
    }

    /// Prints a line between two questions.
    pub(super) fn say(&mut self, text: &str) -> Result<(), SourceError> {
        self.write(&format!("{text}\n"))
    }

    fn write(&mut self, text: &str) -> Result<(), SourceError> {
        self.device.write_all(text.as_bytes()).map_err(SourceError::terminal)
    }

    /// Restores the terminal, then unblocks the signal. Nothing can be done if the terminal is gone.
    fn restore(&self) {
        let _ = tcsetattr(&self.device, SetArg::TCSAFLUSH, &self.settings);
        let _ = self.mask.thread_set_mask();
    }
}

/// Passes on a line of the terminal, and keeps what it has passed on.
struct Line {
    device: File,
    sent: Rc<RefCell<Zeroizing<Vec<u8>>>>,
    ended: bool,
}

impl Read for Line {
    /// Reads one byte, and none after the end of the line: rpassword does not see an end within an escape sequence.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let count = self.device.read(&mut buffer[..1])?;
        self.ended = buffer[..count].iter().any(|&byte| is_line_end(byte));
        let mut sent = self.sent.borrow_mut();
        if sent.len() < MAX_LINE_BYTES {
            sent.extend_from_slice(&buffer[..count]);
        }
        Ok(count)
    }
}

fn is_line_end(byte: u8) -> bool {
    [b'\n', b'\r'].contains(&byte)
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
    }
}
