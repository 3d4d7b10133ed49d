//! The physical memory that is free on Windows.

pub(super) fn free() -> Option<u64> {
    let status = winsafe::GlobalMemoryStatusEx().ok()?;
    Some(status.ullAvailPhys / 1_024)
}
