//! Errors of reading and replacing a file.

use crate::system::reason::Reason;

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
    #[cfg_attr(not(windows), error("the config is locked by another program"))]
    #[cfg_attr(windows, error("the config's folder is locked by another program"))]
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
