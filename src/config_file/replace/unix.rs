//! Replacing by a new file and rename, on Unix.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::{TempPath, tempfile_in};
use xattr::FileExt;

use super::{FileError, LOCK_TIMEOUT, PAUSE, Reason, Replacement, open};

/// The config itself is locked, not another file beside it.
pub(super) const LOCKS_BESIDE: bool = false;

/// Attributes that the kernel computes itself from what is in a file.
const COMPUTED: [&str; 2] = ["security.ima", "security.evm"];

/// Kept as long as the file is locked.
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Waits until nobody else has the file locked, and locks it.
    pub(super) fn of(path: &Path) -> Result<Self, FileError> {
        let deadline = Instant::now() + LOCK_TIMEOUT;
        loop {
            let file = OpenOptions::new().read(true).write(true).open(path);
            let file = file.map_err(|error| FileError::Unwritable(Reason::of(&error)))?;
            while let Err(error) = file.try_lock() {
                match error {
                    TryLockError::WouldBlock if Instant::now() < deadline => thread::sleep(PAUSE),
                    TryLockError::WouldBlock => return Err(FileError::Locked),
                    TryLockError::Error(error) => return Err(FileError::Unlockable(Reason::of(&error))),
                }
            }
            // Who waited while the file was replaced has the lock of the old one.
            let lock = Self { file };
            if fs::metadata(path).is_ok_and(|metadata| lock.is_of(&metadata)) {
                return Ok(lock);
            }
            // Some file systems never tell the same of one file twice.
            if Instant::now() >= deadline {
                return Err(FileError::Locked);
            }
        }
    }

    /// Whether it is the lock of this file.
    pub(super) fn is_of(&self, metadata: &fs::Metadata) -> bool {
        let own = self.file.metadata();
        own.is_ok_and(|own| (own.dev(), own.ino()) == (metadata.dev(), metadata.ino()))
    }
}

/// Having a file open keeps nobody out here.
pub(super) fn is_in_use(_error: &io::Error) -> bool {
    false
}

/// No error passes by itself.
pub(super) fn retry_time(_error: &io::Error) -> Duration {
    Duration::ZERO
}

/// Whether a file like this one can be made beside it.
pub(super) fn check_beside(path: &Path, like: &File) -> Result<(), FileError> {
    let folder = folder_of(path);
    let no_file = |error: io::Error| FileError::Folder(Reason::of(&error));
    let probe = tempfile_in(folder).map_err(no_file)?;
    copy_metadata(like, &probe).map_err(|error| FileError::Attributes(Reason::of(&error)))?;
    File::open(folder).map_err(no_file)?;
    Ok(())
}

/// Whether the file can be replaced by another: not if something is mounted on it, or its folder
/// only takes new files and never lets one go.
pub(super) fn check_replaceable(path: &Path) -> Result<(), FileError> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
        // An old kernel doesn't tell; then the renaming will.
        let is = |path: &Path, attribute| {
            statx(CWD, path, AtFlags::empty(), StatxFlags::empty())
                .is_ok_and(|status| status.stx_attributes.contains(attribute))
        };
        if is(path, StatxAttributes::MOUNT_ROOT) {
            return Err(FileError::Mounted);
        }
        if is(folder_of(path), StatxAttributes::APPEND) {
            return Err(FileError::Folder(Reason::new("it is append-only")));
        }
    }
    let _ = path;
    Ok(())
}

pub(super) fn has_other_names(_path: &Path, file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.nlink() > 1)
}

/// Keeps the old content beside the file.
pub(super) fn back_up(path: &Path, file: &File, old: &[u8], backup: &Path) -> Result<(), FileError> {
    put_backup(NewFile::filled(path, file, old)?, backup)?;
    sync_folder(folder_of(path)).map_err(|error| FileError::Backup(Reason::of(&error)))
}

pub(super) fn replace(replacement: &Replacement<'_>) -> Result<(), FileError> {
    let &Replacement { path, file, old, new, backup, unchanged } = replacement;
    // All that takes room first, so that nothing has happened when there is none.
    let new = NewFile::filled(path, file, new)?;
    let backup = backup.map(|backup| Ok((NewFile::filled(path, file, old)?, backup))).transpose()?;
    unchanged()?;
    #[cfg(target_os = "linux")]
    let _held = HeldSignals::new();
    if let Some((content, backup)) = backup {
        put_backup(content, backup)?;
    }
    install(new.named()?, path, old)?;
    sync_folder(folder_of(path)).map_err(|error| FileError::Unsynced(Reason::of(&error)))
}

fn put_backup(content: NewFile<'_>, backup: &Path) -> Result<(), FileError> {
    content.named()?.persist(backup).map_err(|error| FileError::Backup(Reason::of(&error.error)))
}

/// Puts a file in the place of another, if what is there is still the old content.
fn install(new: TempPath, path: &Path, old: &[u8]) -> Result<(), FileError> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        // Both change names at once, so that one can see what it was that has been replaced.
        let exchange = || renameat_with(CWD, &*new, CWD, path, RenameFlags::EXCHANGE);
        if exchange().is_ok() {
            if open(&new).is_ok_and(|(_, replaced)| replaced == old) {
                return Ok(());
            }
            return Err(match exchange() {
                Ok(()) => FileError::Changed,
                // What somebody has saved is under the other name, and must not go with it.
                Err(error) => {
                    let _ = new.keep();
                    FileError::Damaged(Reason::of(&error.into()))
                }
            });
        }
    }
    // Not every file system can exchange.
    let _ = old;
    new.persist(path).map_err(|error| match error.error.kind() {
        ErrorKind::ResourceBusy => FileError::Mounted,
        _ => FileError::Unwritable(Reason::of(&error.error)),
    })
}

/// A file with everything but a name: who is killed before it has one leaves nothing behind.
struct NewFile<'a> {
    folder: &'a Path,
    like: &'a File,
    bytes: &'a [u8],
    unlinked: File,
}

impl<'a> NewFile<'a> {
    /// A file of these bytes for the folder of `path`, with the owner, permissions and attributes of
    /// another, synced.
    fn filled(path: &'a Path, like: &'a File, bytes: &'a [u8]) -> Result<Self, FileError> {
        let folder = folder_of(path);
        let unlinked = tempfile_in(folder).map_err(|error| FileError::Folder(Reason::of(&error)))?;
        fill(&unlinked, like, bytes)?;
        Ok(Self { folder, like, bytes, unlinked })
    }

    /// Gives it a name, by which it is removed when that is dropped. Where the file system can't,
    /// it is made once more, with a name from the start.
    fn named(self) -> Result<TempPath, FileError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".tc_calendar.").suffix(".tmp");
        if let Ok(named) = builder.make_in(self.folder, |path| give_name(&self.unlinked, path)) {
            return Ok(named.into_temp_path());
        }
        let named = builder.tempfile_in(self.folder);
        let named = named.map_err(|error| FileError::Folder(Reason::of(&error)))?;
        fill(named.as_file(), self.like, self.bytes)?;
        Ok(named.into_temp_path())
    }
}

fn fill(mut file: &File, like: &File, bytes: &[u8]) -> Result<(), FileError> {
    file.write_all(bytes).map_err(|error| FileError::Unwritable(Reason::of(&error)))?;
    copy_metadata(like, file).map_err(|error| FileError::Attributes(Reason::of(&error)))?;
    file.sync_all().map_err(|error| FileError::Unwritable(Reason::of(&error)))
}

#[cfg(target_os = "linux")]
fn give_name(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, descriptor, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn give_name(_file: &File, _path: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Gives a file the owner, the attributes (ACL and security label among them) and the permissions of
/// another.
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
    // Those that the folder gives to what is new in it.
    for (name, _) in &own_attributes {
        if !wanted_attributes.iter().any(|(wanted, _)| wanted == name) {
            to.remove_xattr(name)?;
        }
    }
    // Last, because what comes before can change them; and only then, because this could take an ACL.
    if to.metadata()?.mode() != wanted.mode() {
        to.set_permissions(wanted.permissions())?;
    }
    Ok(())
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

/// Syncs the names in a folder, where the file system has anything to sync.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

/// The folder of a resolved path, which is absolute.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Signals that end a program wait until this is dropped: a file with a name would stay behind.
#[cfg(target_os = "linux")]
struct HeldSignals(nix::sys::signal::SigSet);

#[cfg(target_os = "linux")]
impl HeldSignals {
    /// None where the system refuses; then it is as if there were no such thing.
    fn new() -> Option<Self> {
        use nix::sys::signal::{SigSet, SigmaskHow, Signal};
        let ending = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGTSTP];
        ending.into_iter().collect::<SigSet>().thread_swap_mask(SigmaskHow::SIG_BLOCK).ok().map(Self)
    }
}

#[cfg(target_os = "linux")]
impl Drop for HeldSignals {
    fn drop(&mut self) {
        let _ = self.0.thread_set_mask();
    }
}
