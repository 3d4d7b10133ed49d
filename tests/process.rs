//! What is done to the process itself. In a program of its own, which it is done to.
// On Windows nothing is done to the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use nix::sys::prctl::get_dumpable;
use nix::sys::resource::{Resource, getrlimit};

/// Another process cannot ask for the flag, so this one asks for its own.
#[test]
fn the_process_is_made_undumpable() {
    assert!(get_dumpable().unwrap());
    tc_calendar::system::process::forbid_core_dumps();
    assert!(!get_dumpable().unwrap());
    assert_eq!(getrlimit(Resource::RLIMIT_CORE).unwrap(), (0, 0));
}
