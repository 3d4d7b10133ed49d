//! Exit statuses, and the kinds of errors that `--format json` names, each with its status.

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
            Self::Refused => "refused: usage, a password, a hash, or the config",
            Self::Failed => "failed: a file, the terminal, memory, or the output",
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// What `--format json` prints as `kind`. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub name: &'static str,
    pub status: Status,
    pub meaning: &'static str,
}

impl Kind {
    pub const USAGE: Self = refused("usage", "the arguments are wrong");
    pub const NO_PASSWORD: Self = refused("no-password", "no password was given, or the two answers differ");
    pub const PASSWORD: Self = refused("password", "the password is not accepted");
    pub const PASSWORD_COUNT: Self = refused("password-count", "more or fewer passwords than expected");
    pub const ENCODED_STRING: Self = refused("encoded-string", "the hash cannot be read");
    pub const POLICY: Self = refused("policy", "the hash costs more than the limits allow");
    pub const NOT_A_HASH: Self =
        refused("not-a-hash", "the text in the config is not a hash, and is not replaced");
    pub const CONFIG_SYNTAX: Self = refused("config-syntax", "the config is not JSON with comments");
    pub const KEY: Self = refused("key", "the key does not point to a string in the config");
    pub const PASSWORD_SOURCE: Self = failed("password-source", "the password file or stdin cannot be read");
    pub const ENCODED_FILE: Self =
        failed("encoded-file", "the file or stdin that has the hash cannot be read");
    pub const TERMINAL: Self = failed("terminal", "the terminal cannot be used");
    pub const MEMORY: Self = failed("memory", "there is not enough memory");
    pub const CONFIG_FILE: Self = failed("config-file", "the config cannot be read or written");
    pub const CONFIG_BUSY: Self = failed(
        "config-busy",
        "the config is locked or open elsewhere, or was changed meanwhile; run it again",
    );
    pub const ENGINE: Self = failed("engine", "hashing or verifying failed");
    pub const OUTPUT: Self = failed("output", "the output cannot be written");

    /// Every kind, in the order of the man page.
    pub const ALL: [Self; 17] = [
        Self::USAGE,
        Self::NO_PASSWORD,
        Self::PASSWORD,
        Self::PASSWORD_COUNT,
        Self::ENCODED_STRING,
        Self::POLICY,
        Self::NOT_A_HASH,
        Self::CONFIG_SYNTAX,
        Self::KEY,
        Self::PASSWORD_SOURCE,
        Self::ENCODED_FILE,
        Self::TERMINAL,
        Self::MEMORY,
        Self::CONFIG_FILE,
        Self::CONFIG_BUSY,
        Self::ENGINE,
        Self::OUTPUT,
    ];
}

const fn refused(name: &'static str, meaning: &'static str) -> Kind {
    Kind { name, status: Status::Refused, meaning }
}

const fn failed(name: &'static str, meaning: &'static str) -> Kind {
    Kind { name, status: Status::Failed, meaning }
}
