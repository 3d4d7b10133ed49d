//! A new file beside the config.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use winsafe::co::REPLACEFILE;

use super::open;
use crate::config_file::replace::error::FileError;
use crate::config_file::replace::wait::Wait;
use crate::system::reason::{Cause, Reason};

/// The name of an empty file that exists for a moment.
const EMPTY: &str = ".tc_calendar.empty";
/// A file with a temporary name. Removed on drop, unless it was renamed. No other program can open it
/// meanwhile.
pub(crate) struct Beside {
    path: PathBuf,
    file: File,
}

impl Beside {
    /// Creates an empty file with the config's ACL.
    ///
    /// `ReplaceFile` copies an ACL, but for a moment no file has the replaced name. So it replaces a
    /// second name of the config, and the config keeps its own.
    pub(super) fn create(config: &Path, name: &str, wait: &mut Wait<'_>) -> Result<Self, FileError> {
        let folder = |error: io::Error| FileError::Folder(Reason::of(&error));
        let path = config.with_file_name(name);
        while let Err(error) = Self::try_create(config, name) {
            let again = match error {
                FileError::InUse => wait.pause(FileError::InUse),
                // A removed file can keep its name until every program has closed it.
                FileError::Attributes(reason) | FileError::Folder(reason)
                    if reason.cause() == Cause::Busy =>
                {
                    wait.pause(FileError::InUse)
                }
                FileError::Leftover(reason) if reason.cause() == Cause::Busy => {
                    wait.pause(FileError::Leftover(reason))
                }
                error => Err(error),
            };
            again.inspect_err(|_| {
                let _ = Self::clear(config, name);
            })?;
        }
        let file = open::for_filling(&path).map_err(folder)?;
        // Make sure that it is not the config itself.
        if file.metadata().map_err(folder)?.len() != 0 {
            return Err(FileError::Attributes(Reason::new(Cause::Other, "no empty file came of it")));
        }
        Ok(Self { path, file })
    }

    /// Fails before it makes anything if a name of the config could not be removed again.
    fn try_create(config: &Path, name: &str) -> Result<(), FileError> {
        if open::cannot_be_removed(config) {
            return Err(FileError::InUse);
        }
        Self::clear(config, name)?;
        make_empty(config, name)
    }

    /// Removes what a killed run left.
    pub(super) fn clear(config: &Path, name: &str) -> Result<(), FileError> {
        let names = [EMPTY.to_owned(), link_name(name), name.to_owned()];
        names.iter().try_for_each(|name| open::remove(&config.with_file_name(name)))
    }

    /// Writes its content and syncs it.
    pub(super) fn fill(&self, bytes: &[u8]) -> Result<(), FileError> {
        let written = (&self.file).write_all(bytes).and_then(|()| self.file.sync_all());
        written.map_err(|error| FileError::Unwritable(Reason::of(&error)))
    }

    /// Renames it to its final path, and replaces the file there.
    pub(super) fn try_rename(&self, to: &Path) -> io::Result<()> {
        fs::rename(&self.path, to)
    }

    /// Renames it, waiting while another program prevents that.
    pub(crate) fn rename(self, name: &OsStr) -> Result<(), FileError> {
        let (to, mut wait) = (self.path.with_file_name(name), Wait::new(&|| ()));
        while let Err(error) = self.try_rename(&to) {
            if !open::is_in_use(&error) && error.kind() != ErrorKind::PermissionDenied {
                return Err(FileError::Unwritable(Reason::of(&error)));
            }
            let held = open::cannot_be_replaced(&to);
            let reason = if held { Reason::new(Cause::Busy, open::HELD) } else { Reason::of(&error) };
            wait.pause(FileError::Unwritable(reason))?;
        }
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // If it was renamed, nothing has this name. If this fails, the next run tries again.
        let _ = fs::remove_file(&self.path);
    }
}

/// Creates an empty file with the config's ACL.
fn make_empty(config: &Path, name: &str) -> Result<(), FileError> {
    let (path, empty) = (config.with_file_name(name), config.with_file_name(EMPTY));
    // Without a backup name, `ReplaceFile` can leave a file with a random name, which no run would
    // remove.
    let link = config.with_file_name(link_name(name));
    drop(File::create_new(&empty).map_err(|error| FileError::Folder(Reason::of(&error)))?);
    let made = fs::hard_link(config, &path).and_then(|()| replace_file(&path, &empty, &link));
    made.map_err(|error| FileError::Attributes(Reason::of(&error)))?;
    open::remove(&link)
}

/// The config's second name, until it is removed.
fn link_name(name: &str) -> String {
    format!("{name}.old")
}

fn replace_file(replaced: &Path, replacement: &Path, backup: &Path) -> io::Result<()> {
    let text = |path: &Path| {
        let text = path.to_str().map(str::to_owned);
        text.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "its path is not Unicode"))
    };
    let (replaced, replacement, backup) = (text(replaced)?, text(replacement)?, text(backup)?);
    winsafe::ReplaceFile(&replaced, &replacement, Some(&backup), REPLACEFILE::default())
        .map_err(|error| io::Error::from_raw_os_error(error.raw().cast_signed()))
}
