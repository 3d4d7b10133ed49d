//! What the program needs from the operating system, and what it does to texts: cores and consoles here, the rest
//! in a file each.

pub mod error;
pub mod lines;
pub mod memory;
pub mod process;
pub mod random;
pub mod stack;
pub mod stream;
pub mod text;

use std::num::NonZero;
use std::thread;

#[cfg(windows)]
use winsafe::{HSTD, co::STD_HANDLE};

/// How many threads can run at once here; 1 if the system does not say.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Whether a standard handle is a console. [`io::IsTerminal`] is also true for the pipe of Git Bash's terminal.
#[cfg(windows)]
pub fn is_console(handle: STD_HANDLE) -> bool {
    // The handle belongs to the process; the guard must not close it.
    let handle = HSTD::GetStdHandle(handle).map(|mut handle| handle.leak());
    handle.and_then(|handle| handle.GetConsoleMode()).is_ok()
}
