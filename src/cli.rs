//! Arguments → request. No I/O.

pub mod help;
pub mod hints;
pub mod man;
pub mod options;
pub mod request;
pub mod status;
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
use crate::hash::policy;
use crate::hash::rehash::Requirement;
use crate::output::formats::{AnswerFormat, HashFormat};
use crate::password::source::PasswordSource;
use options::{Cli, Mode};
use request::{
    Calibrate, ConfigTarget, Destination, EncodedSource, GenerateTarget, HashPass, Inspect, Request, Verify,
};
use usage::UsageError;

/// The default of `--calibrate`.
const DEFAULT_MILLISECONDS: u64 = 500;

/// What asks for a text instead of a mode. Each must be the only argument: `--hash_pass "$PW"` must not
/// print help and exit with 0 because a password starts with `-h`.
const TEXTS: [(&str, &str); 4] =
    [("-h", "--help"), ("--help", "--help"), ("-V", "--version"), ("--version", "--version")];

/// Reads the arguments. The first is the program's name.
///
/// # Errors
///
/// [`UsageError`], which never holds the text of an argument.
pub fn parse(arguments: Vec<OsString>) -> Result<Request, UsageError> {
    let short = arguments.get(1).is_some_and(|argument| argument == "-h");
    let mut command = if short { options::command_on_one_screen() } else { options::command() };
    let asked = |argument: &OsString| TEXTS.iter().find(|(text, _)| argument == text).map(|(_, name)| *name);
    let asked = arguments.iter().skip(1).find_map(asked);
    let alone = arguments.len() == 2;
    match command.try_get_matches_from_mut(arguments) {
        Ok(matches) => {
            let mode = Mode::of(&matches)?;
            options::check(&command, &matches, mode)?;
            let cli = Cli::from_arg_matches(&matches);
            cli.map_err(|error| UsageError::from_clap(&error, &command))?.into_request(mode)
        }
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            match asked {
                Some(_) if alone => Ok(Request::Show(error.render().to_string())),
                Some(name) => Err(UsageError::NotAlone(name)),
                None => Err(UsageError::UnknownOption(None)),
            }
        }
        Err(error) => Err(UsageError::from_clap(&error, &command)),
    }
}

impl Cli {
    /// The request of a mode, to which all given options belong.
    fn into_request(self, mode: Mode) -> Result<Request, UsageError> {
        match mode {
            Mode::HashPass => self.into_hash_pass().map(Request::HashPass),
            Mode::Verify => self.into_verify().map(Request::Verify),
            Mode::Inspect => self.into_inspect().map(Request::Inspect),
            Mode::Calibrate => Ok(Request::Calibrate(Calibrate {
                milliseconds: self.calibrate.flatten().unwrap_or(DEFAULT_MILLISECONDS),
                format: self.answer_format(mode)?,
                quiet: self.quiet,
            })),
            Mode::Generate => Ok(Request::Generate(self.generate.unwrap_or(GenerateTarget::Man))),
        }
    }

    fn into_hash_pass(self) -> Result<HashPass, UsageError> {
        let params = self.params_with_lanes(self.profile.unwrap_or_default().params().parallelism())?;
        let arguments: Vec<_> = self
            .hash_pass
            .into_iter()
            .flatten()
            .chain(self.after_dashes)
            .map(|argument| Zeroizing::new(argument.into_encoded_bytes()))
            .collect();
        let source = match (arguments.is_empty(), self.password_file) {
            (true, file) => file_or_default(file),
            (false, None) => PasswordSource::Arguments(arguments),
            (false, Some(_)) => return Err(UsageError::TwoSources),
        };
        let destination = match self.config {
            None => Destination::Stdout(self.format.unwrap_or_default()),
            Some(path) => {
                let target = ConfigTarget {
                    path,
                    keys: distinct(self.key)?,
                    on_missing: if self.create_key { OnMissing::Create } else { OnMissing::Error },
                    options: ReplaceOptions { in_place: self.in_place, backup: self.backup },
                };
                Destination::Config(target, self.format)
            }
        };
        Ok(HashPass { source, params, cross_check: self.check, destination, quiet: self.quiet })
    }

    fn into_verify(self) -> Result<Verify, UsageError> {
        let (format, quiet) = (self.answer_format(Mode::Verify)?, self.quiet);
        let argument = only(self.verify.flatten(), self.after_dashes)?;
        let encoded = encoded_source(Mode::Verify, argument, self.config, self.key)?;
        Ok(Verify { encoded, source: file_or_default(self.password_file), format, quiet })
    }

    fn into_inspect(self) -> Result<Inspect, UsageError> {
        let (format, requirement) = (self.answer_format(Mode::Inspect)?, self.requirement()?);
        let argument = only(self.inspect.flatten(), self.after_dashes)?;
        let encoded = encoded_source(Mode::Inspect, argument, self.config, self.key)?;
        Ok(Inspect { encoded, requirement, format })
    }

    /// Only hashes have a label.
    fn answer_format(&self, mode: Mode) -> Result<AnswerFormat, UsageError> {
        match self.format {
            None | Some(HashFormat::Plain) => Ok(AnswerFormat::Plain),
            Some(HashFormat::Json) => Ok(AnswerFormat::Json),
            Some(HashFormat::Label) => {
                Err(UsageError::Misplaced { option: "--format label".to_owned(), mode: mode.option() })
            }
        }
    }

    /// The profile's parameters, with the numbers that are given instead of its own.
    fn params_with_lanes(&self, lanes: u32) -> Result<Params, UsageError> {
        let base = self.profile.unwrap_or_default().params();
        let params = Params::new(
            self.memory.unwrap_or(base.memory_kib().into()),
            self.iterations.unwrap_or(base.iterations().into()),
            self.parallelism.unwrap_or(lanes.into()),
        )
        .map_err(UsageError::Params)?;
        policy::check(params).map_err(UsageError::Policy)?;
        Ok(params)
    }

    /// What a hash is compared with. Lanes are not compared, so the profile's must not make a given
    /// memory too small.
    fn requirement(&self) -> Result<Option<Requirement>, UsageError> {
        let own_numbers = [self.memory, self.iterations, self.parallelism].iter().any(Option::is_some);
        if own_numbers {
            Ok(Some(Requirement::Params(self.params_with_lanes(1)?)))
        } else {
            Ok(self.profile.map(Requirement::Profile))
        }
    }
}

fn file_or_default(file: Option<PathBuf>) -> PasswordSource {
    file.map_or(PasswordSource::Default, PasswordSource::File)
}

/// The one argument, before or after `--`.
fn only(value: Option<OsString>, after_dashes: Vec<OsString>) -> Result<Option<OsString>, UsageError> {
    let mut given = value.into_iter().chain(after_dashes);
    match (given.next(), given.next()) {
        (argument, None) => Ok(argument),
        (_, Some(_)) => Err(UsageError::StrayArgument),
    }
}

fn encoded_source(
    mode: Mode,
    argument: Option<OsString>,
    config: Option<PathBuf>,
    keys: Vec<PointerBuf>,
) -> Result<EncodedSource, UsageError> {
    match (argument, config) {
        (Some(encoded), None) => Ok(EncodedSource::Argument(encoded)),
        (None, None) => Err(UsageError::NoEncoded(mode.option())),
        (Some(_), Some(_)) => Err(UsageError::TwoEncoded),
        (None, Some(path)) => {
            let [key] = keys.try_into().map_err(|_| UsageError::Repeated("--key".to_owned()))?;
            Ok(EncodedSource::Config { path, key })
        }
    }
}

/// The keys, if none is the same as another or inside it.
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
