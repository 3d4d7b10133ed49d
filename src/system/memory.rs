//! How much memory the machine, the cgroups and the limits of this process leave.
//!
//! It is asked before a hash allocates: beyond `RLIMIT_AS` an allocation fails, but beyond the limit of a
//! cgroup the kernel kills the process.

#[cfg(all(target_os = "linux", not(portable)))]
mod linux;

/// What is left, in KiB; none if it is unknown or unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Available {
    /// Memory that can be filled without failed allocations, an OOM kill or swapping.
    pub memory: Option<u64>,
    /// Address space. A thread uses more of it than of memory.
    pub address_space: Option<u64>,
}

/// Asks the system what is left now. Outside of Linux and Windows nothing is known.
#[must_use]
pub fn available() -> Available {
    #[cfg(all(target_os = "linux", not(portable)))]
    {
        Available { memory: linux::memory(), address_space: linux::address_space() }
    }
    #[cfg(windows)]
    {
        let memory = winsafe::GlobalMemoryStatusEx().ok().map(|status| status.ullAvailPhys / 1_024);
        Available { memory, address_space: None }
    }
    #[cfg(any(portable, not(any(target_os = "linux", windows))))]
    {
        Available::default()
    }
}
