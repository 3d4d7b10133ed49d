//! What the program needs from the operating system.

pub mod error;
pub mod memory;
pub mod process;
pub mod random;
pub mod text;

use std::fs::File;
use std::io;
use std::num::NonZero;
#[cfg(unix)]
use std::os::fd::AsFd as AsOwn;
#[cfg(windows)]
use std::os::windows::io::AsHandle as AsOwn;
use std::thread;

/// How many threads can run at once here; 1 if the system does not say.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// A standard stream as a plain file. The standard library buffers stdin and stdout, which would keep copies of
/// passwords, and it silently ignores writes to a read-only stdout. In place of a closed one it opens /dev/null
/// before `main`.
///
/// # Errors
///
/// The system's, if the descriptor cannot be duplicated.
pub fn unbuffered(stream: &impl AsOwn) -> io::Result<File> {
    #[cfg(unix)]
    let owned = stream.as_fd().try_clone_to_owned();
    #[cfg(windows)]
    let owned = stream.as_handle().try_clone_to_owned();
    owned.map(File::from)
}
