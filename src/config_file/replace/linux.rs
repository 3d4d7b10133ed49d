//! Replacing on Linux. The path is resolved once; every later step is relative to the descriptor of the
//! file's real folder.

mod beside;
mod config;
mod entry;
mod locate;
mod metadata;
mod signals;
mod watch;

pub(super) use config::{Config, read};
pub(super) use signals::hold as hold_signals;
