//! Changes to the process itself. A separate test program, because the test changes its own process.
// Other systems have no such flag, and Windows has no such limit.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use nix::sys::prctl::get_dumpable;
use nix::sys::resource::{Resource, getrlimit};

/// A process can read only its own flag, which only the half for Linux changes.
#[test]
fn the_process_is_made_undumpable() {
    assert!(get_dumpable().unwrap());
    assert!(tc_calendar::system::process::forbid_core_dumps());
    assert_eq!(get_dumpable().unwrap(), cfg!(portable));
    assert_eq!(getrlimit(Resource::RLIMIT_CORE).unwrap(), (0, 0));
}
