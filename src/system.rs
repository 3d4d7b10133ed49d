//! What the program needs from the operating system, and what it does to texts: standard streams and cores here, the
//! rest in a file each.

pub mod error;
pub mod memory;
pub mod process;
pub mod random;
pub mod stack;
pub mod text;

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZero;
#[cfg(unix)]
use std::os::fd::AsFd as AsOwn;
#[cfg(windows)]
use std::os::windows::io::AsHandle as AsOwn;
use std::thread;

#[cfg(windows)]
use winsafe::{HSTD, co::STD_HANDLE};

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

/// Standard output. It must be flushed after each write.
///
/// # Errors
///
/// The system's, if the descriptor cannot be duplicated.
pub fn stdout() -> io::Result<Box<dyn Write>> {
    // A console takes the bytes of a file to be in its code page, which is seldom UTF-8. The standard library
    // gives it UTF-16.
    #[cfg(windows)]
    if is_console(STD_HANDLE::OUTPUT) {
        return Ok(Box::new(io::stdout()));
    }
    Ok(Box::new(unbuffered(&io::stdout())?))
}

/// Whether a standard handle is a console. [`io::IsTerminal`] is also true for the pipe of Git Bash's terminal.
#[cfg(windows)]
pub fn is_console(handle: STD_HANDLE) -> bool {
    // The handle belongs to the process; the guard must not close it.
    let handle = HSTD::GetStdHandle(handle).map(|mut handle| handle.leak());
    handle.and_then(|handle| handle.GetConsoleMode()).is_ok()
}
