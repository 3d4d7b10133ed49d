//! Replacing on Windows. Every step uses paths; the folder cannot be renamed meanwhile.
//!
//! A run that creates files opens the folder in a mode that only one run can have, instead of a lock
//! file. It keeps the config open, so that no other program writes to it.

mod staged;

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use winsafe::HFILE;
use winsafe::co::{DISPOSITION, FILE_ATTRIBUTE, FILE_SHARE, GENERIC};

use super::backup::Entry;
use super::common::{self, ReplaceOptions, TEMPORARY_NAMES, Wait, find, has_content, unreadable};
use super::error::{Failure, FileError, Role};
use crate::system::error::{Cause, SystemError};
pub(crate) use staged::StagedFile;
use staged::{DELETE, HELD, READ, WRITE, cannot_be_replaced, is_in_use};

/// Allows opening a folder.
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
const FILE_LIST_DIRECTORY: u32 = 1;
const FILE_ADD_FILE: u32 = 2;

/// The config, which other programs cannot write to while this exists.
pub(crate) struct Config {
    path: PathBuf,
    /// None once it had to be closed to be replaced.
    file: RefCell<Option<File>>,
    /// Open, so that the folder keeps its path; and if this run creates files in it, no other run does.
    _folder: File,
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(common::read(&File::open(resolve(path)?).map_err(|error| failed(&error, FileError::Unreadable))?)?)
}

/// The path of the config without symlinks.
fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    find(path)?;
    path.canonicalize().map_err(unreadable)
}

/// Why the config cannot be opened. It is worth trying again while another program has it open.
fn failed(error: &io::Error, error_of: impl FnOnce(SystemError) -> FileError) -> Failure {
    if is_in_use(error) {
        Failure::Passing(FileError::InUse)
    } else {
        error_of(SystemError::of(error)).into()
    }
}

impl Config {
    /// Opens the folder, which no other run may use, and the file, which no other program may write to. Removes
    /// what killed runs left.
    pub(crate) fn lock(path: &Path, options: ReplaceOptions, wait: &Wait<'_>) -> Result<Self, FileError> {
        wait.retry(|| Self::try_lock(path, options, wait))
    }

    /// Tries again only the step that failed: opening the config often would keep other runs from replacing it,
    /// and who waits for it keeps the folder.
    fn try_lock(path: &Path, options: ReplaceOptions, wait: &Wait<'_>) -> Result<Self, Failure> {
        let resolved = resolve(path)?;
        let creates_files = options.new_file().is_some();
        let folder = wait.retry(|| {
            open_folder(resolved.parent().unwrap_or(&resolved), creates_files).map_err(|error| {
                if is_in_use(&error) {
                    Failure::Passing(FileError::Locked(Role::Config))
                } else {
                    FileError::NoNewFile(Role::Config, SystemError::of(&error)).into()
                }
            })
        })?;
        // The folder could have been exchanged before it was opened.
        if resolve(path)? != resolved {
            return Err(Failure::Passing(FileError::Moved));
        }
        if creates_files {
            // No live run needs these. They are cleared before the config is opened, because they may be further
            // names of it. If that fails, creating the file reports it.
            for name in TEMPORARY_NAMES {
                let _ = staged::clear(&resolved, name);
            }
        }
        // This is checked here, because opening the file for reading does not show it.
        if fs::metadata(&resolved).is_ok_and(|metadata| metadata.permissions().readonly()) {
            let reason = SystemError::new(Cause::Attribute, "it is read-only");
            return Err(FileError::Unwritable(Role::Config, reason).into());
        }
        // No other program can write to the file while it is open.
        let mut access = OpenOptions::new();
        access.read(true).write(options.in_place).share_mode(READ | DELETE);
        let cannot_open = |reason| {
            let is_read = !options.in_place;
            if is_read { FileError::Unreadable(reason) } else { FileError::Unwritable(Role::Config, reason) }
        };
        let file = wait.retry(|| access.open(&resolved).map_err(|error| failed(&error, cannot_open)))?;
        if fs::symlink_metadata(&resolved).is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(Failure::Passing(FileError::Moved));
        }
        Ok(Self { path: resolved, file: RefCell::new(Some(file)), _folder: folder })
    }

    pub(crate) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// The whole content.
    pub(crate) fn read(&self) -> Result<Vec<u8>, FileError> {
        let file = self.file.borrow();
        common::read(file.as_ref().ok_or(FileError::InUse)?)
    }

    /// Refuses what is known to fail, which is nothing here.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)] // as on the other systems
    pub(crate) fn check(&self, _: ReplaceOptions) -> Result<(), FileError> {
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

    /// What has the name of a backup.
    pub(crate) fn look(&self, name: &OsStr) -> Result<Entry, Failure> {
        let path = self.path.with_file_name(name);
        let unwritable = |reason| FileError::Unwritable(Role::Backup, reason);
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Entry::Free),
            Err(error) => return Err(unwritable(SystemError::of(&error)).into()),
        };
        if metadata.is_dir() {
            return Ok(Entry::Folder);
        }
        if metadata.permissions().readonly() {
            let reason = SystemError::new(Cause::Attribute, "it is read-only");
            return Ok(Entry::File { file: None, obstacle: Some(unwritable(reason)) });
        }
        if !metadata.is_file() {
            return Ok(Entry::Free);
        }
        match File::open(&path) {
            Err(error) if is_in_use(&error) => {
                Err(Failure::Passing(unwritable(SystemError::new(Cause::Busy, HELD))))
            }
            file => Ok(Entry::File { file: file.ok(), obstacle: None }),
        }
    }

    /// Creates a new file with the name that it has until it is renamed. Does not wait.
    pub(crate) fn stage(&self, role: Role) -> Result<StagedFile<'_>, Failure> {
        StagedFile::create(&self.path, role)
    }

    /// Fails if the file has changed since it was read.
    pub(crate) fn expect(&self, old: &[u8]) -> Result<(), Failure> {
        match self.has_content(old) {
            Err(error) => Err(failed(&error, FileError::Unreadable)),
            is_old => Ok(common::expect(is_old)?),
        }
    }

    /// Renames the new file to the config.
    pub(crate) fn replace_by(&self, new: &mut StagedFile<'_>, old: &[u8]) -> Result<(), Failure> {
        self.expect(old)?;
        let mut renamed = new.try_rename(&self.path);
        // On systems where an open file cannot be replaced, this run must close it too.
        if renamed.is_err() && self.file.take().is_some() {
            self.expect(old)?;
            renamed = new.try_rename(&self.path);
        }
        renamed.map_err(|error| {
            let in_use = is_in_use(&error) || error.kind() == ErrorKind::PermissionDenied;
            let error = if in_use && cannot_be_replaced(&self.path) {
                FileError::InUse
            } else {
                FileError::Unwritable(Role::Config, SystemError::of(&error))
            };
            if in_use { Failure::Passing(error) } else { Failure::Lasting(error) }
        })?;
        Ok(new.sync().map_err(|error| FileError::Unsynced(SystemError::of(&error)))?)
    }

    /// Writes into the file itself.
    pub(crate) fn overwrite(&self, old: &[u8], new: &[u8]) -> Result<(), Failure> {
        self.expect(old)?;
        let file = self.file.borrow();
        let file = file.as_ref().ok_or(FileError::InUse)?;
        Ok(common::overwrite(file, old, new, || self.has_content(new))?)
    }

    /// Whether what has the name of the config has this content.
    fn has_content(&self, expected: &[u8]) -> io::Result<bool> {
        has_content(&File::open(&self.path)?, expected)
    }

    /// Does nothing: Windows cannot sync the names in a folder.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)] // as on the other systems
    pub(crate) fn sync_folder(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens a folder, which keeps its path while this is open. Only one run can open it to create files in it; other
/// programs can still use it.
fn open_folder(path: &Path, creates_files: bool) -> io::Result<File> {
    let mut access = OpenOptions::new();
    if creates_files {
        access.access_mode(FILE_LIST_DIRECTORY | FILE_ADD_FILE).share_mode(READ);
    } else {
        access.read(true).share_mode(READ | WRITE);
    }
    access.custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}
