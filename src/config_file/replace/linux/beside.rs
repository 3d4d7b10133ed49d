//! A new file beside the config.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, flock, fstat, openat, renameat, unlinkat};
use rustix::io::Errno;

use super::{entry, metadata};
use crate::config_file::replace::error::FileError;
use crate::config_file::replace::wait::Wait;
use crate::system::reason::Reason;

/// A file with a temporary name. Removed on drop, unless it was renamed.
///
/// It is locked while this exists. The lock distinguishes it from the leftover of a killed run, and
/// makes a run that opens it as the config wait until this one has ended.
pub(crate) struct Beside<'a> {
    folder: &'a OwnedFd,
    name: &'static str,
    file: File,
    is_temporary: bool,
}

impl<'a> Beside<'a> {
    /// Creates an empty file. Removes the leftover of a killed run with its name; waits for a live one.
    pub(super) fn create(
        folder: &'a OwnedFd,
        name: &'static str,
        wait: &mut Wait<'_>,
    ) -> Result<Self, FileError> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
        let error = |error: Errno| FileError::Folder(Reason::of(&error.into()));
        loop {
            match openat(folder, name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(file) => {
                    let mut beside = Self { folder, name, file: file.into(), is_temporary: true };
                    // mutants: the answer differs only if another run cleans up at this instant.
                    if try_lock(&beside.file)? && beside.has_its_name()? {
                        return Ok(beside);
                    }
                    // Another run mistook it for a leftover before it was locked, and removes it.
                    beside.is_temporary = false;
                }
                Err(Errno::EXIST) => clear(folder, name)?,
                Err(failed) => return Err(error(failed)),
            }
            wait.pause(FileError::Locked)?;
        }
    }

    /// Writes its content, copies the metadata of another file and syncs it.
    pub(super) fn fill(&self, bytes: &[u8], like: &File) -> Result<(), FileError> {
        let unwritable = |error: io::Error| FileError::Unwritable(Reason::of(&error));
        (&self.file).write_all(bytes).map_err(unwritable)?;
        metadata::copy(like, &self.file).map_err(|error| FileError::Attributes(Reason::of(&error)))?;
        self.file.sync_all().map_err(unwritable)
    }

    /// Renames it to its final name, and replaces the file that has that name.
    pub(crate) fn rename(mut self, name: &OsStr) -> Result<(), FileError> {
        if !self.has_its_name()? {
            return Err(FileError::Changed);
        }
        renameat(self.folder, self.name, self.folder, name).map_err(|error| match error {
            Errno::BUSY => FileError::Mounted,
            error => FileError::Unwritable(Reason::of(&error.into())),
        })?;
        self.is_temporary = false;
        Ok(())
    }

    fn has_its_name(&self) -> Result<bool, FileError> {
        entry::is_name_of(self.folder, self.name.as_ref(), &self.file)
            .map_err(|error| FileError::Folder(Reason::of(&error)))
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        if self.is_temporary && self.has_its_name().unwrap_or(false) {
            // If it fails, the next run tries again.
            let _ = unlinkat(self.folder, self.name, AtFlags::empty());
        }
    }
}

/// Removes what has a temporary name, unless it belongs to a live run. Only unlinks the name: the
/// target of a planted symlink or hard link is not touched.
pub(super) fn clear(folder: &OwnedFd, name: &str) -> Result<(), FileError> {
    let failed = |error: io::Error| FileError::Leftover(Reason::of(&error));
    let Some(found) = entry::look(folder, name.as_ref()).map_err(failed)? else { return Ok(()) };
    // Keep it locked until it is removed: otherwise another run could remove its successor.
    let mut _locked = None;
    if entry::is_regular(&found) {
        let file = match entry::open(folder, name.as_ref(), OFlags::RDWR) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => return Err(failed(error.into())),
        };
        let is_regular = fstat(&file).is_ok_and(|opened| entry::is_regular(&opened));
        if !is_regular
            || !try_lock(&file)?
            || !entry::is_name_of(folder, name.as_ref(), &file).map_err(failed)?
        {
            return Ok(());
        }
        _locked = Some(file);
    }
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(failed(error.into())),
    }
}

/// Locks a file, unless another run has it locked.
fn try_lock(file: &File) -> Result<bool, FileError> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(FileError::Unlockable(Reason::of(&error.into()))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    const NAME: &str = "temporary";

    fn in_new_folder(test: impl FnOnce(&OwnedFd, &std::path::Path)) {
        let folder = tempfile::tempdir().unwrap();
        test(&File::open(folder.path()).unwrap().into(), folder.path());
    }

    /// Nobody else may read the hash, and the next run must open what a killed one left.
    #[test]
    fn only_the_owner_may_read_and_write_the_file() {
        in_new_folder(|folder, path| {
            let _beside = Beside::create(folder, NAME, &mut Wait::new(&|| ())).unwrap();
            assert_eq!(fs::metadata(path.join(NAME)).unwrap().mode() & 0o777, 0o600);
        });
    }

    #[test]
    fn another_file_that_took_the_name_is_neither_renamed_nor_removed() {
        in_new_folder(|folder, path| {
            let beside = Beside::create(folder, NAME, &mut Wait::new(&|| ())).unwrap();
            fs::remove_file(path.join(NAME)).unwrap();
            fs::write(path.join(NAME), "another's").unwrap();
            assert_eq!(beside.rename("config".as_ref()), Err(FileError::Changed));
            assert_eq!(fs::read_to_string(path.join(NAME)).unwrap(), "another's");
            assert!(!path.join("config").exists());
        });
    }
}
