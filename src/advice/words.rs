//! The words that hints share, and what differs between systems.

use std::borrow::Cow;

use crate::status::Kind;
use crate::system::error::{Cause, SystemError};
use crate::system::process::may_be_confined;
use crate::system::text::WideEncoding;

/// A sentence that says what to do.
pub type Hint = Cow<'static, str>;

/// The kind of an error, and what the user can do about it, if anything.
pub(super) type Advice = (Kind, Option<Hint>);

/// A text in the words of this system and its shells.
pub(super) const fn by_system(elsewhere: &'static str, on_windows: &'static str) -> &'static str {
    if cfg!(windows) { on_windows } else { elsewhere }
}

/// What keeps the dollar signs of a hash.
pub(super) const IN_QUOTES: &str =
    by_system("in single quotes", "in single quotes (in cmd, in double quotes)");

/// For a file or a pipe in another encoding, on Windows.
pub(super) const SAVE_AS_UTF8: &str = "save the file as UTF-8 in Notepad, or write it again in PowerShell with \
                                       Set-Content -Encoding utf8; for a pipe in cmd, run chcp 65001 first";

/// What makes UTF-8 of another encoding of Unicode.
pub(super) const fn to_utf8(encoding: WideEncoding) -> &'static str {
    let by_iconv = match encoding {
        WideEncoding::Utf16 => "convert it: iconv -f UTF-16 -t UTF-8",
        WideEncoding::Utf16Le => "convert it: iconv -f UTF-16LE -t UTF-8",
        WideEncoding::Utf16Be => "convert it: iconv -f UTF-16BE -t UTF-8",
        WideEncoding::Utf32 => "convert it: iconv -f UTF-32 -t UTF-8",
        WideEncoding::Utf32Le => "convert it: iconv -f UTF-32LE -t UTF-8",
        WideEncoding::Utf32Be => "convert it: iconv -f UTF-32BE -t UTF-8",
    };
    by_system(by_iconv, SAVE_AS_UTF8)
}

/// What helps against a cause that the system names, whatever was tried.
pub(super) const fn by_cause(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::NotFound => Some("check the path"),
        Cause::Full => Some("make room on the disk"),
        Cause::FileLimit => Some("raise the limit on the size of files: ulimit -f"),
        Cause::OpenFiles => Some("raise the limit on open files: ulimit -n, or fs.file-max for all programs"),
        Cause::ReadOnly if cfg!(target_os = "linux") => Some(
            "mount its file system for writing; for a systemd service, name its folder in ReadWritePaths=; for a \
             container, mount its folder without :ro",
        ),
        Cause::ReadOnly => {
            Some(by_system("mount its file system for writing", "remove the write protection of the disk"))
        }
        Cause::Attribute => Some("clear its read-only attribute: attrib -R"),
        Cause::Name => Some(by_system(
            "use a shorter name",
            "check the path: a name in it is too long, or has a character that it cannot have",
        )),
        Cause::Immutable => Some("remove the flag with chattr -i"),
        Cause::AppendOnly => Some("remove the flag with chattr -a"),
        Cause::Folder => Some("rename or remove the folder of that name"),
        Cause::Device => Some("check the disk"),
        Cause::Busy => Some("close the program that uses it, then run this again"),
        Cause::Call | Cause::Permission | Cause::Other => None,
    }
}

/// The hint for a step that a sandbox may have refused, and in one what it must allow: a filter refuses system calls,
/// and Landlock the rights to files and folders (`landlock(7)`). Permissions are the likelier reason where there are
/// any.
pub(super) fn in_sandbox(cause: Cause, calls: &str, rights: &str, hint: &'static str) -> Hint {
    match cause {
        Cause::Call if may_be_confined() => format!(
            "let the sandbox allow {calls} (in systemd, with SystemCallFilter=); if it already does: {hint}"
        )
        .into(),
        Cause::Permission if !rights.is_empty() && may_be_confined() => {
            format!("{hint}; the sandbox may have to allow this step, too (in Landlock, {rights})").into()
        }
        _ => hint.into(),
    }
}

/// The hint for a file or stdin that cannot be read. Where the cause is in the system, another path would not help.
pub(super) fn unreadable(reason: &SystemError, hint: &'static str) -> Hint {
    let hint = match reason.cause() {
        cause @ (Cause::OpenFiles | Cause::Device | Cause::Busy) => by_cause(cause).unwrap_or(hint),
        _ => hint,
    };
    in_sandbox(reason.cause(), "openat and read", "READ_FILE", hint)
}
