//! Opens, locks, reads, compares and replaces the config.

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use winsafe::HFILE;
use winsafe::co::{DISPOSITION, FILE_ATTRIBUTE, FILE_SHARE, GENERIC};

use super::beside::Beside;
use super::open;
use crate::config_file::replace::backup::Existing;
use crate::config_file::replace::content;
use crate::config_file::replace::error::FileError;
use crate::config_file::replace::options::{ReplaceOptions, TEMPORARY, TEMPORARY_BACKUP};
use crate::config_file::replace::wait::Wait;
use crate::system::reason::{Cause, Reason};

/// The config, which other programs cannot write to while this exists.
pub(crate) struct Config {
    path: PathBuf,
    name: OsString,
    /// None once it had to be closed to be replaced.
    file: RefCell<Option<File>>,
    /// Open, so that the folder keeps its path; and if this run creates files in it, no other run does.
    _folder: File,
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let path = resolve(path)?;
    let mut wait = Wait::new(&|| ());
    content::read(&retry(&mut wait, || File::open(&path), FileError::Unreadable)?)
}

/// The regular file that a path leads to through all symlinks.
fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    let resolved = path.canonicalize().map_err(|error| {
        let is_symlink = || fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        if error.kind() == ErrorKind::NotFound && is_symlink() {
            FileError::Dangling
        } else {
            FileError::Unreadable(Reason::of(&error))
        }
    })?;
    let found = fs::metadata(&resolved).map_err(|error| FileError::Unreadable(Reason::of(&error)))?;
    if found.is_file() { Ok(resolved) } else { Err(FileError::NotAFile) }
}

/// Retries while another program has the file open.
fn retry<T>(
    wait: &mut Wait<'_>,
    mut attempt: impl FnMut() -> std::io::Result<T>,
    kind: impl Fn(Reason) -> FileError,
) -> Result<T, FileError> {
    loop {
        match attempt() {
            Err(error) if open::is_in_use(&error) => wait.pause(FileError::InUse)?,
            result => return result.map_err(|error| kind(Reason::of(&error))),
        }
    }
}

impl Config {
    /// Waits until no other run uses the folder and no program writes to the file, keeps others out,
    /// and removes what killed runs left.
    pub(crate) fn lock(path: &Path, options: ReplaceOptions, wait: &mut Wait<'_>) -> Result<Self, FileError> {
        let resolved = resolve(path)?;
        let (Some(folder), Some(name)) = (resolved.parent(), resolved.file_name()) else {
            return Err(FileError::NotAFile);
        };
        let makes_files = !options.in_place || options.backup;
        let held = loop {
            let held = if makes_files { open::folder_alone(folder) } else { open::folder(folder) };
            match held {
                Err(error) if open::is_in_use(&error) => wait.pause(FileError::Locked)?,
                held => break held.map_err(|error| FileError::Folder(Reason::of(&error)))?,
            }
        };
        // The folder could have been exchanged before it was opened.
        if resolve(path)? != resolved {
            return Err(FileError::Moved);
        }
        if makes_files {
            // No live run needs these. Clear them before opening the config: they may be further names
            // of it.
            for name in [TEMPORARY, TEMPORARY_BACKUP] {
                let _ = Beside::clear(&resolved, name);
            }
        }
        // Checked here, because opening the file for reading does not show it.
        if fs::metadata(&resolved).is_ok_and(|found| found.permissions().readonly()) {
            return Err(FileError::Unwritable(Reason::new(Cause::Attribute, "it is read-only")));
        }
        let file = if options.in_place {
            retry(wait, || open::for_overwriting(&resolved), FileError::Unwritable)?
        } else {
            retry(wait, || open::for_reading(&resolved), FileError::Unreadable)?
        };
        if fs::symlink_metadata(&resolved).is_ok_and(|found| found.is_symlink()) {
            return Err(FileError::Moved);
        }
        let name = name.to_owned();
        Ok(Self { path: resolved, name, file: RefCell::new(Some(file)), _folder: held })
    }

    pub(crate) fn name(&self) -> &OsStr {
        &self.name
    }

    /// The whole content.
    pub(crate) fn read(&self) -> Result<Vec<u8>, FileError> {
        match &*self.file.borrow() {
            Some(file) => content::read(file),
            None => read(&self.path),
        }
    }

    /// Nothing else is known to fail.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)] // as on Linux
    pub(crate) fn check(&self, _options: ReplaceOptions) -> Result<(), FileError> {
        Ok(())
    }

    pub(crate) fn has_other_names(&self) -> bool {
        let links = |path: &str| {
            let share = FILE_SHARE::READ | FILE_SHARE::WRITE | FILE_SHARE::DELETE;
            let (existing, plain) = (DISPOSITION::OPEN_EXISTING, FILE_ATTRIBUTE::NORMAL);
            let opened =
                HFILE::CreateFile(path, GENERIC::READ, Some(share), None, existing, plain, None, None, None);
            let (file, _) = opened.ok()?;
            Some(file.GetFileInformationByHandle().ok()?.nNumberOfLinks)
        };
        self.path.to_str().and_then(links).is_some_and(|links| links > 1)
    }

    /// What has a backup's name.
    pub(crate) fn existing_backup(&self, name: &OsStr) -> Result<Existing, FileError> {
        let path = self.path.with_file_name(name);
        let found = match fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Existing::Free),
            Err(error) => return Err(FileError::Backup(Reason::of(&error))),
        };
        if found.is_dir() {
            return Err(FileError::Backup(Reason::new(Cause::Folder, "it is a folder")));
        }
        if found.permissions().readonly() {
            return Err(FileError::Backup(Reason::new(Cause::Attribute, "it is read-only")));
        }
        if !found.is_file() {
            return Ok(Existing::Free);
        }
        match retry(&mut Wait::new(&|| ()), || File::open(&path), FileError::Unreadable) {
            Err(FileError::InUse) => Err(FileError::Backup(Reason::new(Cause::Busy, open::HELD))),
            file => {
                let content = file.and_then(|file| content::read(&file));
                Ok(content.map_or(Existing::Unknown, Existing::Backup))
            }
        }
    }

    /// Creates a synced file with these bytes beside the config, with the config's ACL.
    #[allow(clippy::unused_self)]
    pub(crate) fn write_beside(
        &self,
        name: &'static str,
        bytes: &[u8],
        wait: &mut Wait<'_>,
    ) -> Result<Beside, FileError> {
        let beside = Beside::create(&self.path, name, wait)?;
        beside.fill(bytes)?;
        Ok(beside)
    }

    /// Fails if the file has changed since it was read.
    pub(crate) fn expect(&self, old: &[u8]) -> Result<(), FileError> {
        match read(&self.path) {
            Ok(content) if content == old => Ok(()),
            Ok(_) | Err(FileError::TooLarge) => Err(FileError::Changed),
            Err(error) => Err(error),
        }
    }

    /// Renames the new file to the config, waiting while another program prevents that.
    pub(crate) fn replace_by(&self, new: Beside, old: &[u8]) -> Result<(), FileError> {
        let mut wait = Wait::new(&|| ());
        loop {
            self.expect(old)?;
            match new.try_rename(&self.path) {
                Ok(()) => break,
                // On systems where an open file cannot be replaced, this run must close it too.
                Err(_) if self.file.borrow_mut().take().is_some() => (),
                Err(error) if open::is_in_use(&error) || error.kind() == ErrorKind::PermissionDenied => {
                    if let Err(timeout) = wait.pause(FileError::InUse) {
                        let held = open::cannot_be_replaced(&self.path);
                        return Err(if held { timeout } else { FileError::Unwritable(Reason::of(&error)) });
                    }
                }
                Err(error) => return Err(FileError::Unwritable(Reason::of(&error))),
            }
        }
        new.sync().map_err(|error| FileError::Unsynced(Reason::of(&error)))
    }

    /// Writes into the file itself.
    pub(crate) fn overwrite(&self, old: &[u8], new: &[u8]) -> Result<(), FileError> {
        let file = self.file.borrow();
        content::overwrite(file.as_ref().ok_or(FileError::InUse)?, old, new)?;
        // If the file was replaced meanwhile, the new content is lost.
        match read(&self.path) {
            Ok(content) if content == new => Ok(()),
            Err(FileError::Unreadable(reason)) => Err(FileError::Unchecked(reason)),
            _ => Err(FileError::Changed),
        }
    }

    /// Windows cannot sync the names in a folder.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)]
    pub(crate) fn sync_names(&self) -> Result<(), FileError> {
        Ok(())
    }
}
