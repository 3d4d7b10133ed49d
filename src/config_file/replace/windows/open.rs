//! Opens and removes files that other programs may have open.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;

use winsafe::co::{ACCESS_RIGHTS, ERROR, FILE_SHARE};

use crate::config_file::replace::error::FileError;
use crate::system::reason::{Cause, Reason};

/// Allows opening a folder.
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
/// Opens a symlink itself, not its target.
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

const FILE_LIST_DIRECTORY: u32 = 1;
const FILE_ADD_FILE: u32 = 2;
const FILE_APPEND_DATA: u32 = 4;
const REMOVE: u32 = ACCESS_RIGHTS::DELETE.raw();

const READ: u32 = FILE_SHARE::READ.raw();
const WRITE: u32 = FILE_SHARE::WRITE.raw();
const DELETE: u32 = FILE_SHARE::DELETE.raw();

/// Why a file cannot be replaced that another program has open.
pub(super) const HELD: &str = "another program has it open";

/// Opens a folder, which keeps its path while this is open.
pub(super) fn folder(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).share_mode(READ | WRITE).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}

/// Opens a folder as the only run that creates files in it. Other programs can still use it.
pub(super) fn folder_alone(path: &Path) -> io::Result<File> {
    let options = &mut OpenOptions::new();
    options.access_mode(FILE_LIST_DIRECTORY | FILE_ADD_FILE).share_mode(READ);
    options.custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}

/// Opens a file to be replaced. No other program can write to it meanwhile.
pub(super) fn for_reading(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).share_mode(READ | DELETE).open(path)
}

/// Opens a file to be overwritten. No other program can write to it meanwhile.
pub(super) fn for_overwriting(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).share_mode(READ | DELETE).open(path)
}

/// Opens a new file. No other program can open it, but it can be renamed.
pub(super) fn for_filling(path: &Path) -> io::Result<File> {
    let options = &mut OpenOptions::new();
    options.write(true).share_mode(DELETE).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)
}

/// Whether another program has a file open and lets nobody remove it: then even a further name of it could not
/// be removed.
pub(super) fn cannot_be_removed(path: &Path) -> bool {
    is_refused(path, REMOVE)
}

/// Whether another program has a file open and lets nobody replace it.
pub(super) fn cannot_be_replaced(path: &Path) -> bool {
    is_refused(path, REMOVE) || is_refused(path, FILE_APPEND_DATA)
}

fn is_refused(path: &Path, access: u32) -> bool {
    let opened = OpenOptions::new().access_mode(access).share_mode(READ | WRITE | DELETE).open(path);
    opened.is_err_and(|error| is_in_use(&error))
}

/// Removes a file or a symlink, if there is one.
pub(super) fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(FileError::Leftover(obstacle(path, &error))),
        _ => Ok(()),
    }
}

/// What is wrong with a name that cannot be opened or removed.
pub(super) fn obstacle(path: &Path, error: &io::Error) -> Reason {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Reason::new(Cause::Folder, "it is a folder"),
        Ok(found) if found.permissions().readonly() => Reason::new(Cause::Attribute, "it is read-only"),
        _ => Reason::of(error),
    }
}

/// Whether an error means that another program has the file open.
pub(super) fn is_in_use(error: &io::Error) -> bool {
    let in_use = [ERROR::SHARING_VIOLATION, ERROR::LOCK_VIOLATION, ERROR::UNABLE_TO_REMOVE_REPLACED];
    in_use.iter().any(|code| error.raw_os_error() == Some(code.raw().cast_signed()))
}
