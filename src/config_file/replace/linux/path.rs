//! Resolves a path one name at a time, and inspects and opens names in a folder, without following symlinks.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, Stat, StatxAttributes, StatxFlags, fstat, openat, readlinkat,
    statat, statx,
};
use rustix::io::Errno;

/// The kernel's own limit.
const MAX_SYMLINKS: usize = 40;

/// Refers to a file, or to a symlink itself, without opening it.
const REFER: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens without side effects: follows no symlink, takes no controlling terminal and waits for no pipe.
const CAUTIOUS: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Where a path leads.
pub(super) struct Location {
    /// The real folder.
    pub(super) folder: OwnedFd,
    /// The name of the file in that folder.
    pub(super) name: OsString,
    /// The metadata of the file.
    pub(super) stat: Stat,
    /// The owners of the symlinks on the way.
    pub(super) symlink_owners: Vec<u32>,
}

/// Follows a path. Opens each name without following it, so that it cannot be exchanged between check
/// and use.
pub(super) fn locate(path: &Path) -> io::Result<Location> {
    // The current folder may be one that this user cannot enter.
    let first = if path.is_absolute() { "/" } else { "." };
    let mut folder = openat(CWD, first, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let mut names = names(path);
    let mut symlink_owners = Vec::new();
    while let Some(name) = names.pop_front() {
        let next = openat(&folder, &*name, REFER, Mode::empty())?;
        let stat = fstat(&next)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            symlink_owners.push(stat.st_uid);
            if symlink_owners.len() > MAX_SYMLINKS {
                return Err(Errno::LOOP.into());
            }
            let target = readlinkat(&next, "", Vec::new())?;
            let target = self::names(Path::new(OsStr::from_bytes(target.as_bytes())));
            names = target.into_iter().chain(names).collect();
        } else if names.is_empty() {
            return Ok(Location { folder, name, stat, symlink_owners });
        } else {
            folder = next;
        }
    }
    Err(Errno::ISDIR.into())
}

/// The components of a path; a leading `/` is one.
fn names(path: &Path) -> VecDeque<OsString> {
    path.components().map(Component::as_os_str).map(OsStr::to_owned).collect()
}

/// Opens the file of this name; fails for a symlink.
pub(super) fn open(folder: &OwnedFd, name: &OsStr, access: OFlags) -> rustix::io::Result<File> {
    openat(folder, name, access | CAUTIOUS, Mode::empty()).map(File::from)
}

/// Opens a folder that is referred to, which its user must be allowed to read.
pub(super) fn open_folder(folder: &OwnedFd) -> rustix::io::Result<File> {
    openat(folder, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map(File::from)
}

/// Inspects what has the name, without opening or following it; none if nothing has it.
pub(super) fn look(folder: &OwnedFd, name: &OsStr) -> io::Result<Option<Stat>> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether this open file has the name.
pub(super) fn is_name_of(folder: &OwnedFd, name: &OsStr, file: &File) -> io::Result<bool> {
    let opened = fstat(file)?;
    let same = |named: Stat| (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino);
    Ok(look(folder, name)?.is_some_and(same))
}

/// Whether a name is a mount point, and its flags of chattr(1); empty if the kernel does not report them.
pub(super) fn attributes(folder: &OwnedFd, name: &OsStr) -> StatxAttributes {
    statx(folder, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty())
        .map_or(StatxAttributes::empty(), |stat| stat.stx_attributes & stat.stx_attributes_mask)
}
