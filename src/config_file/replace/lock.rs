//! The locks of Unix, flock(2): runs and other writers wait for each other, and readers for nobody.
//!
//! Whoever only reads must not be hindered, and must not hinder a run. A .NET program takes `LOCK_SH` on each file that
//! it opens to read, without waiting, and keeps it as long as the file is open; it fails while another program holds
//! `LOCK_EX`.
//!
//! - **The folder** is locked `LOCK_EX` by each run. Whoever reads the config does not open it, and a run that waits
//!   for it has no file open. Where the user may not read the folder, only the other locks remain.
//! - **The config** is locked `LOCK_SH`, which waits for who writes to it under `LOCK_EX`, and keeps them out. It is
//!   locked `LOCK_EX` only while its bytes are written in place, and not while the disk syncs.
//!   Another program may get it between the two, so its content is compared under `LOCK_EX` again.
//! - **A new file** is locked `LOCK_SH`, which tells it from the leftover of a killed run. It has the lock still when
//!   it becomes the config.
//!
//! Nothing here waits. [`Wait`](super::wait::Wait) does, while signals can end the program. A lock ends with its
//! process.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};

use super::error::{FileError, Role};
use crate::system::error::SystemError;
#[cfg(all(target_os = "linux", not(portable)))]
use crate::system::error::synced;

/// Locks a file against everybody else who locks it; false if another program has it locked. A shared lock becomes
/// exclusive, or is lost.
pub(super) fn try_exclusive(file: &File, role: Role) -> Result<bool, FileError> {
    is_granted(file.try_lock(), role)
}

/// Locks a file against who locks it to write; false if somebody has. An exclusive lock becomes shared.
pub(super) fn try_shared(file: &File, role: Role) -> Result<bool, FileError> {
    is_granted(file.try_lock_shared(), role)
}

fn is_granted(lock: Result<(), TryLockError>, role: Role) -> Result<bool, FileError> {
    match lock.map_err(io::Error::from) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(false),
        Err(error) => Err(FileError::Unlockable(role, SystemError::of(&error))),
    }
}

/// Syncs the config, which is locked to be written, and lets readers in meanwhile. If that fails, it is locked to be
/// written again, unless another program has it.
#[cfg(all(target_os = "linux", not(portable)))]
pub(super) fn sync_shared(config: &File) -> io::Result<()> {
    let _ = try_shared(config, Role::Config);
    let outcome = synced(config.sync_all());
    if outcome.is_err() {
        let _ = try_exclusive(config, Role::Config);
    }
    outcome
}
