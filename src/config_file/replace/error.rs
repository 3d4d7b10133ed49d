//! Errors of reading and replacing the config.

use std::fmt;

use crate::system::error::SystemError;

/// The files that a replacement works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The config, or the new file that is about to get its name.
    Config,
    /// The copy of the old content.
    Backup,
    /// What has the temporary name of a new file.
    Temporary,
    /// The folder of the config.
    Folder,
}

/// Why the config cannot be read or replaced. An error that another file can cause says which one. Never contains
/// a path or content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("the config is a symlink to a file that does not exist")]
    Dangling,
    /// No folder has the file any more, but a link in /proc leads to it.
    #[error("the config is a deleted file that a program still has open")]
    Deleted,
    /// A folder, a pipe or a device.
    #[error("the config is not a regular file")]
    NotAFile,
    /// The next run would remove it.
    #[error("the config has a name that is kept for temporary files")]
    TemporaryName,
    #[error("the config is larger than 1 MiB")]
    TooLarge,
    #[error("with the new hash, the config would be larger than 1 MiB")]
    WouldBeTooLarge,
    /// The owner of the symlink could lead this run to any file.
    #[error("the config's path has a symlink that belongs to another user")]
    ForeignSymlink,
    /// The path led to one file at first, and then to another.
    #[error("the config was moved or replaced while it was opened")]
    Moved,
    #[error("the config cannot be read: {0}")]
    Unreadable(SystemError),
    /// The file cannot be written. It is unchanged.
    #[error("{0} cannot be written: {1}")]
    Unwritable(Role, SystemError),
    #[error("{what}: {1}", what = .0.or_unwritable("cannot create a file next to the config"))]
    NoNewFile(Role, SystemError),
    /// The folder cannot be opened to sync it, or the system fails to.
    #[error("{what}: {1}", what = .0.or_unwritable("the config's folder cannot be synced"))]
    FolderSync(Role, SystemError),
    /// The new file cannot get the metadata of the old one.
    #[error("{what}: {1}", what = .0.or_unwritable("the config's owner, permissions or attributes cannot be kept"))]
    Attributes(Role, SystemError),
    /// Something has the name of a temporary file and cannot be removed.
    #[error("a temporary file next to the config cannot be removed: {0}")]
    Leftover(SystemError),
    /// The new file does not get the config's name: some file systems replace no file by renaming another.
    #[error("the config cannot be replaced: {0}")]
    Unreplaceable(SystemError),
    #[error("the config is a mount point, as in a container, and cannot be replaced")]
    Mounted,
    #[error("the backup's name is a mount point, as in a container, and a backup is never replaced")]
    MountedBackup,
    /// Writing in place could change a file outside of the folder, which another user may have linked into
    /// it.
    #[error("the config has another name (a hard link), and another user can write to its folder")]
    ForeignLink,
    #[error("{0} is locked by another program")]
    Locked(Role),
    /// For example because the file system has no locks.
    #[error("{0} cannot be locked: {1}")]
    Unlockable(Role, SystemError),
    /// The file has changed since it was read. The change is kept.
    #[error("another program has changed {0}")]
    Changed(Role),
    /// Another program has the file open and does not share it.
    #[error("another program has the config open")]
    InUse,
    /// A backup is never replaced, and neither is anything else that has the name of one.
    #[error("no name is left for a backup: all from .bak to .bak.99 are taken")]
    NoFreeName,
    /// Another file or none has its name now, so the new content may be lost with it.
    #[error("the config is written, but was moved or replaced at the same moment")]
    Displaced,
    /// The new content is there, but a power cut could undo it.
    #[error("the config is written, but cannot be synced to the disk: {0}")]
    Unsynced(SystemError),
    /// The new content is written, but whether another program saved something meanwhile is unknown.
    #[error("the config is written, but cannot be checked afterwards: {0}")]
    Unchecked(SystemError),
    /// The new content is there, but replaced what another program saved at the same moment.
    #[error("the config is written, but this overwrote a change by another program")]
    Overwritten,
    /// Writing in place failed half-way, and so did restoring the old content.
    #[error("the config is damaged, because writing it failed half-way: {0}")]
    Damaged(SystemError),
}

impl FileError {
    /// Whether the config has the new content, or may have a part of it.
    pub const fn is_after_writing(&self) -> bool {
        matches!(
            self,
            Self::Displaced | Self::Unsynced(_) | Self::Unchecked(_) | Self::Overwritten | Self::Damaged(_)
        )
    }
}

/// Why a step failed, and whether it is worth trying again.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Another program is in the way, perhaps only for a moment.
    Passing(FileError),
    Lasting(FileError),
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::Lasting(error)
    }
}

impl Role {
    /// What an error says of the config; of a backup it says only that it cannot be written.
    const fn or_unwritable(self, of_config: &'static str) -> &'static str {
        match self {
            Self::Backup => "the backup cannot be written",
            Self::Config | Self::Temporary | Self::Folder => of_config,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "the config",
            Self::Backup => "the backup",
            Self::Temporary => "a temporary file next to the config",
            Self::Folder => "the config's folder",
        })
    }
}
