//! Hints in the words of Linux and its shells.

/// What keeps the dollar signs of an encoded string.
pub(super) const IN_QUOTES: &str = "in single quotes";
pub(super) const POINTER: &str =
    "--key must start with /, for example /admin/password; write ~ in a name as ~0";

/// For a password in another encoding, in a file or from a pipe.
pub(super) const AS_UTF8: &str =
    "convert it: iconv -f <its encoding> -t UTF-8 (the encoding may be CP1251, CP866 or another)";
pub(super) const UTF16_AS_UTF8: &str = "convert it: iconv -f UTF-16 -t UTF-8";
pub(super) const TYPED_AS_UTF8: &str = "set the terminal to UTF-8";
pub(super) const ARGUMENT_AS_UTF8: &str = "use a terminal and a locale with UTF-8, or --password-file";

pub(super) const NEW_FILE: &str = "run it as root or another user who can write to the folder; --in-place \
                                   needs no new file, but is not safe against a crash";
pub(super) const KEEP_ATTRIBUTES: &str = "unless you are root, run it as root; --in-place keeps the file \
                                          itself, but is not safe against a crash";
pub(super) const NAME: &str = "use a shorter name";
pub(super) const READ_ONLY: &str = "mount its file system for writing";
