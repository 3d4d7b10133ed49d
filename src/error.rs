//! Every failure that ends the program, with its exit status and its hint.

use crate::batch::WorkerLost;
use crate::cli::error_kind::Kind;
use crate::cli::hints::{self, Hint};
use crate::cli::status::Status;
use crate::cli::usage::UsageError;
use crate::config_file::edit::error::EditError;
use crate::config_file::replace::FileError;
use crate::hash::diagnose::{Damage, NotAHash, StoredError};
use crate::hash::hasher::HashError;
use crate::hash::params::InvalidParams;
use crate::hash::policy::{InsufficientMemory, PolicyError};
use crate::hash::verifier::VerifyError;
use crate::output::stdout::OutputError;
use crate::password::entry::SourceError;

/// One variant per source of failure.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub enum Error {
    Usage(#[from] UsageError),
    /// No acceptable password, or the wrong number of passwords.
    Source(#[from] SourceError),
    /// An encoded string that cannot be read.
    Encoded(#[from] Damage),
    /// A string in the config that cannot be read as an encoded string.
    Stored(#[from] StoredError),
    /// A string in the config that is not a hash, and is not replaced.
    NotAHash(#[from] NotAHash),
    /// An encoded string that costs too much.
    Policy(#[from] PolicyError),
    Params(#[from] InvalidParams),
    Memory(#[from] InsufficientMemory),
    Hash(#[from] HashError),
    Verify(#[from] VerifyError),
    Edit(#[from] EditError),
    File(#[from] FileError),
    Output(#[from] OutputError),
    /// The config has the hashes, but they could not be printed.
    #[error("the config is written, but {0}")]
    OutputAfterConfig(OutputError),
    Worker(#[from] WorkerLost),
}

impl Error {
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Usage(_) | Self::Params(_) => Kind::Usage,
            Self::Source(error) => match error {
                SourceError::NoTerminal
                | SourceError::NoConsole
                | SourceError::UnsetVariable
                | SourceError::EmptyVariable
                | SourceError::Empty(_)
                | SourceError::NoAnswer
                | SourceError::Mismatch => Kind::NoPassword,
                SourceError::Rejected { .. }
                | SourceError::InvalidVariable
                | SourceError::LongerThanTheTerminal => Kind::Password,
                SourceError::SecondLine(_)
                | SourceError::SecondPassword(_)
                | SourceError::TooMany(_)
                | SourceError::TooFew(_) => Kind::PasswordCount,
                SourceError::TerminalLines => Kind::Usage,
                SourceError::ForeignTerminal | SourceError::Unreadable(..) => Kind::PasswordSource,
                SourceError::Terminal(_) => Kind::Terminal,
            },
            Self::Encoded(_) | Self::Stored(_) => Kind::EncodedString,
            Self::NotAHash(_) => Kind::NotAHash,
            Self::Policy(_) => Kind::Policy,
            Self::Memory(_) | Self::Hash(HashError::Memory(_)) | Self::Verify(VerifyError::Memory(_)) => {
                Kind::Memory
            }
            Self::Hash(HashError::Randomness | HashError::SelfTest | HashError::Engine(_))
            | Self::Verify(VerifyError::Threads | VerifyError::Disagreement | VerifyError::Refused(_))
            | Self::Worker(_) => Kind::Engine,
            Self::Edit(error) => match error {
                EditError::NotUtf8 { .. }
                | EditError::Utf16
                | EditError::Nul { .. }
                | EditError::NotJson { .. }
                | EditError::TooDeep { .. }
                | EditError::Empty => Kind::ConfigSyntax,
                EditError::NotFound { .. }
                | EditError::InsideScalar { .. }
                | EditError::Duplicate { .. }
                | EditError::NotAString { .. } => Kind::Key,
            },
            Self::File(error) => match error {
                FileError::Locked
                | FileError::InUse
                | FileError::Changed
                | FileError::Moved
                | FileError::Overwritten => Kind::ConfigBusy,
                FileError::Dangling
                | FileError::NotAFile
                | FileError::TooLarge
                | FileError::WouldBeTooLarge
                | FileError::ForeignSymlink
                | FileError::Unreadable(_)
                | FileError::Unwritable(_)
                | FileError::Folder(_)
                | FileError::FolderSync(_)
                | FileError::Leftover(_)
                | FileError::Mounted
                | FileError::Attributes(_)
                | FileError::ForeignLink
                | FileError::Unlockable(_)
                | FileError::Backup(_)
                | FileError::Backups
                | FileError::Unsynced(_)
                | FileError::Unchecked(_)
                | FileError::Damaged(_) => Kind::ConfigFile,
            },
            Self::Output(_) | Self::OutputAfterConfig(_) => Kind::Output,
        }
    }

    #[must_use]
    pub const fn status(&self) -> Status {
        self.kind().status()
    }

    /// What the user can do about it, if anything.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Usage(error) => Some(hints::usage(error)),
            Self::Source(error) => Some(hints::source(error)),
            Self::Encoded(damage) => Some(hints::damage(*damage)),
            Self::Stored(error) => Some(hints::stored(error)),
            Self::NotAHash(_) => Some(hints::NOT_A_HASH.into()),
            Self::Policy(_) => Some(hints::POLICY.into()),
            Self::Memory(_) => Some(hints::MEMORY.into()),
            Self::Hash(error) => hints::hash(error),
            Self::Verify(error) => hints::verify(error),
            Self::Edit(error) => Some(hints::edit(error)),
            Self::File(error) => Some(hints::file(error)),
            Self::Output(_) | Self::OutputAfterConfig(_) => Some(hints::OUTPUT.into()),
            Self::Params(_) | Self::Worker(_) => None,
        }
    }
}
