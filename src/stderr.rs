//! Notes, errors and hints; the only place that writes to stderr, but for dialog and progress bar.

use std::fmt::Display;
use std::io::Write;

use crate::error;
use crate::input::Place;
use crate::password::Remark;

/// Says what is worth knowing although the work goes on, unless `--quiet` was given.
#[derive(Debug, Clone, Copy)]
pub struct Notes {
    /// Whether to keep still.
    pub quiet: bool,
}

impl Notes {
    /// Prints `note: …`.
    pub fn say(self, note: impl Display) {
        if !self.quiet {
            line(format_args!("note: {note}"));
        }
    }

    /// Prints what there is to say of a password, with its place.
    pub fn remarks(self, place: Place, remarks: &[Remark]) {
        for remark in remarks {
            self.say(format_args!("{place}{remark}"));
        }
    }
}

/// Prints `error: …`, and `hint: …` where there is something to do about it.
pub fn error(error: &anyhow::Error) {
    match error::hint(error) {
        Some(hint) => line(format_args!("error: {error:#}\nhint: {hint}")),
        None => line(format_args!("error: {error:#}")),
    }
}

/// In one piece, so that two programs at one terminal don't mix their lines. A closed or full
/// stderr leaves nobody to tell, and the exit status still says it.
fn line(text: std::fmt::Arguments<'_>) {
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}
