//! The dialog at the terminal: a password, typed without echo, a new one twice.
//!
//! Linux has code of its own. Windows has the crate rpassword, and so has every other system, for
//! which this program is not made: on some of them rpassword leaves echo off after Ctrl-C.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as terminal;

#[cfg(not(target_os = "linux"))]
mod rpassword;
#[cfg(not(target_os = "linux"))]
use rpassword as terminal;

use super::{InputError, Place, Taken, take};
use terminal::Terminal;

/// How often two different answers are forgiven, and one more time not.
const ATTEMPTS: u32 = 3;

/// Asks for a new password until it has been typed twice the same, three times at most.
pub(super) fn new_password() -> Result<Taken, InputError> {
    let mut terminal = Terminal::open()?;
    for attempt in 1..=ATTEMPTS {
        let taken = take(Place::Prompt, terminal.ask("Password: ")?)?;
        let again = take(Place::Prompt, terminal.ask("Confirm password: ")?);
        if again.is_ok_and(|again| again.password == taken.password) {
            return Ok(taken);
        }
        if attempt < ATTEMPTS {
            terminal.say("the two passwords are different; please type them again")?;
        }
    }
    Err(InputError::Mismatch)
}

/// Asks once for a password that exists already.
pub(super) fn known_password() -> Result<Taken, InputError> {
    take(Place::Prompt, Terminal::open()?.ask("Password: ")?)
}
