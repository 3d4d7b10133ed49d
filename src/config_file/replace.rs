//! Replaces a file so that readers see the old content or the new one, and never a mixture.
//!
//! One run at a time: the file is locked while it is read, edited and replaced. A program that takes
//! no part in the locking is noticed by what it has written.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::reason;
#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

/// The largest file that is taken, in bytes: far more than any config has.
pub const MAX_BYTES: u64 = 16 << 20;

/// How long to wait for another run that has the file locked.
const LOCK_PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait before trying either again.
const PAUSE: Duration = Duration::from_millis(5);

/// How a file is replaced.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Write into the file itself: where it cannot be replaced. A reader can see a mixture.
    pub in_place: bool,
    /// Keep the old content, as `<name>.bak` beside it.
    pub backup: bool,
}

/// What there is to say of a file that has been replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    /// It has other names (hard links), which still lead to the old content.
    pub other_names: bool,
}

/// Why a file can't be read or replaced. A name of a file is never in it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It is a symlink that leads nowhere.
    #[error("the config is a symlink to a file that does not exist")]
    Dangling,
    /// A folder, a pipe, a device.
    #[error("the config is not a regular file")]
    NotAFile,
    /// Larger than [`MAX_BYTES`].
    #[error("the config is larger than 16 MiB")]
    TooLarge,
    /// It can't be read; the system's reason.
    #[error("the config cannot be read: {0}")]
    Unreadable(String),
    /// It can't be written; the system's reason. It is as it was.
    #[error("the config cannot be written: {0}")]
    Unwritable(String),
    /// No file can be made in its folder; the system's reason.
    #[error("no new file can be made beside the config: {0}")]
    Folder(String),
    /// It is a mount of its own.
    #[error("the config is mounted by itself, as into a container, and cannot be replaced")]
    Mounted,
    /// A new file can't be given what the old one has; the system's reason.
    #[error("the config's owner, permissions or attributes cannot be kept: {0}")]
    Attributes(String),
    /// The lock can't be had.
    #[error("another program keeps the config locked")]
    Locked,
    /// The system can't lock it; its reason.
    #[error("the config cannot be locked: {0}")]
    Unlockable(String),
    /// It is not what it was when it was read.
    #[error("another program has changed the config in the meantime")]
    Changed,
    /// Somebody has it open and doesn't let go.
    #[error("another program has the config open")]
    InUse,
    /// The old content can't be kept; the system's reason.
    #[error("the backup cannot be written: {0}")]
    Backup(String),
    /// It is replaced, but may be lost if the power fails now; the system's reason.
    #[error("the config is written, but cannot be synced to the disk: {0}")]
    Unsynced(String),
    /// Writing into it has failed half-way, and so has undoing that; the system's reason.
    #[error("the config is half written and damaged: {0}")]
    Damaged(String),
}

/// Reads a whole file.
///
/// # Errors
///
/// [`FileError`], for what is not a regular file, is too large or can't be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    Ok(open(&resolved(path)?)?.1)
}

/// Reads a whole file, and finds out whether [`replace`] would work, without changing anything.
///
/// # Errors
///
/// [`FileError`]
pub fn check(path: &Path, manner: Manner) -> Result<Vec<u8>, FileError> {
    let path = resolved(path)?;
    let (file, bytes) = open(&path)?;
    open_for_writing(&path)?;
    if manner.backup || !manner.in_place || platform::LOCKS_BESIDE {
        platform::check_beside(&path, &file)?;
    }
    if !manner.in_place {
        platform::check_replaceable(&path)?;
    }
    if manner.backup {
        backup_of(&path)?;
    }
    Ok(bytes)
}

/// Replaces the content of a file by what `edit` makes of it. Owner, permissions and attributes stay;
/// a symlink stays one, and what it leads to is replaced. On return all of it is on the disk.
///
/// # Errors
///
/// What `edit` returns, and [`FileError`]. The content is then the old one; it is not after
/// [`FileError::Unsynced`] and [`FileError::Damaged`].
pub fn replace<E: From<FileError>>(
    path: &Path,
    manner: Manner,
    edit: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Replaced, E> {
    let path = resolved(path)?;
    let _lock = locked(&path)?;
    let (file, old) = open(&path)?;
    let new = edit(&old)?;
    let backup = if manner.backup { Some(backup_of(&path)?) } else { None };
    let unchanged = || if open(&path)?.1 == old { Ok(()) } else { Err(FileError::Changed) };
    if manner.in_place {
        if let Some(backup) = backup {
            platform::copy(&file, &path, &old, &backup)?;
        }
        unchanged()?;
        write_into(&path, &old, &new)?;
        Ok(Replaced { other_names: false })
    } else {
        let other_names = platform::has_other_names(&file);
        platform::replace(&path, &file, &old, &new, backup.as_deref(), unchanged)?;
        Ok(Replaced { other_names })
    }
}

impl FileError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Dangling => "create the file that it leads to, or name another with --config",
            Self::NotAFile | Self::TooLarge => "name the connector's config.json with --config",
            Self::Unreadable(_) | Self::Unwritable(_) => {
                "check the path and permissions that --config was given"
            }
            Self::Folder(_) => {
                "run it as the folder's owner; --in-place needs no new file, but is not safe against a crash"
            }
            Self::Mounted => "--in-place writes into it instead, which is not safe against a crash",
            Self::Attributes(_) => "run it as the owner of the config, or as root",
            Self::Locked | Self::InUse => "close the program that uses it, then run this again",
            Self::Unlockable(_) => "copy the config to a local disk, and change it there",
            Self::Changed => "run it again",
            Self::Backup(_) => "see what stands in the way beside the config, or leave out --backup",
            Self::Unsynced(_) => "check the disk",
            Self::Damaged(_) => "restore the config from its backup",
        }
    }
}

/// The file that a path leads to through all symlinks.
fn resolved(path: &Path) -> Result<PathBuf, FileError> {
    patiently(|| path.canonicalize()).map_err(|error| {
        let is_link = || fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        if error.kind() == ErrorKind::NotFound && is_link() {
            FileError::Dangling
        } else {
            FileError::Unreadable(reason(&error))
        }
    })
}

/// Opens and reads a regular file. Anything else is not even opened: a pipe would wait for a writer.
fn open(path: &Path) -> Result<(File, Vec<u8>), FileError> {
    let unreadable = in_use_or(FileError::Unreadable);
    if !patiently(|| fs::metadata(path)).map_err(&unreadable)?.is_file() {
        return Err(FileError::NotAFile);
    }
    let mut file = patiently(|| File::open(path)).map_err(&unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than may be, to notice it; never cut off.
    Read::by_ref(&mut file).take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(&unreadable)?;
    if bytes.len() as u64 > MAX_BYTES { Err(FileError::TooLarge) } else { Ok((file, bytes)) }
}

fn open_for_writing(path: &Path) -> Result<File, FileError> {
    patiently(|| OpenOptions::new().write(true).open(path)).map_err(in_use_or(FileError::Unwritable))
}

/// Tries again for a while after an error that may pass.
fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(error) if start.elapsed() < platform::patience(&error) => thread::sleep(PAUSE),
            result => return result,
        }
    }
}

fn in_use_or(kind: impl Fn(String) -> FileError) -> impl Fn(io::Error) -> FileError {
    move |error| if platform::is_in_use(&error) { FileError::InUse } else { kind(reason(&error)) }
}

/// Waits for the lock on a file.
fn locked(path: &Path) -> Result<platform::Lock, FileError> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match platform::try_lock(path) {
            Ok(Some(lock)) => return Ok(lock),
            Ok(None) if Instant::now() < deadline => thread::sleep(PAUSE),
            Ok(None) => return Err(FileError::Locked),
            Err(error) => return Err(FileError::Unlockable(reason(&error))),
        }
    }
}

/// `config.json.bak` for `config.json`, where no folder has that name.
fn backup_of(path: &Path) -> Result<PathBuf, FileError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".bak");
    let backup = PathBuf::from(name);
    if backup.is_dir() { Err(FileError::Backup("it is a folder".to_owned())) } else { Ok(backup) }
}

/// Overwrites what is in a file. What fails half-way, as on a full disk, is undone: the old content
/// has its place on the disk still.
fn write_into(path: &Path, old: &[u8], new: &[u8]) -> Result<(), FileError> {
    let mut file = open_for_writing(path)?;
    let mut write = |bytes: &[u8]| {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    };
    write(new).map_err(|error| match write(old) {
        Ok(()) => FileError::Unwritable(reason(&error)),
        Err(_) => FileError::Damaged(reason(&error)),
    })
}
