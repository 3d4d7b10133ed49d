//! The locks of Unix, flock(2): runs and other writers wait for each other, and readers for nobody.
//!
//! Who only reads must not be hindered, and must hinder no run: a .NET program takes `LOCK_SH` on each file that it
//! opens to read, for as long as it is open, and does not wait: while another program holds `LOCK_EX`, it fails.
//!
//! - **The folder** is locked `LOCK_EX` by each run: no reader opens it to read the config, and who waits for it keeps
//!   no file open. Where the user may not read the folder, only the other locks remain.
//! - **The config** is locked `LOCK_SH`, which waits for who writes to it under `LOCK_EX`, on another machine or through
//!   another folder too. Only while its bytes are written in place, it is `LOCK_EX`: not while the disk syncs.
//! - **A new file** is locked `LOCK_SH`, which tells it from the leftover of a killed run. It keeps the lock as the config.
//!
//! No call here waits: what waits is [`Wait`](super::wait::Wait), while signals can end the program. Every lock ends
//! with its process.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};

/// Locks a file to write to it, or makes a shared lock such a lock; false if another program has it locked, even shared.
/// Then a shared lock is lost.
pub(super) fn try_exclusive(file: &File) -> io::Result<bool> {
    is_granted(file.try_lock())
}

/// Locks a file as who reads it does, or makes an exclusive lock such a lock; false if another program has it locked to
/// write.
pub(super) fn try_shared(file: &File) -> io::Result<bool> {
    is_granted(file.try_lock_shared())
}

/// Syncs a file that is locked to write, and lets readers in meanwhile; if that fails, it is locked to write again.
pub(super) fn sync_shared(file: &File) -> io::Result<()> {
    let _ = try_shared(file);
    file.sync_all().inspect_err(|_| _ = try_exclusive(file))
}

fn is_granted(lock: Result<(), TryLockError>) -> io::Result<bool> {
    match lock.map_err(io::Error::from) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(false),
        Err(error) => Err(error),
    }
}
