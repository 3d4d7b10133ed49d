//! Opens, locks, reads, compares and replaces the config.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{
    CWD, FileType, FlockOperation, Mode, OFlags, Stat, StatxAttributes, flock, fstat, fsync, lstat, openat,
    stat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::beside::{self, Beside};
use super::entry;
use super::locate::{Location, locate};
use super::watch::Watch;
use crate::config_file::replace::backup::Existing;
use crate::config_file::replace::content;
use crate::config_file::replace::error::FileError;
use crate::config_file::replace::options::{ReplaceOptions, TEMPORARY, TEMPORARY_BACKUP};
use crate::config_file::replace::wait::Wait;
use crate::system::reason::{Cause, Reason};

/// The config, locked while this exists.
pub(crate) struct Config {
    folder: OwnedFd,
    name: OsString,
    file: File,
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    find(path)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = openat(CWD, path, flags, Mode::empty()).map_err(unreadable)?;
    if !entry::is_regular(&fstat(&file).map_err(unreadable)?) {
        return Err(FileError::NotAFile);
    }
    content::read(&file.into())
}

/// What the path leads to by the kernel's rules for symlinks. Opens nothing, because opening a pipe
/// would wait for its other end.
fn find(path: &Path) -> Result<Stat, FileError> {
    let found = stat(path).map_err(|error| {
        let is_symlink = |found: Stat| FileType::from_raw_mode(found.st_mode) == FileType::Symlink;
        if error == Errno::NOENT && lstat(path).is_ok_and(is_symlink) {
            FileError::Dangling
        } else {
            unreadable(error)
        }
    })?;
    if entry::is_regular(&found) { Ok(found) } else { Err(FileError::NotAFile) }
}

impl Config {
    /// Waits until the file is not locked, locks it, and removes what killed runs left.
    pub(crate) fn lock(path: &Path, _: ReplaceOptions, wait: &mut Wait<'_>) -> Result<Self, FileError> {
        loop {
            let config = match Self::open(path) {
                Err(FileError::Moved) => {
                    wait.pause(FileError::Moved)?;
                    continue;
                }
                opened => opened?,
            };
            match flock(&config.file, FlockOperation::NonBlockingLockExclusive) {
                // If it has lost its name, it was replaced meanwhile, and this locked the old file.
                Ok(()) if config.has_its_name().map_err(unreadable)? => {
                    config.clear_leftovers();
                    return Ok(config);
                }
                Ok(()) => wait.pause(FileError::Moved)?,
                Err(Errno::WOULDBLOCK | Errno::INTR) => wait.pause(FileError::Locked)?,
                Err(error) => return Err(FileError::Unlockable(Reason::of(&error.into()))),
            }
        }
    }

    fn open(path: &Path) -> Result<Self, FileError> {
        let named = find(path)?;
        let location = locate(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
                FileError::Moved
            }
            _ => unreadable(error),
        })?;
        if !entry::is_same(&location.found, &named) {
            return Err(FileError::Moved);
        }
        check_symlinks(&location)?;
        let Location { folder, name, .. } = location;
        if let Some(reason) = flag_reason(entry::attributes(&folder, &name)) {
            return Err(FileError::Unwritable(reason));
        }
        let file = entry::open(&folder, &name, OFlags::RDWR).map_err(|error| {
            match entry::open(&folder, &name, OFlags::RDONLY) {
                Err(error) => unreadable(error),
                Ok(_) => FileError::Unwritable(Reason::of(&error.into())),
            }
        })?;
        if entry::is_same(&fstat(&file).map_err(unreadable)?, &named) {
            Ok(Self { folder, name, file })
        } else {
            Err(FileError::Moved)
        }
    }

    pub(crate) fn name(&self) -> &OsStr {
        &self.name
    }

    /// The whole content.
    pub(crate) fn read(&self) -> Result<Vec<u8>, FileError> {
        content::read(&self.file)
    }

    /// Removes what killed runs left. Ignores failures: if a leftover is in the way, creating the file
    /// reports it.
    fn clear_leftovers(&self) {
        for name in [TEMPORARY, TEMPORARY_BACKUP] {
            let _ = beside::clear(&self.folder, name);
        }
    }

    /// Refuses what is known to fail.
    pub(crate) fn check(&self, options: ReplaceOptions) -> Result<(), FileError> {
        if options.in_place {
            return if self.is_linked_by_others() { Err(FileError::ForeignLink) } else { Ok(()) };
        }
        if entry::attributes(&self.folder, &self.name).contains(StatxAttributes::MOUNT_ROOT) {
            return Err(FileError::Mounted);
        }
        if let Some(reason) = flag_reason(entry::attributes(&self.folder, ".".as_ref())) {
            return Err(FileError::Folder(reason));
        }
        self.sync_names()
    }

    /// Whether another user who can write to the folder could have linked a foreign file into it.
    fn is_linked_by_others(&self) -> bool {
        let (Ok(file), Ok(folder)) = (fstat(&self.file), fstat(&self.folder)) else { return true };
        let is_theirs = folder.st_uid == file.st_uid || is_trusted(folder.st_uid);
        let others_may_write = folder.st_mode & 0o022 != 0;
        file.st_nlink > 1 && (!is_theirs || others_may_write)
    }

    pub(crate) fn has_other_names(&self) -> bool {
        fstat(&self.file).is_ok_and(|found| found.st_nlink > 1)
    }

    /// What has a backup's name.
    pub(crate) fn existing_backup(&self, name: &OsStr) -> Result<Existing, FileError> {
        let failed = |error: io::Error| FileError::Backup(Reason::of(&error));
        let Some(found) = entry::look(&self.folder, name).map_err(failed)? else { return Ok(Existing::Free) };
        if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
            return Err(FileError::Backup(Reason::new(Cause::Folder, "it is a folder")));
        }
        if !entry::is_regular(&found) {
            // A symlink or a pipe is replaced without opening it.
            return Ok(Existing::Free);
        }
        if let Some(reason) = flag_reason(entry::attributes(&self.folder, name)) {
            return Err(FileError::Backup(reason));
        }
        let opened = entry::open(&self.folder, name, OFlags::RDONLY);
        let content = opened.map_err(unreadable).and_then(|file| content::read(&file));
        Ok(content.map_or(Existing::Unknown, Existing::Backup))
    }

    /// Creates a synced file with these bytes beside the config, with the config's metadata.
    pub(crate) fn write_beside(
        &self,
        name: &'static str,
        bytes: &[u8],
        wait: &mut Wait<'_>,
    ) -> Result<Beside<'_>, FileError> {
        let beside = Beside::create(&self.folder, name, wait)?;
        beside.fill(bytes, &self.file)?;
        Ok(beside)
    }

    /// Fails if the file has changed since it was read, or has lost its name.
    pub(crate) fn expect(&self, old: &[u8]) -> Result<(), FileError> {
        match self.read() {
            Ok(content) if content == old && self.has_its_name().map_err(unreadable)? => Ok(()),
            Ok(_) | Err(FileError::TooLarge) => Err(FileError::Changed),
            Err(error) => Err(error),
        }
    }

    /// Gives the new file the config's name.
    pub(crate) fn replace_by(&self, new: Beside<'_>, old: &[u8]) -> Result<(), FileError> {
        let watch = Watch::start(&self.folder, &self.name);
        self.expect(old)?;
        new.rename(&self.name)?;
        // Another program may save between the last check and the rename. This cannot be prevented,
        // only detected afterwards.
        let is_old = self.read().is_ok_and(|content| content == old);
        if !is_old || watch.is_some_and(|watch| watch.saw_another(TEMPORARY)) {
            return Err(FileError::Overwritten);
        }
        self.sync_folder().map_err(|error| FileError::Unsynced(Reason::of(&error)))
    }

    /// Writes into the file itself.
    pub(crate) fn overwrite(&self, old: &[u8], new: &[u8]) -> Result<(), FileError> {
        self.expect(old)?;
        content::overwrite(&self.file, old, new)?;
        // If the file was replaced meanwhile, the new content is lost.
        match self.has_its_name() {
            Ok(true) => Ok(()),
            Ok(false) => Err(FileError::Changed),
            Err(error) => Err(FileError::Unchecked(Reason::of(&error))),
        }
    }

    /// Syncs the names in the folder.
    pub(crate) fn sync_names(&self) -> Result<(), FileError> {
        self.sync_folder().map_err(|error| FileError::FolderSync(Reason::of(&error)))
    }

    fn has_its_name(&self) -> io::Result<bool> {
        entry::is_name_of(&self.folder, &self.name, &self.file)
    }

    /// Syncs the names in the folder, if the file system supports it.
    fn sync_folder(&self) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match fsync(openat(&self.folder, ".", flags, Mode::empty())?) {
            Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
            result => Ok(result?),
        }
    }
}

/// Refuses another user's symlink, unless it leads to that user's own file and folder.
fn check_symlinks(location: &Location) -> Result<(), FileError> {
    let folder = fstat(&location.folder).map_err(unreadable)?;
    let is_harmless =
        |&owner: &u32| is_trusted(owner) || (owner == location.found.st_uid && owner == folder.st_uid);
    if location.symlink_owners.iter().all(is_harmless) { Ok(()) } else { Err(FileError::ForeignSymlink) }
}

/// Root and the current user can write to the file without tricks.
fn is_trusted(owner: u32) -> bool {
    owner == 0 || owner == geteuid().as_raw()
}

/// Why a flag of chattr(1) forbids changes, if one is set.
fn flag_reason(attributes: StatxAttributes) -> Option<Reason> {
    if attributes.contains(StatxAttributes::IMMUTABLE) {
        Some(Reason::new(Cause::Immutable, "it is immutable"))
    } else if attributes.contains(StatxAttributes::APPEND) {
        Some(Reason::new(Cause::AppendOnly, "it is append-only"))
    } else {
        None
    }
}

fn unreadable(error: impl Into<io::Error>) -> FileError {
    FileError::Unreadable(Reason::of(&error.into()))
}
