//! Exit statuses and hints: what each kind of failure means to a script and to a person.

use std::process::ExitCode;

use crate::config_file::edit::EditError;
use crate::config_file::replace::FileError;
use crate::derive::DeriveError;
use crate::input::InputError;
use crate::limits::{BeyondPolicy, MEMORY_HINT, TooLittleMemory};
use crate::mangled::{InConfig, Mangled};
pub use crate::system::reason::{reason, uncapitalized};
use crate::usage::UsageError;
use crate::verify::VerifyError;

/// The exit statuses, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// What was asked for is done.
    Done = 0,
    /// The answer is no.
    No = 1,
    /// The request is refused.
    Refused = 2,
    /// The request is fine, but could not be carried out.
    Failed = 3,
}

impl Status {
    /// Every status, in order.
    pub const ALL: [Self; 4] = [Self::Done, Self::No, Self::Refused, Self::Failed];

    /// The status that an error ends the program with.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        let refused = error.is::<UsageError>()
            || error.is::<Mangled>()
            || error.is::<EditError>()
            || error.is::<InConfig>()
            || error.is::<BeyondPolicy>()
            || error.downcast_ref::<InputError>().is_some_and(InputError::is_refusal);
        if refused { Self::Refused } else { Self::Failed }
    }

    /// What it says to a script, as `--help` and the README put it.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or it matches",
            Self::No => "it does not match (--verify), or is too weak (--inspect)",
            Self::Refused => {
                "refused: the usage is wrong, or a password, an encoded string or the config cannot be taken"
            }
            Self::Failed => "failed: a file, the terminal, memory or the output",
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// What to do about an error, where there is something.
#[must_use]
pub fn hint(error: &anyhow::Error) -> Option<String> {
    let texts = |hint: Option<&'static str>| hint.map(str::to_owned);
    (error.downcast_ref().and_then(UsageError::hint))
        .or_else(|| error.downcast_ref().map(Mangled::hint))
        .or_else(|| error.downcast_ref().map(EditError::hint))
        .or_else(|| texts(error.downcast_ref().map(FileError::hint)))
        .or_else(|| texts(error.downcast_ref().map(|_: &InConfig| InConfig::HINT)))
        .or_else(|| error.downcast_ref().map(|_: &BeyondPolicy| BeyondPolicy::HINT.to_owned()))
        .or_else(|| texts(error.downcast_ref().and_then(InputError::hint)))
        .or_else(|| texts(error.downcast_ref().and_then(DeriveError::hint)))
        .or_else(|| texts(error.downcast_ref().and_then(VerifyError::hint)))
        .or_else(|| texts(error.downcast_ref().map(|_: &TooLittleMemory| MEMORY_HINT)))
}
