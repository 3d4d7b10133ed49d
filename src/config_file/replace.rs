//! Replaces a file so that readers see the old content or the new one, and never a mixture.
//!
//! One run at a time: the file is locked while it is read, edited and replaced. A program that takes
//! no part in the locking is noticed by what it has written.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::system::reason::reason;
#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

/// The largest file that is taken, in bytes: far more than any config has.
pub const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// How long to wait for another run that has the file locked.
const LOCK_TIMEOUT: Duration = Duration::from_secs(15);
/// How long to wait before trying anything again.
const PAUSE: Duration = Duration::from_millis(5);

/// How a file is replaced.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReplaceOptions {
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
    /// It is larger, or would be, than [`MAX_CONFIG_BYTES`].
    #[error("the config is larger than 1 MiB")]
    TooLarge,
    /// It can't be read.
    #[error("the config cannot be read: {0}")]
    Unreadable(Reason),
    /// It can't be written. It is as it was.
    #[error("the config cannot be written: {0}")]
    Unwritable(Reason),
    /// No file can be made in its folder.
    #[error("no new file can be made beside the config: {0}")]
    Folder(Reason),
    /// It is a mount of its own.
    #[error("the config is mounted by itself, as into a container, and cannot be replaced")]
    Mounted,
    /// A new file can't be given what the old one has.
    #[error("the config's owner, permissions or attributes cannot be kept: {0}")]
    Attributes(Reason),
    /// The lock can't be had.
    #[error("the config is locked by another program")]
    Locked,
    /// The system can't lock it.
    #[error("the config cannot be locked: {0}")]
    Unlockable(Reason),
    /// It is not what it was when it was read.
    #[error("another program has changed the config")]
    Changed,
    /// Somebody has it open and doesn't let go.
    #[error("another program has the config open")]
    InUse,
    /// The old content can't be kept.
    #[error("the backup cannot be written: {0}")]
    Backup(Reason),
    /// It is replaced, but may be lost if the power fails now.
    #[error("the config is written, but cannot be synced to the disk: {0}")]
    Unsynced(Reason),
    /// Writing it has failed half-way, and so has undoing that. What it was may stand beside it.
    #[error("the config is damaged, because writing it failed half-way: {0}")]
    Damaged(Reason),
}

/// What the system says of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    kind: ErrorKind,
    text: String,
}

/// What a platform needs to know to replace a file.
#[cfg_attr(windows, allow(dead_code))] // ReplaceFile knows the old file by itself
struct Replacement<'a> {
    path: &'a Path,
    /// The file that is replaced.
    file: &'a File,
    old: &'a [u8],
    new: &'a [u8],
    /// Where to keep the old content.
    backup: Option<&'a Path>,
    /// Asks whether what is in the file is still `old`.
    unchanged: &'a dyn Fn() -> Result<(), FileError>,
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
pub fn check(path: &Path, options: ReplaceOptions) -> Result<Vec<u8>, FileError> {
    let path = resolved(path)?;
    let (file, bytes) = open(&path)?;
    open_for_writing(&path)?;
    if !options.in_place || platform::LOCKS_BESIDE {
        platform::check_beside(&path, &file)?;
    }
    if !options.in_place {
        platform::check_replaceable(&path)?;
    }
    if options.backup {
        backup_of(&path)?;
        platform::check_beside(&path, &file).map_err(FileError::of_backup)?;
    }
    platform::Lock::of(&path)?;
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
    options: ReplaceOptions,
    edit: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Replaced, E> {
    let path = resolved(path)?;
    let backup = if options.backup { Some(backup_of(&path)?) } else { None };
    let lock = platform::Lock::of(&path)?;
    let (file, old) = open(&path)?;
    if !file.metadata().is_ok_and(|metadata| lock.is_of(&metadata)) {
        return Err(FileError::Changed.into());
    }
    let new = edit(&old)?;
    if new.len() as u64 > MAX_CONFIG_BYTES {
        return Err(FileError::TooLarge.into());
    }
    let is_now = |content: &[u8]| {
        if open(&path)?.1 == content { Ok(()) } else { Err(FileError::Changed) }
    };
    if options.in_place {
        is_now(&old)?;
        if let Some(backup) = backup {
            platform::back_up(&path, &file, &old, &backup).map_err(FileError::of_backup)?;
        }
        write_into(&path, &old, &new)?;
        // It may have been another file's by then that has the name now.
        is_now(&new)?;
        Ok(Replaced { other_names: false })
    } else {
        let other_names = platform::has_other_names(&path, &file);
        let unchanged = &|| is_now(&old);
        let backup = backup.as_deref();
        platform::replace(&Replacement {
            path: &path,
            file: &file,
            old: &old,
            new: &new,
            backup,
            unchanged,
        })?;
        Ok(Replaced { other_names })
    }
}

impl FileError {
    /// The same error, of the backup.
    fn of_backup(self) -> Self {
        match self {
            Self::Folder(reason) | Self::Unwritable(reason) | Self::Attributes(reason) => {
                Self::Backup(reason)
            }
            other => other,
        }
    }
}

impl Reason {
    fn of(error: &io::Error) -> Self {
        Self { kind: error.kind(), text: reason(error) }
    }

    fn new(text: &str) -> Self {
        Self { kind: ErrorKind::Other, text: text.to_owned() }
    }

    /// What kind of failure it was.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The regular file that a path leads to through all symlinks.
fn resolved(path: &Path) -> Result<PathBuf, FileError> {
    let resolved = retry(|| path.canonicalize()).map_err(|error| {
        let is_link = || fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        if error.kind() == ErrorKind::NotFound && is_link() {
            FileError::Dangling
        } else {
            FileError::Unreadable(Reason::of(&error))
        }
    })?;
    check_regular(&resolved)?;
    Ok(resolved)
}

/// Anything but a regular file is not even opened: a pipe would wait for a writer.
fn check_regular(path: &Path) -> Result<(), FileError> {
    let metadata = retry(|| fs::metadata(path)).map_err(in_use_or(FileError::Unreadable))?;
    if metadata.is_file() { Ok(()) } else { Err(FileError::NotAFile) }
}

/// Opens and reads a file.
fn open(path: &Path) -> Result<(File, Vec<u8>), FileError> {
    check_regular(path)?;
    let unreadable = in_use_or(FileError::Unreadable);
    let mut file = retry(|| File::open(path)).map_err(&unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than may be, to notice it; never cut off.
    Read::by_ref(&mut file).take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes).map_err(&unreadable)?;
    if bytes.len() as u64 > MAX_CONFIG_BYTES { Err(FileError::TooLarge) } else { Ok((file, bytes)) }
}

fn open_for_writing(path: &Path) -> Result<File, FileError> {
    retry(|| OpenOptions::new().write(true).open(path)).map_err(in_use_or(FileError::Unwritable))
}

/// Tries again for a while after an error that may pass.
fn retry<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(error) if start.elapsed() < platform::retry_time(&error) => thread::sleep(PAUSE),
            result => return result,
        }
    }
}

fn in_use_or(kind: impl Fn(Reason) -> FileError) -> impl Fn(io::Error) -> FileError {
    move |error| if platform::is_in_use(&error) { FileError::InUse } else { kind(Reason::of(&error)) }
}

/// `config.json.bak` for `config.json`, where no folder has that name.
fn backup_of(path: &Path) -> Result<PathBuf, FileError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".bak");
    let backup = PathBuf::from(name);
    if backup.is_dir() { Err(FileError::Backup(Reason::new("it is a folder"))) } else { Ok(backup) }
}

/// Overwrites what is in a file. What fails half-way, as on a full disk, is undone.
fn write_into(path: &Path, old: &[u8], new: &[u8]) -> Result<(), FileError> {
    let mut file = open_for_writing(path)?;
    let mut write = |at: usize, bytes: &[u8]| {
        file.seek(SeekFrom::Start(at as u64))?;
        file.write_all(bytes)?;
        file.set_len((at + bytes.len()) as u64)?;
        file.sync_all()
    };
    // First what needs more room, behind the old content.
    let longer = new.get(old.len()..).filter(|longer| !longer.is_empty());
    let written = longer.map_or(Ok(()), |longer| write(old.len(), longer)).and_then(|()| write(0, new));
    written.map_err(|error| {
        let undone = write(0, old).is_ok() || open(path).is_ok_and(|(_, content)| content == old);
        let reason = Reason::of(&error);
        if undone { FileError::Unwritable(reason) } else { FileError::Damaged(reason) }
    })
}
