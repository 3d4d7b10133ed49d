//! clap's errors, told again without the text of any argument: a mistyped flag may be a password.

use std::error::Error;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cost::OutOfRange;

/// What is wrong with the arguments. Option names in it are the program's own.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// No mode was asked for.
    #[error("no mode is given, so there is nothing to do")]
    NoMode,
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
    /// An option with a value that it does not take; what it takes.
    #[error("the value of {0} is not understood")]
    BadValue(String, String),
    /// A flag with a value.
    #[error("{0} takes no value")]
    NeedlessValue(String),
    /// An option that is given more than once.
    #[error("{0} is given more than once")]
    Repeated(String),
    /// An option's value that is not text.
    #[error("an argument is not UTF-8")]
    NotUtf8,
    /// A cost that Argon2 does not have.
    #[error(transparent)]
    Cost(#[from] OutOfRange),
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
            ErrorKind::MissingRequiredArgument => Self::NoMode,
            ErrorKind::InvalidUtf8 => Self::NotUtf8,
            ErrorKind::UnknownArgument => match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::String(text)) if !text.starts_with('-') => Self::StrayArgument,
                _ => Self::UnknownOption(
                    error.get(ContextKind::SuggestedArg).and_then(|name| known_option(command, name)),
                ),
            },
            ErrorKind::InvalidValue => match (option(), error.get(ContextKind::InvalidValue)) {
                (Some(option), Some(ContextValue::String(value))) if value.is_empty() => {
                    Self::NoValue(option)
                }
                (Some(option), _) => Self::BadValue(option, valid_values(error)),
                (None, _) => Self::Other,
            },
            // The source is the error of this program's own value parser.
            ErrorKind::ValueValidation => option()
                .zip(error.source())
                .map_or(Self::Other, |(option, source)| Self::BadValue(option, source.to_string())),
            ErrorKind::TooManyValues => option().map_or(Self::Other, Self::NeedlessValue),
            ErrorKind::ArgumentConflict => option().map_or(Self::Other, Self::Repeated),
            _ => Self::Other,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoMode => "to hash a password: tc_calendar --hash_pass; all else: tc_calendar --help".to_owned(),
            Self::UnknownOption(Some(name)) => format!("did you mean {name}? for a password that starts with a dash: --hash_pass=<password>"),
            Self::UnknownOption(None) => {
                "for a password that starts with a dash: --hash_pass=<password>; the options: tc_calendar --help"
                    .to_owned()
            }
            Self::StrayArgument => {
                "passwords follow --hash_pass directly; quote one that has spaces".to_owned()
            }
            Self::TwoSources => "give them in one of the two ways".to_owned(),
            Self::BadValue(_, takes) => takes.clone(),
            Self::NotUtf8 => "check the values of the options for stray bytes".to_owned(),
            Self::Cost(out_of_range) => out_of_range.hint().to_owned(),
            Self::NeedlessValue(_) | Self::NoValue(_) | Self::Other => "see tc_calendar --help".to_owned(),
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

/// The values that an option takes, as a sentence.
fn valid_values(error: &clap::Error) -> String {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => format!("it takes one of: {}", values.join(", ")),
        _ => "see tc_calendar --help".to_owned(),
    }
}
