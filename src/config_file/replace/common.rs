//! What the systems' halves of a replacement share: options, names, and the content of an open file.

use std::ffi::OsStr;
#[cfg(not(windows))]
use std::fs::TryLockError;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::error::{Failure, FileError, Role};
use crate::system::error::{Cause, SystemError};

/// The largest file that is read or written, in bytes: far larger than any config.
pub const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// The temporary names of the new config and of a backup. They are fixed, so that the next run finds the
/// leftovers of a killed one.
#[cfg(not(windows))]
pub(super) const TEMPORARY_NAMES: [&str; 2] = [temporary_name(Role::Config), temporary_name(Role::Backup)];

/// How a file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplaceOptions {
    /// Write into the file itself instead of replacing it. A reader can see a mixture.
    pub in_place: bool,
    /// Keep the old content beside it.
    pub backup: bool,
}

impl ReplaceOptions {
    /// The first file that is created in the folder; none if no file is.
    pub(super) const fn new_file(self) -> Option<Role> {
        match self {
            Self { in_place: false, .. } => Some(Role::Config),
            Self { backup: true, .. } => Some(Role::Backup),
            _ => None,
        }
    }
}

/// The name of a new file until it is renamed to the config or to a backup.
pub(super) const fn temporary_name(file: Role) -> &'static str {
    match file {
        Role::Backup => ".tc_calendar.bak.tmp",
        Role::Config | Role::Temporary => ".tc_calendar.tmp",
    }
}

/// How the names of all temporary files begin.
const TEMPORARY: &str = ".tc_calendar.";

/// Refuses a config that this or another run would take for a temporary file, in any case: some file systems do not
/// tell capital letters from small ones.
pub(super) fn check_name(config: &OsStr) -> Result<(), FileError> {
    let name = config.as_encoded_bytes();
    let start = name.get(..TEMPORARY.len());
    let is_temporary = start.is_some_and(|start| start.eq_ignore_ascii_case(TEMPORARY.as_bytes()));
    if is_temporary { Err(FileError::TemporaryName) } else { Ok(()) }
}

/// The metadata of the regular file that a path leads to through all symlinks. Opens nothing, because opening a
/// pipe would wait for its other end.
pub(super) fn find(path: &Path) -> Result<Metadata, FileError> {
    let metadata = fs::metadata(path).map_err(|error| {
        let is_symlink = || fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        let is_dangling = error.kind() == ErrorKind::NotFound && is_symlink();
        if is_dangling { FileError::Dangling } else { unreadable(error) }
    })?;
    if metadata.is_file() { Ok(metadata) } else { Err(FileError::NotAFile) }
}

/// The error of a config that cannot be read.
pub(super) fn unreadable(error: impl Into<io::Error>) -> FileError {
    FileError::Unreadable(SystemError::of(&error.into()))
}

/// Whether nothing has the name of a backup, not even a symlink that leads nowhere.
#[cfg(not(all(target_os = "linux", not(portable))))]
pub(super) fn is_free(path: &Path) -> Result<bool, FileError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(FileError::Unwritable(Role::Backup, SystemError::of(&error))),
    }
}

/// Locks a file; false if another program has it locked.
#[cfg(not(windows))]
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock().map_err(io::Error::from) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Why the open config could not be read or written. On Windows, another program can lock a part of it.
fn failed(error: &io::Error, error_of: impl FnOnce(SystemError) -> FileError) -> Failure {
    let reason = SystemError::of(error);
    match reason.cause() {
        Cause::Busy => Failure::Passing(FileError::InUse),
        _ => error_of(reason).into(),
    }
}

/// Locks a file to read it; false if another program has it locked to write. What cannot be locked, no run writes.
#[cfg(not(windows))]
pub(super) fn try_lock_to_read(file: &File) -> bool {
    !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Reads the whole config.
pub(super) fn read(mut file: &File) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    // One byte more than the maximum, to detect a larger file.
    let read = file.rewind().and_then(|()| file.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| failed(&error, FileError::Unreadable))?;
    if bytes.len() as u64 > MAX_CONFIG_BYTES { Err(FileError::TooLarge.into()) } else { Ok(bytes) }
}

/// Whether the whole content of the file is `expected`.
pub(super) fn has_content(mut file: &File, expected: &[u8]) -> io::Result<bool> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(expected.len() as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes == expected)
}

/// Fails unless the config is unchanged.
pub(super) fn expect(is_unchanged: io::Result<bool>) -> Result<(), Failure> {
    let is_unchanged = is_unchanged.map_err(|error| failed(&error, FileError::Unreadable))?;
    if is_unchanged { Ok(()) } else { Err(FileError::Changed(Role::Config).into()) }
}

/// Overwrites `old` with `new` in the config. Restores `old` if writing fails half-way, as on a full disk.
pub(super) fn overwrite(
    file: &File,
    old: &[u8],
    new: &[u8],
    is_still_the_config: impl FnOnce() -> io::Result<bool>,
) -> Result<(), Failure> {
    // If the content shrinks, white space covers the rest until the file is truncated, so it is valid
    // JSON meanwhile.
    let mut padded = new.to_vec();
    padded.resize(old.len().max(new.len()), b'\n');
    // One call writes all that differs. If the program is killed, the file is then old or new, as far
    // as the system writes it in one step.
    let start = old.iter().zip(&padded).take_while(|(old, new)| old == new).count();
    let tail = old.iter().rev().zip(padded.iter().rev()).take_while(|(old, new)| old == new).count();
    let end = if old.len() == padded.len() { (padded.len() - tail).max(start) } else { padded.len() };
    // Windows does not cut off what another program has mapped into its memory. White space stays there.
    let is_mapped = |error: &io::Error| cfg!(windows) && error.raw_os_error() == Some(1224);
    let written = write(file, start, &padded[start..end], new.len());
    let written = written.or_else(|error| if is_mapped(&error) { file.sync_all() } else { Err(error) });
    if let Err(error) = written {
        let is_undone = write(file, 0, old, old.len()).is_ok() || has_content(file, old).unwrap_or(false);
        return Err(if is_undone {
            failed(&error, |reason| FileError::Unwritable(Role::Config, reason))
        } else {
            FileError::Damaged(SystemError::of(&error)).into()
        });
    }
    match is_still_the_config() {
        Ok(true) => Ok(()),
        // The file was replaced meanwhile, and the new content is lost with it.
        Ok(false) => Err(FileError::Changed(Role::Config).into()),
        Err(error) => Err(FileError::Unchecked(SystemError::of(&error)).into()),
    }
}

/// What went wrong after the new file got the name of the config, if anything did. Whether the old file still had
/// the old content is known only then.
#[cfg(not(windows))]
pub(super) fn after_renaming(was_old: io::Result<bool>, synced: io::Result<()>) -> Result<(), FileError> {
    match (was_old, synced) {
        (Ok(true), Ok(())) => Ok(()),
        (Ok(false), _) => Err(FileError::Overwritten),
        (Err(error), _) => Err(FileError::Unchecked(SystemError::of(&error))),
        (_, Err(error)) => Err(FileError::Unsynced(SystemError::of(&error))),
    }
}

fn write(mut file: &File, start: usize, bytes: &[u8], length: usize) -> io::Result<()> {
    file.seek(SeekFrom::Start(start as u64))?;
    file.write_all(bytes)?;
    file.set_len(length as u64)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_content_replaces_the_old_one_whatever_they_share() {
        let contents = ["", "a", "ab", "abc\n", "xbc\n", "axc\n", "abx", "abcabc\n", "a\n\n\n"];
        for (old, new) in contents.iter().flat_map(|old| contents.map(|new| (*old, new))) {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(old.as_bytes()).unwrap();
            assert!(overwrite(&file, old.as_bytes(), new.as_bytes(), || Ok(true)).is_ok(), "{old:?} {new:?}");
            assert_eq!(read(&file).unwrap(), new.as_bytes(), "{old:?} {new:?}");
            assert_eq!(has_content(&file, old.as_bytes()).unwrap(), old == new, "{old:?} {new:?}");
        }
    }
}
