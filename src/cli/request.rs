//! The request: what the options ask the program to do.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jsonptr::PointerBuf;
use zeroize::Zeroizing;

use super::modes::Mode;
pub use super::options::GenerateTarget;
use super::options::{Cli, ConfigOptions, CostOptions, Format, HashingOptions, OutputOptions, SourceOptions};
use super::usage::{CostOption, UsageError};
use super::values;
use crate::config_file::edit::OnMissing;
use crate::config_file::replace::ReplaceOptions;
use crate::hash::encoded::START;
use crate::hash::params::Params;
use crate::hash::policy;
use crate::hash::strength::Requirement;
use crate::output::{AnswerFormat, HashFormat, Messages};
use crate::password::source::Source;
use crate::system::stream::is_stdin;

/// The default time of `--calibrate`.
pub(super) const DEFAULT_MILLISECONDS: u64 = 500;

pub enum Request {
    /// Print a text: help or version.
    Show(String),
    HashPass(HashPass, Destination),
    Verify(Verify),
    VerifyLines(VerifyLines),
    Inspect(Inspect),
    Calibrate(Calibrate),
    Generate(GenerateTarget),
}

impl Request {
    /// The config that it is about.
    #[must_use]
    pub fn config(&self) -> Option<&Path> {
        match self {
            Self::HashPass(_, Destination::Config(ConfigTarget { path, .. }, _))
            | Self::Verify(Verify { encoded: EncodedSource::Config { path, .. }, .. })
            | Self::Inspect(Inspect { encoded: EncodedSource::Config { path, .. }, .. }) => Some(path),
            _ => None,
        }
    }

    /// The files with names that it reads line by line while it prints.
    pub fn files_of_lines(&self) -> impl Iterator<Item = &Path> {
        let (source, hashes) = match self {
            Self::HashPass(HashPass { source, .. }, _) => (source.as_ref(), None),
            Self::VerifyLines(VerifyLines { source, hashes, .. }) => (Some(source), Some(hashes)),
            _ => (None, None),
        };
        let passwords = match source {
            Some(Source::File(path, true)) => Some(&**path),
            _ => None,
        };
        let hashes = match hashes {
            Some(HashFile::Path(path)) => Some(&**path),
            _ => None,
        };
        passwords.into_iter().chain(hashes)
    }
}

pub struct HashPass {
    /// None if the passwords are made at random.
    pub source: Option<Source>,
    /// Within the policy.
    pub params: Params,
    /// Whether a second implementation verifies each hash before it is used.
    pub cross_check: bool,
    pub messages: Messages,
}

impl HashPass {
    /// How many passwords are arguments.
    #[must_use]
    pub fn arguments(&self) -> usize {
        if let Some(Source::Arguments(arguments)) = &self.source { arguments.len() } else { 0 }
    }
}

/// Where hashes go.
pub enum Destination {
    Stdout(HashFormat),
    /// Stdout, for a Compose file: with each `$` doubled.
    Compose,
    Config(ConfigTarget, Report),
}

/// What is printed of hashes that go into the config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// No hash: only a password that was made.
    Nothing,
    /// The hashes, too.
    Hashes(HashFormat),
    /// Whether the config has changed.
    Change,
}

/// Locations in the config to write to.
pub struct ConfigTarget {
    pub path: PathBuf,
    /// In the order of the passwords. No two are equal or nested.
    pub keys: Vec<PointerBuf>,
    pub on_missing: OnMissing,
    pub options: ReplaceOptions,
    /// Whether to replace a string that is not a hash.
    pub replace: bool,
    /// Keep a hash that matches and is at least this strong.
    pub if_needed: Option<Requirement>,
}

/// Where a hash is.
pub enum EncodedSource {
    Argument(OsString),
    File(HashFile),
    Config { path: PathBuf, key: PointerBuf },
}

/// A file that has one hash, or one per line.
pub enum HashFile {
    Path(PathBuf),
    Stdin,
}

pub struct Verify {
    pub encoded: EncodedSource,
    pub source: Source,
    pub format: AnswerFormat,
    pub messages: Messages,
}

/// Verify the password on each line with the hash on the line of the same number.
pub struct VerifyLines {
    pub hashes: HashFile,
    pub source: Source,
    pub format: AnswerFormat,
    pub messages: Messages,
}

pub struct Inspect {
    pub encoded: EncodedSource,
    /// If the hash is weaker than this, the exit status is 1.
    pub requirement: Option<Requirement>,
    pub format: AnswerFormat,
    pub messages: Messages,
}

pub struct Calibrate {
    /// How long a verification may take.
    pub milliseconds: u64,
    pub format: AnswerFormat,
    pub messages: Messages,
}

impl Cli {
    /// Builds the request of a mode, to which all given options must belong. Refuses options that contradict each
    /// other, and values that are out of range.
    pub(super) fn into_request(mut self, mode: Mode) -> Result<Request, UsageError> {
        let modes = &mut self.modes;
        let values = [&mut modes.hash_pass, &mut modes.verify, &mut modes.inspect, &mut modes.calibrate];
        let value = values.into_iter().chain([&mut modes.generate]).find_map(|value| value.take().flatten());
        let words = value.into_iter().chain(std::mem::take(&mut self.words)).collect();
        match mode {
            Mode::HashPass => self.into_hash_pass(words),
            Mode::Verify => self.into_verify(words),
            Mode::Inspect => self.into_inspect(words).map(Request::Inspect),
            Mode::Calibrate => self.into_calibrate(words).map(Request::Calibrate),
            Mode::Generate => generate_target(words).map(Request::Generate),
        }
    }

    fn into_hash_pass(self, words: Vec<OsString>) -> Result<Request, UsageError> {
        let Self { source, hashing, config, writing, cost, output, .. } = self;
        let params = cost.params(cost.profile.unwrap_or_default().params().parallelism())?;
        // OWASP's profile is no single cost: it has five minima.
        let requirement = if cost.has_numbers() {
            Requirement::Params(params)
        } else {
            Requirement::Profile(cost.profile.unwrap_or_default())
        };
        let words = words.into_iter().map(|word| Zeroizing::new(word.into_encoded_bytes())).collect();
        let given = source.into_source(words, &hashing)?;
        let source = given.or_else(|| (!hashing.random).then_some(Source::Prompt));
        let destination = match config.config {
            None => output.destination()?,
            Some(path) => {
                let report = output.report()?;
                if hashing.random && writing.if_needed {
                    return Err(UsageError::RandomWith("--if-needed"));
                }
                if hashing.random && report == Report::Change {
                    return Err(UsageError::RandomWith("--format change"));
                }
                let target = ConfigTarget {
                    path,
                    keys: distinct(config.key)?,
                    on_missing: if writing.create_key { OnMissing::Create } else { OnMissing::Error },
                    options: ReplaceOptions { in_place: writing.in_place, backup: writing.backup },
                    replace: writing.replace,
                    if_needed: writing.if_needed.then_some(requirement),
                };
                Destination::Config(target, report)
            }
        };
        let (cross_check, messages) = (hashing.cross_check, output.messages());
        Ok(Request::HashPass(HashPass { source, params, cross_check, messages }, destination))
    }

    fn into_verify(self, words: Vec<OsString>) -> Result<Request, UsageError> {
        let format = self.output.answer_format(Mode::Verify)?;
        let word = single_word(Mode::Verify, words)?;
        let lines = self.source.lines;
        let source = self.source.into_source(Vec::new(), &self.hashing)?.unwrap_or(Source::Prompt);
        let encoded = self.config.into_encoded(Mode::Verify, word, self.encoded.encoded_file);
        if let (Ok(EncodedSource::File(HashFile::Stdin)), Source::Stdin(_)) = (&encoded, &source) {
            return Err(UsageError::BothFromStdin);
        }
        let messages = self.output.messages();
        match encoded {
            Ok(EncodedSource::File(hashes)) if lines => {
                Ok(Request::VerifyLines(VerifyLines { hashes, source, format, messages }))
            }
            Ok(_) if lines => Err(UsageError::LinesForOneHash),
            Err(UsageError::NoEncoded(_)) if lines => Err(UsageError::LinesWithoutHashes),
            encoded => Ok(Request::Verify(Verify { encoded: encoded?, source, format, messages })),
        }
    }

    fn into_inspect(self, words: Vec<OsString>) -> Result<Inspect, UsageError> {
        let format = self.output.answer_format(Mode::Inspect)?;
        let requirement = self.cost.requirement()?;
        let word = single_word(Mode::Inspect, words)?;
        let encoded = self.config.into_encoded(Mode::Inspect, word, self.encoded.encoded_file)?;
        Ok(Inspect { encoded, requirement, format, messages: self.output.messages() })
    }

    fn into_calibrate(self, words: Vec<OsString>) -> Result<Calibrate, UsageError> {
        let format = self.output.answer_format(Mode::Calibrate)?;
        let milliseconds = match single_word(Mode::Calibrate, words)? {
            None => DEFAULT_MILLISECONDS,
            Some(word) => values::milliseconds(word.to_str().unwrap_or_default()).map_err(|error| {
                UsageError::InvalidValue { option: Mode::Calibrate.option().to_owned(), error }
            })?,
        };
        Ok(Calibrate { milliseconds, format, messages: self.output.messages() })
    }
}

impl SourceOptions {
    /// The only source of passwords given, if there is one.
    fn into_source(
        self,
        words: Vec<Zeroizing<Vec<u8>>>,
        hashing: &HashingOptions,
    ) -> Result<Option<Source>, UsageError> {
        let (lines, random) = (self.lines, hashing.random);
        let given = [
            (!words.is_empty()).then_some(Source::Arguments(words)),
            self.password_file.map(|path| Source::file(path, lines)),
            self.password_stdin.then_some(Source::Stdin(lines)),
            self.password_env.map(Source::Environment),
        ];
        let mut given = given.into_iter().flatten();
        let source = given.next();
        if given.next().is_some() || random && source.is_some() {
            return Err(UsageError::SeveralSources);
        }
        match source {
            Some(Source::File(..) | Source::Stdin(_)) => Ok(source),
            _ if !lines => Ok(source),
            _ if random => Err(UsageError::RandomWith("--lines")),
            _ => Err(UsageError::LinesWithoutStream),
        }
    }
}

impl ConfigOptions {
    /// Where the hash is that `mode` reads: `word`, which is on the command line, or `file`, or in the
    /// config.
    fn into_encoded(
        self,
        mode: Mode,
        word: Option<OsString>,
        file: Option<PathBuf>,
    ) -> Result<EncodedSource, UsageError> {
        match (word, file, self.config) {
            (None, None, None) => Err(UsageError::NoEncoded(mode.option())),
            (Some(encoded), None, None) => Ok(EncodedSource::Argument(encoded)),
            (None, Some(path), None) if is_stdin(&path) => Ok(EncodedSource::File(HashFile::Stdin)),
            (None, Some(path), None) => Ok(EncodedSource::File(HashFile::Path(path))),
            (None, None, Some(path)) => {
                let [key] = self.key.try_into().map_err(|_| UsageError::Repeated("--key".to_owned()))?;
                Ok(EncodedSource::Config { path, key })
            }
            (Some(_), Some(_), _) => {
                Err(UsageError::EncodedGivenTwice("as an argument", "with --encoded-file"))
            }
            (Some(_), None, Some(_)) => Err(UsageError::EncodedGivenTwice("as an argument", "with --config")),
            (None, Some(_), Some(_)) => {
                Err(UsageError::EncodedGivenTwice("with --encoded-file", "with --config"))
            }
        }
    }
}

impl CostOptions {
    /// Whether it gives more than a profile.
    fn has_numbers(&self) -> bool {
        self.cost.is_some() || [self.memory, self.iterations, self.parallelism].iter().any(Option::is_some)
    }

    /// The profile's parameters, overridden by the numbers given. `lanes` is the default parallelism.
    fn params(&self, lanes: u32) -> Result<Params, UsageError> {
        let base = self.profile.unwrap_or_default().params();
        let others = [self.memory, self.iterations, self.parallelism];
        let ([memory_kib, iterations, parallelism], in_option) = match self.cost {
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
            Some(_) => return Err(UsageError::CostGivenTwice),
        };
        policy::params(memory_kib, iterations, parallelism)
            .map_err(|error| UsageError::Cost { error, in_option })
    }

    /// What `--inspect` requires: only what the user named. One lane is assumed, because lanes are not
    /// compared and more would raise the minimum of `--memory`.
    fn requirement(&self) -> Result<Option<Requirement>, UsageError> {
        if !self.has_numbers() {
            return Ok(self.profile.map(Requirement::Profile));
        }
        let params = self.params(1)?;
        Ok(match (self.profile.is_some() || self.cost.is_some(), self.memory, self.iterations) {
            (true, ..) | (false, Some(_), Some(_)) => Some(Requirement::Params(params)),
            (false, Some(_), None) => Some(Requirement::Memory(params.memory_kib())),
            (false, None, Some(_)) => Some(Requirement::Iterations(params.iterations())),
            (false, None, None) => None,
        })
    }
}

impl OutputOptions {
    fn messages(&self) -> Messages {
        Messages { quiet: self.quiet }
    }

    /// Where hashes go without a config.
    fn destination(&self) -> Result<Destination, UsageError> {
        let format = match self.format.unwrap_or_default() {
            Format::Plain => HashFormat::Plain,
            Format::Label => HashFormat::Label,
            Format::Json => HashFormat::Json,
            Format::Compose => return Ok(Destination::Compose),
            format @ Format::Change => {
                return Err(UsageError::Needs { option: format.option(), other: "--config".to_owned() });
            }
        };
        Ok(Destination::Stdout(format))
    }

    /// What is printed of hashes that go into the config.
    fn report(&self) -> Result<Report, UsageError> {
        Ok(match self.format {
            None => Report::Nothing,
            Some(Format::Plain) => Report::Hashes(HashFormat::Plain),
            Some(Format::Label) => Report::Hashes(HashFormat::Label),
            Some(Format::Json) => Report::Hashes(HashFormat::Json),
            Some(Format::Change) => Report::Change,
            Some(Format::Compose) => return Err(UsageError::ComposeIntoConfig),
        })
    }

    /// Refuses formats that only hashes have.
    fn answer_format(&self, mode: Mode) -> Result<AnswerFormat, UsageError> {
        match self.format {
            None | Some(Format::Plain) => Ok(AnswerFormat::Plain),
            Some(Format::Json) => Ok(AnswerFormat::Json),
            Some(other) => Err(UsageError::WrongMode { option: other.option(), mode: mode.option() }),
        }
    }
}

impl Format {
    /// With its option, as users write it: `--format label`.
    fn option(self) -> String {
        let value = self.to_possible_value();
        format!("--format {}", value.as_ref().map_or("", |value| value.get_name()))
    }
}

fn generate_target(words: Vec<OsString>) -> Result<GenerateTarget, UsageError> {
    let option = Mode::Generate.option().to_owned();
    let names = GenerateTarget::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let values = names.map(|value| value.get_name().to_owned()).collect();
    match single_word(Mode::Generate, words)? {
        Some(word) => GenerateTarget::from_str(word.to_str().unwrap_or_default(), true)
            .map_err(|_| UsageError::NotOneOf { option, values }),
        None => Err(UsageError::NoValue { option, values }),
    }
}

/// The word of a mode that takes no more than one.
fn single_word(mode: Mode, mut words: Vec<OsString>) -> Result<Option<OsString>, UsageError> {
    let is_line = |word: &OsString| word.is_empty() || word.as_encoded_bytes().starts_with(START.as_bytes());
    match (words.get(1..).unwrap_or_default(), mode) {
        ([], _) => Ok(words.pop()),
        (rest, Mode::Verify | Mode::Inspect) if rest.iter().any(is_line) => {
            Err(UsageError::StrayLines(mode.option()))
        }
        _ => Err(UsageError::StrayArgument(mode.option())),
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
