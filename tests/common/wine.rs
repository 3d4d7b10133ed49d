//! Windows programs on Linux, under Wine. `TC_CALENDAR_EXE` names the one under test.

use std::path::Path;

pub fn program() -> String {
    std::env::var("TC_CALENDAR_EXE").expect("TC_CALENDAR_EXE does not name the Windows program")
}

/// A path as Windows programs name it.
pub fn windows(path: impl AsRef<Path>) -> String {
    format!("Z:{}", path.as_ref().to_str().unwrap().replace('/', "\\"))
}
