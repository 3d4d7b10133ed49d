//! Kinds and hints of errors about the config: its text, its members, and the file. `status.rs` has the exit status of
//! each kind.

use super::words::{Advice, Hint, by_cause, by_system, in_sandbox};
use crate::config_file::edit::error::{EditError, Location, MissingPart};
use crate::config_file::replace::{FileError, Role};
use crate::status::Kind;
use crate::system::error::{Cause, SystemError};
use crate::system::process::is_root;

const EMPTY: &str = "write the members that --key names into it, for example {\"admin\": {\"password\": \"\"}}, or \
                     name another file with --config";

/// What helps where no new file can take the place of the config.
macro_rules! in_place {
    () => {
        "--in-place writes into the file itself, which is not safe against a crash"
    };
}

pub(super) fn edit(error: &EditError) -> Advice {
    let (kind, hint) = match error {
        EditError::NotUtf8(_) | EditError::Wide(_) => (Kind::CONFIG_SYNTAX, "save it as UTF-8".into()),
        EditError::Nul(_) => (Kind::CONFIG_SYNTAX, "restore it from a backup, or remove them there".into()),
        EditError::NotJson(..) | EditError::TooDeep(_) => {
            let hint = "fix it there, or name another file with --config; into a file that is not JSON, paste a hash \
                        that is printed without --config";
            (Kind::CONFIG_SYNTAX, hint.into())
        }
        EditError::Empty => (Kind::CONFIG_SYNTAX, EMPTY.into()),
        EditError::NotFound { suggestion, missing, .. } => {
            (Kind::KEY, instead_of_missing(suggestion.as_ref(), *missing))
        }
        EditError::InsideScalar { at, .. } if at.is_top_level() => (Kind::KEY, EMPTY.into()),
        EditError::InsideScalar { .. } => {
            (Kind::KEY, "a key lists the names down to the string, for example /admin/password".into())
        }
        EditError::Duplicate { .. } => (Kind::KEY, "remove the duplicates".into()),
        EditError::NotAString { .. } => (Kind::KEY, "--key must point to a string or null".into()),
    };
    (kind, Some(hint))
}

fn instead_of_missing(suggestion: Option<&Location>, missing: MissingPart) -> Hint {
    // A suggestion of such a kind exists as a whole.
    if let (Some(suggestion), MissingPart::Member) = (suggestion, missing) {
        return format!("did you mean {suggestion}?").into();
    }
    let rest = match missing {
        MissingPart::LastMember => "to add a new member: --create-key".to_owned(),
        MissingPart::Element(0) => "the list is empty".to_owned(),
        MissingPart::Element(1) => "the list has one element, 0".to_owned(),
        MissingPart::Element(length) => format!("the elements of that list are 0 to {}", length - 1),
        MissingPart::Member => "what is before the last name must exist".to_owned(),
    };
    match suggestion {
        Some(suggestion) => format!("did you mean {suggestion}? {rest}").into(),
        None => rest.into(),
    }
}

pub(super) fn file(error: &FileError) -> Advice {
    const FILE: Kind = Kind::CONFIG_FILE;
    const BUSY: Kind = Kind::CONFIG_BUSY;
    let or = |reason: &SystemError, otherwise: &'static str| by_cause(reason.cause()).unwrap_or(otherwise);
    let (kind, hint) = match error {
        FileError::Unwritable(Role::Backup, reason)
        | FileError::NoNewFile(Role::Backup, reason)
        | FileError::FolderSync(Role::Backup, reason) => {
            (FILE, or(reason, "check the permissions of the config's folder, or leave out --backup"))
        }
        FileError::Attributes(Role::Backup, reason) => (FILE, or(reason, "leave out --backup")),
        FileError::Mounted => (FILE, in_place!()),
        FileError::MountedBackup => (FILE, "mount the config's folder instead, or leave out --backup"),
        FileError::Unreplaceable(reason) => (FILE, or(reason, in_place!())),
        FileError::Locked(_) | FileError::InUse => {
            (BUSY, "close the program that uses it, then run this again")
        }
        FileError::Changed(_) => (BUSY, "run it again"),
        FileError::Moved => (BUSY, "run it again; if that does not help, name the file itself with --config"),
        FileError::Overwritten => (BUSY, "make that change again, then run this again"),
        FileError::Displaced => (BUSY, "see whether the hash is in the config; if it is not, run this again"),
        FileError::Dangling => (FILE, "create the symlink's target, or name another file with --config"),
        FileError::Deleted | FileError::NotAFile | FileError::TooLarge => {
            (FILE, "name another file with --config")
        }
        FileError::TemporaryName => (FILE, "rename it: its name must not begin with .tc_calendar."),
        FileError::WouldBeTooLarge => (FILE, "remove what is not needed in it"),
        FileError::ForeignSymlink => (FILE, "name the file itself with --config"),
        FileError::Unreadable(reason) | FileError::Unwritable(_, reason) => {
            (FILE, or(reason, "check the path and the file's permissions"))
        }
        FileError::FolderSync(_, reason) => {
            (FILE, or(reason, concat!("make the folder readable for this user; ", in_place!())))
        }
        // Windows says this of a folder that it keeps programs out of.
        FileError::NoNewFile(_, reason) if cfg!(windows) && reason.cause() == Cause::NotFound => (
            FILE,
            "if controlled folder access is on, allow this program in Windows Security, under ransomware protection",
        ),
        FileError::NoNewFile(_, reason) if is_root() => (
            FILE,
            or(
                reason,
                concat!(
                    "run it as a user who can write to the folder: here root cannot, as in a user namespace or \
                     without CAP_DAC_OVERRIDE; ",
                    in_place!()
                ),
            ),
        ),
        FileError::NoNewFile(_, reason) => (
            FILE,
            or(
                reason,
                by_system(
                    concat!("run it as root or another user who can write to the folder; ", in_place!()),
                    concat!(
                        "run it as an administrator or another user who can write to the folder; ",
                        in_place!()
                    ),
                ),
            ),
        ),
        FileError::Leftover(_) => (FILE, "remove what is called .tc_calendar.* beside the config"),
        FileError::Attributes(_, reason) if is_root() => (
            FILE,
            or(
                reason,
                concat!(
                    "run it as the config's owner: here root cannot keep them, as in a user namespace or without \
                     all of its capabilities; ",
                    in_place!()
                ),
            ),
        ),
        FileError::Attributes(_, reason) => {
            (FILE, or(reason, by_system(concat!("run it as root; ", in_place!()), in_place!())))
        }
        // A config that cannot be replaced leads back to --in-place.
        FileError::ForeignLink => {
            (FILE, "leave out --in-place, or remove the other name, which find / -xdev -samefile FILE shows")
        }
        FileError::Unlockable(..) => (FILE, "copy the config to a local disk, and change it there"),
        FileError::NoFreeName => {
            (FILE, "move the backups that you need elsewhere and remove the others, or leave out --backup")
        }
        FileError::Unsynced(reason) => (FILE, or(reason, "check the disk")),
        FileError::Unchecked(_) => (FILE, "see whether the hash is in the config"),
        FileError::Damaged(_) => (FILE, "restore it from a backup"),
    };
    (kind, Some(wherever_it_runs(error, hint)))
}

/// The hint, and in a sandbox what that must allow for the step that failed.
fn wherever_it_runs(error: &FileError, hint: &'static str) -> Hint {
    let (reason, calls, rights) = match error {
        FileError::Unreadable(reason) => (reason, "openat, newfstatat, fstat, lseek and read", "READ_FILE"),
        FileError::Unwritable(Role::Backup, reason) => (reason, "write, fsync and renameat2", "MAKE_REG"),
        FileError::Unwritable(_, reason) => (reason, "openat, write and fsync", "WRITE_FILE"),
        FileError::NoNewFile(_, reason) => (reason, "openat, newfstatat and fstat", "MAKE_REG"),
        FileError::FolderSync(_, reason) | FileError::Unsynced(reason) => (reason, "fsync", "READ_DIR"),
        FileError::Attributes(_, reason) => {
            (reason, "fchown, fchmod, flistxattr, fgetxattr, fsetxattr and fremovexattr", "")
        }
        FileError::Leftover(reason) => (reason, "unlinkat", "REMOVE_FILE"),
        FileError::Unreplaceable(reason) => (reason, "renameat", "REMOVE_FILE and MAKE_REG"),
        FileError::Unlockable(_, reason) => (reason, "flock", ""),
        _ => return hint.into(),
    };
    in_sandbox(reason.cause(), calls, rights, hint)
}
