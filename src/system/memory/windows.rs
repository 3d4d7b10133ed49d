//! Free memory on Windows.

/// The free physical memory, in KiB.
pub(super) fn memory() -> Option<u64> {
    let status = winsafe::GlobalMemoryStatusEx().ok()?;
    Some(status.ullAvailPhys / 1_024)
}

/// Unlimited on Windows.
pub(super) fn address_space() -> Option<u64> {
    None
}
