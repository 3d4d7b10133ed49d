//! Inspects and opens names in a folder, without following symlinks.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, StatxAttributes, StatxFlags, fstat, openat, statat};
use rustix::io::Errno;

/// Avoids side effects: follows no symlink, takes no controlling terminal and waits for no pipe.
const CAUTIOUS: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Opens the file of this name; fails for a symlink.
pub(super) fn open(folder: &OwnedFd, name: &OsStr, access: OFlags) -> rustix::io::Result<File> {
    openat(folder, name, access | CAUTIOUS, Mode::empty()).map(File::from)
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
pub(super) fn is_name_of(folder: &OwnedFd, name: &OsStr, file: impl AsFd) -> io::Result<bool> {
    let opened = fstat(file)?;
    Ok(look(folder, name)?.is_some_and(|found| is_same(&found, &opened)))
}

pub(super) fn is_same(a: &Stat, b: &Stat) -> bool {
    (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
}

pub(super) fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// Whether it is a mount point, and its flags of chattr(1); empty if the kernel does not report them.
pub(super) fn attributes(folder: &OwnedFd, name: &OsStr) -> StatxAttributes {
    rustix::fs::statx(folder, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty())
        .map_or(StatxAttributes::empty(), |found| found.stx_attributes & found.stx_attributes_mask)
}
