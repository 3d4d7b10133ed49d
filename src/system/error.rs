//! The system's errors in the words of this program's messages, and with the cause that a hint is about.

use std::io::{self, ErrorKind};

use super::text::uncapitalized;

/// The system's words for an error, as they go on in a sentence: `permission denied`.
pub fn message(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    // Windows ends its texts with a full stop.
    uncapitalized(text.trim_end_matches('.'))
}

/// How syncing to the disk has ended. A file system that does not have it for a file or a folder keeps both as well as
/// it can (fsync(2): EINVAL). A call that is not there at all (ENOSYS) is refused by a sandbox.
///
/// # Errors
///
/// The system's, if it is another.
#[cfg(unix)]
pub fn synced(result: io::Result<()>) -> io::Result<()> {
    use nix::errno::Errno;
    let code = result.as_ref().err().and_then(io::Error::raw_os_error).map(Errno::from_raw);
    let is_missing =
        code.is_some_and(|code| [Errno::EINVAL, Errno::EOPNOTSUPP, Errno::ENOTSUP].contains(&code));
    if is_missing { Ok(()) } else { result }
}

/// An error of the system: its cause, and its words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SystemError {
    cause: Cause,
    text: String,
}

/// What is behind an error, if there is a hint for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    NotFound,
    /// The disk or the quota is full.
    Full,
    /// The limit on the size of files.
    FileLimit,
    /// The limit on open files, of this program or of all.
    OpenFiles,
    /// The file system is mounted read-only.
    ReadOnly,
    /// The file has the attribute of Windows that makes it read-only.
    Attribute,
    /// The system refuses the name: it is too long, or on Windows has a character that it cannot have.
    Name,
    /// A flag of chattr(1): the file cannot be changed.
    Immutable,
    /// A flag of chattr(1): the file can only grow.
    AppendOnly,
    /// A folder has the name.
    Folder,
    Device,
    /// The call itself is refused: by a sandbox, or by a file system that does not have it (Linux).
    Call,
    /// By permissions, or by a sandbox that keeps programs out of files and folders (Linux).
    Permission,
    /// Another program has the file open.
    Busy,
    /// No hint is known.
    Other,
}

impl SystemError {
    /// What the system reports.
    pub fn of(error: &io::Error) -> Self {
        let cause = match error.kind() {
            ErrorKind::NotFound => Cause::NotFound,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Cause::Full,
            // Windows has no limit on the size of files that could be raised.
            #[cfg(unix)]
            ErrorKind::FileTooLarge => Cause::FileLimit,
            ErrorKind::ReadOnlyFilesystem => Cause::ReadOnly,
            ErrorKind::InvalidFilename => Cause::Name,
            ErrorKind::IsADirectory => Cause::Folder,
            // Another program has a lease on the file (fcntl(2), F_SETLEASE), which the kernel asks it to give back.
            ErrorKind::WouldBlock => Cause::Busy,
            _ => Cause::of_code(error.raw_os_error().unwrap_or_default()),
        };
        Self { cause, text: message(error) }
    }

    /// What this program finds out without asking the system.
    pub fn new(cause: Cause, text: &str) -> Self {
        Self { cause, text: text.to_owned() }
    }

    pub const fn cause(&self) -> Cause {
        self.cause
    }
}

impl Cause {
    /// The cause of a system's error number for which the standard library has no name.
    const fn of_code(code: i32) -> Self {
        match code {
            #[cfg(unix)]
            5 => Self::Device,
            #[cfg(target_os = "linux")]
            1 | 38 => Self::Call,
            #[cfg(target_os = "linux")]
            13 => Self::Permission,
            #[cfg(unix)]
            23 | 24 => Self::OpenFiles,
            // Another program does not share the file, has locked a part of it, has just created it or
            // has deleted it but still has it open, or has mapped it into its memory; and what ReplaceFile
            // reports in these cases.
            #[cfg(windows)]
            32 | 33 | 80 | 183 | 303 | 1175..=1177 | 1224 => Self::Busy,
            #[cfg(windows)]
            23 | 483 | 1117 => Self::Device,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Display;

    use super::*;

    #[track_caller]
    fn assert_causes<E: Copy + Display>(code: fn(E) -> i32, causes: &[(Cause, &[E])]) {
        for (cause, errors) in causes {
            for &error in *errors {
                let reported = SystemError::of(&io::Error::from_raw_os_error(code(error)));
                assert_eq!(reported.cause(), *cause, "{error}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn errors_with_a_hint_are_told_apart() {
        use nix::errno::Errno as E;

        assert_causes(
            |error: E| error as i32,
            &[
                (Cause::NotFound, &[E::ENOENT]),
                (Cause::Full, &[E::ENOSPC, E::EDQUOT]),
                (Cause::FileLimit, &[E::EFBIG]),
                (Cause::OpenFiles, &[E::EMFILE, E::ENFILE]),
                (Cause::ReadOnly, &[E::EROFS]),
                (Cause::Name, &[E::ENAMETOOLONG]),
                (Cause::Folder, &[E::EISDIR]),
                (Cause::Device, &[E::EIO]),
                (Cause::Busy, &[E::EAGAIN]),
                (Cause::Other, &[E::EINVAL]),
            ],
        );
        #[cfg(target_os = "linux")]
        assert_causes(
            |error: E| error as i32,
            &[(Cause::Call, &[E::EPERM, E::ENOSYS]), (Cause::Permission, &[E::EACCES])],
        );
    }

    #[cfg(windows)]
    #[test]
    fn errors_with_a_hint_are_told_apart() {
        use winsafe::co::ERROR as E;

        assert_causes(
            |error: E| error.raw().cast_signed(),
            &[
                (Cause::NotFound, &[E::FILE_NOT_FOUND, E::PATH_NOT_FOUND]),
                (Cause::Name, &[E::INVALID_NAME, E::BAD_PATHNAME, E::FILENAME_EXCED_RANGE]),
                (Cause::Full, &[E::DISK_FULL, E::HANDLE_DISK_FULL, E::DISK_QUOTA_EXCEEDED]),
                (Cause::ReadOnly, &[E::WRITE_PROTECT]),
                (Cause::Device, &[E::CRC, E::DEVICE_HARDWARE_ERROR, E::IO_DEVICE]),
                (Cause::Busy, &[E::SHARING_VIOLATION, E::LOCK_VIOLATION, E::FILE_EXISTS, E::ALREADY_EXISTS]),
                (Cause::Busy, &[E::DELETE_PENDING, E::UNABLE_TO_REMOVE_REPLACED, E::USER_MAPPED_FILE]),
                (Cause::Busy, &[E::UNABLE_TO_MOVE_REPLACEMENT, E::UNABLE_TO_MOVE_REPLACEMENT_2]),
                (Cause::Other, &[E::ACCESS_DENIED, E::TOO_MANY_OPEN_FILES, E::FILE_TOO_LARGE]),
            ],
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_system_that_cannot_sync_is_no_failure() {
        use nix::errno::Errno as E;

        let result = |error: E| synced(Err(io::Error::from(error)));
        assert!([E::EINVAL, E::EOPNOTSUPP, E::ENOTSUP].into_iter().all(|error| result(error).is_ok()));
        assert!([E::EIO, E::ENOSPC, E::ENOSYS, E::EPERM].into_iter().all(|error| result(error).is_err()));
        assert!(synced(Ok(())).is_ok());
    }

    #[test]
    fn number_capital_and_full_stop_are_removed() {
        for text in ["Is gone (os error 1)", "Is gone. (os error 1)"] {
            assert_eq!(message(&io::Error::other(text)), "is gone");
        }
    }
}
