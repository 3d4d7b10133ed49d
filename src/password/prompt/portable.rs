//! The terminal on macOS and the BSDs, read by the crate `rpassword`.
//!
//! rpassword prints a question before it turns echo off, and sends the signal of Ctrl-C before it turns echo
//! on. So both are framed here: echo is off and the signal blocked until the terminal is dropped. rpassword
//! drops control characters and escape sequences, as those of arrow keys and the marks of a paste.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::password::{PasswordError, Position, SourceError};

/// The terminal, with echo off until this is dropped.
pub(super) struct Terminal {
    device: File,
    /// The settings to restore.
    settings: Termios,
    /// The signals to restore.
    mask: SigSet,
}

impl Terminal {
    /// Opens the controlling terminal, and discards what was typed while echo was on.
    pub(super) fn open() -> Result<Self, SourceError> {
        let device = OpenOptions::new().read(true).write(true).open("/dev/tty");
        let device = device.map_err(|_| SourceError::NoTerminal)?;
        Self::without_echo(device).map_err(|error| SourceError::terminal(error.into()))
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
        match rpassword::prompt_password(question) {
            // What is not UTF-8 becomes this character.
            Ok(answer) if answer.contains(char::REPLACEMENT_CHARACTER) => {
                Err(SourceError::Rejected { position: Position::Answer(None), error: PasswordError::NotUtf8 })
            }
            Ok(answer) => Ok(answer.into_bytes().into()),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(SourceError::NoAnswer),
            Err(error) => {
                // After Ctrl-C, the signal ends the program here, unless it is ignored.
                self.restore();
                Err(SourceError::terminal(error))
            }
        }
    }

    /// Prints a line between two questions.
    pub(super) fn say(&mut self, text: &str) -> Result<(), SourceError> {
        writeln!(self.device, "{text}").map_err(SourceError::terminal)
    }

    /// Restores the terminal, then unblocks the signal. Nothing can be done if the terminal is gone.
    fn restore(&self) {
        let _ = tcsetattr(&self.device, SetArg::TCSAFLUSH, &self.settings);
        let _ = self.mask.thread_set_mask();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
    }
}
