//! The options of a replacement, and its report.

use std::ffi::OsString;

/// The largest file that is read or written, in bytes: far larger than any config.
pub const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// How a file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplaceOptions {
    /// Write into the file itself instead of replacing it. A reader can see a mixture.
    pub in_place: bool,
    /// Keep the old content beside it.
    pub backup: bool,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// False if the edit changed nothing; then nothing was written.
    pub changed: bool,
    /// The file has other names (hard links), which still lead to the old content.
    pub other_names: bool,
    /// Where the old content is kept.
    pub backup: Option<Backup>,
}

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its name, in the folder of the config.
    pub name: OsString,
    /// An older backup, kept because it may contain a password that this one does not.
    pub kept: Option<OsString>,
}

/// The name of a new file before it is renamed to the config. Fixed, so that the next run finds the
/// leftover of a killed one.
pub(super) const TEMPORARY: &str = ".tc_calendar.tmp";
/// The same for a backup.
pub(super) const TEMPORARY_BACKUP: &str = ".tc_calendar.bak.tmp";
