//! The physical memory that is free on Windows.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

pub(super) fn free() -> Option<u64> {
    let only_memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let bytes = System::new_with_specifics(only_memory).ok()?.available_memory();
    (bytes > 0).then_some(bytes / 1_024)
}
