//! The dialog at the terminal: a password, typed without echo, a new one twice.
//!
//! Linux and Windows have code of their own. Every other system has the crate rpassword; this program
//! is not made for those, and on some of them rpassword leaves echo off after Ctrl-C.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as terminal;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as terminal;

#[cfg(not(any(target_os = "linux", windows)))]
mod rpassword;
#[cfg(not(any(target_os = "linux", windows)))]
use rpassword as terminal;

use super::{InputError, Place, Taken, take};
use crate::password::Refusal;
use terminal::Terminal;

/// How often it asks: an empty answer and two different ones are asked for again.
const ATTEMPTS: u32 = 3;

/// Asks for a new password until it has been typed twice the same.
pub(super) fn new_password() -> Result<Taken, InputError> {
    let mut terminal = Terminal::open()?;
    let mut attempts = ATTEMPTS;
    loop {
        let taken = ask(&mut terminal, &mut attempts)?;
        let again = take(Place::Prompt, terminal.ask("Confirm password: ")?);
        if again.is_ok_and(|again| again.password == taken.password) {
            return Ok(taken);
        }
        if attempts == 0 {
            return Err(InputError::Mismatch);
        }
        terminal.say("the two passwords do not match; please type them again")?;
    }
}

/// Asks once for a password that exists already.
pub(super) fn known_password() -> Result<Taken, InputError> {
    ask(&mut Terminal::open()?, &mut { ATTEMPTS })
}

/// Asks until the answer is not empty, for as long as there are attempts.
fn ask(terminal: &mut Terminal, attempts: &mut u32) -> Result<Taken, InputError> {
    loop {
        *attempts -= 1;
        let taken = take(Place::Prompt, terminal.ask("Password: ")?);
        let is_empty = matches!(&taken, Err(InputError::Refused { refusal: Refusal::Empty, .. }));
        if !is_empty || *attempts == 0 {
            return taken;
        }
        terminal.say("the password is empty; please type it again")?;
    }
}
