//! A new file beside the config, until it gets the name of the config or of a backup.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::rc::Rc;

use nix::sys::signal::{SigSet, SigmaskHow};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, linkat, openat, renameat, renameat_with, unlinkat,
};
use rustix::io::Errno;

use super::metadata::Metadata;
use super::path;
use crate::config_file::replace::common::temporary_name;
use crate::config_file::replace::error::{Failure, FileError, Role};
use crate::config_file::replace::lock;
use crate::system::error::{SystemError, synced};

/// A file with a temporary name. It is removed on drop, unless it was renamed.
///
/// It is locked while this exists, which distinguishes it from the leftover of a killed run.
pub(crate) struct StagedFile<'a> {
    folder: &'a OwnedFd,
    /// What it takes over from the config.
    metadata: &'a Metadata,
    role: Role,
    file: File,
    has_temporary_name: bool,
    _signals: Rc<BlockedSignals>,
}

impl<'a> StagedFile<'a> {
    /// Creates an empty file, or removes the leftover of a killed run that has its name. Does not wait.
    pub(super) fn create(
        folder: &'a OwnedFd,
        metadata: &'a Metadata,
        role: Role,
        signals: Rc<BlockedSignals>,
    ) -> Result<Self, Failure> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
        match openat(folder, temporary_name(role), flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => {
                let file = file.into();
                let mut staged =
                    Self { folder, metadata, role, file, has_temporary_name: true, _signals: signals };
                // mutants: the answer differs only if another run cleans up at this instant.
                if lock::try_shared(&staged.file, Role::Temporary)? && staged.has_its_name()? {
                    return Ok(staged);
                }
                // Another run took it for a leftover before it was locked, and removes it.
                staged.has_temporary_name = false;
            }
            Err(Errno::EXIST) => clear(folder, temporary_name(role))?,
            Err(error) => return Err(FileError::NoNewFile(role, SystemError::of(&error.into())).into()),
        }
        Err(Failure::Passing(FileError::Locked(Role::Temporary)))
    }

    /// Writes the content, takes over the metadata of the config, and syncs the file.
    pub(crate) fn fill(&self, bytes: &[u8]) -> Result<(), FileError> {
        let unwritable = |error: io::Error| FileError::Unwritable(self.role, SystemError::of(&error));
        (&self.file).write_all(bytes).map_err(unwritable)?;
        self.metadata
            .copy_to(&self.file)
            .map_err(|error| FileError::Attributes(self.role, SystemError::of(&error)))?;
        synced(self.file.sync_all()).map_err(unwritable)
    }

    /// Gives the file its final name, in place of the file that has that name.
    pub(crate) fn rename(&mut self, name: &OsStr) -> Result<(), Failure> {
        Ok(self.try_rename(name)?)
    }

    fn try_rename(&mut self, name: &OsStr) -> Result<(), FileError> {
        if !self.has_its_name()? {
            return Err(FileError::Changed(Role::Temporary));
        }
        renameat(self.folder, temporary_name(self.role), self.folder, name)
            .map_err(|error| FileError::Unreplaceable(SystemError::of(&error.into())))?;
        self.has_temporary_name = false;
        Ok(())
    }

    /// Gives the file its final name, unless something has that name; then returns false.
    pub(crate) fn rename_to_free(&mut self, name: &OsStr) -> Result<bool, Failure> {
        if !self.has_its_name()? {
            return Err(FileError::Changed(Role::Temporary).into());
        }
        let (folder, own) = (self.folder, temporary_name(self.role));
        let renamed = match renameat_with(folder, own, folder, name, RenameFlags::NOREPLACE) {
            // NFS and many FUSE file systems do not know the flag. A hard link replaces nothing either; dropping this
            // then removes the temporary name. Where there are no hard links, only a look protects the name.
            Err(Errno::INVAL | Errno::NOSYS) => match linkat(folder, own, folder, name, AtFlags::empty()) {
                Err(Errno::EXIST) => Err(Errno::EXIST),
                Err(_) if path::look(folder, name).is_ok_and(|found| found.is_none()) => {
                    renameat(folder, own, folder, name)
                }
                linked => linked,
            },
            renamed => renamed,
        };
        match renamed {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(FileError::Unwritable(self.role, SystemError::of(&error.into())).into()),
        }
    }

    /// Takes the place of another new file, as it would take the config's. Not every file system lets it.
    pub(crate) fn rehearse_rename(mut self, mut other: Self) -> Result<(), FileError> {
        let role = other.role;
        let name = temporary_name(role);
        if self.try_rename(name.as_ref()).is_err() {
            // As the config, it may have to be closed first.
            other.has_temporary_name = false;
            drop(other);
            if let Err(error) = self.try_rename(name.as_ref()) {
                clear(self.folder, name)?;
                self.remove()?;
                return Err(error);
            }
        }
        // It is removed by the name that it has now.
        (self.role, self.has_temporary_name) = (role, true);
        self.remove()
    }

    /// Removes the file, as dropping it does, and says whether it could be.
    pub(crate) fn remove(self) -> Result<(), FileError> {
        self.unlink()
    }

    fn unlink(&self) -> Result<(), FileError> {
        if self.has_temporary_name && self.has_its_name()? {
            unlinkat(self.folder, temporary_name(self.role), AtFlags::empty())
                .map_err(|error| FileError::Leftover(SystemError::of(&error.into())))?;
        }
        Ok(())
    }

    fn has_its_name(&self) -> Result<bool, FileError> {
        path::is_name_of(self.folder, temporary_name(self.role).as_ref(), &self.file)
            .map_err(|error| FileError::NoNewFile(self.role, SystemError::of(&error)))
    }
}

impl Drop for StagedFile<'_> {
    fn drop(&mut self) {
        // If it fails, the next run tries again.
        let _ = self.unlink();
    }
}

/// All signals of this thread are blocked while this exists. A signal that ends the program would leave a staged
/// file until the next run.
pub(super) struct BlockedSignals(Option<SigSet>);

impl BlockedSignals {
    pub(super) fn new() -> Self {
        Self(SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK).ok())
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        if let Some(mask) = self.0 {
            let _ = mask.thread_set_mask();
        }
    }
}

/// Removes what has a temporary name, unless it belongs to a live run. Only unlinks the name: the
/// target of a planted symlink or hard link is not touched.
pub(super) fn clear(folder: &OwnedFd, name: &str) -> Result<(), FileError> {
    let failed = |error: io::Error| FileError::Leftover(SystemError::of(&error));
    let Some(stat) = path::look(folder, name.as_ref()).map_err(failed)? else { return Ok(()) };
    // The leftover stays locked until it is removed: otherwise another run could remove its successor.
    let mut _locked = None;
    if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
        let file = match path::open(folder, name.as_ref(), OFlags::RDWR) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => return Err(failed(error.into())),
        };
        let is_leftover = file.metadata().is_ok_and(|metadata| metadata.is_file())
            && lock::try_exclusive(&file, Role::Temporary)?
            && path::is_name_of(folder, name.as_ref(), &file).map_err(failed)?;
        if !is_leftover {
            return Ok(());
        }
        _locked = Some(file);
    }
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(failed(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use super::*;

    const NAME: &str = temporary_name(Role::Config);

    fn in_new_folder(test: impl FnOnce(StagedFile<'_>, &Path)) {
        let folder = tempfile::tempdir().unwrap();
        let opened = File::open(folder.path()).unwrap().into();
        let metadata = Metadata::of(&tempfile::tempfile().unwrap()).unwrap();
        let signals = Rc::new(BlockedSignals::new());
        let Ok(staged) = StagedFile::create(&opened, &metadata, Role::Config, signals) else { panic!() };
        test(staged, folder.path());
    }

    /// Nobody else may read the hash, and the next run must open what a killed one left.
    #[test]
    fn only_the_owner_may_read_and_write_the_file() {
        in_new_folder(|_staged, folder| {
            assert_eq!(fs::metadata(folder.join(NAME)).unwrap().mode() & 0o777, 0o600);
        });
    }

    #[test]
    fn another_file_that_took_the_name_is_neither_renamed_nor_removed() {
        in_new_folder(|mut staged, folder| {
            fs::remove_file(folder.join(NAME)).unwrap();
            fs::write(folder.join(NAME), "another's").unwrap();
            let changed = FileError::Changed(Role::Temporary);
            assert_eq!(staged.rename("config".as_ref()), Err(Failure::Lasting(changed)));
            drop(staged);
            assert_eq!(fs::read_to_string(folder.join(NAME)).unwrap(), "another's");
            assert!(!folder.join("config").exists());
        });
    }
}
