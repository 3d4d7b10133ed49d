//! The request: what the arguments ask the program to do.

use std::ffi::OsString;
use std::path::PathBuf;

use jsonptr::PointerBuf;

use crate::config_file::edit::OnMissing;
use crate::config_file::replace::ReplaceOptions;
use crate::hash::params::Params;
use crate::hash::strength::Requirement;
use crate::output::formats::{AnswerFormat, HashFormat};
use crate::password::source::PasswordSource;

pub enum Request {
    /// Print a text: help or version.
    Show(String),
    HashPass(HashPass),
    Verify(Verify),
    Inspect(Inspect),
    Calibrate(Calibrate),
    Generate(GenerateTarget),
}

pub struct HashPass {
    pub source: PasswordSource,
    /// Within the policy.
    pub params: Params,
    /// Whether a second implementation verifies each hash before it is used.
    pub cross_check: bool,
    pub destination: Destination,
    pub quiet: bool,
}

/// Where hashes go.
pub enum Destination {
    Stdout(HashFormat),
    /// Into the config; printed too if a format is given.
    Config(ConfigTarget, Option<HashFormat>),
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

/// Where an encoded string is.
pub enum EncodedSource {
    Argument(OsString),
    Config { path: PathBuf, key: PointerBuf },
}

pub struct Verify {
    pub encoded: EncodedSource,
    pub source: PasswordSource,
    pub format: AnswerFormat,
    pub quiet: bool,
}

pub struct Inspect {
    pub encoded: EncodedSource,
    /// If the hash is weaker than this, the exit status is 1.
    pub requirement: Option<Requirement>,
    pub format: AnswerFormat,
    pub quiet: bool,
}

pub struct Calibrate {
    /// How long a verification may take.
    pub milliseconds: u64,
    pub format: AnswerFormat,
    pub quiet: bool,
}

/// A text that is generated from the definitions of the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GenerateTarget {
    Man,
    CompleteBash,
    CompleteZsh,
    CompleteFish,
    CompletePowershell,
}
