//! Other programs that the tests compare with.

use std::process::Command;

/// Whether Python's argon2-cffi is installed. In CI, which requires it, a missing one is a failure.
pub fn argon2_cffi_is_installed() -> bool {
    let found =
        Command::new("python3").args(["-c", "import argon2"]).output().is_ok_and(|run| run.status.success());
    assert!(
        found || std::env::var_os("TC_CALENDAR_PEERS").is_none_or(|value| value != "required"),
        "argon2-cffi is required and not installed"
    );
    if !found {
        super::skipped("Python's argon2-cffi is not installed");
    }
    found
}
