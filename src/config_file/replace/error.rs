//! Errors of reading and replacing a file.

use std::fmt;
use std::io::{self, ErrorKind};

use crate::system::reason::reason;

/// Why a file cannot be read or replaced. Never contains the file's path or content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// A symlink whose target does not exist.
    #[error("the config is a symlink to a file that does not exist")]
    Dangling,
    /// A folder, a pipe or a device.
    #[error("the config is not a regular file")]
    NotAFile,
    #[error("the config is larger than 1 MiB")]
    TooLarge,
    #[error("with the new hash, the config would be larger than 1 MiB")]
    WouldBeTooLarge,
    /// The symlink's owner could lead this run to any file.
    #[error("the config's path has a symlink that belongs to another user")]
    ForeignSymlink,
    /// The path led to one file at first, and then to another.
    #[error("the config was moved or replaced while it was opened")]
    Moved,
    /// The file cannot be read.
    #[error("the config cannot be read: {0}")]
    Unreadable(Reason),
    /// The file cannot be written. It is unchanged.
    #[error("the config cannot be written: {0}")]
    Unwritable(Reason),
    /// No file can be created in its folder.
    #[error("cannot create a file next to the config: {0}")]
    Folder(Reason),
    /// Its folder cannot be opened to sync it.
    #[error("the config's folder cannot be synced: {0}")]
    FolderSync(Reason),
    /// Something has the temporary file's name and cannot be removed.
    #[error("a temporary file of an earlier run cannot be removed: {0}")]
    Leftover(Reason),
    /// The file is a mount point.
    #[error("the config is a mount point, as in a container, and cannot be replaced")]
    Mounted,
    /// The new file cannot get the old one's metadata.
    #[error("the config's owner, permissions or attributes cannot be kept: {0}")]
    Attributes(Reason),
    /// Writing in place could change a file outside the folder, which another user may have linked into
    /// it.
    #[error("the config has another name (a hard link), and another user can write to its folder")]
    ForeignLink,
    /// Another program holds the lock.
    #[error("the config is locked by another program")]
    Locked,
    /// The file system does not support locks.
    #[error("the config cannot be locked: {0}")]
    Unlockable(Reason),
    /// The file has changed since it was read. The change is kept.
    #[error("another program has changed the config")]
    Changed,
    /// Another program has the file open and does not share it.
    #[error("another program has the config open")]
    InUse,
    /// The old content cannot be kept.
    #[error("the backup cannot be written: {0}")]
    Backup(Reason),
    /// Every backup name is in use by a backup that must be kept.
    #[error("nine backups may hold the only copy of a password")]
    Backups,
    /// The new content is there, but a power cut could undo it.
    #[error("the config is written, but cannot be synced to the disk: {0}")]
    Unsynced(Reason),
    /// The new content is written, but whether the file still has its name is unknown.
    #[error("the config is written, but cannot be checked afterwards: {0}")]
    Unchecked(Reason),
    /// The new content is there, but replaced what another program saved at the same moment.
    #[error("the config is written, but this overwrote a change by another program")]
    Overwritten,
    /// Writing in place failed half-way, and so did restoring the old content.
    #[error("the config is damaged, because writing it failed half-way: {0}")]
    Damaged(Reason),
}

/// The system's reason for a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    cause: Cause,
    text: String,
}

/// Causes that have a hint of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// There is no such file, or there can be none of that name.
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
    /// A flag of chattr(1): the file cannot be changed.
    Immutable,
    /// A flag of chattr(1): the file can only grow.
    AppendOnly,
    /// A folder has the name.
    Folder,
    /// A device failed.
    Device,
    /// Another program has the file open.
    Busy,
    /// Any other.
    Other,
}

impl Reason {
    pub(super) fn of(error: &io::Error) -> Self {
        let cause = match error.kind() {
            ErrorKind::NotFound => Cause::NotFound,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Cause::Full,
            #[cfg(unix)]
            ErrorKind::FileTooLarge => Cause::FileLimit,
            ErrorKind::ReadOnlyFilesystem => Cause::ReadOnly,
            #[cfg(unix)]
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
    /// The cause of a system's error number for which the standard library has no name.
    const fn of_code(code: i32) -> Self {
        match code {
            #[cfg(unix)]
            5 => Self::Device,
            #[cfg(unix)]
            23 | 24 => Self::OpenFiles,
            // A character that no name can have.
            #[cfg(windows)]
            123 | 161 => Self::NotFound,
            #[cfg(windows)]
            206 => Self::NameTooLong,
            // Sharing, locking, existing, pending deletion; and how ReplaceFile reports these.
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

/// Converts errors of the backup file, to distinguish them from those of the config.
pub(super) fn of_backup(error: FileError) -> FileError {
    match error {
        FileError::Folder(reason)
        | FileError::FolderSync(reason)
        | FileError::Unwritable(reason)
        | FileError::Attributes(reason) => FileError::Backup(reason),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause_of(code: i32) -> Cause {
        Reason::of(&io::Error::from_raw_os_error(code)).cause()
    }

    #[cfg(unix)]
    #[test]
    fn errors_with_a_hint_are_told_apart() {
        use nix::errno::Errno;

        for (errno, cause) in [
            (Errno::ENOENT, Cause::NotFound),
            (Errno::ENOSPC, Cause::Full),
            (Errno::EDQUOT, Cause::Full),
            (Errno::EFBIG, Cause::FileLimit),
            (Errno::EMFILE, Cause::OpenFiles),
            (Errno::ENFILE, Cause::OpenFiles),
            (Errno::EROFS, Cause::ReadOnly),
            (Errno::ENAMETOOLONG, Cause::NameTooLong),
            (Errno::EISDIR, Cause::Folder),
            (Errno::EIO, Cause::Device),
            (Errno::EACCES, Cause::Other),
        ] {
            assert_eq!(cause_of(errno as i32), cause, "{errno}");
        }
    }

    #[cfg(windows)]
    #[test]
    fn errors_with_a_hint_are_told_apart() {
        use winsafe::co::ERROR;

        for (error, cause) in [
            (ERROR::FILE_NOT_FOUND, Cause::NotFound),
            (ERROR::PATH_NOT_FOUND, Cause::NotFound),
            (ERROR::INVALID_NAME, Cause::NotFound),
            (ERROR::BAD_PATHNAME, Cause::NotFound),
            (ERROR::DISK_FULL, Cause::Full),
            (ERROR::HANDLE_DISK_FULL, Cause::Full),
            (ERROR::DISK_QUOTA_EXCEEDED, Cause::Full),
            (ERROR::WRITE_PROTECT, Cause::ReadOnly),
            (ERROR::FILENAME_EXCED_RANGE, Cause::NameTooLong),
            (ERROR::CRC, Cause::Device),
            (ERROR::DEVICE_HARDWARE_ERROR, Cause::Device),
            (ERROR::IO_DEVICE, Cause::Device),
            (ERROR::SHARING_VIOLATION, Cause::Busy),
            (ERROR::LOCK_VIOLATION, Cause::Busy),
            (ERROR::FILE_EXISTS, Cause::Busy),
            (ERROR::ALREADY_EXISTS, Cause::Busy),
            (ERROR::DELETE_PENDING, Cause::Busy),
            (ERROR::UNABLE_TO_REMOVE_REPLACED, Cause::Busy),
            (ERROR::UNABLE_TO_MOVE_REPLACEMENT, Cause::Busy),
            (ERROR::UNABLE_TO_MOVE_REPLACEMENT_2, Cause::Busy),
            (ERROR::ACCESS_DENIED, Cause::Other),
            // A limit of Unix has its hint on Unix only.
            (ERROR::TOO_MANY_OPEN_FILES, Cause::Other),
            (ERROR::FILE_TOO_LARGE, Cause::Other),
        ] {
            assert_eq!(cause_of(error.raw().cast_signed()), cause, "{error}");
        }
    }
}
