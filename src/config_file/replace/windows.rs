//! Replacing on Windows. Every step uses paths; the folder cannot be renamed meanwhile.
//!
//! A run that creates files opens the folder in a mode that only one run can have, instead of a lock
//! file. It keeps the config open, so that no other program writes to it.

mod beside;
mod config;
mod open;

pub(super) use config::{Config, read};

/// Does nothing: Windows has no signals to block. The next run removes what a killed one leaves.
pub(super) struct Held;

pub(super) fn hold_signals() -> Held {
    Held
}
