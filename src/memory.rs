//! How much memory the machine, its cgroup and this process's limits leave.
//!
//! Asked before any is taken, because too much is answered in different ways: an address space
//! limit by an error, a cgroup by the end of the process, without a word.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(windows)]
mod windows;

/// What is left, in KiB; none for what the system doesn't tell, or doesn't limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Available {
    /// Memory that can be filled without being refused, ended or swapped.
    pub memory: Option<u64>,
    /// Address space, of which threads take more than memory.
    pub address_space: Option<u64>,
}

/// What is left for this process now.
#[must_use]
pub fn available() -> Available {
    #[cfg(target_os = "linux")]
    return linux::available();
    #[cfg(windows)]
    return Available { memory: windows::free(), address_space: None };
    #[cfg(not(any(target_os = "linux", windows)))]
    Available::default()
}
