//! Replacing by a new file and rename, on Unix.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;
use std::time::Duration;

use tempfile::{TempPath, tempfile_in};
use xattr::FileExt;

use super::FileError;
use crate::error::reason;

/// Attributes that the kernel computes itself from what is in a file.
const COMPUTED: [&str; 2] = ["security.ima", "security.evm"];

/// The file itself is locked, not another one beside it.
pub(super) const LOCKS_BESIDE: bool = false;

/// Kept as long as the file is locked.
pub(super) struct Lock {
    _file: File,
}

/// Locks a file; none if somebody else has it locked, or it has just been replaced.
pub(super) fn try_lock(path: &Path) -> io::Result<Option<Lock>> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    match file.try_lock() {
        // Who waited for the lock of a file that has been replaced has the lock of the old one.
        Ok(()) if is_same(&file, path) => Ok(Some(Lock { _file: file })),
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Having a file open keeps nobody out here.
pub(super) fn is_in_use(_error: &io::Error) -> bool {
    false
}

/// No error passes by itself.
pub(super) fn patience(_error: &io::Error) -> Duration {
    Duration::ZERO
}

/// Whether a file like this one can be made beside it.
pub(super) fn check_beside(path: &Path, like: &File) -> Result<(), FileError> {
    let folder = folder_of(path);
    let probe = tempfile_in(folder).map_err(|error| FileError::Folder(reason(&error)))?;
    take_over(like, &probe).map_err(|error| FileError::Attributes(reason(&error)))?;
    File::open(folder).map_err(|error| FileError::Folder(reason(&error)))?;
    Ok(())
}

/// Whether the file can be replaced by another: not if something is mounted on it.
pub(super) fn check_replaceable(path: &Path) -> Result<(), FileError> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
        // An old kernel doesn't tell; then the renaming will.
        let mounted = statx(CWD, path, AtFlags::empty(), StatxFlags::empty())
            .is_ok_and(|status| status.stx_attributes.contains(StatxAttributes::MOUNT_ROOT));
        if mounted {
            return Err(FileError::Mounted);
        }
    }
    let _ = path;
    Ok(())
}

pub(super) fn has_other_names(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.nlink() > 1)
}

/// Makes a copy of `old`, which is what is in `file`.
pub(super) fn copy(file: &File, path: &Path, old: &[u8], copy: &Path) -> Result<(), FileError> {
    let folder = folder_of(path);
    let failed = |error: io::Error| FileError::Backup(reason(&error));
    let new = written_beside(path, file, old).map_err(|error| match error {
        FileError::Unwritable(reason) => FileError::Backup(reason),
        other => other,
    })?;
    new.persist(copy).map_err(|error| failed(error.error))?;
    sync_folder(folder).map_err(failed)
}

pub(super) fn replace(
    path: &Path,
    file: &File,
    old: &[u8],
    new: &[u8],
    backup: Option<&Path>,
    unchanged: impl FnOnce() -> Result<(), FileError>,
) -> Result<(), FileError> {
    if let Some(backup) = backup {
        copy(file, path, old, backup)?;
    }
    let new = written_beside(path, file, new)?;
    unchanged()?;
    new.persist(path).map_err(|error| match error.error.kind() {
        ErrorKind::ResourceBusy => FileError::Mounted,
        _ => FileError::Unwritable(reason(&error.error)),
    })?;
    sync_folder(folder_of(path)).map_err(|error| FileError::Unsynced(reason(&error)))
}

/// Makes a file of these bytes, with the owner, permissions and attributes of another, synced.
fn written_beside(path: &Path, like: &File, bytes: &[u8]) -> Result<TempPath, FileError> {
    let folder = folder_of(path);
    let fill = |mut file: &File| {
        file.write_all(bytes).map_err(|error| FileError::Unwritable(reason(&error)))?;
        take_over(like, file).map_err(|error| FileError::Attributes(reason(&error)))?;
        file.sync_all().map_err(|error| FileError::Unwritable(reason(&error)))
    };
    let no_file = |error: io::Error| FileError::Folder(reason(&error));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tc_calendar.").suffix(".tmp");

    // A file without a name until it is complete: who is killed before leaves nothing behind.
    #[cfg(target_os = "linux")]
    {
        let nameless = tempfile_in(folder).map_err(no_file)?;
        fill(&nameless)?;
        if let Ok(named) = builder.make_in(folder, |path| give_name(&nameless, path)) {
            return Ok(named.into_temp_path());
        }
    }
    let named = builder.tempfile_in(folder).map_err(no_file)?;
    fill(named.as_file())?;
    Ok(named.into_temp_path())
}

/// Gives a name to a file that has none. Not every file system can.
#[cfg(target_os = "linux")]
fn give_name(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, descriptor, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// Gives a file the owner, the attributes (ACL and security label among them) and the permissions of
/// another.
fn take_over(from: &File, to: &File) -> io::Result<()> {
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
    // Those that the folder gives to what is new in it.
    for (name, _) in &own_attributes {
        if !wanted_attributes.iter().any(|(wanted, _)| wanted == name) {
            to.remove_xattr(name)?;
        }
    }
    // Last, because what comes before can change them.
    to.set_permissions(wanted.permissions())
}

/// The extended attributes of a file; none on a file system that has no such thing.
fn attributes(file: &File) -> io::Result<Vec<(std::ffi::OsString, Vec<u8>)>> {
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

fn is_same(file: &File, path: &Path) -> bool {
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(one), Ok(other)) => identity(one) == identity(other),
        _ => false,
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder of a resolved path, which is absolute.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
