//! Replacing on Linux. The path is resolved once; every later step is relative to the descriptor of the
//! real folder of the file.

mod metadata;
mod path;
mod staged;

use std::cell::{OnceCell, RefCell};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::rc::{Rc, Weak};

use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use rustix::fs::{CWD, Mode, OFlags, StatxAttributes, fstat, fsync, openat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::common::{self, ReplaceOptions, TEMPORARY_NAMES, find, has_content, temporary_name, unreadable};
use super::error::{Failure, FileError, Role};
use super::lock;
use super::wait::Wait;
use crate::system::error::{Cause, SystemError, synced};
use metadata::Metadata;
use path::{Location, locate};
use staged::BlockedSignals;
pub(crate) use staged::StagedFile;

/// The path leads to another file now. The next attempt may find that one.
const MOVED: Failure = Failure::Passing(FileError::Moved);

/// Another program has the config locked, and may unlock it soon.
const LOCKED: Failure = Failure::Passing(FileError::Locked(Role::Config));

/// The config, locked while this exists.
pub(crate) struct Config {
    /// Open, and locked, too, unless this user may not read it; then no file is created in it either.
    folder: OwnedFd,
    name: OsString,
    /// None once it had to be closed to be replaced.
    file: RefCell<Option<File>>,
    /// What the new files take over, as it was when the first of them was created.
    metadata: OnceCell<Metadata>,
    /// Shared by all staged files: the signals are blocked until the last one is gone.
    signals: RefCell<Weak<BlockedSignals>>,
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    common::read(&open_to_read(path)?)
}

/// Reads a whole file while no run writes to it.
pub(crate) fn read_locked(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = open_to_read(path)?;
    // What cannot be locked, no run writes.
    if matches!(lock::try_shared(&file, Role::Config), Ok(false)) {
        return Err(LOCKED);
    }
    let (named, opened) = (find(path)?, file.metadata().map_err(unreadable)?);
    if (named.dev(), named.ino()) != (opened.dev(), opened.ino()) {
        return Err(MOVED);
    }
    common::read(&file)
}

fn open_to_read(path: &Path) -> Result<File, Failure> {
    find(path)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = openat(CWD, path, flags, Mode::empty());
    let file = File::from(opened.map_err(|error| common::failed(&error.into(), FileError::Unreadable))?);
    if file.metadata().map_err(unreadable)?.is_file() { Ok(file) } else { Err(FileError::NotAFile.into()) }
}

impl Config {
    /// Opens and locks the file, and removes what killed runs left.
    pub(crate) fn lock(path: &Path, _: ReplaceOptions, wait: &Wait<'_>) -> Result<Self, FileError> {
        wait.retry(|| Self::try_lock(path))
    }

    fn try_lock(path: &Path) -> Result<Self, Failure> {
        let named = find(path)?;
        let location = locate(path).map_err(|error| match error.kind() {
            // A link in /proc leads to a file that has no name any more, whatever the text of the link is.
            ErrorKind::NotFound if named.nlink() == 0 => FileError::Deleted.into(),
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => MOVED,
            _ => unreadable(error).into(),
        })?;
        if (location.stat.st_dev, location.stat.st_ino) != (named.dev(), named.ino()) {
            return Err(MOVED);
        }
        check_symlinks(&location)?;
        let Location { folder, name, .. } = location;
        common::check_name(&name)?;
        let folder = lock_folder(folder)?;
        let unwritable = |reason| FileError::Unwritable(Role::Config, reason);
        if let Some(reason) = protection("it", path::attributes(&folder, &name)) {
            return Err(unwritable(reason).into());
        }
        let file = path::open(&folder, &name, OFlags::RDWR).map_err(|error| {
            match path::open(&folder, &name, OFlags::RDONLY) {
                _ if error == Errno::NOENT => MOVED,
                _ if error == Errno::AGAIN => Failure::Passing(FileError::InUse),
                Err(error) => unreadable(error).into(),
                Ok(_) => unwritable(SystemError::of(&error.into())).into(),
            }
        })?;
        let opened = file.metadata().map_err(unreadable)?;
        if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
            return Err(MOVED);
        }
        if !lock::try_shared(&file, Role::Config)? {
            return Err(LOCKED);
        }
        // A file that has lost its name was replaced meanwhile, and this locked the old one.
        if !path::is_name_of(&folder, &name, &file).map_err(unreadable)? {
            return Err(MOVED);
        }
        for name in TEMPORARY_NAMES {
            // If a leftover cannot be removed, creating the file reports it.
            let _ = staged::clear(&folder, name);
        }
        let file = RefCell::new(Some(file));
        Ok(Self { folder, name, file, metadata: OnceCell::new(), signals: RefCell::default() })
    }

    pub(crate) fn name(&self) -> &OsStr {
        &self.name
    }

    /// The whole content.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        self.with_file(|file| Ok(common::read(file))).map_err(unreadable)?
    }

    /// What is done with the open file, or after it was closed, with the one that has the name.
    fn with_file<T>(&self, work: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
        match &*self.file.borrow() {
            Some(file) => work(file),
            None => work(&path::open(&self.folder, &self.name, OFlags::RDONLY)?),
        }
    }

    /// Refuses what is known to fail.
    pub(crate) fn check(&self, options: ReplaceOptions) -> Result<(), FileError> {
        if options.in_place && self.is_linked_by_others() {
            return Err(FileError::ForeignLink);
        }
        let is_mounted = || path::attributes(&self.folder, &self.name).contains(StatxAttributes::MOUNT_ROOT);
        if !options.in_place && is_mounted() {
            return Err(FileError::Mounted);
        }
        let Some(file) = options.new_file() else { return Ok(()) };
        if let Some(reason) = protection("its folder", path::attributes(&self.folder, ".".as_ref())) {
            return Err(FileError::NoNewFile(file, reason));
        }
        self.sync_folder().map_err(|error| FileError::FolderSync(file, SystemError::of(&error)))
    }

    /// Whether another user who can write to the folder could have linked a file from elsewhere into it.
    fn is_linked_by_others(&self) -> bool {
        let file = self.with_file(|file| Ok(fstat(file)?));
        let (Ok(file), Ok(folder)) = (file, fstat(&self.folder)) else { return true };
        let is_theirs = folder.st_uid == file.st_uid || is_trusted(folder.st_uid);
        let others_may_write = folder.st_mode & 0o022 != 0;
        file.st_nlink > 1 && (!is_theirs || others_may_write)
    }

    pub(crate) fn has_other_names(&self) -> bool {
        self.with_file(File::metadata).is_ok_and(|metadata| metadata.nlink() > 1)
    }

    /// Whether nothing has this name, not even a symlink that leads nowhere. Fails for a mount point: who mounts a file
    /// there wants the backup in it, and one beside it would be gone with the container.
    pub(crate) fn is_free(&self, name: &OsStr) -> Result<bool, FileError> {
        let found = path::look(&self.folder, name);
        let found = found.map_err(|error| FileError::Unwritable(Role::Backup, SystemError::of(&error)))?;
        if path::attributes(&self.folder, name).contains(StatxAttributes::MOUNT_ROOT) {
            return Err(FileError::MountedBackup);
        }
        Ok(found.is_none())
    }

    /// Creates a new file with the name that it has until it is renamed. Does not wait, because signals are blocked.
    pub(crate) fn stage(&self, file: Role, _: &Wait<'_>) -> Result<StagedFile<'_>, Failure> {
        let metadata = self.metadata(file)?;
        let blocked = self.signals.borrow().upgrade();
        let signals = blocked.unwrap_or_else(|| Rc::new(BlockedSignals::new()));
        *self.signals.borrow_mut() = Rc::downgrade(&signals);
        StagedFile::create(&self.folder, metadata, file, signals)
    }

    fn metadata(&self, file: Role) -> Result<&Metadata, FileError> {
        if let Some(metadata) = self.metadata.get() {
            return Ok(metadata);
        }
        let unkept = |error| FileError::Attributes(file, SystemError::of(&error));
        let metadata = self.with_file(Metadata::of).map_err(unkept)?;
        Ok(self.metadata.get_or_init(|| metadata))
    }

    /// Fails if the file has changed since it was read, or has lost its name.
    pub(crate) fn expect(&self, old: &[u8]) -> Result<(), Failure> {
        let is_unchanged = |file: &File| {
            Ok(has_content(file, old)? && !self.has_new_metadata(file)? && self.has_name_of(file)?)
        };
        common::expect(self.with_file(is_unchanged))
    }

    /// Whether what new files have taken over has changed.
    fn has_new_metadata(&self, file: &File) -> io::Result<bool> {
        self.metadata.get().map_or(Ok(false), |old| Ok(Metadata::of(file)? != *old))
    }

    /// Gives the new file the name of the config.
    pub(crate) fn replace_by(&self, new: &mut StagedFile<'_>, old: &[u8]) -> Result<(), Failure> {
        let watch = Watch::start(&self.folder, &self.name);
        self.expect(old)?;
        if new.rename(&self.name).is_err() {
            // Some file systems do not replace an open file, and this run has it open. The lock on the new file keeps
            // other runs from replacing it.
            self.file.take();
            self.expect(old)?;
            new.rename(&self.name)?;
        }
        // Another program may save between the last check and the rename. This cannot be prevented,
        // only detected afterwards.
        let was_overwritten = watch.is_some_and(|watch| watch.saw_another(temporary_name(Role::Config)));
        let is_old = match &*self.file.borrow() {
            _ if was_overwritten => Ok(false),
            // FUSE does not always tell the metadata of a file that has lost its name.
            Some(file) => {
                has_content(file, old).map(|is_old| is_old && !self.has_new_metadata(file).unwrap_or(false))
            }
            None => Ok(true),
        };
        Ok(common::after_renaming(is_old, self.sync_folder())?)
    }

    /// Fails while somebody else has the file locked to read it, who would keep it from being overwritten.
    pub(crate) fn expect_no_reader(&self) -> Result<(), Failure> {
        self.lock_to_write()?;
        let is_shared =
            self.with_file(|file| Ok(lock::try_shared(file, Role::Config))).map_err(unreadable)??;
        if is_shared { Ok(()) } else { Err(LOCKED) }
    }

    fn lock_to_write(&self) -> Result<(), Failure> {
        let is_locked =
            self.with_file(|file| Ok(lock::try_exclusive(file, Role::Config))).map_err(unreadable)??;
        if is_locked { Ok(()) } else { Err(LOCKED) }
    }

    /// Writes into the file itself.
    pub(crate) fn overwrite(&self, old: &[u8], new: &[u8]) -> Result<(), Failure> {
        self.lock_to_write()?;
        self.expect(old)?;
        // A signal that ends the program would leave a half-written file.
        let _signals = BlockedSignals::new();
        let overwrite =
            |file: &File| Ok(common::overwrite(file, old, new, lock::sync_shared, || self.has_name_of(file)));
        self.with_file(overwrite).map_err(unreadable)?
    }

    /// Syncs the names in the folder, if the file system supports it.
    pub(crate) fn sync_folder(&self) -> io::Result<()> {
        match fsync(&self.folder) {
            // It is not open but only referred to, because this user may not read it.
            Err(Errno::BADF) => Err(Errno::ACCESS.into()),
            result => synced(result.map_err(io::Error::from)),
        }
    }

    fn has_name_of(&self, file: &File) -> io::Result<bool> {
        path::is_name_of(&self.folder, &self.name, file)
    }
}

/// Locks a folder against other runs, if this user may read it.
fn lock_folder(folder: OwnedFd) -> Result<OwnedFd, Failure> {
    let opened = match path::open_folder(&folder) {
        Err(Errno::ACCESS) => return Ok(folder),
        opened => opened.map_err(unreadable)?,
    };
    if lock::try_exclusive(&opened, Role::Folder)? {
        Ok(opened.into())
    } else {
        Err(Failure::Passing(FileError::Locked(Role::Folder)))
    }
}

/// Refuses a symlink of another user, unless it leads to a file and a folder of that user.
fn check_symlinks(location: &Location) -> Result<(), FileError> {
    let folder = fstat(&location.folder).map_err(unreadable)?;
    let is_harmless =
        |&owner: &u32| is_trusted(owner) || (owner == location.stat.st_uid && owner == folder.st_uid);
    let all_are = location.symlink_owners.iter().all(is_harmless);
    if all_are { Ok(()) } else { Err(FileError::ForeignSymlink) }
}

/// Root and the current user can write to the file without tricks.
fn is_trusted(owner: u32) -> bool {
    owner == 0 || owner == geteuid().as_raw()
}

/// Why a flag of chattr(1) forbids changes of the config or its folder, if one is set.
fn protection(what: &str, attributes: StatxAttributes) -> Option<SystemError> {
    if attributes.contains(StatxAttributes::IMMUTABLE) {
        Some(SystemError::new(Cause::Immutable, &format!("{what} is immutable")))
    } else if attributes.contains(StatxAttributes::APPEND) {
        Some(SystemError::new(Cause::AppendOnly, &format!("{what} is append-only")))
    } else {
        None
    }
}

/// What happens to the files in a folder, from the creation of this on. It shows whether another program saves
/// a file, by renaming or creating it or by writing into it.
struct Watch {
    events: OwnedFd,
    name: OsString,
}

impl Watch {
    /// None if the system cannot watch, for example without /proc.
    fn start(folder: &OwnedFd, name: &OsStr) -> Option<Self> {
        let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        let folder = format!("/proc/self/fd/{}", folder.as_raw_fd());
        add_watch(&events, folder, WatchFlags::CREATE | WatchFlags::MOVE | WatchFlags::MODIFY).ok()?;
        Some(Self { events, name: name.to_owned() })
    }

    /// Whether the file was written, or its name given to another, before it was given to the one called `temporary`.
    fn saw_another(self, temporary: &str) -> bool {
        let mut buffer = [const { MaybeUninit::uninit() }; 4096];
        let mut reader = Reader::new(&self.events, &mut buffer);
        let mut own = None;
        while let Ok(event) = reader.next() {
            let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
            if event.events().contains(ReadFlags::MOVED_FROM) && name == Some(temporary.as_ref()) {
                own = Some(event.cookie());
            } else if !event.events().contains(ReadFlags::MOVED_FROM) && name == Some(&self.name) {
                return own != Some(event.cookie());
            }
        }
        false
    }
}
