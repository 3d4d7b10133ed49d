//! Replaces a file: readers see the old content or the new one, never a mixture.
//!
//! [`replace`] lists the steps. Each system implements them in its own folder. `docs/config.md` says
//! what is guaranteed and what is not.

mod backup;
mod content;
mod error;
#[cfg(target_os = "linux")]
mod linux;
mod options;
mod wait;
#[cfg(windows)]
mod windows;

use std::path::Path;

pub use error::FileError;
pub use options::{Backup, MAX_CONFIG_BYTES, ReplaceOptions, Replaced};

use error::of_backup;
#[cfg(target_os = "linux")]
use linux as system;
use options::{TEMPORARY, TEMPORARY_BACKUP};
use system::Config;
use wait::Wait;
#[cfg(windows)]
use windows as system;

/// Reads a whole file.
///
/// # Errors
///
/// [`FileError`], for what is not a regular file, is too large or cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    system::read(path)
}

/// Checks whether [`replace`] would work, without changing the config. `edit` should return a text as
/// long as the final one.
///
/// # Errors
///
/// As [`replace`].
pub fn check<E: From<FileError>>(
    path: &Path,
    options: ReplaceOptions,
    waiting: &dyn Fn(),
    edit: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<(), E> {
    let mut wait = Wait::new(waiting);
    let config = Config::lock(path, options, &mut wait)?;
    let old = config.read()?;
    within_limit(edit(&old)?)?;
    let backup = prepare(&config, options, &old)?;
    // Create empty files to see whether that works. They are removed at once.
    let _signals = system::hold_signals();
    if backup.is_some() {
        config.write_beside(TEMPORARY_BACKUP, &[], &mut wait).map_err(of_backup)?;
    }
    if !options.in_place {
        config.write_beside(TEMPORARY, &[], &mut wait)?;
    }
    Ok(())
}

/// Replaces the content of a file with what `edit` returns for it. Writes nothing if that is the same.
/// Owner, permissions and attributes stay. A symlink stays, and its target is replaced. On return
/// everything is synced to the disk. `waiting` is called if opening the file takes long because
/// another program uses it.
///
/// # Errors
///
/// Those of `edit`, and [`FileError`]. The content is unchanged, unless the error says that it was
/// written or damaged.
pub fn replace<E: From<FileError>>(
    path: &Path,
    options: ReplaceOptions,
    waiting: &dyn Fn(),
    edit: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Replaced, E> {
    let mut wait = Wait::new(waiting);
    let config = Config::lock(path, options, &mut wait)?;
    let old = config.read()?;
    let new = within_limit(edit(&old)?)?;
    if new == old {
        return Ok(Replaced { changed: false, other_names: false, backup: None });
    }
    let backup = prepare(&config, options, &old)?;
    let other_names = !options.in_place && config.has_other_names();

    let _signals = system::hold_signals();
    // First write all that needs disk space, so that a full disk changes nothing.
    let copy = match &backup {
        Some(_) => Some(config.write_beside(TEMPORARY_BACKUP, &old, &mut wait).map_err(of_backup)?),
        None => None,
    };
    let new_file =
        if options.in_place { None } else { Some(config.write_beside(TEMPORARY, &new, &mut wait)?) };
    if let (Some(backup), Some(copy)) = (&backup, copy) {
        // Check again before an earlier backup is replaced.
        config.expect(&old)?;
        copy.rename(&backup.name).and_then(|()| config.sync_names()).map_err(of_backup)?;
    }
    match new_file {
        Some(new_file) => config.replace_by(new_file, &old)?,
        None => config.overwrite(&old, &new)?,
    }
    Ok(Replaced { changed: true, other_names, backup })
}

fn within_limit(new: Vec<u8>) -> Result<Vec<u8>, FileError> {
    if new.len() as u64 > MAX_CONFIG_BYTES { Err(FileError::WouldBeTooLarge) } else { Ok(new) }
}

/// Refuses what is known to fail. Returns where the backup goes.
fn prepare(config: &Config, options: ReplaceOptions, old: &[u8]) -> Result<Option<Backup>, FileError> {
    config.check(options)?;
    if !options.backup {
        return Ok(None);
    }
    backup::choose(config.name(), old, |name| config.existing_backup(name)).map(Some)
}
