//! How much memory the machine, its cgroup and this process's limits leave.
//!
//! Checked before allocating: `RLIMIT_AS` fails cleanly, a cgroup limit gets the process killed.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(windows)]
use windows as platform;

/// What is left, in KiB; none for what the system does not tell or does not limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Available {
    /// Memory that can be filled without being refused, killed or swapped.
    pub memory: Option<u64>,
    /// Address space, of which threads take more than memory.
    pub address_space: Option<u64>,
}

/// What is left for this process now.
#[must_use]
pub fn available() -> Available {
    #[cfg(any(target_os = "linux", windows))]
    return Available { memory: platform::memory(), address_space: platform::address_space() };
    #[cfg(not(any(target_os = "linux", windows)))]
    Available::default()
}
