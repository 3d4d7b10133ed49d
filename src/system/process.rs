//! Protects the process, so that passwords do not leak from it. Best effort: failures are ignored, except
//! the one that a user can do something about.

#[cfg(target_os = "linux")]
mod linux;

use std::ffi::OsString;

/// A copy of the arguments of this process, the program's name first.
pub struct Arguments {
    pub list: Vec<OsString>,
    /// Whether the originals could not be overwritten, so that the process list still shows them. Always
    /// false outside of Linux, where nothing is overwritten.
    pub exposed: bool,
}

/// Keeps other processes out of the memory, then copies the arguments and overwrites the originals
/// (Linux only), all but the program's name. Call it before anything else.
#[must_use]
pub fn protect() -> Arguments {
    // Opened first: of an undumpable process it belongs to root.
    #[cfg(target_os = "linux")]
    let memory = linux::memory();
    forbid_core_dumps();
    let list: Vec<OsString> = std::env::args_os().collect();
    #[cfg(target_os = "linux")]
    let exposed = {
        let name = list.first().map_or(0, |name| name.len());
        memory.and_then(|memory| linux::overwrite_arguments(&memory, name)).is_err()
    };
    #[cfg(not(target_os = "linux"))]
    let exposed = false;
    Arguments { list, exposed }
}

/// Makes a limit on the size of files an error like a full disk, which can be reported and undone,
/// instead of a signal that ends the program while it writes. Linux only.
pub fn survive_file_limit() {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::signal::{SigSet, Signal};
        let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
    }
}

/// Turns core dumps off; on Linux it also keeps debuggers and other processes of the same user
/// out of the memory.
pub fn forbid_core_dumps() {
    // A core pattern that pipes into a program ignores the limit, but not this.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
    #[cfg(unix)]
    let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
}
