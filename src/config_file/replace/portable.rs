//! Replacing on macOS, the BSDs and other Unix systems, with the standard library alone.
//!
//! Runs keep each other out by locking the folder. Every step uses the path that the config had then. So what Linux
//! promises in a folder of another user is not promised here, and neither are ACLs, extended attributes and that
//! signals wait.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use super::common::{self, ReplaceOptions, TEMPORARY_NAMES, find, has_content, temporary_name, unreadable};
use super::error::{Failure, FileError, Role};
use super::lock;
use super::wait::Wait;
use crate::system::error::{SystemError, synced};

/// The config, in a folder that is locked while this exists.
pub(crate) struct Config {
    /// Without symlinks.
    path: PathBuf,
    /// None once it had to be closed to be replaced.
    file: RefCell<Option<File>>,
    /// What new files take over, as it was when the file was opened.
    metadata: Metadata,
    folder: File,
}

/// A file with a temporary name. It is removed on drop, unless it was renamed.
pub(crate) struct StagedFile<'a> {
    path: PathBuf,
    role: Role,
    file: File,
    /// Whose owner, group and mode it gets.
    metadata: &'a Metadata,
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    find(path)?;
    common::read(&File::open(path).map_err(unreadable)?)
}

/// Reads a whole file while no run writes to it.
pub(crate) fn read_locked(path: &Path) -> Result<Vec<u8>, Failure> {
    find(path)?;
    let path = path.canonicalize().map_err(unreadable)?;
    let folder = File::open(path.parent().unwrap_or(&path));
    // What cannot be locked, no run writes.
    if folder.is_ok_and(|folder| matches!(lock::try_shared(&folder, Role::Folder), Ok(false))) {
        return Err(Failure::Passing(FileError::Locked(Role::Folder)));
    }
    read(&path)
}

impl Config {
    /// Locks the folder, opens the file, and removes what killed runs left.
    pub(crate) fn lock(path: &Path, _: ReplaceOptions, wait: &Wait<'_>) -> Result<Self, FileError> {
        wait.retry(|| Self::try_lock(path))
    }

    fn try_lock(path: &Path) -> Result<Self, Failure> {
        find(path)?;
        let path = path.canonicalize().map_err(unreadable)?;
        common::check_name(path.file_name().unwrap_or_default())?;
        let folder = File::open(path.parent().unwrap_or(&path));
        let folder = folder.map_err(|error| FileError::Unlockable(Role::Folder, SystemError::of(&error)))?;
        if !lock::try_exclusive(&folder, Role::Folder)? {
            return Err(Failure::Passing(FileError::Locked(Role::Folder)));
        }
        let file =
            OpenOptions::new().read(true).write(true).open(&path).map_err(|error| {
                match File::open(&path) {
                    Err(error) => unreadable(error),
                    Ok(_) => FileError::Unwritable(Role::Config, SystemError::of(&error)),
                }
            })?;
        for name in TEMPORARY_NAMES {
            // If a leftover cannot be removed, creating the file reports it.
            let _ = remove(&path.with_file_name(name));
        }
        let metadata = file.metadata().map_err(unreadable)?;
        Ok(Self { path, file: RefCell::new(Some(file)), metadata, folder })
    }

    pub(crate) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// The whole content.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        self.with_file(|file| Ok(common::read(file))).map_err(unreadable)?
    }

    /// What is done with the open file, or after it was closed, with the one that has the name.
    fn with_file<T>(&self, work: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
        match &*self.file.borrow() {
            Some(file) => work(file),
            None => work(&File::open(&self.path)?),
        }
    }

    /// Refuses what is known to fail.
    pub(crate) fn check(&self, options: ReplaceOptions) -> Result<(), FileError> {
        let Some(role) = options.new_file() else { return Ok(()) };
        self.sync_folder().map_err(|error| FileError::FolderSync(role, SystemError::of(&error)))
    }

    pub(crate) fn has_other_names(&self) -> bool {
        self.with_file(File::metadata).is_ok_and(|metadata| metadata.nlink() > 1)
    }

    /// Whether nothing has this name.
    pub(crate) fn is_free(&self, name: &OsStr) -> Result<bool, FileError> {
        common::is_free(&self.path.with_file_name(name))
    }

    /// Creates a new file with the name that it has until it is renamed.
    pub(crate) fn stage(&self, role: Role, _: &Wait<'_>) -> Result<StagedFile<'_>, Failure> {
        let path = self.path.with_file_name(temporary_name(role));
        remove(&path)?;
        let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = created.map_err(|error| FileError::NoNewFile(role, SystemError::of(&error)))?;
        Ok(StagedFile { path, role, file, metadata: &self.metadata })
    }

    /// Fails if the file has changed since it was read, or has lost its name.
    pub(crate) fn expect(&self, old: &[u8]) -> Result<(), Failure> {
        let is_unchanged = |file: &File| {
            Ok(has_content(file, old)? && !self.has_new_metadata(file)? && self.has_name_of(file)?)
        };
        common::expect(self.with_file(is_unchanged))
    }

    /// Whether what new files take over has changed.
    fn has_new_metadata(&self, file: &File) -> io::Result<bool> {
        Ok(rights(&file.metadata()?) != rights(&self.metadata))
    }

    /// Gives the new file the name of the config.
    pub(crate) fn replace_by(&self, new: &mut StagedFile<'_>, old: &[u8]) -> Result<(), Failure> {
        self.expect(old)?;
        if new.rename(self.name()).is_err() {
            // Some file systems do not replace an open file, and this run has it open.
            self.file.take();
            self.expect(old)?;
            new.rename(self.name())?;
        }
        let is_unchanged = |file: &File| {
            // Some file systems do not tell the metadata of a file that has lost its name.
            Ok(has_content(file, old)? && !self.has_new_metadata(file).unwrap_or(false))
        };
        let is_old = self.file.borrow().as_ref().map_or(Ok(true), is_unchanged);
        Ok(common::after_renaming(is_old, self.sync_folder())?)
    }

    /// Writes into the file itself.
    pub(crate) fn overwrite(&self, old: &[u8], new: &[u8]) -> Result<(), Failure> {
        let is_old = |file: &File| Ok(has_content(file, old)? && self.has_name_of(file)?);
        common::expect(self.with_file(is_old))?;
        let sync = |file: &File| synced(file.sync_all());
        let overwrite = |file: &File| Ok(common::overwrite(file, old, new, sync, || self.has_name_of(file)));
        self.with_file(overwrite).map_err(unreadable)?
    }

    /// Syncs the names in the folder, if the file system supports it.
    pub(crate) fn sync_folder(&self) -> io::Result<()> {
        synced(self.folder.sync_all())
    }

    fn has_name_of(&self, file: &File) -> io::Result<bool> {
        let opened = file.metadata()?;
        match fs::symlink_metadata(&self.path) {
            Ok(named) => Ok((named.dev(), named.ino()) == (opened.dev(), opened.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl StagedFile<'_> {
    /// Writes the content, copies owner, group and mode of the old file, and syncs the file.
    pub(crate) fn fill(&self, bytes: &[u8]) -> Result<(), FileError> {
        let unwritable = |error: io::Error| FileError::Unwritable(self.role, SystemError::of(&error));
        (&self.file).write_all(bytes).map_err(unwritable)?;
        self.copy_metadata().map_err(|error| FileError::Attributes(self.role, SystemError::of(&error)))?;
        synced(self.file.sync_all()).map_err(unwritable)
    }

    fn copy_metadata(&self) -> io::Result<()> {
        let (wanted, own) = (self.metadata, self.file.metadata()?);
        if (own.uid(), own.gid()) != (wanted.uid(), wanted.gid()) {
            fchown(&self.file, Some(wanted.uid()), Some(wanted.gid()))?;
        }
        // The mode comes last, because a change of the owner can change it.
        self.file.set_permissions(wanted.permissions())
    }

    /// Gives the file its final name, in place of the file that has that name.
    pub(crate) fn rename(&mut self, name: &OsStr) -> Result<(), Failure> {
        Ok(self.try_rename(&self.path.with_file_name(name))?)
    }

    fn try_rename(&self, path: &Path) -> Result<(), FileError> {
        fs::rename(&self.path, path).map_err(|error| FileError::Unreplaceable(SystemError::of(&error)))
    }

    /// Takes the place of another new file, as it would take the config's. Not every file system lets it.
    pub(crate) fn rehearse_rename(self, other: Self) -> Result<(), FileError> {
        let path = other.path.clone();
        drop(other);
        // An empty file that is closed, as the config is for the last attempt.
        let unmade = |error| FileError::NoNewFile(self.role, SystemError::of(&error));
        let renamed = File::create_new(&path).map_err(unmade).and_then(|_closed| self.try_rename(&path));
        remove(&path)?;
        remove(&self.path)?;
        renamed
    }

    /// Removes the file, as dropping it does, and says whether it could be.
    pub(crate) fn remove(self) -> Result<(), FileError> {
        remove(&self.path)
    }

    /// Gives the file its final name, unless something has that name; then returns false.
    pub(crate) fn rename_to_free(&mut self, name: &OsStr) -> Result<bool, Failure> {
        let to = self.path.with_file_name(name);
        // A hard link replaces nothing, and dropping this removes the temporary name. Where there are no hard links,
        // only a look protects the name.
        let mut renamed = fs::hard_link(&self.path, &to);
        let has_failed = renamed.as_ref().is_err_and(|error| error.kind() != ErrorKind::AlreadyExists);
        if has_failed && common::is_free(&to)? {
            renamed = fs::rename(&self.path, &to);
        }
        match renamed {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(FileError::Unwritable(self.role, SystemError::of(&error)).into()),
        }
    }
}

impl Drop for StagedFile<'_> {
    fn drop(&mut self) {
        // After a renaming, nothing has this name. If the file cannot be removed, the next run tries again.
        let _ = fs::remove_file(&self.path);
    }
}

/// What a new file takes over besides the content: owner, group and mode.
fn rights(metadata: &Metadata) -> (u32, u32, u32) {
    (metadata.uid(), metadata.gid(), metadata.mode())
}

/// Removes what a killed run left, if it left anything. The target of a symlink is not touched.
fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(FileError::Leftover(SystemError::of(&error)))
        }
        _ => Ok(()),
    }
}
