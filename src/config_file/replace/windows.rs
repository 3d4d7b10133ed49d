//! Replacing on Windows. Everything goes by paths here; the folder cannot be renamed meanwhile.
//!
//! A run that makes files holds the folder open in a way that only one can; there is no lock file. The
//! config itself is held open so that nobody else writes to it.

mod beside;
mod config;
mod open;

pub(super) use config::{Config, read};

/// Nothing: a signal that ends the program cannot be blocked here. The next run removes what is left.
pub(super) struct Held;

pub(super) fn hold_signals() -> Held {
    Held
}
