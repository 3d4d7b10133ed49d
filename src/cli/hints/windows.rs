//! Hints in the words of Windows and its shells.

/// What keeps the dollar signs of an encoded string.
pub(super) const IN_QUOTES: &str = "in single quotes (in cmd, in double quotes)";
pub(super) const POINTER: &str = "--key must start with /, for example /admin/password; write ~ in a name as \
                                  ~0; in Git Bash, set MSYS_NO_PATHCONV=1";

/// For a password in another encoding, in a file or from a pipe.
pub(super) const AS_UTF8: &str = "convert it to UTF-8: a file in Notepad with Save as, or in PowerShell with \
                                  Set-Content -Encoding utf8; for a pipe in cmd, run chcp 65001 first";
pub(super) const UTF16_AS_UTF8: &str = AS_UTF8;
/// Only half of a character can come from a console or a command line, which are UTF-16.
pub(super) const TYPED_AS_UTF8: &str = "use --password-file, saved as UTF-8";
pub(super) const ARGUMENT_AS_UTF8: &str = TYPED_AS_UTF8;

pub(super) const NEW_FILE: &str = "run it as an administrator or another user who can write to the folder; \
                                   --in-place needs no new file, but is not safe against a crash";
pub(super) const KEEP_ATTRIBUTES: &str = "--in-place keeps the file itself, but is not safe against a crash";
pub(super) const NAME: &str =
    "check the path: a name in it is too long, or has a character that it cannot have";
pub(super) const READ_ONLY: &str = "remove the write protection of the disk";
