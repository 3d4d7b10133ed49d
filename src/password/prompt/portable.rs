//! The terminal on macOS and the BSDs, through the crate `rpassword`.
//!
//! It turns echo off for each question by itself. It takes no control characters and drops escape sequences,
//! as those of arrow keys and the marks of a paste, and it does not wait for the rest of a paste.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use zeroize::Zeroizing;

use super::unusable;
use crate::password::SourceError;

pub(super) struct Terminal(File);

impl Terminal {
    /// Opens the controlling terminal, at which rpassword asks too.
    pub(super) fn open() -> Result<Self, SourceError> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
        terminal.map(Self).map_err(|_| SourceError::NoTerminal)
    }

    /// Asks once, without echo.
    #[allow(clippy::unused_self)] // on other systems, the terminal is what it asks at
    pub(super) fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        // At Ctrl-C, rpassword sends the signal while echo is still off. It ends the program only below, when
        // echo is on again.
        let mask = SigSet::from(Signal::SIGINT).thread_swap_mask(SigmaskHow::SIG_BLOCK);
        let mask = mask.map_err(|error| unusable(error.into()))?;
        let answer = rpassword::prompt_password(question);
        mask.thread_set_mask().map_err(|error| unusable(error.into()))?;
        match answer {
            Ok(answer) => Ok(answer.into_bytes().into()),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(SourceError::NoAnswer),
            Err(error) => Err(unusable(error)),
        }
    }

    /// Prints a line between two questions.
    pub(super) fn say(&mut self, text: &str) -> Result<(), SourceError> {
        writeln!(self.0, "{text}").map_err(unusable)
    }
}
