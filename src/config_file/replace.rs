//! Replaces the config: readers see the old content or the new one, never a mixture.
//!
//! A [`Plan`] has the steps. They are rehearsed before a password is asked for, and taken at the end. Each
//! system has its own half of the steps. `docs/config.md` says what is promised and what is not.

mod common;
mod error;
#[cfg(all(target_os = "linux", not(portable)))]
mod linux;
#[cfg(not(windows))]
mod lock;
#[cfg(any(portable, not(any(target_os = "linux", windows))))]
mod portable;
mod wait;
#[cfg(windows)]
mod windows;

use std::ffi::{OsStr, OsString};
use std::path::Path;

pub use common::{MAX_CONFIG_BYTES, ReplaceOptions};
pub use error::{FileError, Role};
pub use wait::Wait;

use crate::system::error::SystemError;
#[cfg(all(target_os = "linux", not(portable)))]
use linux as system;
#[cfg(any(portable, not(any(target_os = "linux", windows))))]
use portable as system;
use system::{Config, StagedFile};
#[cfg(windows)]
use windows as system;

/// The most backups of one config.
const MAX_BACKUPS: u32 = 99;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// False if the new content is the old one; then nothing was written.
    pub changed: bool,
    /// The file has other names (hard links), which still lead to the old content.
    pub other_names: bool,
    /// The name of the new backup, in the folder of the config.
    pub backup: Option<OsString>,
}

/// The copy of the old content, and the new config, if there are any.
type Staged<'a> = (Option<StagedFile<'a>>, Option<StagedFile<'a>>);

/// Reads a whole file. Waits if another program uses it.
///
/// # Errors
///
/// [`FileError`], for what is not a regular file, is too large or cannot be read.
pub fn read(path: &Path, wait: &Wait<'_>) -> Result<Vec<u8>, FileError> {
    wait.retry(|| system::read(path))
}

/// Reads a whole file, as [`read`] does, but not while another run writes to it.
///
/// # Errors
///
/// [`FileError`], as [`read`].
pub fn read_locked(path: &Path, wait: &Wait<'_>) -> Result<Vec<u8>, FileError> {
    // On Windows nothing is locked to read: what a run has half written differs from what it replaces.
    #[cfg(windows)]
    use system::read as read_locked;
    #[cfg(not(windows))]
    use system::read_locked;
    wait.retry(|| read_locked(path))
}

/// Takes all steps of [`replace`] up to the first one that changes what a reader sees. The new files stay empty, and
/// are removed at once: what cannot be removed is reported before there is anything in it.
///
/// # Errors
///
/// Those of `edit`, and [`FileError`], for all that is known to fail.
pub fn rehearse<E: From<FileError>>(
    path: &Path,
    options: ReplaceOptions,
    wait: &Wait<'_>,
    edit: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<(), E> {
    let plan = Plan::new(path, options, wait, edit)?;
    let staged = plan.stage(&[], &[])?;
    #[cfg(windows)]
    drop(staged);
    #[cfg(not(windows))]
    match staged {
        // If another run needs the second name just now, the config's own renaming will show what this would.
        (copy, Some(file)) => match copy.or_else(|| plan.config.stage(Role::Temporary, wait).ok()) {
            Some(second) => file.rehearse_rename(second)?,
            None => file.remove()?,
        },
        (Some(copy), None) => copy.remove()?,
        (None, None) => (),
    }
    Ok(())
}

/// Replaces the content of a file by what `edit` makes of it, unless that is the same. Owner, permissions and
/// attributes stay. A symlink stays, and its target is replaced. On return everything is synced to the disk, but for
/// the name on Windows.
///
/// # Errors
///
/// Those of `edit`, and [`FileError`]. The content is unchanged, unless the error says that it was written or damaged.
pub fn replace<E: From<FileError>>(
    path: &Path,
    options: ReplaceOptions,
    wait: &Wait<'_>,
    mut edit: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Replaced, E> {
    loop {
        let plan = Plan::new(path, options, wait, &mut edit)?;
        let waited = wait.waited();
        match plan.carry_out() {
            // Whoever the run has waited for since it read the file has changed it, so the run begins again.
            Err(FileError::Changed(Role::Config)) if wait.waited() > waited => (),
            replaced => return Ok(replaced?),
        }
    }
}

/// A replacement of the content of a file, which is locked against other runs while this exists.
struct Plan<'w, 'n> {
    config: Config,
    options: ReplaceOptions,
    old: Vec<u8>,
    new: Vec<u8>,
    wait: &'w Wait<'n>,
}

impl<'w, 'n> Plan<'w, 'n> {
    /// Locks and reads the file, and has `edit` make the new content of the old one. This and the later
    /// steps wait while another program is in the way.
    fn new<E: From<FileError>>(
        path: &Path,
        options: ReplaceOptions,
        wait: &'w Wait<'n>,
        edit: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let config = Config::lock(path, options, wait)?;
        let old = wait.retry(|| config.read())?;
        let new = edit(&old)?;
        if new.len() as u64 > MAX_CONFIG_BYTES {
            return Err(FileError::WouldBeTooLarge.into());
        }
        Ok(Self { config, options, old, new, wait })
    }

    fn carry_out(&self) -> Result<Replaced, FileError> {
        if self.new == self.old {
            return Ok(Replaced { changed: false, other_names: false, backup: None });
        }
        let other_names = !self.options.in_place && self.config.has_other_names();
        // Before a backup is made, which nobody would need if a reader stays.
        #[cfg(all(target_os = "linux", not(portable)))]
        if self.options.in_place {
            self.wait.retry(|| self.config.expect_no_reader())?;
        }
        let (copy, new_file) = self.stage(&self.old, &self.new)?;
        let backup = copy.map(|copy| self.keep(copy)).transpose()?;
        match new_file {
            // Here and for the backup, only Windows waits, which does not block signals. In place, nothing is staged
            // now.
            Some(mut file) => self.wait.retry(|| self.config.replace_by(&mut file, &self.old))?,
            None => self.wait.retry(|| self.config.overwrite(&self.old, &self.new))?,
        }
        Ok(Replaced { changed: true, other_names, backup })
    }

    /// Makes the copy of the old content a backup, and returns its name.
    fn keep(&self, mut copy: StagedFile<'_>) -> Result<OsString, FileError> {
        // Compare again, so that a config that has changed meanwhile leaves no backup behind.
        self.wait.retry(|| self.config.expect(&self.old))?;
        let name = self.name_backup(|name| self.wait.retry(|| copy.rename_to_free(name)))?;
        let unsynced = |error| FileError::FolderSync(Role::Backup, SystemError::of(&error));
        self.config.sync_folder().map_err(unsynced)?;
        Ok(name)
    }

    /// The first of `config.json.bak`, `config.json.bak.2`, … that `take` returns true for: one that nothing has.
    fn name_backup(
        &self,
        mut take: impl FnMut(&OsStr) -> Result<bool, FileError>,
    ) -> Result<OsString, FileError> {
        for number in 1..=MAX_BACKUPS {
            let mut name = self.config.name().to_owned();
            name.push(".bak");
            if number > 1 {
                name.push(format!(".{number}"));
            }
            if take(&name)? {
                return Ok(name);
            }
        }
        Err(FileError::NoFreeName)
    }

    /// Refuses what is known to fail, and writes the copy for the backup and the new config, if the options want
    /// them, to synced files with temporary names.
    fn stage(&self, old: &[u8], new: &[u8]) -> Result<Staged<'_>, FileError> {
        self.config.check(self.options)?;
        if self.options.backup {
            self.name_backup(|name| self.config.is_free(name))?;
        }
        // Signals are blocked while a staged file exists, so nothing may wait then: if one of two files cannot be
        // created yet, the other is removed until the next attempt. Windows blocks none, and waits in each step.
        let (copy, new_file) = self.wait.retry(|| {
            // The new config first, here and below: if it fails, leaving out the backup would not help.
            let new_file =
                (!self.options.in_place).then(|| self.config.stage(Role::Config, self.wait)).transpose()?;
            let copy = self.options.backup.then(|| self.config.stage(Role::Backup, self.wait)).transpose()?;
            Ok((copy, new_file))
        })?;
        // Everything that needs disk space is written before anything changes, so that a full disk changes nothing.
        new_file.as_ref().map_or(Ok(()), |file| file.fill(new))?;
        copy.as_ref().map_or(Ok(()), |copy| copy.fill(old))?;
        Ok((copy, new_file))
    }
}
