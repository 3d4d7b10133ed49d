//! Protects the process, so that passwords do not leak from it. Best effort: failures are ignored.

#[cfg(target_os = "linux")]
mod linux;

/// Overwrites the arguments, which may hold passwords, in the process list: all but the program's own
/// name, which has `name` bytes. Linux only.
pub fn scrub_arguments(name: usize) {
    #[cfg(target_os = "linux")]
    let _ = linux::scrub_arguments(name);
    #[cfg(not(target_os = "linux"))]
    let _ = name;
}

/// Makes a limit on the size of files an error like a full disk, which can be reported and undone.
/// Otherwise a signal would end the program while it writes. Linux only.
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
    // A core pattern that pipes into a program ignores the limit, but not this.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
}
