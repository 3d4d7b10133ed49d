//! Replaces a file so that readers see the old content or the new one, and never a mixture.
//!
//! Each step is one line in [`replace`]. What the steps do on a system is in its folder. What is
//! promised, and what cannot be, is in `docs/config.md`.

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

pub use error::{Cause, FileError, Reason};
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

/// Finds out whether [`replace`] would work, without changing anything. `edit` should return a text as
/// long as the one to come.
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
    // Empty files show whether files can be made, and are removed at once.
    let _signals = system::hold_signals();
    if backup.is_some() {
        config.write_beside(TEMPORARY_BACKUP, &[], &mut wait).map_err(of_backup)?;
    }
    if !options.in_place {
        config.write_beside(TEMPORARY, &[], &mut wait)?;
    }
    Ok(())
}

/// Replaces the content of a file by what `edit` makes of it; an edit that changes nothing writes
/// nothing. Owner, permissions and attributes stay. A symlink stays, and its target is replaced. On
/// return all of it is on the disk. `waiting` is called if another run keeps this one waiting.
///
/// # Errors
///
/// What `edit` returns, and [`FileError`]. The content is then the old one, unless the error says
/// that it is written or damaged.
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
    // All that takes room first, so that nothing has happened if there is none.
    let copy = match &backup {
        Some(_) => Some(config.write_beside(TEMPORARY_BACKUP, &old, &mut wait).map_err(of_backup)?),
        None => None,
    };
    let new_file =
        if options.in_place { None } else { Some(config.write_beside(TEMPORARY, &new, &mut wait)?) };
    if let (Some(backup), Some(copy)) = (&backup, copy) {
        // Before an earlier backup goes.
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
    if new.len() as u64 > MAX_CONFIG_BYTES { Err(FileError::TooLarge) } else { Ok(new) }
}

/// Refuses what can be known to fail. Returns where the backup goes.
fn prepare(config: &Config, options: ReplaceOptions, old: &[u8]) -> Result<Option<Backup>, FileError> {
    config.check(options)?;
    if !options.backup {
        return Ok(None);
    }
    backup::choose(config.name(), old, |name| config.existing_backup(name)).map(Some)
}
