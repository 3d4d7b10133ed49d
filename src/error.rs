//! Every failure that ends the program, with its exit status and its hint.

use crate::batch::WorkerLost;
use crate::cli::hints::{self, Hint};
use crate::cli::status::Status;
use crate::cli::usage::UsageError;
use crate::config_file::edit::error::EditError;
use crate::config_file::replace::FileError;
use crate::hash::diagnose::{Damage, StoredError};
use crate::hash::hasher::HashError;
use crate::hash::params::InvalidParams;
use crate::hash::policy::{InsufficientMemory, PolicyError};
use crate::hash::verifier::VerifyError;
use crate::output::stdout::OutputError;
use crate::password::entry::SourceError;

/// A variant for each source of failure.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub enum Error {
    Usage(#[from] UsageError),
    /// No password.
    Source(#[from] SourceError),
    /// No encoded string among the arguments.
    Encoded(#[from] Damage),
    /// No encoded string in the config.
    Stored(#[from] StoredError),
    /// An encoded string that costs too much.
    Policy(#[from] PolicyError),
    Params(#[from] InvalidParams),
    Memory(#[from] InsufficientMemory),
    Hash(#[from] HashError),
    Verify(#[from] VerifyError),
    Edit(#[from] EditError),
    File(#[from] FileError),
    Output(#[from] OutputError),
    Worker(#[from] WorkerLost),
}

impl Error {
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Usage(_)
            | Self::Encoded(_)
            | Self::Stored(_)
            | Self::Policy(_)
            | Self::Params(_)
            | Self::Edit(_) => Status::Refused,
            Self::Source(error) => match error {
                SourceError::Rejected { .. }
                | SourceError::Empty(_)
                | SourceError::SecondLine(_)
                | SourceError::TooMany(_)
                | SourceError::TooFew(_)
                | SourceError::NoAnswer
                | SourceError::Mismatch
                | SourceError::LongerThanTheTerminal => Status::Refused,
                SourceError::Unreadable(..) | SourceError::NoConsole | SourceError::Terminal(_) => {
                    Status::Failed
                }
            },
            Self::Memory(_)
            | Self::Hash(_)
            | Self::Verify(_)
            | Self::File(_)
            | Self::Output(_)
            | Self::Worker(_) => Status::Failed,
        }
    }

    /// What to do about it, if there is something.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Usage(error) => Some(hints::usage(error)),
            Self::Source(error) => Some(hints::source(error)),
            Self::Encoded(damage) => Some(hints::damage(*damage)),
            Self::Stored(error) => Some(hints::stored(error)),
            Self::Policy(_) => Some(hints::POLICY.into()),
            Self::Memory(_) => Some(hints::MEMORY.into()),
            Self::Hash(error) => hints::hash(error),
            Self::Verify(error) => hints::verify(error),
            Self::Edit(error) => Some(hints::edit(error)),
            Self::File(error) => Some(hints::file(error)),
            Self::Params(_) | Self::Output(_) | Self::Worker(_) => None,
        }
    }
}
