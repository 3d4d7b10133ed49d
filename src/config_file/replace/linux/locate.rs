//! Resolves a path to a folder and a name, one component at a time.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat};
use rustix::io::Errno;

/// The kernel's own limit.
const MAX_SYMLINKS: usize = 40;

/// Refers to a file, or to a symlink itself, without opening it.
const REFER: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Where a path leads.
pub(super) struct Location {
    /// The real folder.
    pub(super) folder: OwnedFd,
    /// The file's name there.
    pub(super) name: OsString,
    /// The metadata of what has that name.
    pub(super) found: Stat,
    /// The owners of the symlinks on the way.
    pub(super) symlink_owners: Vec<u32>,
}

/// Follows a path. Opens each name without following it, so that it cannot be exchanged between check
/// and use.
pub(super) fn locate(path: &Path) -> io::Result<Location> {
    let mut folder = openat(CWD, ".", OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let mut names = names(path);
    let mut symlink_owners = Vec::new();
    while let Some(name) = names.pop_front() {
        let next = openat(&folder, &*name, REFER, Mode::empty())?;
        let found = fstat(&next)?;
        if FileType::from_raw_mode(found.st_mode) == FileType::Symlink {
            symlink_owners.push(found.st_uid);
            if symlink_owners.len() > MAX_SYMLINKS {
                return Err(Errno::LOOP.into());
            }
            let target = readlinkat(&next, "", Vec::new())?;
            let target = self::names(Path::new(OsStr::from_bytes(target.as_bytes())));
            names = target.into_iter().chain(names).collect();
        } else if names.is_empty() {
            return Ok(Location { folder, name, found, symlink_owners });
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
