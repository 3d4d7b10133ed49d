//! Stdin and stdout as plain files.
//!
//! The standard library buffers both, which would keep copies of passwords, and it silently ignores
//! writes to a read-only stdout. In place of a closed one it opens /dev/null before `main`.

use std::fs::File;
use std::io;
#[cfg(unix)]
use std::os::fd::AsFd as AsOwn;
#[cfg(windows)]
use std::os::windows::io::AsHandle as AsOwn;

/// Standard input.
///
/// # Errors
///
/// The system's, if the descriptor cannot be duplicated.
pub fn stdin() -> io::Result<File> {
    duplicate(&io::stdin())
}

/// Standard output.
///
/// # Errors
///
/// The system's, if the descriptor cannot be duplicated.
pub fn stdout() -> io::Result<File> {
    duplicate(&io::stdout())
}

fn duplicate(stream: &impl AsOwn) -> io::Result<File> {
    #[cfg(unix)]
    let owned = stream.as_fd().try_clone_to_owned();
    #[cfg(windows)]
    let owned = stream.as_handle().try_clone_to_owned();
    owned.map(File::from)
}
