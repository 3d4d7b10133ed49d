//! Hints for arguments that are refused.

use super::words::{Hint, IN_QUOTES, by_system};
use crate::cli::modes::Mode;
use crate::cli::usage::{CostOption, UsageError};
use crate::cli::values::{InvalidValue, MAX_MILLISECONDS};
use crate::hash::policy::CostError;

const ALL_OPTIONS: &str = "for all options: tc_calendar --help";
/// What to do with a password that looks like an option.
const LEADING_DASH: &str = "if the password starts with a dash: --hash_pass=<password>";

pub(super) fn usage(error: &UsageError) -> Hint {
    match error {
        UsageError::NoMode(Some(mode)) => format!("did you mean {mode}? {ALL_OPTIONS}").into(),
        UsageError::NoMode(None) => {
            format!("to hash a password: tc_calendar --hash_pass; {ALL_OPTIONS}").into()
        }
        UsageError::SeveralModes => {
            let [others @ .., last] = Mode::ALL.map(Mode::option);
            format!("give one of {} and {last}", others.join(", ")).into()
        }
        UsageError::NoEncoded(mode) => {
            format!("give it {IN_QUOTES}: {mode} '$argon2id$v=19$...'; or use --encoded-file, or --config and --key").into()
        }
        UsageError::UnknownOption { meant, has_dash, may_be_password } => {
            let for_password =
                if *has_dash { LEADING_DASH } else { "if it is the password: --hash_pass=<password>" };
            let advice = [
                (!has_dash).then_some("options start with plain dashes (-)"),
                may_be_password.then_some(for_password),
                (*has_dash && meant.is_none()).then_some(ALL_OPTIONS),
            ];
            let advice = advice.into_iter().flatten().collect::<Vec<_>>().join("; ");
            match meant {
                Some(names) => format!("did you mean {names}? {advice}").trim_end().to_owned().into(),
                None => advice.into(),
            }
        }
        UsageError::ScriptBlock => {
            "in PowerShell, braces make a script block; put the password in single quotes".into()
        }
        UsageError::StrayLines(mode) => {
            format!("{mode} takes one hash; if these are the lines of a file, give one of them").into()
        }
        UsageError::StrayArgument("--verify") => {
            "the password is not an argument here: use the prompt, --password-stdin or --password-file".into()
        }
        UsageError::StrayArgument("--calibrate") => {
            "--calibrate takes one time, written without a space: 500ms or 2s".into()
        }
        UsageError::StrayArgument(mode) => {
            format!("{mode} takes one value; put one with spaces in quotes").into()
        }
        UsageError::Needs { .. } => "use --config FILE --key POINTER".into(),
        UsageError::SameKey | UsageError::NestedKeys => "give each --key another location".into(),
        UsageError::HelpOfOtherPrograms => "for help: tc_calendar --help".into(),
        UsageError::SeveralSources => "give them in one way, for example --password-file".into(),
        UsageError::WordsApart => "put them side by side; put a value with spaces in quotes".into(),
        UsageError::LoneUnit => "write the unit without a space: 64MiB".into(),
        UsageError::LinesWithoutStream => {
            "say where the lines are, for example --password-file FILE --lines".into()
        }
        UsageError::LinesWithoutHashes => "name a file with a hash per line: --encoded-file FILE".into(),
        UsageError::LinesForOneHash => {
            "for one password, leave out --lines; for more, name a file with a hash per line instead: --encoded-file FILE"
                .into()
        }
        UsageError::CostGivenTwice => "give only one of the two".into(),
        UsageError::EncodedGivenTwice(..) => {
            "give the hash once, as the argument, with --encoded-file or with --config; it is not the password"
                .into()
        }
        UsageError::BothFromStdin => "let one of them come from a file".into(),
        UsageError::RandomWith("--lines") => {
            "one password is made, or one for each --key; leave out --lines".into()
        }
        UsageError::RandomWith(option) => {
            format!("a new password always changes the config; leave out {option}").into()
        }
        UsageError::ComposeIntoConfig => {
            "the config gets the hash itself; to print it for a Compose file, leave out --config".into()
        }
        UsageError::NoValue { values, .. } if values.is_empty() => {
            format!("it is missing or empty; {ALL_OPTIONS}").into()
        }
        UsageError::NotOneOf { values, .. } | UsageError::NoValue { values, .. } => {
            format!("use one of: {}", values.join(", ")).into()
        }
        UsageError::InvalidValue { error, .. } => value(*error),
        UsageError::NotUtf8 => "option values must be UTF-8".into(),
        UsageError::MustBeAlone { option, may_be_password: true } => {
            format!("ask alone: tc_calendar {option}; {LEADING_DASH}").into()
        }
        UsageError::MustBeAlone { option, .. } => format!("ask alone: tc_calendar {option}").into(),
        UsageError::Cost { error, in_option } => cost(*error, *in_option).into(),
        UsageError::UnexpectedValue(option) => format!("write it without a value: {option}").into(),
        UsageError::WrongMode { option, mode: "--inspect" } if option == "--lines" => {
            "leave out --lines, and give one hash".into()
        }
        UsageError::WrongMode { option, .. } => {
            format!("leave out {option}; for the options of each mode: tc_calendar --help").into()
        }
        UsageError::Other => ALL_OPTIONS.into(),
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
        InvalidValue::NoSlash => by_system(
            "--key must start with /, for example /admin/password",
            "--key must start with /, for example /admin/password; in Git Bash, set MSYS_NO_PATHCONV=1",
        )
        .into(),
        InvalidValue::Tilde => "write ~ in a name as ~0, and / in a name as ~1".into(),
    }
}

const fn cost(error: CostError, in_option: CostOption) -> &'static str {
    match (error, in_option) {
        (CostError::Params(_), CostOption::Each) => "raise --memory or lower --parallelism",
        (CostError::Params(_), CostOption::Cost) => "raise m or lower p in --cost",
        (_, CostOption::Each) => "change it, or use a profile: --profile",
        (_, CostOption::Cost) => "change it, or use a profile instead: --profile",
    }
}
