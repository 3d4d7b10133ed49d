//! Hints: what the user can do about each error. Those whose words differ between systems are in a file for
//! each system.

#[cfg(not(windows))]
mod unix;
#[cfg(windows)]
mod windows;

use std::borrow::Cow;

use super::usage::{CostOption, Expected, UsageError};
use super::values::{InvalidCost, InvalidValue, MAX_MILLISECONDS};
use crate::config_file::edit::error::{EditError, MissingPart};
use crate::config_file::replace::FileError;
use crate::hash::diagnose::{Damage, StoredError};
use crate::hash::encoded::{MAX_SALT_BYTES, MAX_TAG_BYTES, MIN_SALT_BYTES, MIN_TAG_BYTES};
use crate::hash::hasher::HashError;
use crate::hash::verifier::VerifyError;
use crate::password::entry::{Position, SourceError, Stream};
use crate::password::password::PasswordError;
use crate::system::reason::{Cause, Reason};
#[cfg(not(windows))]
use unix as words;
#[cfg(windows)]
use windows as words;

use words::{
    ARGUMENT_AS_UTF8, AS_UTF8, IN_QUOTES, KEEP_ATTRIBUTES, NAME, NEW_FILE, POINTER, READ_ONLY, TYPED_AS_UTF8,
    UTF16_AS_UTF8,
};

/// A sentence that says what to do.
pub type Hint = Cow<'static, str>;

/// What to do with a password that looks like an option.
const LEADING_DASH: &str = "if the password starts with a dash: --hash_pass=<password>";
const ALL_OPTIONS: &str = "see tc_calendar --help";
const EXAMPLE_KEY: &str = "a key lists the names down to the string, for example /admin/password";
const OTHER_CONFIG: &str = "name another file with --config";

/// For results that cannot be printed.
pub const OUTPUT: &str = "check the file or the pipe that stdout goes to";
/// For too little memory, in any mode.
pub const MEMORY: &str = "free memory, or raise its limit; to hash with less: --profile owasp, a smaller --memory, \
                          or no --cross-check";
/// For an encoded string beyond the policy.
pub const POLICY: &str = "hash the password again at a lower cost: tc_calendar --hash_pass";

#[must_use]
pub fn usage(error: &UsageError) -> Hint {
    match error {
        UsageError::NoMode => {
            "to hash a password: tc_calendar --hash_pass; for all options: tc_calendar --help".into()
        }
        UsageError::SeveralModes => {
            "give one of --hash_pass, --verify, --inspect, --calibrate and --generate".into()
        }
        UsageError::NoEncoded(mode) => {
            format!("give it {IN_QUOTES}: {mode} '$argon2id$v=19$...'; or use --config and --key").into()
        }
        UsageError::UnknownOption(Some(name)) => format!("did you mean {name}? {LEADING_DASH}").into(),
        UsageError::UnknownOption(None) => {
            format!("{LEADING_DASH}; for all options: tc_calendar --help").into()
        }
        UsageError::StrayArgument("--verify") => {
            "the password is not an argument here: use the prompt, --password-stdin or --password-file".into()
        }
        UsageError::StrayArgument(mode) => {
            format!("{mode} takes one value; put one with spaces in quotes").into()
        }
        UsageError::Needs { .. } => "use --config FILE --key POINTER".into(),
        UsageError::SameKey | UsageError::NestedKeys => "give each --key another location".into(),
        UsageError::OtherHelp => "for help: tc_calendar --help".into(),
        UsageError::SeveralSources => "give them in one way, for example --password-file".into(),
        UsageError::LinesOfNothing => "say where the lines are, for example --password-stdin --lines".into(),
        UsageError::TwoCosts => "give only one of the two".into(),
        UsageError::TwoEncoded => {
            "give the hash once, as the argument or with --config; it is not the password".into()
        }
        UsageError::InvalidValue { expected: Expected::OneOf(values), .. } => {
            format!("use one of: {}", values.join(", ")).into()
        }
        UsageError::InvalidValue { expected: Expected::Other(invalid), .. } => value(*invalid),
        UsageError::NotUtf8 => "option values must be UTF-8".into(),
        UsageError::NotAlone(option) => format!("ask alone: tc_calendar {option}; {LEADING_DASH}").into(),
        UsageError::Cost { error, in_option } => cost(*error, *in_option).into(),
        UsageError::NoValue(_) => "it is missing or empty; for all options: tc_calendar --help".into(),
        UsageError::NeedlessValue(_) | UsageError::Misplaced { .. } | UsageError::Other => ALL_OPTIONS.into(),
        UsageError::Repeated(_) => "give it once".into(),
    }
}

fn value(error: InvalidValue) -> Hint {
    match error {
        InvalidValue::Size => "use a number of KiB, or a unit (KiB, MiB, GiB): 65536 or 64MiB".into(),
        InvalidValue::Fraction => "use a whole number of KiB: 65536 or 64MiB".into(),
        InvalidValue::Number => "use a whole number".into(),
        InvalidValue::Time => {
            format!("use a time from 1 to {MAX_MILLISECONDS} ms, for example 500ms or 2s").into()
        }
        InvalidValue::Cost => "use the three numbers, for example m=65536,t=3,p=4".into(),
        InvalidValue::Pointer => POINTER.into(),
    }
}

const fn cost(error: InvalidCost, in_option: CostOption) -> &'static str {
    match (error, in_option) {
        (InvalidCost::Rfc(_), CostOption::Each) => "raise --memory or lower --parallelism",
        (InvalidCost::Rfc(_), CostOption::Cost) => "raise m or lower p in --cost",
        (_, CostOption::Each) => "change it, or use a profile: --profile",
        (_, CostOption::Cost) => "change it, or use a profile instead: --profile",
    }
}

#[must_use]
pub fn source(error: &SourceError) -> Hint {
    match error {
        SourceError::Rejected { position, error } => match (error, position) {
            (PasswordError::Empty, Position::Line(_)) => "remove the blank line",
            (PasswordError::Empty, Position::Prompt | Position::AnswerOfSeveral(_)) => {
                "type the password, then press Enter"
            }
            (PasswordError::Empty, Position::Argument | Position::ArgumentOfSeveral(_)) => {
                "give a password, or none to be asked for one"
            }
            (PasswordError::Empty, Position::Whole) => "write the password on the first line",
            (PasswordError::Empty, Position::Environment) => "set the variable to the password",
            (PasswordError::TooLong, Position::Line(_)) => "use a shorter one; each line is one password",
            (PasswordError::TooLong, _) => "use a shorter one",
            (PasswordError::NotUtf8, Position::Prompt | Position::AnswerOfSeveral(_)) => TYPED_AS_UTF8,
            (
                PasswordError::NotUtf8 | PasswordError::Utf16,
                Position::Argument | Position::ArgumentOfSeveral(_),
            ) => ARGUMENT_AS_UTF8,
            (PasswordError::NotUtf8, _) => AS_UTF8,
            (PasswordError::Utf16, _) => UTF16_AS_UTF8,
            (PasswordError::Nul, _) => "remove the NUL; if the file is UTF-16, save it as UTF-8",
        },
        SourceError::NoTerminal => {
            "use --password-stdin or --password-file; in a container, docker run -it gives a terminal"
        }
        SourceError::UnsetVariable => "check the name after --password-env, and that this process gets it",
        SourceError::EmptyVariable => "set the variable to the password",
        SourceError::TerminalLines => "leave out --lines; the terminal is asked for one password",
        SourceError::InvalidVariable => "set it to Unicode text (UTF-8 on Linux)",
        SourceError::Empty(_) => "check that something writes the password there",
        SourceError::SecondLine(_) => "to hash each line as a password: --lines",
        SourceError::SecondPassword(_) => "give one password, on one line",
        SourceError::TooMany(_) | SourceError::TooFew(_) => {
            "give one --key per password, in the same order; put a password with spaces in quotes; a file or \
             stdin is one password, unless --lines says otherwise"
        }
        SourceError::NoAnswer => "type the password, then press Enter",
        SourceError::Mismatch => "run it again, or use --password-file",
        SourceError::NoConsole => {
            "use --password-stdin or --password-file; in Git Bash, run the program with winpty"
        }
        SourceError::ForeignTerminal => "name a regular file, or use --password-stdin",
        SourceError::Unreadable(stream, reason) => unreadable(*stream, reason),
        SourceError::LongerThanTheTerminal | SourceError::Terminal(_) => "use --password-file",
    }
    .into()
}

fn unreadable(stream: Stream, reason: &Reason) -> &'static str {
    match (reason.cause(), stream) {
        // Another path would not help.
        (Cause::OpenFiles | Cause::Device | Cause::Busy, _) => cause(reason.cause()),
        (_, Stream::File) => None,
        (_, Stream::Stdin) => Some("use --password-file"),
    }
    .unwrap_or("check the path of --password-file and its permissions")
}

#[must_use]
pub fn damage(error: Damage) -> Hint {
    match error {
        Damage::Empty | Damage::Expanded => {
            format!("put it {IN_QUOTES}, which keep every $: '$argon2id$v=19$...'").into()
        }
        Damage::Doubled => "outside of the Compose file, write each $$ as one $".into(),
        Damage::Escaped => format!("{IN_QUOTES} it needs no backslashes: '$argon2id$v=19$...'").into(),
        Damage::PercentEscaped => "write each %24 as $, and %2B, %2C, %2F, %3D as + , / =".into(),
        Damage::HtmlEscaped => "copy it from what the page shows, not from its source".into(),
        Damage::Wrapped => "write it on one line".into(),
        Damage::Surrounded => "remove what is not part of it; it starts with $argon2".into(),
        Damage::Prefixed => "remove the text before $argon2".into(),
        Damage::NoDollar => format!("write the $ before it, and put all of it {IN_QUOTES}").into(),
        Damage::CutOff | Damage::Tag => format!("copy the whole string again, and put it {IN_QUOTES}").into(),
        Damage::Surplus => "copy it again, up to the end of the tag".into(),
        Damage::Padded => "remove the = signs".into(),
        Damage::KeyIdOrData => {
            "hash the password again; current Argon2 programs do not write such fields".into()
        }
        Damage::OtherScheme(_) => "hash the password: tc_calendar --hash_pass".into(),
        Damage::Connector => {
            "a login may need it, and a hash cannot take its place; leave it where it is".into()
        }
        Damage::Variant => "it is one of $argon2id$, $argon2i$ and $argon2d$, in lower case".into(),
        Damage::Version => "the versions are 16 and 19: v=16 or v=19".into(),
        Damage::Parameters => "they look like this: m=65536,t=3,p=4".into(),
        Damage::Salt => "copy the string again; a salt has only letters, digits, + and /".into(),
        Damage::SaltLength(_) => {
            format!("{MIN_SALT_BYTES} to {MAX_SALT_BYTES} bytes are allowed; copy the string again").into()
        }
        Damage::TagLength(_) => {
            format!("{MIN_TAG_BYTES} to {MAX_TAG_BYTES} bytes are allowed; copy the string again").into()
        }
        Damage::Params(_) | Damage::NotText | Damage::TooLong => {
            "copy the string again from where it was printed".into()
        }
        Damage::Unknown => {
            "an encoded string starts with $argon2id$; it is not the password; to hash a password: \
             tc_calendar --hash_pass"
                .into()
        }
    }
}

#[must_use]
pub fn stored(error: &StoredError) -> Hint {
    match error {
        StoredError::Label => "remove the label before $argon2".into(),
        StoredError::Foreign(_) => {
            "a login may need what is there; to use a hash, give --key another location".into()
        }
        StoredError::Damaged(_) => {
            "write the hash again: tc_calendar --hash_pass --replace with the same --config and --key".into()
        }
    }
}

/// For a string in the config that is not a hash.
pub const NOT_A_HASH: &str =
    "a login may need it, and a hash cannot take its place; to replace it anyway: --replace";

#[must_use]
pub const fn hash(error: &HashError) -> Option<Hint> {
    match error {
        HashError::Memory(_) => Some(Cow::Borrowed(MEMORY)),
        HashError::SelfTest => Some(Cow::Borrowed("report it, with the processor's model")),
        HashError::Randomness | HashError::Engine(_) => None,
    }
}

#[must_use]
pub const fn verify(error: &VerifyError) -> Option<Hint> {
    match error {
        VerifyError::Memory(_) => Some(Cow::Borrowed(MEMORY)),
        VerifyError::Disagreement => {
            Some(Cow::Borrowed("test this machine's memory; if it is fine, report a bug"))
        }
        VerifyError::Threads | VerifyError::Refused(_) => None,
    }
}

#[must_use]
pub fn edit(error: &EditError) -> Hint {
    match error {
        EditError::NotUtf8 { .. } | EditError::Utf16 => "save it as UTF-8".into(),
        EditError::Nul { .. } => "restore it from a backup".into(),
        EditError::NotJson { .. } | EditError::TooDeep { .. } => {
            "fix it there, or name another file with --config".into()
        }
        EditError::Empty => "write {} into it, or name another file with --config".into(),
        EditError::NotFound { suggestion, missing, .. } => {
            let suggestion = suggestion.as_ref().map(|suggestion| format!("did you mean {suggestion}?"));
            let rest = match missing {
                MissingPart::LastMember => Some("to add a new member: --create-key".to_owned()),
                MissingPart::Element(0) => Some("the list is empty".to_owned()),
                MissingPart::Element(length) => {
                    Some(format!("the elements of that list are 0 to {}", length - 1))
                }
                MissingPart::Member => Some("what is before the last name must exist".to_owned()),
            };
            suggestion.into_iter().chain(rest).collect::<Vec<_>>().join(" ").into()
        }
        EditError::InsideScalar { .. } => EXAMPLE_KEY.into(),
        EditError::Duplicate { .. } => "remove the duplicates".into(),
        EditError::NotAString { .. } => "--key must point to a string or null".into(),
    }
}

#[must_use]
pub fn file(error: &FileError) -> Hint {
    let by_cause = |reason: &Reason, otherwise: &'static str| cause(reason.cause()).unwrap_or(otherwise);
    match error {
        FileError::Dangling => "create the symlink's target, or name another file with --config",
        FileError::NotAFile | FileError::TooLarge => OTHER_CONFIG,
        FileError::WouldBeTooLarge => "remove what is not needed in it",
        FileError::ForeignSymlink => "name the file itself with --config",
        FileError::Moved => "run it again; if that does not help, name the file itself with --config",
        FileError::Unreadable(reason) | FileError::Unwritable(reason) => {
            by_cause(reason, "check the path and the file's permissions")
        }
        FileError::FolderSync(reason) => by_cause(
            reason,
            "make the folder readable for this user; --in-place needs no new file, but is not safe against a crash",
        ),
        FileError::Folder(reason) => by_cause(reason, NEW_FILE),
        FileError::Leftover(_) => "remove what is called .tc_calendar.* beside the config",
        FileError::Mounted => "--in-place writes into it instead, which is not safe against a crash",
        FileError::Attributes(reason) => by_cause(reason, KEEP_ATTRIBUTES),
        FileError::ForeignLink => "leave out --in-place",
        FileError::Locked | FileError::InUse => "close the program that uses it, then run this again",
        FileError::Unlockable(_) => "copy the config to a local disk, and change it there",
        FileError::Changed => "run it again",
        FileError::Backup(reason) if reason.cause() == Cause::Folder => {
            "rename or remove the folder that has the name of a backup: .bak, or .bak.2 to .bak.9, at its end"
        }
        FileError::Backup(reason) => {
            by_cause(reason, "check the .bak files next to the config, or leave out --backup")
        }
        FileError::Backups => "remove backups that are not needed, or leave out --backup",
        FileError::Unsynced(reason) => by_cause(reason, "check the disk"),
        FileError::Unchecked(_) => "see whether the hash is in the config",
        FileError::Overwritten => "save it again in that program, then run this again",
        FileError::Damaged(_) => "restore it from a backup",
    }
    .into()
}

const fn cause(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::NotFound => Some("check the path"),
        Cause::Full => Some("make room on the disk"),
        Cause::FileLimit => Some("raise the limit on the size of files: ulimit -f"),
        Cause::OpenFiles => Some("raise the limit on open files: ulimit -n, or fs.file-max for all programs"),
        Cause::ReadOnly => Some(READ_ONLY),
        Cause::Attribute => Some("clear its read-only attribute: attrib -R"),
        Cause::Name => Some(NAME),
        Cause::Immutable => Some("remove the flag with chattr -i"),
        Cause::AppendOnly => Some("remove the flag with chattr -a"),
        Cause::Folder => Some("rename or remove the folder of that name"),
        Cause::Device => Some("check the disk"),
        Cause::Busy => Some("close the program that uses it, then run this again"),
        Cause::Other => None,
    }
}
