//! Why a file cannot be read or replaced.

use std::fmt;
use std::io::{self, ErrorKind};

use crate::system::reason::reason;

/// Why a file cannot be read or replaced. It never holds the file's path or content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// A symlink whose target does not exist.
    #[error("the config is a symlink to a file that does not exist")]
    Dangling,
    /// A folder, a pipe, a device.
    #[error("the config is not a regular file")]
    NotAFile,
    /// Larger than the maximum, before or after the edit.
    #[error("the config is larger than 1 MiB")]
    TooLarge,
    /// Whoever owns the symlink could lead this run to any file.
    #[error("the config's path has a symlink that belongs to another user")]
    ForeignSymlink,
    /// The path led to one file, and then to another.
    #[error("the config's path does not lead to the same file twice")]
    Moved,
    /// The file cannot be read.
    #[error("the config cannot be read: {0}")]
    Unreadable(Reason),
    /// The file cannot be written. It is unchanged.
    #[error("the config cannot be written: {0}")]
    Unwritable(Reason),
    /// No file can be created in its folder.
    #[error("no new file can be made beside the config: {0}")]
    Folder(Reason),
    /// What has the temporary file's name cannot be removed.
    #[error("a temporary file of an earlier run cannot be removed: {0}")]
    Leftover(Reason),
    /// The file is a mount point.
    #[error("the config is mounted by itself, as into a container, and cannot be replaced")]
    Mounted,
    /// The new file cannot get the old one's metadata.
    #[error("the config's owner, permissions or attributes cannot be kept: {0}")]
    Attributes(Reason),
    /// Writing in place would change a file elsewhere, to which the folder's owner may have linked.
    #[error("the config has another name (a hard link), and another user can write to its folder")]
    ForeignLink,
    /// Somebody else holds the lock.
    #[error("the config is locked by another program")]
    Locked,
    /// The file system does not lock.
    #[error("the config cannot be locked: {0}")]
    Unlockable(Reason),
    /// The file is not as it was when it was read. It is left so.
    #[error("another program has changed the config")]
    Changed,
    /// Somebody has the file open and does not share it.
    #[error("another program has the config open")]
    InUse,
    /// The old content cannot be kept.
    #[error("the backup cannot be written: {0}")]
    Backup(Reason),
    /// Every name for a backup is taken by one that must not be lost.
    #[error("there are nine backups that hold a password in plain text")]
    Backups,
    /// The new content is there, but a power cut could undo it.
    #[error("the config is written, but cannot be synced to the disk: {0}")]
    Unsynced(Reason),
    /// The new content is written, but it could not be seen whether it still has its name.
    #[error("the config is written, but cannot be checked afterwards: {0}")]
    Unchecked(Reason),
    /// The new content is there; what another program saved at the same moment is gone.
    #[error("the config is written, but replaced what another program saved at the same moment")]
    Overwritten,
    /// Writing in place failed half-way, and so did restoring the old content.
    #[error("the config is damaged, because writing it failed half-way: {0}")]
    Damaged(Reason),
}

/// What the system says about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    cause: Cause,
    text: String,
}

/// Causes for which something particular can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// There is no such file.
    NotFound,
    /// The disk or the quota is full.
    Full,
    /// The limit on the size of files.
    FileLimit,
    /// The limit on open files.
    OpenFiles,
    /// The file system is mounted read-only.
    ReadOnly,
    /// A name or the path is too long.
    NameTooLong,
    /// A flag of chattr(1): nothing may change it.
    Immutable,
    /// A flag of chattr(1): it may only grow.
    AppendOnly,
    /// A folder has the name.
    Folder,
    /// A device failed.
    Device,
    /// Another program has it open.
    Busy,
    /// Any other.
    Other,
}

impl Reason {
    pub(super) fn of(error: &io::Error) -> Self {
        let cause = match error.kind() {
            ErrorKind::NotFound => Cause::NotFound,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Cause::Full,
            ErrorKind::FileTooLarge => Cause::FileLimit,
            ErrorKind::ReadOnlyFilesystem => Cause::ReadOnly,
            ErrorKind::InvalidFilename => Cause::NameTooLong,
            ErrorKind::IsADirectory => Cause::Folder,
            _ => Cause::of_code(error.raw_os_error().unwrap_or_default()),
        };
        Self { cause, text: reason(error) }
    }

    pub(super) fn new(cause: Cause, text: &str) -> Self {
        Self { cause, text: text.to_owned() }
    }

    /// The cause, for a hint.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        self.cause
    }
}

impl Cause {
    /// By the system's number, where the standard library has no name for it.
    const fn of_code(code: i32) -> Self {
        match code {
            #[cfg(unix)]
            5 => Self::Device,
            #[cfg(unix)]
            23 | 24 => Self::OpenFiles,
            #[cfg(windows)]
            4 => Self::OpenFiles,
            // Sharing, locking, existing, about to vanish; and what ReplaceFile makes of these.
            #[cfg(windows)]
            32 | 33 | 80 | 183 | 303 | 1175..=1177 => Self::Busy,
            #[cfg(windows)]
            23 | 483 | 1117 => Self::Device,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Errors of the backup file are told apart from those of the config.
pub(super) fn of_backup(error: FileError) -> FileError {
    match error {
        FileError::Folder(reason) | FileError::Unwritable(reason) | FileError::Attributes(reason) => {
            FileError::Backup(reason)
        }
        other => other,
    }
}
