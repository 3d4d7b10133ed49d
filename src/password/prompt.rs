//! Asks for a password at the terminal, without echo; for a new one, twice.
//!
//! Each system has a `Terminal` of its own: `open` finds it, `ask` asks once without echo, and `say` prints a
//! line between two questions. On Linux and Windows echo is off from the first question until the terminal is
//! dropped, and what is typed between the questions belongs to the next one.

#[cfg(all(target_os = "linux", not(portable)))]
mod linux;
#[cfg(any(all(target_os = "linux", not(portable)), windows))]
mod paste;
#[cfg(any(portable, not(any(target_os = "linux", windows))))]
mod portable;
#[cfg(windows)]
mod windows;

#[cfg(all(target_os = "linux", not(portable)))]
use linux as terminal;
#[cfg(any(portable, not(any(target_os = "linux", windows))))]
use portable as terminal;
#[cfg(windows)]
use windows as terminal;

use super::{Entry, PasswordError, Position, SourceError};
use terminal::Terminal;

/// How often to ask for the password: again after an empty answer, or if the two answers differ.
const ATTEMPTS: u32 = 3;

/// The question if there is one password.
pub(super) const QUESTION: &str = "Password: ";

/// The terminal, ready to ask.
pub struct Prompt {
    terminal: Terminal,
    attempts: u32,
}

impl Prompt {
    pub(super) fn open() -> Result<Self, SourceError> {
        Ok(Self { terminal: Terminal::open()?, attempts: ATTEMPTS })
    }

    /// Asks for a new password until it has been typed twice the same.
    pub(super) fn new_password(&mut self, question: &str) -> Result<Entry, SourceError> {
        self.attempts = ATTEMPTS;
        loop {
            let entry = self.ask(question)?;
            let again = Entry::from_text(Position::Answer(None), self.terminal.ask("Confirm password: ")?);
            if again.is_ok_and(|again| again.password == entry.password) {
                return Ok(entry);
            }
            if self.attempts == 0 {
                return Err(SourceError::Mismatch);
            }
            self.terminal.say("the two passwords do not match; please type them again")?;
        }
    }

    /// Asks for an existing password, without confirmation.
    pub(super) fn existing_password(mut self) -> Result<Entry, SourceError> {
        self.ask(QUESTION)
    }

    /// Asks until the answer is not empty, as long as there are attempts.
    fn ask(&mut self, question: &str) -> Result<Entry, SourceError> {
        loop {
            self.attempts -= 1;
            let entry = Entry::from_text(Position::Answer(None), self.terminal.ask(question)?);
            let is_empty = matches!(&entry, Err(SourceError::Rejected { error: PasswordError::Empty, .. }));
            if !is_empty || self.attempts == 0 {
                return entry;
            }
            self.terminal.say("the password is empty; please type it again")?;
        }
    }
}
