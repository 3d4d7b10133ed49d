//! Asks for a password at the terminal, without echo; for a new one, twice.
//!
//! Each system has a `Terminal` of its own: `find` fails where there is none, `open` opens it, `ask` asks once without
//! echo, and `say` prints a line between two questions. On Linux and Windows echo is off from the first question until
//! the terminal is dropped, and what is typed between the questions belongs to the next one.

pub mod answer;
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

use std::env;

use super::{Entry, PasswordError, Position, SourceError};
use terminal::Terminal;

/// How often to ask for the password: again after an empty answer, or if the two answers differ.
const ATTEMPTS: u32 = 3;

/// The question if there is one password. Emacs hides the answer only to questions that it knows
/// (`comint-password-prompt-regexp`): this one also with `for` and a name, and the one below.
pub(super) const QUESTION: &str = "Password: ";

/// The second question for a new password.
const REPEAT: &str = "Repeat password: ";

/// Whether the environment says that nobody is at the terminal. debconf(7) has this for an installation that nobody
/// watches; apt gives it a terminal all the same.
pub fn nobody_is_there() -> bool {
    env::var_os("DEBIAN_FRONTEND").is_some_and(|frontend| frontend == "noninteractive")
}

/// The terminal, ready to ask.
pub struct Prompt {
    terminal: Terminal,
    attempts: u32,
}

impl Prompt {
    /// Refuses to ask where nobody can be asked. Leaves the terminal as it is.
    ///
    /// # Errors
    ///
    /// [`SourceError`]
    pub fn expect_somebody() -> Result<(), SourceError> {
        Terminal::find()?;
        if nobody_is_there() { Err(SourceError::Noninteractive { stdin_is_taken: false }) } else { Ok(()) }
    }

    pub(super) fn open() -> Result<Self, SourceError> {
        Self::expect_somebody()?;
        Ok(Self { terminal: Terminal::open()?, attempts: ATTEMPTS })
    }

    /// Asks for a new password until it has been typed twice the same.
    pub(super) fn new_password(&mut self, question: &str) -> Result<Entry, SourceError> {
        self.attempts = ATTEMPTS;
        loop {
            let entry = self.ask(question)?;
            let error = match self.ask_once(REPEAT) {
                Ok(again) if again.password == entry.password => return Ok(entry),
                Err(error @ SourceError::Rejected { error: PasswordError::EscapeSequence, .. }) => error,
                Ok(_) | Err(SourceError::Rejected { .. }) => SourceError::Mismatch,
                Err(error) => return Err(error),
            };
            self.say_again(error)?;
        }
    }

    /// Asks for an existing password, without confirmation.
    pub(super) fn existing_password(mut self) -> Result<Entry, SourceError> {
        self.ask(QUESTION)
    }

    /// Asks until the answer is one that can have been meant, as long as there are attempts.
    fn ask(&mut self, question: &str) -> Result<Entry, SourceError> {
        loop {
            self.attempts -= 1;
            match self.ask_once(question) {
                Err(
                    error @ SourceError::Rejected {
                        error: PasswordError::Empty | PasswordError::EscapeSequence,
                        ..
                    },
                ) => self.say_again(error)?,
                answer => return answer,
            }
        }
    }

    fn ask_once(&mut self, question: &str) -> Result<Entry, SourceError> {
        Entry::from_text(Position::Answer(None), self.terminal.ask(question)?)
    }

    /// Says why the program asks again, as long as there are attempts.
    fn say_again(&mut self, error: SourceError) -> Result<(), SourceError> {
        if self.attempts == 0 {
            return Err(error);
        }
        let what = if error == SourceError::Mismatch { "them" } else { "it" };
        self.terminal.say(&format!("{error}; please type {what} again"))
    }
}
