//! Exit statuses and their meanings.

use std::process::ExitCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    Done = 0,
    No = 1,
    Refused = 2,
    Failed = 3,
}

impl Status {
    /// Every status, in order.
    pub const ALL: [Self; 4] = [Self::Done, Self::No, Self::Refused, Self::Failed];

    /// The meaning, as `--help` and the README print it.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or it matches",
            Self::No => "it does not match, is too weak, or there is no hash yet",
            Self::Refused => "refused: usage, a password, an encoded string, or the config",
            Self::Failed => "failed: a file, the terminal, memory, or the output",
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}
