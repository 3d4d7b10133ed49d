//! Replacing by a new file and `ReplaceFile`, on Windows, which keeps the old one's ACL.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::{TempPath, tempfile_in};
use winsafe::HFILE;
use winsafe::co::{DISPOSITION, ERROR, FILE_ATTRIBUTE, FILE_SHARE, GENERIC, REPLACEFILE};

use super::{FileError, LOCK_TIMEOUT, PAUSE, Reason, Replacement, in_use_or, open_for_writing, retry};

/// A file beside the config is locked: a lock on the config itself would keep readers out.
pub(super) const LOCKS_BESIDE: bool = true;

/// The file goes when its last handle does, even if the program is killed.
const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
/// Nobody else may open the file.
const NOBODY_ELSE: u32 = 0;

/// Kept as long as the file is locked.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until nobody else has the file locked, and locks it.
    pub(super) fn of(path: &Path) -> Result<Self, FileError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".tc_calendar.lock");
        let name = PathBuf::from(name);
        let deadline = Instant::now() + LOCK_TIMEOUT;
        loop {
            let opened = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .share_mode(NOBODY_ELSE)
                .custom_flags(FILE_FLAG_DELETE_ON_CLOSE)
                .open(&name);
            match opened {
                Ok(file) => return Ok(Self { _file: file }),
                // Permission is denied too while the file is about to vanish.
                Err(error) if is_in_use(&error) || error.kind() == ErrorKind::PermissionDenied => {
                    if Instant::now() >= deadline {
                        return Err(FileError::Locked);
                    }
                    thread::sleep(PAUSE);
                }
                Err(error) => return Err(FileError::Unlockable(Reason::of(&error))),
            }
        }
    }

    /// The lock goes by the name, so it is always the lock of what has the name.
    #[allow(clippy::unused_self)]
    pub(super) fn is_of(&self, _metadata: &Metadata) -> bool {
        true
    }
}

/// Whether another program has a file open and keeps others out.
pub(super) fn is_in_use(error: &io::Error) -> bool {
    let in_use = [ERROR::SHARING_VIOLATION, ERROR::LOCK_VIOLATION, ERROR::UNABLE_TO_REMOVE_REPLACED];
    in_use.iter().any(|code| error.raw_os_error() == Some(code.raw().cast_signed()))
}

/// How long to try again after an error: another program may have the file open for seconds, as virus
/// scanners do, and it is missing for a moment while `ReplaceFile` works.
pub(super) fn retry_time(error: &io::Error) -> Duration {
    if is_in_use(error) {
        Duration::from_secs(3)
    } else if error.kind() == ErrorKind::NotFound {
        Duration::from_millis(200)
    } else {
        Duration::ZERO
    }
}

/// Whether a file can be made beside this one.
pub(super) fn check_beside(path: &Path, _like: &File) -> Result<(), FileError> {
    tempfile_in(folder_of(path)).map_err(|error| FileError::Folder(Reason::of(&error)))?;
    Ok(())
}

/// There is nothing that tells beforehand.
pub(super) fn check_replaceable(_path: &Path) -> Result<(), FileError> {
    Ok(())
}

pub(super) fn has_other_names(path: &Path, _file: &File) -> bool {
    let links = |path: &str| {
        let share = FILE_SHARE::READ | FILE_SHARE::WRITE | FILE_SHARE::DELETE;
        let (existing, plain) = (DISPOSITION::OPEN_EXISTING, FILE_ATTRIBUTE::NORMAL);
        let opened =
            HFILE::CreateFile(path, GENERIC::READ, Some(share), None, existing, plain, None, None, None);
        let (file, _) = opened.ok()?;
        Some(file.GetFileInformationByHandle().ok()?.nNumberOfLinks)
    };
    path.to_str().and_then(links).is_some_and(|links| links > 1)
}

/// Keeps the old content beside the file.
pub(super) fn back_up(path: &Path, _file: &File, _old: &[u8], backup: &Path) -> Result<(), FileError> {
    fs::copy(path, backup).map(drop).map_err(|error| FileError::Backup(Reason::of(&error)))
}

pub(super) fn replace(replacement: &Replacement<'_>) -> Result<(), FileError> {
    let &Replacement { path, new, backup, unchanged, .. } = replacement;
    let unwritable = in_use_or(FileError::Unwritable);
    let new = new_file(path, new)?;
    // Without a name for it, the old file is lost if ReplaceFile fails half-way.
    let old = free_name(path)?;
    let name = |path: &Path| path.to_str().map(str::to_owned).ok_or_else(not_unicode);
    let names = (name(path)?, name(&new)?, name(&old)?);

    let mut changed = None;
    let replaced = retry(|| {
        if let Err(error) = unchanged() {
            changed = Some(error);
            return Err(ErrorKind::Other.into());
        }
        winsafe::ReplaceFile(&names.0, &names.1, Some(&names.2), REPLACEFILE::default())
            .map_err(|error| io::Error::from_raw_os_error(error.raw().cast_signed()))
    });
    if let Some(error) = changed {
        return Err(error);
    }
    if let Err(error) = replaced {
        return Err(if path.exists() || put_back(old, new, path) {
            unwritable(error)
        } else {
            FileError::Damaged(Reason::of(&error))
        });
    }
    if let Some(backup) = backup {
        old.persist(backup).map_err(|error| FileError::Backup(Reason::of(&error.error)))?;
    }
    open_for_writing(path)?.sync_all().map_err(|error| FileError::Unsynced(Reason::of(&error)))
}

/// Makes a file of these bytes, which nobody else can open while they are written.
fn new_file(path: &Path, bytes: &[u8]) -> Result<TempPath, FileError> {
    let unwritable = |error: io::Error| FileError::Unwritable(Reason::of(&error));
    // Not as the library would make it, which marks it as temporary.
    let create =
        |path: &Path| OpenOptions::new().write(true).create_new(true).share_mode(NOBODY_ELSE).open(path);
    let mut named = tempfile::Builder::new()
        .prefix(".tc_calendar.")
        .suffix(".tmp")
        .make_in(folder_of(path), create)
        .map_err(|error| FileError::Folder(Reason::of(&error)))?;
    named.write_all(bytes).map_err(unwritable)?;
    named.as_file().sync_all().map_err(unwritable)?;
    Ok(named.into_temp_path())
}

/// A name beside the file that nothing has.
fn free_name(path: &Path) -> Result<TempPath, FileError> {
    let is_free = |path: &Path| if path.exists() { Err(ErrorKind::AlreadyExists.into()) } else { Ok(()) };
    let named =
        tempfile::Builder::new().prefix(".tc_calendar.").suffix(".old").make_in(folder_of(path), is_free);
    Ok(named.map_err(|error| FileError::Folder(Reason::of(&error)))?.into_temp_path())
}

/// Gives the old file its name back, or else the new one; keeps both where that fails.
fn put_back(old: TempPath, new: TempPath, path: &Path) -> bool {
    match old.persist(path) {
        Ok(()) => true,
        Err(error) => {
            let _ = error.path.keep();
            new.persist(path).map_err(|error| error.path.keep()).is_ok()
        }
    }
}

fn not_unicode() -> FileError {
    FileError::Unwritable(Reason::new("its path is not Unicode"))
}

/// The folder of a resolved path, which is absolute.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
