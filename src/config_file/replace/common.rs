//! What the systems' halves of a replacement share: options, names, and the content of an open file.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::error::{Failure, FileError, Role};
use crate::system::error::{Cause, SystemError};

/// The largest file that is read or written, in bytes: far larger than any config.
pub const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// The temporary names of the new config and of a backup. They are fixed, so that the next run finds the
/// leftovers of a killed one.
#[cfg(not(windows))]
pub(super) const TEMPORARY_NAMES: [&str; 2] = [temporary_name(Role::Config), temporary_name(Role::Backup)];

/// How a file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplaceOptions {
    /// Write into the file itself instead of replacing it. A reader can see a mixture.
    pub in_place: bool,
    /// Keep the old content beside it.
    pub backup: bool,
}

impl ReplaceOptions {
    /// The first file that is created in the folder; none if no file is.
    pub(super) const fn new_file(self) -> Option<Role> {
        match self {
            Self { in_place: false, .. } => Some(Role::Config),
            Self { backup: true, .. } => Some(Role::Backup),
            _ => None,
        }
    }
}

/// The name of a new file until it is renamed to the config or to a backup.
pub(super) const fn temporary_name(file: Role) -> &'static str {
    match file {
        Role::Config => ".tc_calendar.tmp",
        _ => ".tc_calendar.bak.tmp",
    }
}

/// How the names of all temporary files begin.
const TEMPORARY: &str = ".tc_calendar.";

/// Refuses a config that this or another run would take for a temporary file, in any case: some file systems do not
/// tell capital letters from small ones.
pub(super) fn check_name(config: &OsStr) -> Result<(), FileError> {
    let name = config.as_encoded_bytes();
    let start = name.get(..TEMPORARY.len());
    let is_temporary = start.is_some_and(|start| start.eq_ignore_ascii_case(TEMPORARY.as_bytes()));
    if is_temporary { Err(FileError::TemporaryName) } else { Ok(()) }
}

/// The metadata of the regular file that a path leads to through all symlinks. Opens nothing, because opening a
/// pipe would wait for its other end.
pub(super) fn find(path: &Path) -> Result<Metadata, FileError> {
    let metadata = fs::metadata(path).map_err(|error| {
        let is_symlink = || fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        let is_dangling = error.kind() == ErrorKind::NotFound && is_symlink();
        if is_dangling { FileError::Dangling } else { unreadable(error) }
    })?;
    if metadata.is_file() { Ok(metadata) } else { Err(FileError::NotAFile) }
}

/// The error of a config that cannot be read.
pub(super) fn unreadable(error: impl Into<io::Error>) -> FileError {
    FileError::Unreadable(SystemError::of(&error.into()))
}

/// Whether nothing has the name of a backup, not even a symlink that leads nowhere.
#[cfg(not(all(target_os = "linux", not(portable))))]
pub(super) fn is_free(path: &Path) -> Result<bool, FileError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(FileError::Unwritable(Role::Backup, SystemError::of(&error))),
    }
}

/// Why the config could not be opened, read or written. Another program can have a lease on it, or on Windows lock a
/// part of it.
pub(super) fn failed(error: &io::Error, error_of: impl FnOnce(SystemError) -> FileError) -> Failure {
    let reason = SystemError::of(error);
    match reason.cause() {
        Cause::Busy => Failure::Passing(FileError::InUse),
        _ => error_of(reason).into(),
    }
}

/// Reads the whole config.
pub(super) fn read(mut file: &File) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    // One byte more than the maximum, to detect a larger file.
    let read = file.rewind().and_then(|()| file.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| failed(&error, FileError::Unreadable))?;
    if bytes.len() as u64 > MAX_CONFIG_BYTES { Err(FileError::TooLarge.into()) } else { Ok(bytes) }
}

/// Whether the whole content of the file is `expected`.
pub(super) fn has_content(mut file: &File, expected: &[u8]) -> io::Result<bool> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(expected.len() as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes == expected)
}

/// Fails unless the config is unchanged.
pub(super) fn expect(is_unchanged: io::Result<bool>) -> Result<(), Failure> {
    let is_unchanged = is_unchanged.map_err(|error| failed(&error, FileError::Unreadable))?;
    if is_unchanged { Ok(()) } else { Err(FileError::Changed(Role::Config).into()) }
}

/// Overwrites `old` with `new` in the config. Restores `old` if writing fails half-way, as on a full disk. What
/// cannot be cut off at the end is blank, so it is valid JSON. `sync` is how what was written gets to the disk.
pub(super) fn overwrite(
    file: &File,
    old: &[u8],
    new: &[u8],
    sync: impl Fn(&File) -> io::Result<()>,
    is_still_the_config: impl FnOnce() -> io::Result<bool>,
) -> Result<(), Failure> {
    if let Err(error) = change(file, old, new).and_then(|()| sync(file)) {
        let has = |text: &[u8]| read(file).is_ok_and(|found| is_padded(&found, text));
        return Err(if restore(file, old).and_then(|()| sync(file)).is_ok() || has(old) {
            failed(&error, |reason| FileError::Unwritable(Role::Config, reason))
        } else if has(new) {
            FileError::Unsynced(SystemError::of(&error)).into()
        } else {
            FileError::Damaged(SystemError::of(&error)).into()
        });
    }
    match is_still_the_config() {
        Ok(true) => Ok(()),
        Ok(false) => Err(FileError::Displaced.into()),
        Err(error) => Err(FileError::Unchecked(SystemError::of(&error)).into()),
    }
}

fn change(file: &File, old: &[u8], new: &[u8]) -> io::Result<()> {
    let length = old.len().max(new.len());
    let (old_padded, new_padded) = (padded(old, length), padded(new, length));
    // What can be refused comes first: on a full disk the file does not grow, and its text is still the old one.
    write(file, old.len(), &old_padded[old.len()..])?;
    // One call writes all that differs. If the program is killed, the file is then old or new, as far
    // as the system writes it in one step.
    let is_same = |(old, new): &(&u8, &u8)| old == new;
    let start = old_padded.iter().zip(&new_padded).take_while(is_same).count();
    let rest = old_padded[start..].iter().rev().zip(new_padded[start..].iter().rev());
    let end = length - rest.take_while(is_same).count();
    write(file, start, &new_padded[start..end])?;
    shorten(file, new.len())
}

fn restore(file: &File, old: &[u8]) -> io::Result<()> {
    let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    write(file, 0, &padded(old, length.max(old.len())))?;
    shorten(file, old.len())
}

fn padded(text: &[u8], length: usize) -> Vec<u8> {
    let mut padded = text.to_vec();
    padded.resize(length, b'\n');
    padded
}

/// Cuts off what follows, if that is allowed: a sandbox can forbid it, and Windows does for a file that another program
/// has mapped into its memory.
fn shorten(file: &File, length: usize) -> io::Result<()> {
    if file.metadata()?.len() > length as u64 {
        let _ = file.set_len(length as u64);
    }
    Ok(())
}

fn write(mut file: &File, start: usize, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    file.seek(SeekFrom::Start(start as u64))?;
    file.write_all(bytes)
}

/// Whether nothing but blanks follows the text.
fn is_padded(found: &[u8], text: &[u8]) -> bool {
    found.strip_prefix(text).is_some_and(|rest| rest.trim_ascii().is_empty())
}

/// What went wrong after the new file got the name of the config, if anything did. Whether the old file still had
/// the old content is known only then.
#[cfg(not(windows))]
pub(super) fn after_renaming(was_old: io::Result<bool>, synced: io::Result<()>) -> Result<(), FileError> {
    match (was_old, synced) {
        (Ok(true), Ok(())) => Ok(()),
        (Ok(false), _) => Err(FileError::Overwritten),
        (Err(error), _) => Err(FileError::Unchecked(SystemError::of(&error))),
        (_, Err(error)) => Err(FileError::Unsynced(SystemError::of(&error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_content_replaces_the_old_one_whatever_they_share() {
        let contents = ["", "a", "ab", "abc\n", "xbc\n", "axc\n", "abx", "abcabc\n", "a\n\n\n"];
        for (old, new) in contents.iter().flat_map(|old| contents.map(|new| (*old, new))) {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(old.as_bytes()).unwrap();
            assert!(
                overwrite(&file, old.as_bytes(), new.as_bytes(), File::sync_all, || Ok(true)).is_ok(),
                "{old:?} {new:?}"
            );
            assert_eq!(read(&file).unwrap(), new.as_bytes(), "{old:?} {new:?}");
            assert_eq!(has_content(&file, old.as_bytes()).unwrap(), old == new, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_file_that_lost_its_name_was_written_all_the_same() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(
            overwrite(&file, b"", b"new", File::sync_all, || Ok(false)),
            Err(FileError::Displaced.into())
        );
        assert_eq!(read(&file).unwrap(), b"new");
    }

    /// docs/config.md: "What cannot be cut off at the end, as in some sandboxes, is filled with line breaks."
    #[cfg(target_os = "linux")]
    #[test]
    fn what_may_not_be_cut_off_is_blank() {
        use nix::fcntl::{FcntlArg, SealFlag, fcntl};
        use nix::sys::memfd::{MFdFlags, memfd_create};

        let shrink = SealFlag::F_SEAL_SHRINK;
        for (seals, old, new, is_written, text) in [
            (shrink, "{}", "{\"a\": 1}", true, "{\"a\": 1}"),
            (shrink, "{\"a\": 1}", "{}", true, "{}\n\n\n\n\n\n"),
            (SealFlag::F_SEAL_GROW, "{}", "{\"a\": 1}", false, "{}"),
            (shrink | SealFlag::F_SEAL_GROW, "{\"a\": 1}", "{}\n", true, "{}\n\n\n\n\n\n"),
            (SealFlag::F_SEAL_WRITE, "{}", "[]", false, "{}"),
        ] {
            let file = File::from(memfd_create("config", MFdFlags::MFD_ALLOW_SEALING).unwrap());
            write(&file, 0, old.as_bytes()).unwrap();
            fcntl(&file, FcntlArg::F_ADD_SEALS(seals)).unwrap();
            let written = overwrite(&file, old.as_bytes(), new.as_bytes(), File::sync_all, || Ok(true));
            let is_refused = matches!(written, Err(Failure::Lasting(FileError::Unwritable(Role::Config, _))));
            assert_eq!((written.is_ok(), is_refused), (is_written, !is_written), "{old:?} {new:?}");
            assert_eq!(str::from_utf8(&read(&file).unwrap()).unwrap(), text, "{old:?} {new:?}");
        }
    }

    /// The rest after an interrupted write of a longer text that may not be cut off.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_old_text_is_restored_over_a_longer_one() {
        let file = tempfile::tempfile().unwrap();
        write(&file, 0, b"{\"a\": 12").unwrap();
        restore(&file, b"{}").unwrap();
        assert_eq!(read(&file).unwrap(), b"{}");
        assert!(is_padded(b"{}\n \n", b"{}") && !is_padded(b"{}}", b"{}") && !is_padded(b"{", b"{}"));
    }
}
