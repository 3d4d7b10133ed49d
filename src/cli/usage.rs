//! Usage errors: clap's, without the text of any argument, and our own.

use std::error::Error;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::mistyped::nearest_options;
use super::modes::Mode;
use super::values::InvalidValue;
use crate::hash::params::Kib;
use crate::hash::policy::{CostError, Limit, MAX_ITERATIONS, MAX_MEMORY_KIB, MAX_PARALLELISM, MAX_WORK_KIB};

/// An error in the arguments. Contains only names of this program's options, because a mistyped option
/// may be a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// With the mode that the first word may mean.
    #[error("no mode given")]
    NoMode(Option<&'static str>),
    #[error("more than one mode given")]
    SeveralModes,
    /// With the mode.
    #[error("{0} needs a hash")]
    NoEncoded(&'static str),
    /// With the two ways.
    #[error("a hash is given both {0} and {1}")]
    EncodedGivenTwice(&'static str, &'static str),
    #[error("the hash and the password are both to come from stdin")]
    BothFromStdin,
    #[error("{option} needs {other}")]
    Needs { option: String, other: String },
    #[error("two of the keys are the same")]
    SameKey,
    #[error("one of the keys is inside another")]
    NestedKeys,
    #[error("{option} cannot be used with {mode}")]
    WrongMode { option: String, mode: &'static str },
    #[error("unknown option")]
    UnknownOption {
        /// The options that the user probably meant: `--verify or --version`.
        meant: Option<String>,
        /// Whether it begins with a plain dash. Another word may look like an option, too.
        has_dash: bool,
        /// Whether it stands where passwords do.
        may_be_password: bool,
    },
    /// PowerShell's `{...}`.
    #[error("a script block in braces was given")]
    ScriptBlock,
    /// With the mode, which takes one value.
    #[error("unexpected argument")]
    StrayArgument(&'static str),
    /// With the mode. One of the words that are too many is a hash or empty, as lines of a file are.
    #[error("unexpected argument")]
    StrayLines(&'static str),
    /// A word that asks other programs for help.
    #[error("unexpected argument")]
    HelpOfOtherPrograms,
    #[error("passwords are given in more than one way")]
    SeveralSources,
    #[error("passwords stand in more than one place")]
    WordsApart,
    #[error("a unit stands alone after the number of --memory")]
    LoneUnit,
    #[error("--lines needs --password-file or --password-stdin")]
    LinesWithoutStream,
    #[error("--verify with --lines needs --encoded-file")]
    LinesWithoutHashes,
    /// The hash is an argument or in the config.
    #[error("--lines cannot be used with a single hash")]
    LinesForOneHash,
    /// With an option that only other passwords make use of.
    #[error("--random cannot be used with {0}")]
    RandomWith(&'static str),
    #[error("--format compose cannot be used with --config")]
    ComposeIntoConfig,
    #[error("--cost cannot be used with --profile, --memory, --iterations or --parallelism")]
    CostGivenTwice,
    /// With the values that the option accepts, if they can be listed.
    #[error("{option} needs a value")]
    NoValue { option: String, values: Vec<String> },
    #[error("invalid value for {option}")]
    InvalidValue { option: String, error: InvalidValue },
    /// With the values that the option accepts.
    #[error("invalid value for {option}")]
    NotOneOf { option: String, values: Vec<String> },
    #[error("{0} takes no value")]
    UnexpectedValue(String),
    #[error("{0} is given more than once")]
    Repeated(String),
    #[error("the value of an option is not UTF-8")]
    NotUtf8,
    /// With `--help` or `--version`, and whether it stands where passwords do.
    #[error("{option} must be the only argument")]
    MustBeAlone { option: &'static str, may_be_password: bool },
    #[error("{}", cost_message(*error, *in_option))]
    Cost { error: CostError, in_option: CostOption },
    #[error("invalid arguments")]
    Other,
}

/// Which options give the numbers of a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostOption {
    /// One option per number.
    Each,
    /// All three in `--cost`.
    Cost,
}

impl UsageError {
    /// Converts clap's error. Keeps only names that `command` defines from clap's text. `mode` is the only mode given.
    #[must_use]
    pub fn from_clap(error: &clap::Error, command: &Command, mode: Option<Mode>) -> Self {
        let text = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.as_str()),
            _ => None,
        };
        let option = || known_option(command, text(ContextKind::InvalidArg)?);
        match error.kind() {
            // The argument begins with a dash, because every other one is accepted as a word.
            ErrorKind::UnknownArgument => Self::unknown_option(
                text(ContextKind::InvalidArg).and_then(|mistyped| nearest_options(command, mode, mistyped)),
                mode,
            ),
            // clap does not say of which option.
            ErrorKind::InvalidUtf8 => Self::NotUtf8,
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => match option() {
                Some(option) => Self::of_value(option, error, text(ContextKind::InvalidValue) == Some("")),
                None => Self::Other,
            },
            ErrorKind::TooManyValues => option().map_or(Self::Other, Self::UnexpectedValue),
            ErrorKind::ArgumentConflict => option().map_or(Self::Other, Self::Repeated),
            _ => Self::Other,
        }
    }

    /// An option that this program does not have, beside the only mode given.
    pub(super) fn unknown_option(meant: Option<String>, mode: Option<Mode>) -> Self {
        Self::UnknownOption { meant, has_dash: true, may_be_password: mode == Some(Mode::HashPass) }
    }

    /// The error of a value that is missing or empty, or that clap or a parser of this program refused.
    fn of_value(option: String, error: &clap::Error, is_missing: bool) -> Self {
        let listed = match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) => values.clone(),
            _ => Vec::new(),
        };
        if is_missing {
            return Self::NoValue { option, values: listed };
        }
        if !listed.is_empty() {
            return Self::NotOneOf { option, values: listed };
        }
        let own = error.source().and_then(|source| source.downcast_ref());
        Self::InvalidValue { option, error: own.copied().unwrap_or(InvalidValue::Number) }
    }
}

fn cost_message(error: CostError, in_option: CostOption) -> String {
    let [memory, iterations, parallelism] = match in_option {
        CostOption::Each => ["--memory", "--iterations", "--parallelism"],
        CostOption::Cost => ["m in --cost", "t in --cost", "p in --cost"],
    };
    match error {
        CostError::OutOfRange(Limit::Memory) => {
            format!("{memory} is too large (maximum {})", Kib(MAX_MEMORY_KIB.into()))
        }
        CostError::OutOfRange(Limit::Iterations) => {
            format!("{iterations} must be from 1 to {MAX_ITERATIONS}")
        }
        CostError::OutOfRange(Limit::Parallelism) => {
            format!("{parallelism} must be from 1 to {MAX_PARALLELISM}")
        }
        CostError::OutOfRange(Limit::Work) => {
            format!("{memory} times {iterations} is too large (maximum {})", Kib(MAX_WORK_KIB))
        }
        CostError::Params(error) => error.to_string(),
    }
}

/// The option that clap's text begins with, if this program defines it: `--memory` for `--memory <SIZE>`.
fn known_option(command: &Command, text: &str) -> Option<String> {
    let name = text.split([' ', '=', '[']).next()?.strip_prefix("--")?;
    let known = command.get_arguments().filter_map(clap::Arg::get_long).find(|&long| long == name)?;
    Some(format!("--{known}"))
}
