//! How much memory the machine, the cgroups and the limits of this process leave.
//!
//! Checked before allocating: `RLIMIT_AS` fails cleanly, a cgroup limit gets the process killed.

#[cfg(all(target_os = "linux", not(portable)))]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(all(target_os = "linux", not(portable)))]
use linux as platform;
#[cfg(windows)]
use windows as platform;

/// What is left, in KiB; none if it is unknown or unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Available {
    /// Memory that can be filled without failed allocations, an OOM kill or swapping.
    pub memory: Option<u64>,
    /// Address space. A thread uses more of it than of memory.
    pub address_space: Option<u64>,
}

#[must_use]
pub fn available() -> Available {
    #[cfg(any(all(target_os = "linux", not(portable)), windows))]
    return Available { memory: platform::memory(), address_space: platform::address_space() };
    #[cfg(any(portable, not(any(target_os = "linux", windows))))]
    Available::default()
}
