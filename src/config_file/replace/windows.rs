//! Replacing on Windows, with paths: no handle of a run may stand in the way of the run's own calls, or of a reader.
//!
//! Runs keep each other out by a lock file. The config stays open for reading, shared with readers and with who
//! renames or removes it, so that nobody writes to it meanwhile.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf, absolute};

use winsafe::FileAccess;
use winsafe::co::{ACCESS_RIGHTS, ERROR, FILE_FLAG, FILE_SHARE, REPLACEFILE};

use super::common::{self, ReplaceOptions, find, has_content, temporary_name, unreadable};
use super::error::{Failure, FileError, Role};
use super::wait::Wait;
use crate::system::error::{Cause, SystemError};

/// The name of the file that only one run in a folder can have open.
const LOCK: &str = ".tc_calendar.lock";
/// The name of the empty file that becomes the new file.
const EMPTY: &str = ".tc_calendar.empty";
/// The reason for which a new file that another program has open cannot be renamed.
const HELD: &str = "another program has it open";

const READ: u32 = FILE_SHARE::READ.raw();
const WRITE: u32 = FILE_SHARE::WRITE.raw();
const DELETE: u32 = FILE_SHARE::DELETE.raw();
/// The right to rename or remove a file.
const TO_DELETE: u32 = ACCESS_RIGHTS::DELETE.raw();
/// The right to open what is in a folder.
const TO_TRAVERSE: u32 = 0x20;
/// Opens a folder, too.
const OR_FOLDER: u32 = FILE_FLAG::BACKUP_SEMANTICS.raw();
/// Opens a symlink, not its target.
const ITSELF: u32 = FILE_FLAG::OPEN_REPARSE_POINT.raw();

/// The config, which other programs cannot write to while this exists.
pub(crate) struct Config {
    path: PathBuf,
    /// None while it had to be closed to be replaced.
    file: RefCell<Option<File>>,
    /// Open, so that the folder keeps its path.
    _folder: Option<File>,
    /// None if the folder refuses it, and this run creates no other file either.
    lock: Option<File>,
}

/// Reads a whole file. Its path is not resolved, because a volume need not have a name to be read.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    find(path)?;
    let file = File::open(path).map_err(|error| failed(&error, path, FileError::Unreadable))?;
    common::read(&file)
}

/// The path of the config without symlinks.
fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    find(path)?;
    // Where a volume has no name, as some RAM disks, only a path without symlinks can be used.
    let is_symlink = || fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    path.canonicalize()
        .or_else(|error| if is_symlink() { Err(error) } else { absolute(path) })
        .map_err(unreadable)
}

/// Why a step failed that opens, creates or removes the file `path`. It is worth trying again while another program
/// is in the way.
fn failed(error: &io::Error, path: &Path, error_of: impl FnOnce(SystemError) -> FileError) -> Failure {
    if is_in_use(error) || is_pending(error, path) {
        Failure::Passing(FileError::InUse)
    } else {
        error_of(SystemError::of(error)).into()
    }
}

impl Config {
    /// Waits for other runs in the folder, opens the file, and removes what killed runs left.
    pub(crate) fn lock(path: &Path, options: ReplaceOptions, wait: &Wait<'_>) -> Result<Self, FileError> {
        wait.retry(|| Self::try_lock(path, options, wait))
    }

    /// Tries again only the step that failed: who waits for the config keeps the lock.
    fn try_lock(path: &Path, options: ReplaceOptions, wait: &Wait<'_>) -> Result<Self, Failure> {
        let resolved = resolve(path)?;
        common::check_name(resolved.file_name().unwrap_or_default())?;
        let mut access = OpenOptions::new();
        // Who renames, links or replaces a file in a folder opens it to write, in the same run too.
        access.access_mode(TO_TRAVERSE).share_mode(READ | WRITE).custom_flags(OR_FOLDER);
        let folder = access.open(resolved.parent().unwrap_or(&resolved)).ok();
        let lock = match lock_folder(&resolved, wait) {
            Err(FileError::NoNewFile(..) | FileError::Leftover(_)) if options.new_file().is_none() => None,
            lock => Some(lock?),
        };
        if lock.is_some() {
            // No live run needs what is removed here. It goes before the config is opened, because a further name of
            // it may stay while it is open. If that fails, creating the file reports it.
            for role in [Role::Config, Role::Backup] {
                let _ = wait.retry(|| clear(&resolved, role));
            }
        }
        let mut file = wait.retry(|| open(&resolved, options.in_place))?;
        if options.in_place && lock.is_some() {
            // It is known now that it can be written. Until then, readers that do not share writing may read it.
            drop(file);
            file = wait.retry(|| open(&resolved, false))?;
        }
        // The folder, or the file in it, could have been exchanged before it was opened.
        if resolve(path)? != resolved {
            return Err(Failure::Passing(FileError::Moved));
        }
        Ok(Self { path: resolved, file: RefCell::new(Some(file)), _folder: folder, lock })
    }

    pub(crate) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// The whole content.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        common::read(self.file.borrow().as_ref().ok_or(FileError::InUse)?)
    }

    /// Refuses what is known to fail. Opening the file for reading does not show that it is read-only.
    pub(crate) fn check(&self, _: ReplaceOptions) -> Result<(), FileError> {
        let obstacle = obstacle(&self.path);
        obstacle.map_or(Ok(()), |obstacle| Err(FileError::Unwritable(Role::Config, obstacle)))
    }

    pub(crate) fn has_other_names(&self) -> bool {
        let open = |path| winsafe::File::open(path, FileAccess::ExistingReadOnly).ok();
        let file = self.path.to_str().and_then(open);
        let information = file.and_then(|file| file.hfile().GetFileInformationByHandle().ok());
        information.is_some_and(|information| information.nNumberOfLinks > 1)
    }

    /// Whether nothing has this name.
    pub(crate) fn is_free(&self, name: &OsStr) -> Result<bool, FileError> {
        common::is_free(&self.path.with_file_name(name))
    }

    /// Creates a new file with the name that it has until it is renamed.
    pub(crate) fn stage(&self, role: Role, wait: &Wait<'_>) -> Result<StagedFile<'_>, Failure> {
        Ok(StagedFile::create(&self.path, role, wait)?)
    }

    /// Fails if the file has changed since it was read.
    pub(crate) fn expect(&self, old: &[u8]) -> Result<(), Failure> {
        let opened = File::open(&self.path);
        let file = opened.map_err(|error| failed(&error, &self.path, FileError::Unreadable))?;
        common::expect(has_content(&file, old))
    }

    /// Renames the new file to the config.
    pub(crate) fn replace_by(&self, new: &mut StagedFile<'_>, old: &[u8]) -> Result<(), Failure> {
        if self.file.borrow().is_none() {
            self.file.replace(Some(open(&self.path, false)?));
        }
        self.expect(old)?;
        match new.rename(&self.path) {
            // Nobody forbids it, so an open file cannot be replaced here, not even by the run that has it open.
            Err(error) if is_denied(&error) && open_to_delete(&self.path).is_ok() => (),
            renamed => return renamed.map_err(|error| self.not_replaced(&error)),
        }
        drop(self.file.take());
        self.expect(old)?;
        new.rename(&self.path).map_err(|error| self.not_replaced(&error))
    }

    fn not_replaced(&self, error: &io::Error) -> Failure {
        if is_in_the_way(error, &self.path) {
            Failure::Passing(FileError::InUse)
        } else {
            FileError::Unwritable(Role::Config, SystemError::of(error)).into()
        }
    }

    /// Writes into the file itself.
    pub(crate) fn overwrite(&self, old: &[u8], new: &[u8]) -> Result<(), Failure> {
        // The handle that was opened beside a lock file cannot write, and keeps this run away, too.
        let writable = self.file.take().filter(|_| self.lock.is_none());
        let file = writable.map_or_else(|| open(&self.path, true), Ok)?;
        common::expect(has_content(&file, old))?;
        // What could not be cut off is blank.
        let is_new = || Ok(fs::read(&self.path)?.trim_ascii_end() == new.trim_ascii_end());
        common::overwrite(&file, old, new, File::sync_all, is_new)
    }

    /// Does nothing: Windows cannot sync the names in a folder.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)] // as on the other systems
    pub(crate) fn sync_folder(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A file with a temporary name. It is removed on drop, unless it was renamed.
pub(crate) struct StagedFile<'a> {
    config: &'a Path,
    role: Role,
    /// None once it is complete: a file that is open to be written cannot be read by who does not share that.
    file: Option<File>,
}

impl<'a> StagedFile<'a> {
    /// Creates an empty file with the ACL of the config. Leaves nothing behind if that fails.
    fn create(config: &'a Path, role: Role, wait: &Wait<'_>) -> Result<Self, FileError> {
        wait.retry(|| {
            Self::try_create(config, role, wait).map_err(|error| match &error {
                // `ReplaceFile` stopped half-way, so all steps are taken again.
                FileError::Attributes(_, reason) if reason.cause() == Cause::Busy => Failure::Passing(error),
                _ => Failure::Lasting(error),
            })
        })
    }

    /// Each step waits for itself: what is there already stays, so that virus scanners read it only once.
    ///
    /// `ReplaceFile` copies an ACL, but for a moment no file has the replaced name. So it replaces a second name of
    /// the config, and the config keeps its own.
    fn try_create(config: &'a Path, role: Role, wait: &Wait<'_>) -> Result<Self, FileError> {
        let [empty, link, path] = paths(config, role);
        let no_new_file = |reason| FileError::NoNewFile(role, reason);
        let attributes = |reason| FileError::Attributes(role, reason);
        let mut staged = Self { config, role, file: None };
        wait.retry(|| clear(config, role))?;
        wait.retry(|| match File::create_new(&empty) {
            // The lock file could be created, so this is a removed file that another program still has open.
            Err(error) if is_denied(&error) => Err(Failure::Passing(FileError::InUse)),
            created => created.map_err(|error| failed(&error, &empty, no_new_file)),
        })?;
        // A name that access is denied to can be free before anybody looks, so the first denials do not count.
        let mut denials = 0;
        let mut not_made = |error: &io::Error, path: &Path| {
            denials += u32::from(is_denied(error));
            if is_denied(error) && denials < 3 {
                return Failure::Passing(FileError::InUse);
            }
            failed(error, path, attributes)
        };
        // Where another program or the ACL forbids to remove the config, a further name of it could not be removed
        // either.
        wait.retry(|| {
            open_to_delete(config).map_err(|error| failed(&error, config, attributes))?;
            fs::hard_link(config, &path).map_err(|error| not_made(&no_link(error), &path))
        })?;
        // Without a backup name, `ReplaceFile` can leave a file with a random name, which no run would remove.
        wait.retry(|| replace_file(&path, &empty, &link).map_err(|error| not_made(&error, &link)))?;
        wait.retry(|| remove(&link))?;
        let mut access = OpenOptions::new();
        access.write(true).share_mode(READ | WRITE | DELETE).custom_flags(ITSELF);
        let file = wait.retry(|| access.open(&path).map_err(|error| failed(&error, &path, no_new_file)))?;
        // If the file has content, it is the config itself.
        if file.metadata().map_err(|error| no_new_file(SystemError::of(&error)))?.len() != 0 {
            return Err(attributes(SystemError::new(Cause::Other, "no empty file came of it")));
        }
        staged.file = Some(file);
        Ok(staged)
    }

    /// Writes the content and syncs the file.
    pub(crate) fn fill(&self, bytes: &[u8]) -> Result<(), FileError> {
        let Some(mut file) = self.file.as_ref() else { return Ok(()) };
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        written.map_err(|error| FileError::Unwritable(self.role, SystemError::of(&error)))
    }

    /// Gives the file its final name, in place of the file that has that name.
    fn rename(&mut self, to: &Path) -> io::Result<()> {
        self.file = None;
        fs::rename(self.config.with_file_name(temporary_name(self.role)), to)
    }

    /// Gives the file its final name, unless something has that name; then returns false.
    pub(crate) fn rename_to_free(&mut self, name: &OsStr) -> Result<bool, Failure> {
        self.file = None;
        let (own, to) =
            (self.config.with_file_name(temporary_name(self.role)), self.config.with_file_name(name));
        let renamed = text(&own).and_then(|own| winsafe::MoveFile(own, text(&to)?).map_err(from_winsafe));
        match renamed {
            Ok(()) => Ok(true),
            // A removed file that some program still has open has its name, too.
            Err(error) if error.kind() == ErrorKind::AlreadyExists || is_pending(&error, &to) => Ok(false),
            // A virus scanner reads the new file.
            Err(error) if is_in_use(&error) => {
                Err(Failure::Passing(FileError::Unwritable(self.role, SystemError::new(Cause::Busy, HELD))))
            }
            Err(error) => Err(FileError::Unwritable(self.role, SystemError::of(&error)).into()),
        }
    }
}

impl Drop for StagedFile<'_> {
    fn drop(&mut self) {
        self.file = None;
        // After a renaming, nothing has these names. If a file cannot be removed, the next run tries again.
        let _ = paths(self.config, self.role).map(fs::remove_file);
    }
}

/// The paths of the empty file, of the second name of the config until it is removed, and of the new file.
fn paths(config: &Path, role: Role) -> [PathBuf; 3] {
    let name = temporary_name(role);
    [EMPTY, &format!("{name}.old"), name].map(|name| config.with_file_name(name))
}

/// Removes what a killed run left.
fn clear(config: &Path, role: Role) -> Result<(), Failure> {
    paths(config, role).iter().try_for_each(|path| remove(path))
}

/// Removes a file or a symlink, if there is one.
fn remove(path: &Path) -> Result<(), Failure> {
    let is_missing = |error: &io::Error| error.kind() == ErrorKind::NotFound;
    let Err(error) = fs::remove_file(path) else { return Ok(()) };
    match failed(&error, path, |reason| FileError::Leftover(obstacle(path).unwrap_or(reason))) {
        // A file that was removed already can lose its name between the refusal and a look at it.
        Failure::Lasting(_) if fs::symlink_metadata(path).is_err_and(|error| is_missing(&error)) => Ok(()),
        failure => Err(failure),
    }
}

/// Why what has the name of a temporary file can be neither opened nor removed, if it shows.
fn obstacle(path: &Path) -> Option<SystemError> {
    let metadata = fs::symlink_metadata(path).ok()?;
    if metadata.is_dir() {
        return Some(SystemError::new(Cause::Folder, "it is a folder"));
    }
    metadata.permissions().readonly().then(|| SystemError::new(Cause::Attribute, "it is read-only"))
}

/// Why the config cannot get a second name: names the function that is missing, or that clouds do without.
fn no_link(error: io::Error) -> io::Error {
    let is_unsupported = matches!(error.raw_os_error(), Some(1 | 50 | 396));
    let reason = "files cannot have hard links there, as on exFAT and in OneDrive";
    if is_unsupported { io::Error::other(reason) } else { error }
}

fn replace_file(replaced: &Path, replacement: &Path, backup: &Path) -> io::Result<()> {
    let (replaced, replacement, backup) = (text(replaced)?, text(replacement)?, text(backup)?);
    winsafe::ReplaceFile(replaced, replacement, Some(backup), REPLACEFILE::default()).map_err(from_winsafe)
}

/// A path as winsafe takes it.
fn text(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::Error::other("its path is not Unicode"))
}

fn from_winsafe(error: ERROR) -> io::Error {
    io::Error::from_raw_os_error(error.raw().cast_signed())
}

/// Whether a file could not be renamed to `to` because another program has one of the two open. Windows denies access
/// then, too; but who may remove what has the name is not denied it by an ACL.
fn is_in_the_way(error: &io::Error, to: &Path) -> bool {
    let may_remove = || !open_to_delete(to).is_err_and(|error| is_denied(&error));
    is_in_use(error) || is_denied(error) && (may_remove() || is_pending(error, to))
}

fn open_to_delete(path: &Path) -> io::Result<File> {
    OpenOptions::new().access_mode(TO_DELETE).share_mode(READ | WRITE | DELETE).open(path)
}

/// Opens the config. No other program can write to it then.
fn open(path: &Path, writes: bool) -> Result<File, Failure> {
    let opened = OpenOptions::new().read(true).write(writes).share_mode(READ | DELETE).open(path);
    let unwritable = |reason| FileError::Unwritable(Role::Config, obstacle(path).unwrap_or(reason));
    let error_of = |reason| if writes { unwritable(reason) } else { FileError::Unreadable(reason) };
    opened.map_err(|error| failed(&error, path, error_of))
}

/// Waits until no other run works in the folder of the config. The lock file is removed when it is closed, even by
/// the end of a killed run. It asks for the right to remove it, because Windows may share a file that is only read.
fn lock_folder(config: &Path, wait: &Wait<'_>) -> Result<File, FileError> {
    let path = config.with_file_name(LOCK);
    let mut access = OpenOptions::new();
    access.write(true).create(true).access_mode(TO_DELETE).share_mode(0);
    access.custom_flags(FILE_FLAG::DELETE_ON_CLOSE.raw() | ITSELF);
    let mut denials = 0;
    wait.retry(|| {
        access.open(&path).map_err(|error| match obstacle(&path) {
            Some(obstacle) => FileError::Leftover(obstacle).into(),
            // Access is denied to a lock file that is being removed, which can be gone before anybody looks. So the
            // first denials in a row do not count.
            None if is_in_use(&error)
                || is_denied(&error) && (denials < 2 || fs::symlink_metadata(&path).is_ok()) =>
            {
                denials = if is_denied(&error) { denials + 1 } else { 0 };
                Failure::Passing(FileError::Locked(Role::Folder))
            }
            None => FileError::NoNewFile(Role::Config, SystemError::of(&error)).into(),
        })
    })
}

/// Whether another program is in the way of a step that can be taken again. `ReplaceFile` cannot after error 1177.
fn is_in_use(error: &io::Error) -> bool {
    SystemError::of(error).cause() == Cause::Busy && error.raw_os_error() != Some(1177)
}

fn is_denied(error: &io::Error) -> bool {
    error.kind() == ErrorKind::PermissionDenied
}

/// Whether access was denied because the file is removed and some program still has it open. Who may list a folder is
/// not denied the attributes of a file that is there.
fn is_pending(error: &io::Error, path: &Path) -> bool {
    let attributes = || path.to_str().map(winsafe::GetFileAttributes);
    is_denied(error) && attributes() == Some(Err(ERROR::ACCESS_DENIED))
}
