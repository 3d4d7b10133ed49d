//! What users are told about each failure: its kind, and so its exit status, and a hint that says what to do.
//!
//! An error's text stands where it happens; its kind and its hint stand here, in a file for each part of the
//! program. A hint that differs between systems has both versions side by side.

mod arguments;
mod config;
mod hashes;
mod passwords;
mod words;

use crate::batch::WorkerLost;
use crate::cli::usage::UsageError;
use crate::config_file::edit::error::EditError;
use crate::config_file::replace::FileError;
use crate::hash::diagnose::{Damage, StoredError};
use crate::hash::hasher::HashError;
use crate::hash::params::InvalidParams;
use crate::hash::policy::{InsufficientMemory, PolicyError};
use crate::hash::verifier::VerifyError;
use crate::output::OutputError;
use crate::password::SourceError;
use crate::status::{Kind, Status};
use crate::system::error::SystemError;
use crate::system::process::SmallStack;
use words::Advice;
pub use words::Hint;

/// Every failure that ends the program: one variant per source.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub enum Error {
    Usage(#[from] UsageError),
    /// No acceptable password, or the wrong number of passwords.
    Source(#[from] SourceError),
    /// A hash that cannot be read.
    Encoded(#[from] Damage),
    /// One from a file or from stdin.
    EncodedFile(Damage),
    #[error("the hash cannot be read: {0}")]
    UnreadableHash(SystemError),
    /// What is wrong with one of many hashes, with its line.
    #[error("line {0}: {1}")]
    AtLine(u64, Box<Self>),
    /// At a terminal, where nobody is.
    #[error("no hash is given, and DEBIAN_FRONTEND=noninteractive says that nobody is there to paste it")]
    NobodyToPaste,
    /// A string in the config that cannot be read as a hash, or that is not replaced.
    Stored(#[from] StoredError),
    /// A hash that costs too much.
    Policy(#[from] PolicyError),
    Params(#[from] InvalidParams),
    /// To hash, with one library.
    Memory(InsufficientMemory),
    /// To hash and to verify each hash.
    CrossCheckMemory(InsufficientMemory),
    Stack(#[from] SmallStack),
    Hash(#[from] HashError),
    Verify(#[from] VerifyError),
    Edit(#[from] EditError),
    File(#[from] FileError),
    Output(#[from] OutputError),
    /// The config has the hashes, but they could not be printed.
    #[error("the config is written, but {0}")]
    OutputAfterConfig(OutputError),
    /// A password was printed, and then its hash could not be written.
    #[error("{0}; what was printed is not in use")]
    NotInUse(Box<Self>),
    Worker(#[from] WorkerLost),
}

impl Error {
    fn advice(&self) -> Advice {
        match self {
            Self::Usage(error) => (Kind::USAGE, Some(arguments::usage(error))),
            Self::Params(_) => (Kind::USAGE, None),
            Self::Source(error) => passwords::source(error),
            Self::Encoded(damage) => (Kind::ENCODED_STRING, Some(hashes::damage(damage))),
            Self::EncodedFile(damage) => (Kind::ENCODED_STRING, Some(hashes::damage_in_file(damage))),
            Self::UnreadableHash(reason) => (
                Kind::ENCODED_FILE,
                Some(words::unreadable(reason, "check what --encoded-file names, and its permissions")),
            ),
            Self::AtLine(_, error) => match &**error {
                Self::EncodedFile(Damage::Empty) => (Kind::ENCODED_STRING, Some(hashes::EMPTY_LINE.into())),
                error => error.advice(),
            },
            Self::NobodyToPaste => (
                Kind::ENCODED_FILE,
                Some(
                    "pipe the hash to --encoded-file -, or name a file; to paste it, unset DEBIAN_FRONTEND"
                        .into(),
                ),
            ),
            Self::Stored(error) => hashes::stored(error),
            Self::Policy(_) => (Kind::POLICY, Some(hashes::POLICY.into())),
            Self::Memory(_) => (Kind::MEMORY, Some(hashes::MEMORY_TO_HASH.into())),
            Self::CrossCheckMemory(_) => (
                Kind::MEMORY,
                Some("free memory, or raise its limit; less is needed without --cross-check".into()),
            ),
            Self::Stack(_) => {
                (Kind::MEMORY, Some("raise the limit: ulimit -s, or LimitSTACK= of a service".into()))
            }
            Self::Hash(error) => hashes::hash(error),
            Self::Verify(error) => hashes::verify(error),
            Self::NotInUse(error) => error.advice(),
            Self::Worker(_) => (Kind::ENGINE, None),
            Self::Edit(error) => config::edit(error),
            Self::File(error) => config::file(error),
            Self::Output(_) | Self::OutputAfterConfig(_) => {
                (Kind::OUTPUT, Some("check the file or the pipe that stdout goes to".into()))
            }
        }
    }

    /// Whether it says something of the config, so that the config's name belongs before it. Of what happened after the
    /// config was written, it is said first that it is written.
    #[must_use]
    pub fn is_about_config(&self) -> bool {
        match self {
            Self::NotInUse(error) => error.is_about_config(),
            Self::File(error) => !error.is_after_writing(),
            _ => matches!(self, Self::Edit(_) | Self::Stored(_)),
        }
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        self.advice().0
    }

    #[must_use]
    pub fn status(&self) -> Status {
        self.kind().status
    }

    /// What the user can do about it, if anything.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        self.advice().1
    }
}
