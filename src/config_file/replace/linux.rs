//! Replacing on Linux. The path is used once; after that, everything is relative to the descriptor of
//! the folder that the file is really in.

mod beside;
mod config;
mod entry;
mod locate;
mod metadata;
mod signals;
mod watch;

pub(super) use config::{Config, read};
pub(super) use signals::hold as hold_signals;
