//! Kinds and hints of errors about hashes, and about computing them.

use super::words::{Advice, Hint, IN_QUOTES};
use crate::hash::diagnose::{Damage, StoredError};
use crate::hash::encoded::{MAX_SALT_BYTES, MAX_TAG_BYTES, MIN_SALT_BYTES, MIN_TAG_BYTES, ParseError};
use crate::hash::engine::EngineError;
use crate::hash::hasher::HashError;
use crate::hash::verifier::VerifyError;
use crate::status::Kind;

/// For too little memory, in any mode.
pub(super) const MEMORY: &str = "free memory, or raise its limit; to hash with less: --profile owasp, a smaller \
                                 --memory, or no --cross-check";
/// For a string of which nobody can say what happened to it.
const COPY_AGAIN: &str = "copy the string again from where it was printed";
/// For a hash that costs more than the policy allows.
pub(super) const POLICY: &str = "hash the password again at a lower cost: tc_calendar --hash_pass";

pub(super) fn hash(error: &HashError) -> Advice {
    match error {
        HashError::Engine(EngineError::Memory(_)) => (Kind::MEMORY, Some(MEMORY.into())),
        HashError::SelfTest => (Kind::ENGINE, Some("report it, with the processor's model".into())),
        HashError::Randomness(_) => {
            let hint = "if a sandbox runs this program, let it allow the system call getrandom";
            (Kind::ENGINE, cfg!(target_os = "linux").then(|| hint.into()))
        }
        HashError::Engine(EngineError::Length) => (Kind::ENGINE, None),
    }
}

pub(super) fn verify(error: &VerifyError) -> Advice {
    match error {
        VerifyError::Memory(_) => (Kind::MEMORY, Some(MEMORY.into())),
        VerifyError::Disagreement => {
            (Kind::ENGINE, Some("test this machine's memory; if it is fine, report a bug".into()))
        }
        VerifyError::Threads | VerifyError::Refused(_) => (Kind::ENGINE, None),
    }
}

pub(super) fn stored(error: &StoredError) -> Advice {
    let (kind, hint) = match error {
        StoredError::Label => (Kind::ENCODED_STRING, "remove the label before $argon2"),
        StoredError::OtherText(_) => (
            Kind::ENCODED_STRING,
            "a login may need what is there; to use a hash, give --key another location",
        ),
        StoredError::Damaged(_) => (
            Kind::ENCODED_STRING,
            "write the hash again: tc_calendar --hash_pass --replace with the same --config and --key",
        ),
        StoredError::NotReplaced { .. } => (
            Kind::NOT_A_HASH,
            "a login may need it, and a hash cannot take its place; to replace it anyway: --replace",
        ),
    };
    (kind, Some(hint.into()))
}

pub(super) fn damage(error: Damage) -> Hint {
    match error {
        Damage::Empty | Damage::Expanded => {
            format!("put it {IN_QUOTES}, which keep every $: '$argon2id$v=19$...'").into()
        }
        Damage::Doubled => "outside of the Compose file, write each $$ as one $".into(),
        Damage::Escaped => format!("{IN_QUOTES} it needs no backslashes: '$argon2id$v=19$...'").into(),
        Damage::PercentEscaped => "write each %24 as $, and %2B, %2C, %2F, %3D as + , / =".into(),
        Damage::JsonEscaped => r"write \u002B as +, and \/ as /".into(),
        Damage::HtmlEscaped => "copy it from what the page shows, not from its source".into(),
        Damage::Wrapped => "write it on one line".into(),
        Damage::Surrounded => "remove what is not part of it; it starts with $argon2".into(),
        Damage::Prefixed => "remove the text before $argon2".into(),
        Damage::NoDollar => format!("write the $ before it, and put all of it {IN_QUOTES}").into(),
        Damage::Part(error) => part(error),
        Damage::Padded => "remove the = signs".into(),
        Damage::KeyIdOrData => {
            "hash the password again; current Argon2 programs do not write such fields".into()
        }
        Damage::OtherScheme(_) => "hash the password: tc_calendar --hash_pass".into(),
        Damage::Connector => {
            "a login may need it, and a hash cannot take its place; leave it where it is".into()
        }
        Damage::NotText => COPY_AGAIN.into(),
        Damage::Unknown => {
            "an encoded string starts with $argon2id$; it is not the password; to hash a password: \
             tc_calendar --hash_pass"
                .into()
        }
    }
}

fn part(error: ParseError) -> Hint {
    match error {
        ParseError::CutOff | ParseError::Tag => {
            format!("copy the whole string again, and put it {IN_QUOTES}").into()
        }
        ParseError::Surplus => "copy it again, up to the end of the tag".into(),
        ParseError::Variant => "it is one of $argon2id$, $argon2i$ and $argon2d$, in lower case".into(),
        ParseError::Version => "the versions are 16 and 19: v=16 or v=19".into(),
        ParseError::Parameters => "they look like this: m=65536,t=3,p=4".into(),
        ParseError::Salt => "copy the string again; a salt has only letters, digits, + and /".into(),
        ParseError::SaltLength(_) => {
            format!("{MIN_SALT_BYTES} to {MAX_SALT_BYTES} bytes are allowed; copy the string again").into()
        }
        ParseError::TagLength(_) => {
            format!("{MIN_TAG_BYTES} to {MAX_TAG_BYTES} bytes are allowed; copy the string again").into()
        }
        ParseError::OutOfRange(_) | ParseError::TooLong => COPY_AGAIN.into(),
    }
}
