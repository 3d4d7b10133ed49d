//! Replacing by a new file and `ReplaceFile`, on Windows, which keeps the old one's ACL.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::tempfile_in;
use winsafe::co::{ERROR, REPLACEFILE};

use super::{FileError, in_use_or, patiently};
use crate::error::reason;

/// The file goes when its last handle does, even if the program is killed.
const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;

/// A file beside the config is locked: a lock on the config itself would keep readers out.
pub(super) const LOCKS_BESIDE: bool = true;

/// Kept as long as the file is locked.
pub(super) struct Lock {
    _file: File,
}

/// Locks a file; none if somebody else has it locked.
pub(super) fn try_lock(path: &Path) -> io::Result<Option<Lock>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".tc_calendar.lock");
    let nobody_else = 0;
    // Permission is denied too while the file is about to vanish.
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .share_mode(nobody_else)
        .custom_flags(FILE_FLAG_DELETE_ON_CLOSE)
        .open(PathBuf::from(name));
    match opened {
        Ok(file) => Ok(Some(Lock { _file: file })),
        Err(error) if is_in_use(&error) || error.kind() == ErrorKind::PermissionDenied => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a file can be made beside this one.
pub(super) fn check_beside(path: &Path, _like: &File) -> Result<(), FileError> {
    tempfile_in(folder_of(path)).map_err(|error| FileError::Folder(reason(&error)))?;
    Ok(())
}

/// There is nothing that tells beforehand.
pub(super) fn check_replaceable(_path: &Path) -> Result<(), FileError> {
    Ok(())
}

/// Nothing safe tells on Windows.
pub(super) fn has_other_names(_file: &File) -> bool {
    false
}

/// Makes a copy of a file.
pub(super) fn copy(_file: &File, path: &Path, _old: &[u8], copy: &Path) -> Result<(), FileError> {
    fs::copy(path, copy).map(drop).map_err(|error| FileError::Backup(reason(&error)))
}

pub(super) fn replace(
    path: &Path,
    _file: &File,
    _old: &[u8],
    new: &[u8],
    backup: Option<&Path>,
    unchanged: impl FnOnce() -> Result<(), FileError>,
) -> Result<(), FileError> {
    let unwritable = |error: io::Error| FileError::Unwritable(reason(&error));
    let mut named = tempfile::Builder::new()
        .prefix(".tc_calendar.")
        .suffix(".tmp")
        // Not as the library would, which marks it as temporary.
        .make_in(folder_of(path), |path| OpenOptions::new().write(true).create_new(true).open(path))
        .map_err(|error| FileError::Folder(reason(&error)))?;
    named.write_all(new).map_err(unwritable)?;
    named.as_file().sync_all().map_err(unwritable)?;
    let new = named.into_temp_path();
    unchanged()?;

    let name = |path: &Path| path.to_str().map(str::to_owned).ok_or_else(not_unicode);
    let (path, new, backup) = (name(path)?, name(&new)?, backup.map(name).transpose()?);
    patiently(|| {
        winsafe::ReplaceFile(&path, &new, backup.as_deref(), REPLACEFILE::WRITE_THROUGH)
            .map_err(|error| io::Error::from_raw_os_error(error.raw().cast_signed()))
    })
    .map_err(in_use_or(FileError::Unwritable))
}

/// Whether another program has a file open and keeps others out.
pub(super) fn is_in_use(error: &io::Error) -> bool {
    let in_use = [ERROR::SHARING_VIOLATION, ERROR::LOCK_VIOLATION, ERROR::UNABLE_TO_REMOVE_REPLACED];
    in_use.iter().any(|code| error.raw_os_error() == Some(code.raw().cast_signed()))
}

/// How long to try again after an error: another program may have the file open for seconds, as virus
/// scanners do, and it is missing for a moment while `ReplaceFile` works.
pub(super) fn patience(error: &io::Error) -> Duration {
    if is_in_use(error) {
        Duration::from_secs(3)
    } else if error.kind() == ErrorKind::NotFound {
        Duration::from_millis(200)
    } else {
        Duration::ZERO
    }
}

fn not_unicode() -> FileError {
    FileError::Unwritable("its path is not Unicode".to_owned())
}

/// The folder of a resolved path, which is absolute.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
