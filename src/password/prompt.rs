//! The dialog at the terminal: a password, typed without echo, a new one twice.
//!
//! Linux has code of its own; Windows uses the crate rpassword. So does every other system, although
//! rpassword leaves echo off after Ctrl-C on some of them: this program is not made for them.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as terminal;

#[cfg(not(target_os = "linux"))]
mod rpassword;
#[cfg(not(target_os = "linux"))]
use rpassword as terminal;

use super::entry::{Entry, Position, SourceError};
use terminal::Terminal;

/// How often a new password is asked for until both answers are the same.
const ATTEMPTS: u32 = 3;

/// The terminal, ready to ask.
pub struct Prompt(Terminal);

impl Prompt {
    /// # Errors
    ///
    /// [`SourceError::NoTerminal`] and [`SourceError::Terminal`]
    pub(super) fn open() -> Result<Self, SourceError> {
        Terminal::open().map(Self)
    }

    /// Asks for a new password until it has been typed twice the same, at most three times.
    pub(super) fn new_password(mut self) -> Result<Entry, SourceError> {
        for attempt in 1..=ATTEMPTS {
            let entry = Entry::from_text(Position::Prompt, self.0.ask("Password: ")?)?;
            let again = Entry::from_text(Position::Prompt, self.0.ask("Confirm password: ")?);
            if again.is_ok_and(|again| again.password == entry.password) {
                return Ok(entry);
            }
            if attempt < ATTEMPTS {
                self.0.say("the two passwords are different; please type them again")?;
            }
        }
        Err(SourceError::Mismatch)
    }

    /// Asks once for an existing password.
    pub(super) fn existing_password(mut self) -> Result<Entry, SourceError> {
        Entry::from_text(Position::Prompt, self.0.ask("Password: ")?)
    }
}
