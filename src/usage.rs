//! clap's errors, told again without the text of any argument: a mistyped flag may be a password.

use std::error::Error;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::NotAPointer;
use crate::cost::OutOfRange;
use crate::limits::BeyondPolicy;
use crate::size::NotASize;

/// What to do with a password that looks like an option.
const LEADING_DASH: &str = "for a password that starts with a dash: --hash_pass=<password>";

/// How many letters may be wrong in a mistyped option for it to be recognised.
const MOST_MISTYPED: usize = 2;
/// How many letters of an option are enough to recognise it by.
const SHORTEST_BEGINNING: usize = 4;

/// What is wrong with the arguments. Option names in it are the program's own.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// No mode was asked for.
    #[error("no mode is given, so there is nothing to do")]
    NoMode,
    /// More than one mode.
    #[error("more than one mode is given")]
    SeveralModes,
    /// A mode without its encoded string.
    #[error("{0} needs an encoded string")]
    NoEncoded(&'static str),
    /// An encoded string both as an argument and in the config.
    #[error("an encoded string is given both as an argument and with --config")]
    TwoEncoded,
    /// An option without another that belongs to it.
    #[error("{option} needs {other}")]
    Needs {
        /// The option.
        option: &'static str,
        /// The other.
        other: &'static str,
    },
    /// Two passwords for one place.
    #[error("two of the keys are the same")]
    SameKey,
    /// A place inside of a place for a string.
    #[error("one of the keys is inside another")]
    NestedKeys,
    /// More passwords than keys.
    #[error("there are more passwords than keys")]
    MorePasswords,
    /// Fewer passwords than keys.
    #[error("there are fewer passwords than keys")]
    FewerPasswords,
    /// An option that means nothing in this mode.
    #[error("{option} does not go with {mode}")]
    Misplaced {
        /// The option.
        option: &'static str,
        /// The mode.
        mode: &'static str,
    },
    /// Something that starts with a dash and is no option here; the option that it resembles.
    #[error("an option is given that does not exist")]
    UnknownOption(Option<String>),
    /// Something that no option takes.
    #[error("an argument is given that belongs to no option")]
    StrayArgument,
    /// Passwords both as arguments and in a file.
    #[error("passwords are given both as arguments and with --password-file")]
    TwoSources,
    /// An option without its value.
    #[error("{0} needs a value")]
    NoValue(String),
    /// An option with a value that it does not take.
    #[error("the value of {option} {cause}")]
    BadValue {
        /// The option.
        option: String,
        /// What is wrong with the value.
        cause: String,
        /// What the option takes.
        takes: String,
    },
    /// A flag with a value.
    #[error("{0} takes no value")]
    NeedlessValue(String),
    /// An option that is given more than once.
    #[error("{0} is given more than once")]
    Repeated(String),
    /// An option's value that is not text.
    #[error("the value of an option is not UTF-8")]
    NotUtf8,
    /// Help or version together with something else.
    #[error("--help and --version are given together with other arguments")]
    NotAlone,
    /// A cost that Argon2 does not have.
    #[error(transparent)]
    Cost(#[from] OutOfRange),
    /// A cost that is not computed here. Without the number, which may be a password.
    #[error("{}", .0.limit())]
    BeyondPolicy(BeyondPolicy),
    /// Whatever else clap may find.
    #[error("the arguments are not understood")]
    Other,
}

impl UsageError {
    /// Tells what clap found. Of clap's text nothing is kept but names that `command` defines.
    #[must_use]
    pub fn from_clap(error: &clap::Error, command: &Command) -> Self {
        let option = || known_option(command, error.get(ContextKind::InvalidArg)?);
        match error.kind() {
            ErrorKind::UnknownArgument => match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::String(text)) if text.starts_with('-') => {
                    Self::UnknownOption(resembling_option(command, text))
                }
                Some(_) => Self::StrayArgument,
                None => Self::UnknownOption(None),
            },
            // Here clap does not say which option it is.
            ErrorKind::InvalidUtf8 => Self::NotUtf8,
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                match (option(), error.get(ContextKind::InvalidValue)) {
                    (Some(option), Some(ContextValue::String(value))) if value.is_empty() => {
                        Self::NoValue(option)
                    }
                    (Some(option), _) => Self::bad_value(option, error),
                    (None, _) => Self::Other,
                }
            }
            ErrorKind::TooManyValues => option().map_or(Self::Other, Self::NeedlessValue),
            ErrorKind::ArgumentConflict => option().map_or(Self::Other, Self::Repeated),
            _ => Self::Other,
        }
    }

    /// The value that an option does not take. Its cause is the error of a value parser of this
    /// program, or that it is none of those that clap knows.
    fn bad_value(option: String, error: &clap::Error) -> Self {
        let source = error.source();
        let cause = source.map_or_else(|| "is not understood".to_owned(), ToString::to_string);
        let takes = match (error.get(ContextKind::ValidValue), source) {
            (Some(ContextValue::Strings(values)), _) => format!("it takes one of: {}", values.join(", ")),
            (_, Some(source)) if source.is::<NotASize>() => NotASize::HINT.to_owned(),
            (_, Some(source)) if source.is::<NotAPointer>() => NotAPointer::HINT.to_owned(),
            _ => "it takes a whole number".to_owned(),
        };
        Self::BadValue { option, cause, takes }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoMode => {
                "to hash a password: tc_calendar --hash_pass; all else: tc_calendar --help".to_owned()
            }
            Self::SeveralModes => {
                "give one of --hash_pass, --verify, --inspect, --calibrate and --generate".to_owned()
            }
            Self::NoEncoded(mode) => {
                format!("put it in single quotes, which keep every $: {mode} '$argon2id$v=19$...'")
            }
            Self::BeyondPolicy(_) => "take a cost within the limits; the profiles are".to_owned(),
            Self::UnknownOption(Some(name)) => format!("did you mean {name}? {LEADING_DASH}"),
            Self::UnknownOption(None) => format!("{LEADING_DASH}; the options: tc_calendar --help"),
            Self::StrayArgument => "what belongs to a mode follows it directly, in quotes if it has \
                                    spaces; only --hash_pass takes passwords"
                .to_owned(),
            Self::Needs { .. } => {
                "they go together: --config config.json --key /dbConnectionConfig/password".to_owned()
            }
            Self::SameKey | Self::NestedKeys => "name another place with each --key".to_owned(),
            Self::MorePasswords | Self::FewerPasswords => {
                "give a --key for each password, in the same order; the prompt takes one password, stdin \
                 and a file one a line"
                    .to_owned()
            }
            Self::TwoSources | Self::TwoEncoded => "give it in one of the two ways".to_owned(),
            Self::BadValue { takes, .. } => takes.clone(),
            Self::NotUtf8 => "type it again; what options take is plain text".to_owned(),
            Self::NotAlone => format!("ask for them alone; {LEADING_DASH}"),
            Self::Cost(out_of_range) => out_of_range.hint().to_owned(),
            Self::NeedlessValue(_) | Self::NoValue(_) | Self::Misplaced { .. } | Self::Other => {
                "see tc_calendar --help".to_owned()
            }
            Self::Repeated(_) => "give it once".to_owned(),
        })
    }
}

/// The name of an option that clap mentions, if it is one of this program's: `--memory`.
fn known_option(command: &Command, mentioned: &ContextValue) -> Option<String> {
    let ContextValue::String(mentioned) = mentioned else { return None };
    let name = mentioned.split([' ', '=', '[']).next()?.strip_prefix("--")?;
    command
        .get_arguments()
        .filter_map(clap::Arg::get_long)
        .find(|&long| long == name)
        .map(|long| format!("--{long}"))
}

/// The option that was probably meant by a mistyped one.
fn resembling_option(command: &Command, mistyped: &str) -> Option<String> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
    let typed = plain(mistyped.split('=').next()?);
    let distance = |long: &&str| {
        let long = plain(long);
        let begun = typed.len() >= SHORTEST_BEGINNING && long.starts_with(&typed);
        if begun { 0 } else { strsim::osa_distance(&typed, &long) }
    };
    let nearest = command.get_arguments().filter_map(clap::Arg::get_long).min_by_key(distance)?;
    (distance(&nearest) <= MOST_MISTYPED).then(|| format!("--{nearest}"))
}
