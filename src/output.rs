//! What the program prints: results on stdout, all else on stderr.

pub mod formats;
pub mod messages;
pub mod progress;
pub mod stdout;
