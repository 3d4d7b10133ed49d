//! A new file beside the config, until it gets the name of the config or of a backup.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use winsafe::co::{ACCESS_RIGHTS, ERROR, FILE_SHARE, REPLACEFILE};

use crate::config_file::replace::common::temporary_name;
use crate::config_file::replace::error::{Failure, FileError, Role};
use crate::system::error::{Cause, SystemError};

/// The name of the empty file that becomes the new file.
const EMPTY: &str = ".tc_calendar.empty";

/// The reason for which a file that another program has open cannot be replaced.
pub(super) const HELD: &str = "another program has it open";

pub(super) const READ: u32 = FILE_SHARE::READ.raw();
pub(super) const WRITE: u32 = FILE_SHARE::WRITE.raw();
pub(super) const DELETE: u32 = FILE_SHARE::DELETE.raw();

/// Opens a symlink itself, not its target.
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
const FILE_APPEND_DATA: u32 = 4;

/// A file with a temporary name, which no other program can open. It is removed on drop, unless it was renamed.
pub(crate) struct StagedFile<'a> {
    config: &'a Path,
    role: Role,
    file: File,
}

impl<'a> StagedFile<'a> {
    /// Creates an empty file with the ACL of the config. Leaves nothing behind if that fails. Does not wait.
    pub(super) fn create(config: &'a Path, role: Role) -> Result<Self, Failure> {
        Self::try_create(config, role).map_err(|error| {
            let _ = clear(config, temporary_name(role));
            match &error {
                FileError::InUse => Failure::Passing(error),
                FileError::Leftover(reason) if reason.cause() == Cause::Busy => Failure::Passing(error),
                // A removed file can keep its name until every program has closed it.
                FileError::Attributes(_, reason) | FileError::NoNewFile(_, reason)
                    if reason.cause() == Cause::Busy =>
                {
                    Failure::Passing(FileError::InUse)
                }
                _ => Failure::Lasting(error),
            }
        })
    }

    fn try_create(config: &'a Path, role: Role) -> Result<Self, FileError> {
        // Where another program forbids to remove the config, a further name of it could not be removed either.
        if is_refused(config, ACCESS_RIGHTS::DELETE.raw()) {
            return Err(FileError::InUse);
        }
        clear(config, temporary_name(role))?;
        make_empty(config, role)?;
        let no_new_file = |error: io::Error| FileError::NoNewFile(role, SystemError::of(&error));
        let mut access = OpenOptions::new();
        access.write(true).share_mode(DELETE).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        let file = access.open(config.with_file_name(temporary_name(role))).map_err(no_new_file)?;
        // If the file has content, it is the config itself.
        if file.metadata().map_err(no_new_file)?.len() != 0 {
            let reason = SystemError::new(Cause::Other, "no empty file came of it");
            return Err(FileError::Attributes(role, reason));
        }
        Ok(Self { config, role, file })
    }

    /// Writes the content and syncs the file.
    pub(crate) fn fill(&self, bytes: &[u8]) -> Result<(), FileError> {
        let written = (&self.file).write_all(bytes).and_then(|()| self.sync());
        written.map_err(|error| FileError::Unwritable(self.role, SystemError::of(&error)))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Gives the file its final name, in place of the file that has that name.
    pub(crate) fn rename(&mut self, name: &OsStr) -> Result<(), Failure> {
        let to = self.config.with_file_name(name);
        self.try_rename(&to).map_err(|error| {
            let unwritable = |reason| FileError::Unwritable(self.role, reason);
            if !is_in_use(&error) && error.kind() != ErrorKind::PermissionDenied {
                return unwritable(SystemError::of(&error)).into();
            }
            let is_held = cannot_be_replaced(&to);
            let reason = if is_held { SystemError::new(Cause::Busy, HELD) } else { SystemError::of(&error) };
            Failure::Passing(unwritable(reason))
        })
    }

    pub(super) fn try_rename(&self, to: &Path) -> io::Result<()> {
        fs::rename(self.path(), to)
    }

    fn path(&self) -> PathBuf {
        self.config.with_file_name(temporary_name(self.role))
    }
}

impl Drop for StagedFile<'_> {
    fn drop(&mut self) {
        // After a renaming, nothing has this name. If the file cannot be removed, the next run tries again.
        let _ = fs::remove_file(self.path());
    }
}

/// Removes what a killed run left.
pub(super) fn clear(config: &Path, name: &str) -> Result<(), FileError> {
    [EMPTY, &link_name(name), name].iter().try_for_each(|name| remove(&config.with_file_name(name)))
}

/// Removes a file or a symlink, if there is one.
fn remove(path: &Path) -> Result<(), FileError> {
    let Err(error) = fs::remove_file(path) else { return Ok(()) };
    let reason = match fs::symlink_metadata(path) {
        _ if error.kind() == ErrorKind::NotFound => return Ok(()),
        Ok(metadata) if metadata.is_dir() => SystemError::new(Cause::Folder, "it is a folder"),
        Ok(metadata) if metadata.permissions().readonly() => {
            SystemError::new(Cause::Attribute, "it is read-only")
        }
        _ => SystemError::of(&error),
    };
    Err(FileError::Leftover(reason))
}

/// Creates an empty file with the ACL of the config.
///
/// `ReplaceFile` copies an ACL, but for a moment no file has the replaced name. So it replaces a
/// second name of the config, and the config keeps its own.
fn make_empty(config: &Path, role: Role) -> Result<(), FileError> {
    let name = temporary_name(role);
    let (path, empty) = (config.with_file_name(name), config.with_file_name(EMPTY));
    // Without a backup name, `ReplaceFile` can leave a file with a random name, which no run would
    // remove.
    let link = config.with_file_name(link_name(name));
    drop(File::create_new(&empty).map_err(|error| FileError::NoNewFile(role, SystemError::of(&error)))?);
    let made = fs::hard_link(config, &path).and_then(|()| replace_file(&path, &empty, &link));
    made.map_err(|error| FileError::Attributes(role, SystemError::of(&error)))?;
    remove(&link)
}

/// The second name of the config, until it is removed.
fn link_name(name: &str) -> String {
    format!("{name}.old")
}

fn replace_file(replaced: &Path, replacement: &Path, backup: &Path) -> io::Result<()> {
    let text = |path: &Path| {
        let text = path.to_str().map(str::to_owned);
        text.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "its path is not Unicode"))
    };
    let (replaced, replacement, backup) = (text(replaced)?, text(replacement)?, text(backup)?);
    winsafe::ReplaceFile(&replaced, &replacement, Some(&backup), REPLACEFILE::default())
        .map_err(|error| io::Error::from_raw_os_error(error.raw().cast_signed()))
}

/// Whether another program has a file open and lets nobody replace it.
pub(super) fn cannot_be_replaced(path: &Path) -> bool {
    is_refused(path, ACCESS_RIGHTS::DELETE.raw()) || is_refused(path, FILE_APPEND_DATA)
}

fn is_refused(path: &Path, access: u32) -> bool {
    let opened = OpenOptions::new().access_mode(access).share_mode(READ | WRITE | DELETE).open(path);
    opened.is_err_and(|error| is_in_use(&error))
}

/// Whether an error means that another program has the file open.
pub(super) fn is_in_use(error: &io::Error) -> bool {
    let in_use = [ERROR::SHARING_VIOLATION, ERROR::LOCK_VIOLATION, ERROR::UNABLE_TO_REMOVE_REPLACED];
    in_use.iter().any(|code| error.raw_os_error() == Some(code.raw().cast_signed()))
}
