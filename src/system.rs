//! What the program needs from the operating system.

pub mod error;
pub mod memory;
pub mod nearest;
pub mod process;
pub mod random;

pub mod stdio;
pub mod text;

use std::num::NonZero;
use std::thread;

/// How many threads can run at once here; 1 if the system does not say.
#[must_use]
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}
