//! Error kinds for programs, and the exit status of each.

use super::status::Status;

/// What `--format json` prints as `kind`. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Usage,
    NoPassword,
    Password,
    PasswordCount,
    EncodedString,
    Policy,
    NotAHash,
    ConfigSyntax,
    Key,
    PasswordSource,
    Terminal,
    Memory,
    ConfigFile,
    ConfigBusy,
    Engine,
    Output,
}

impl Kind {
    /// Every kind, those with status 2 first.
    pub const ALL: [Self; 16] = [
        Self::Usage,
        Self::NoPassword,
        Self::Password,
        Self::PasswordCount,
        Self::EncodedString,
        Self::Policy,
        Self::NotAHash,
        Self::ConfigSyntax,
        Self::Key,
        Self::PasswordSource,
        Self::Terminal,
        Self::Memory,
        Self::ConfigFile,
        Self::ConfigBusy,
        Self::Engine,
        Self::Output,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::NoPassword => "no-password",
            Self::Password => "password",
            Self::PasswordCount => "password-count",
            Self::EncodedString => "encoded-string",
            Self::Policy => "policy",
            Self::NotAHash => "not-a-hash",
            Self::ConfigSyntax => "config-syntax",
            Self::Key => "key",
            Self::PasswordSource => "password-source",
            Self::Terminal => "terminal",
            Self::Memory => "memory",
            Self::ConfigFile => "config-file",
            Self::ConfigBusy => "config-busy",
            Self::Engine => "engine",
            Self::Output => "output",
        }
    }

    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Usage => "the arguments are wrong",
            Self::NoPassword => "no password was given, or the two answers differ",
            Self::Password => "the password is not accepted",
            Self::PasswordCount => "more or fewer passwords than expected",
            Self::EncodedString => "the encoded string cannot be read",
            Self::Policy => "the hash costs more than the limits allow",
            Self::NotAHash => "the string in the config is not a hash, and is not replaced",
            Self::ConfigSyntax => "the config is not JSON with comments",
            Self::Key => "the key does not point to a string in the config",
            Self::PasswordSource => "the password file or stdin cannot be read",
            Self::Terminal => "the terminal cannot be used",
            Self::Memory => "there is not enough memory",
            Self::ConfigFile => "the config cannot be read or written",
            Self::ConfigBusy => {
                "the config is locked or open elsewhere, or was changed meanwhile; run it again"
            }
            Self::Engine => "hashing or verifying failed",
            Self::Output => "the output cannot be written",
        }
    }

    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Usage
            | Self::NoPassword
            | Self::Password
            | Self::PasswordCount
            | Self::EncodedString
            | Self::Policy
            | Self::NotAHash
            | Self::ConfigSyntax
            | Self::Key => Status::Refused,
            Self::PasswordSource
            | Self::Terminal
            | Self::Memory
            | Self::ConfigFile
            | Self::ConfigBusy
            | Self::Engine
            | Self::Output => Status::Failed,
        }
    }
}
