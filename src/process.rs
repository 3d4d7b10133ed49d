//! What is done to the process itself, so that passwords don't leak from it.
//!
//! All of it narrows a window and closes none, so what the system does not let us do is passed
//! over in silence: a hash is still right without it.

#[cfg(target_os = "linux")]
mod linux;

/// Overwrites the arguments, which may hold passwords, for whoever lists processes: all but the
/// program's own name, which has `name` bytes. Linux only.
pub fn scrub_arguments(name: usize) {
    #[cfg(target_os = "linux")]
    let _ = linux::scrub_arguments(name);
    #[cfg(not(target_os = "linux"))]
    let _ = name;
}

/// Lets a limit on the size of files be an error like a full disk, which can be reported and undone.
/// Otherwise the signal would end the program in the midst of writing. Linux only.
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
    #[cfg(unix)]
    let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
    // Core patterns that pipe into a program ignore the limit; this they heed.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
}
