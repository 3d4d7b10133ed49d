//! Parses the arguments into a request, without I/O.

pub mod completions;
pub mod help;
pub mod man;
mod modes;
pub mod options;
pub mod request;
mod roff;
pub mod usage;
pub mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::FromArgMatches;
use clap::error::ErrorKind;
use jsonptr::PointerBuf;
use zeroize::Zeroizing;

use crate::config_file::edit::OnMissing;
use crate::config_file::replace::ReplaceOptions;
use crate::hash::params::Params;
use crate::hash::strength::Requirement;
use crate::output::formats::{AnswerFormat, HashFormat};
use crate::password::source::PasswordSource;
use modes::Mode;
use options::Cli;
use request::{
    Calibrate, ConfigTarget, Destination, EncodedSource, GenerateTarget, HashPass, Inspect, Request, Verify,
};
use usage::{CostOption, Expected, UsageError};

/// The default time of `--calibrate`.
const DEFAULT_MILLISECONDS: u64 = 500;

/// Options that print a text, each with its long name. Each must be the only argument: `--hash_pass
/// "$PW"` must not print help and exit with 0 because a password starts with `-h`.
const TEXT_OPTIONS: [(&str, &str); 4] =
    [("-h", "--help"), ("--help", "--help"), ("-V", "--version"), ("--version", "--version")];

/// Words that ask other programs for help.
const OTHER_HELP: [&str; 6] = ["help", "-help", "-?", "/?", "/h", "/help"];

/// Parses the arguments, of which the first is the program's name.
///
/// # Errors
///
/// [`UsageError`], which never contains the text of an argument.
pub fn parse(arguments: Vec<OsString>) -> Result<Request, UsageError> {
    let only =
        if arguments.len() == 2 { arguments.get(1).and_then(|argument| argument.to_str()) } else { None };
    let mut command = options::command();
    match only {
        Some("-h") => return Ok(Request::Show(options::short_help())),
        Some("--help") => return Ok(Request::Show(options::help())),
        Some("-V" | "--version") => return Ok(Request::Show(command.render_version())),
        Some(other) if OTHER_HELP.contains(&other) => return Err(UsageError::OtherHelp),
        _ => {}
    }
    let asked =
        |argument: &OsString| TEXT_OPTIONS.iter().find(|(text, _)| argument == text).map(|(_, name)| *name);
    let asked = options(&arguments).find_map(asked);
    match command.try_get_matches_from_mut(arguments) {
        Ok(matches) => {
            let mode = Mode::of(&matches)?;
            modes::check(&command, &matches, mode)?;
            let cli = Cli::from_arg_matches(&matches);
            cli.map_err(|error| UsageError::from_clap(&error, &command))?.into_request(mode)
        }
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Err(asked.map_or(UsageError::UnknownOption(None), UsageError::NotAlone))
        }
        Err(error) => Err(UsageError::from_clap(&error, &command)),
    }
}

/// Whether the arguments ask for JSON. Does not need valid arguments: their error must be JSON too.
#[must_use]
pub fn asks_for_json(arguments: &[OsString]) -> bool {
    let options: Vec<_> = options(arguments).collect();
    options.iter().any(|option| *option == "--format=json")
        || options.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// The arguments that may be options.
fn options(arguments: &[OsString]) -> impl Iterator<Item = &OsString> {
    arguments.iter().skip(1).take_while(|argument| *argument != "--")
}

impl Cli {
    /// Builds the request of a mode. All given options must belong to it.
    fn into_request(self, mode: Mode) -> Result<Request, UsageError> {
        match mode {
            Mode::HashPass => self.into_hash_pass().map(Request::HashPass),
            Mode::Verify => self.into_verify().map(Request::Verify),
            Mode::Inspect => self.into_inspect().map(Request::Inspect),
            Mode::Calibrate => self.into_calibrate().map(Request::Calibrate),
            Mode::Generate => self.into_generate().map(Request::Generate),
        }
    }

    fn into_hash_pass(mut self) -> Result<HashPass, UsageError> {
        let params = self.params_with_lanes(self.profile.unwrap_or_default().params().parallelism())?;
        // A profile is a requirement of its own: OWASP's has five minima.
        let numbers = [self.memory, self.iterations, self.parallelism];
        let own_numbers = self.cost.is_some() || numbers.iter().any(Option::is_some);
        let requirement = if own_numbers {
            Requirement::Params(params)
        } else {
            Requirement::Profile(self.profile.unwrap_or_default())
        };
        let words = self.hash_pass.take().flatten().into_iter().chain(std::mem::take(&mut self.words));
        let words = words.map(|word| Zeroizing::new(word.into_encoded_bytes())).collect();
        let source = self.source(words)?;
        let destination = match self.config {
            None => Destination::Stdout(self.format.unwrap_or_default()),
            Some(path) => {
                let target = ConfigTarget {
                    path,
                    keys: distinct(self.key)?,
                    on_missing: if self.create_key { OnMissing::Create } else { OnMissing::Error },
                    options: ReplaceOptions { in_place: self.in_place, backup: self.backup },
                    replace: self.replace,
                    if_needed: self.if_needed.then_some(requirement),
                };
                Destination::Config(target, self.format)
            }
        };
        Ok(HashPass { source, params, cross_check: self.cross_check, destination, quiet: self.quiet })
    }

    fn into_verify(mut self) -> Result<Verify, UsageError> {
        let (format, quiet) = (self.answer_format(Mode::Verify)?, self.quiet);
        let word = only(Mode::Verify, self.verify.take().flatten(), std::mem::take(&mut self.words))?;
        let source = self.source(Vec::new())?;
        let encoded = encoded_source(Mode::Verify, word, self.config, self.key)?;
        Ok(Verify { encoded, source, format, quiet })
    }

    fn into_inspect(self) -> Result<Inspect, UsageError> {
        let (format, requirement) = (self.answer_format(Mode::Inspect)?, self.requirement()?);
        let word = only(Mode::Inspect, self.inspect.flatten(), self.words)?;
        let encoded = encoded_source(Mode::Inspect, word, self.config, self.key)?;
        Ok(Inspect { encoded, requirement, format, quiet: self.quiet })
    }

    fn into_calibrate(self) -> Result<Calibrate, UsageError> {
        let (format, quiet) = (self.answer_format(Mode::Calibrate)?, self.quiet);
        let invalid = |error| UsageError::InvalidValue {
            option: Mode::Calibrate.option().to_owned(),
            expected: Expected::Other(error),
        };
        let milliseconds = match only(Mode::Calibrate, self.calibrate.flatten(), self.words)? {
            None => DEFAULT_MILLISECONDS,
            Some(word) => values::milliseconds(word.to_str().unwrap_or_default()).map_err(invalid)?,
        };
        Ok(Calibrate { milliseconds, format, quiet })
    }

    fn into_generate(self) -> Result<GenerateTarget, UsageError> {
        let option = Mode::Generate.option().to_owned();
        let word = only(Mode::Generate, self.generate.flatten(), self.words)?
            .ok_or(UsageError::NoValue(option.clone()))?;
        values::generate_target(word.to_str().unwrap_or_default()).ok_or_else(|| UsageError::InvalidValue {
            option,
            expected: Expected::OneOf(values::generate_targets()),
        })
    }

    /// The only source of passwords given, or the prompt if there is none.
    fn source(&mut self, words: Vec<Zeroizing<Vec<u8>>>) -> Result<PasswordSource, UsageError> {
        let lines = self.lines;
        let given = [
            (!words.is_empty()).then_some(PasswordSource::Arguments(words)),
            self.password_file.take().map(|path| PasswordSource::file(path, lines)),
            self.password_stdin.then_some(PasswordSource::Stdin(lines)),
            self.password_env.take().map(PasswordSource::Environment),
        ];
        let mut given = given.into_iter().flatten();
        let source = given.next().unwrap_or(PasswordSource::Prompt);
        if given.next().is_some() {
            return Err(UsageError::SeveralSources);
        }
        match source {
            PasswordSource::File(..) | PasswordSource::Stdin(_) => Ok(source),
            _ if lines => Err(UsageError::LinesOfNothing),
            _ => Ok(source),
        }
    }

    /// Refuses `label`, which only hashes have.
    fn answer_format(&self, mode: Mode) -> Result<AnswerFormat, UsageError> {
        match self.format {
            None | Some(HashFormat::Plain) => Ok(AnswerFormat::Plain),
            Some(HashFormat::Json) => Ok(AnswerFormat::Json),
            Some(HashFormat::Label) => {
                Err(UsageError::Misplaced { option: "--format label".to_owned(), mode: mode.option() })
            }
        }
    }

    /// The profile's parameters, overridden by the numbers given. `lanes` is the default parallelism.
    fn params_with_lanes(&self, lanes: u32) -> Result<Params, UsageError> {
        let base = self.profile.unwrap_or_default().params();
        let others = [self.memory, self.iterations, self.parallelism];
        let (numbers, in_option) = match self.cost {
            None => {
                let numbers = [
                    self.memory.unwrap_or(base.memory_kib().into()),
                    self.iterations.unwrap_or(base.iterations().into()),
                    self.parallelism.unwrap_or(lanes.into()),
                ];
                (numbers, CostOption::Each)
            }
            Some(cost) if self.profile.is_none() && others.iter().all(Option::is_none) => {
                (cost, CostOption::Cost)
            }
            Some(_) => return Err(UsageError::TwoCosts),
        };
        values::params(numbers).map_err(|error| UsageError::Cost { error, in_option })
    }

    /// What `--inspect` compares a hash with: only what is named. Lanes are not compared, so the profile's
    /// must not make a given memory too small.
    fn requirement(&self) -> Result<Option<Requirement>, UsageError> {
        let numbers = [self.memory, self.iterations, self.parallelism];
        if self.cost.is_none() && numbers.iter().all(Option::is_none) {
            return Ok(self.profile.map(Requirement::Profile));
        }
        let params = self.params_with_lanes(1)?;
        Ok(match (self.profile.is_some() || self.cost.is_some(), self.memory, self.iterations) {
            (true, ..) | (false, Some(_), Some(_)) => Some(Requirement::Params(params)),
            (false, Some(_), None) => Some(Requirement::Memory(params.memory_kib())),
            (false, None, Some(_)) => Some(Requirement::Iterations(params.iterations())),
            (false, None, None) => None,
        })
    }
}

/// The only word of a mode, given after `=` or as a separate argument.
fn only(mode: Mode, value: Option<OsString>, words: Vec<OsString>) -> Result<Option<OsString>, UsageError> {
    let mut given = value.into_iter().chain(words);
    match (given.next(), given.next()) {
        (word, None) => Ok(word),
        (_, Some(_)) => Err(UsageError::StrayArgument(mode.option())),
    }
}

fn encoded_source(
    mode: Mode,
    word: Option<OsString>,
    config: Option<PathBuf>,
    keys: Vec<PointerBuf>,
) -> Result<EncodedSource, UsageError> {
    match (word, config) {
        (Some(encoded), None) => Ok(EncodedSource::Argument(encoded)),
        (None, None) => Err(UsageError::NoEncoded(mode.option())),
        (Some(_), Some(_)) => Err(UsageError::TwoEncoded),
        (None, Some(path)) => {
            let [key] = keys.try_into().map_err(|_| UsageError::Repeated("--key".to_owned()))?;
            Ok(EncodedSource::Config { path, key })
        }
    }
}

/// Returns the keys, unless two are equal or nested.
fn distinct(keys: Vec<PointerBuf>) -> Result<Vec<PointerBuf>, UsageError> {
    for (index, key) in keys.iter().enumerate() {
        let others = || keys.iter().enumerate().filter(|(other, _)| *other != index);
        if others().any(|(_, other)| other == key) {
            return Err(UsageError::SameKey);
        }
        if others().any(|(_, other)| key.starts_with(other)) {
            return Err(UsageError::NestedKeys);
        }
    }
    Ok(keys)
}
