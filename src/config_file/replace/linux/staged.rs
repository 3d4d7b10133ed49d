//! A new file beside the config, until it gets the name of the config or of a backup.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, fchown};
use std::rc::Rc;

use nix::sys::signal::{SigSet, SigmaskHow};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, linkat, openat, renameat, renameat_with, unlinkat,
};
use rustix::io::Errno;
use xattr::FileExt;

use super::path;
use crate::config_file::replace::common::{temporary_name, try_lock};
use crate::config_file::replace::error::{Failure, FileError, Role};
use crate::system::error::SystemError;

/// Extended attributes that the kernel computes from the content.
const COMPUTED: [&str; 2] = ["security.ima", "security.evm"];

/// A file with a temporary name. It is removed on drop, unless it was renamed.
///
/// It is locked while this exists. The lock distinguishes it from the leftover of a killed run, and
/// makes a run that opens it as its config wait until this one has ended.
pub(crate) struct StagedFile<'a> {
    folder: &'a OwnedFd,
    /// The file whose metadata it gets.
    model: &'a File,
    role: Role,
    file: File,
    has_temporary_name: bool,
    _signals: Rc<BlockedSignals>,
}

impl<'a> StagedFile<'a> {
    /// Creates an empty file, or removes the leftover of a killed run that has its name. Does not wait.
    pub(super) fn create(
        folder: &'a OwnedFd,
        model: &'a File,
        role: Role,
        signals: Rc<BlockedSignals>,
    ) -> Result<Self, Failure> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
        match openat(folder, temporary_name(role), flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => {
                let file = file.into();
                let mut staged =
                    Self { folder, model, role, file, has_temporary_name: true, _signals: signals };
                // mutants: the answer differs only if another run cleans up at this instant.
                if try_lock(&staged.file).map_err(|error| unlockable(&error))? && staged.has_its_name()? {
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

    /// Writes the content, copies the metadata of the old file, and syncs the file.
    pub(crate) fn fill(&self, bytes: &[u8]) -> Result<(), FileError> {
        let unwritable = |error: io::Error| FileError::Unwritable(self.role, SystemError::of(&error));
        (&self.file).write_all(bytes).map_err(unwritable)?;
        copy_metadata(self.model, &self.file)
            .map_err(|error| FileError::Attributes(self.role, SystemError::of(&error)))?;
        self.file.sync_all().map_err(unwritable)
    }

    /// Gives the file its final name, in place of the file that has that name.
    pub(crate) fn rename(&mut self, name: &OsStr) -> Result<(), Failure> {
        if !self.has_its_name()? {
            return Err(FileError::Changed(Role::Temporary).into());
        }
        renameat(self.folder, temporary_name(self.role), self.folder, name).map_err(|error| match error {
            Errno::BUSY => FileError::Mounted,
            error => FileError::Unwritable(self.role, SystemError::of(&error.into())),
        })?;
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

    fn has_its_name(&self) -> Result<bool, FileError> {
        path::is_name_of(self.folder, temporary_name(self.role).as_ref(), &self.file)
            .map_err(|error| FileError::NoNewFile(self.role, SystemError::of(&error)))
    }
}

impl Drop for StagedFile<'_> {
    fn drop(&mut self) {
        if self.has_temporary_name && self.has_its_name().unwrap_or(false) {
            // If it fails, the next run tries again.
            let _ = unlinkat(self.folder, temporary_name(self.role), AtFlags::empty());
        }
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
            && try_lock(&file).map_err(|error| unlockable(&error))?
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

fn unlockable(error: &io::Error) -> FileError {
    FileError::Unlockable(Role::Temporary, SystemError::of(error))
}

/// Copies owner, group, extended attributes (with ACL and security label) and mode.
fn copy_metadata(from: &File, to: &File) -> io::Result<()> {
    let (wanted, own) = (from.metadata()?, to.metadata()?);
    let owner = (wanted.uid() != own.uid()).then_some(wanted.uid());
    let group = (wanted.gid() != own.gid()).then_some(wanted.gid());
    if owner.is_some() || group.is_some() {
        fchown(to, owner, group)?;
    }

    let wanted_attributes = attributes(from)?;
    let own_attributes = attributes(to)?;
    for attribute in &wanted_attributes {
        if !own_attributes.contains(attribute) {
            to.set_xattr(&attribute.0, &attribute.1)?;
        }
    }
    // Remove the attributes that the folder gives to new files.
    for (name, _) in &own_attributes {
        if !wanted_attributes.iter().any(|(wanted, _)| wanted == name) {
            to.remove_xattr(name)?;
        }
    }
    // Set the mode last, because the steps above can change it; and only if it differs, because this
    // can change an ACL.
    if to.metadata()?.mode() != wanted.mode() {
        to.set_permissions(wanted.permissions())?;
    }
    // The kernel silently drops set-group-ID for a user who is not in the group.
    let all = |file: &File| file.metadata().map(|found| (found.uid(), found.gid(), found.mode()));
    if all(to)? == all(from)? {
        Ok(())
    } else {
        Err(io::Error::other("the system does not keep its set-user-ID or set-group-ID bit"))
    }
}

/// The extended attributes; none if the file system does not support them.
fn attributes(file: &File) -> io::Result<Vec<(OsString, Vec<u8>)>> {
    let names = match file.list_xattr() {
        Ok(names) => names,
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut attributes = Vec::new();
    for name in names.filter(|name| COMPUTED.iter().all(|computed| name != computed)) {
        if let Some(value) = file.get_xattr(&name)? {
            attributes.push((name, value));
        }
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const NAME: &str = temporary_name(Role::Config);

    fn in_new_folder(test: impl FnOnce(StagedFile<'_>, &Path)) {
        let folder = tempfile::tempdir().unwrap();
        let opened = File::open(folder.path()).unwrap().into();
        let model = tempfile::tempfile().unwrap();
        let signals = Rc::new(BlockedSignals::new());
        let Ok(staged) = StagedFile::create(&opened, &model, Role::Config, signals) else { panic!() };
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
