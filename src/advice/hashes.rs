//! Kinds and hints of errors about hashes, and about computing them.

use super::words::{Advice, Hint, IN_QUOTES, by_system, to_utf8};
use crate::hash::diagnose::{Damage, Mishap, NotAHash, StoredError};
use crate::hash::encoded::{MAX_SALT_BYTES, MAX_TAG_BYTES, MIN_SALT_BYTES, MIN_TAG_BYTES, ParseError};
use crate::hash::engine::EngineError;
use crate::hash::hasher::HashError;
use crate::hash::verifier::VerifyError;
use crate::status::Kind;

/// For too little memory to hash. How much less is enough is not known, so no profile is named.
pub(super) const MEMORY_TO_HASH: &str =
    "free memory, or raise its limit; a lower cost needs less: a smaller --memory, or m in --cost";
/// For too little memory to verify, which the hash sets.
const MEMORY_TO_VERIFY: &str = "free memory, or raise its limit";
/// For a hash of which nobody can say what happened to it.
const COPY_AGAIN: &str = "copy the hash again from where it was printed";
/// For a line that should have a hash.
pub(super) const EMPTY_LINE: &str = "remove the empty line, or write the hash of that line's password there";
/// For a hash that costs more than the policy allows.
pub(super) const POLICY: &str = "hash the password again at a lower cost: tc_calendar --hash_pass";

pub(super) fn hash(error: &HashError) -> Advice {
    match error {
        HashError::Engine(EngineError::Memory(_)) => (Kind::MEMORY, Some(MEMORY_TO_HASH.into())),
        HashError::SelfTest => (Kind::ENGINE, Some("report it, with the processor's model".into())),
        HashError::Randomness(_) => (Kind::ENGINE, randomness()),
        HashError::Engine(EngineError::Length) => (Kind::ENGINE, None),
    }
}

/// The hint where the system gives no random bytes.
pub(super) fn randomness() -> Option<Hint> {
    let hint = "if a sandbox runs this program, let it allow the system call getrandom";
    cfg!(target_os = "linux").then(|| hint.into())
}

pub(super) fn verify(error: &VerifyError) -> Advice {
    match error {
        VerifyError::Memory(_) => (Kind::MEMORY, Some(MEMORY_TO_VERIFY.into())),
        VerifyError::Disagreement => {
            (Kind::ENGINE, Some("test this machine's memory; if it is fine, report a bug".into()))
        }
        VerifyError::Threads | VerifyError::Refused(_) => (Kind::ENGINE, None),
    }
}

pub(super) fn stored(error: &StoredError) -> Advice {
    const WRITE_AGAIN: &str =
        "write the hash again: tc_calendar --hash_pass --replace with the same --config and --key";
    let (kind, hint) = match error {
        StoredError::Label => (Kind::ENCODED_STRING, "remove the label before $argon2".into()),
        StoredError::OtherText(Damage::OtherScheme(_)) => (
            Kind::ENCODED_STRING,
            "if the program that checks it knows Argon2, too, write a new hash: tc_calendar --hash_pass --replace with \
             the same --config and --key"
                .into(),
        ),
        StoredError::OtherText(_) => (
            Kind::ENCODED_STRING,
            "a login may need what is there; to use a hash, give --key another location".into(),
        ),
        StoredError::Damaged(Damage::Mangled(mishaps)) => {
            (Kind::ENCODED_STRING, format!("{}; or {WRITE_AGAIN}", undoing(mishaps)).into())
        }
        StoredError::Damaged(_) => (Kind::ENCODED_STRING, WRITE_AGAIN.into()),
        StoredError::NotReplaced { text: NotAHash::Damaged(Damage::Mangled(mishaps)), .. } => {
            (Kind::NOT_A_HASH, format!("{}; or write a new hash over it: --replace", undoing(mishaps)).into())
        }
        StoredError::NotReplaced { text: NotAHash::Damaged(damage), .. } if damage.is_of_hash() => {
            (Kind::NOT_A_HASH, "write a new hash over it: --replace".into())
        }
        StoredError::NotReplaced { text: NotAHash::OtherScheme(_), .. } => (
            Kind::NOT_A_HASH,
            "if the program that checks it knows Argon2, too, write a new hash over it: --replace".into(),
        ),
        StoredError::NotReplaced { .. } => (
            Kind::NOT_A_HASH,
            "a login may need it, and a hash cannot take its place; to replace it anyway: --replace".into(),
        ),
    };
    (kind, Some(hint))
}

pub(super) fn damage(error: &Damage) -> Hint {
    match error {
        Damage::Empty => format!("put it {IN_QUOTES}, which keep every $: '$argon2id$v=19$...'").into(),
        Damage::Expanded => {
            format!("put the hash {IN_QUOTES}, which keep every $; in a Makefile, also write each $ as $$").into()
        }
        Damage::Mangled(mishaps) => undoing(mishaps).into(),
        Damage::Part(error) => part(*error),
        Damage::KeyIdOrData => "verify it with the program that made it, or hash the password again without such a \
                                field: tc_calendar --hash_pass"
            .into(),
        Damage::OtherScheme(_) => "hash the password: tc_calendar --hash_pass".into(),
        Damage::Connector => {
            "a login may need it, and a hash cannot take its place; leave it where it is".into()
        }
        Damage::Wide(encoding) => to_utf8(*encoding).into(),
        Damage::NotText | Damage::AllCapitals | Damage::NoCapitals => COPY_AGAIN.into(),
        Damage::Unknown => {
            "a hash starts with $argon2id$; it is not the password; to read it from a file: --encoded-file FILE; to hash a \
             password: tc_calendar --hash_pass"
                .into()
        }
    }
}

/// Where a file may have more than one hash.
const SEVERAL: &str =
    "give one hash; to verify each line of a file with that of a file of passwords: --verify --lines";

/// The hint for a hash from a file or stdin, which no shell has touched since it was written there.
pub(super) fn damage_in_file(error: &Damage) -> Hint {
    match error {
        Damage::Empty => "check that something writes the hash there".into(),
        Damage::Expanded => by_system(
            "write the hash there again; a shell needs it in single quotes, or after <<'EOF'",
            "write the hash there again; PowerShell needs it in single quotes, cmd in double quotes",
        )
        .into(),
        Damage::Part(ParseError::CutOff | ParseError::Tag) => COPY_AGAIN.into(),
        Damage::Part(ParseError::TooLong) => SEVERAL.into(),
        Damage::Mangled(mishaps) if mishaps.contains(&Mishap::Repeated) => SEVERAL.into(),
        Damage::Unknown => {
            "a hash starts with $argon2id$; it is not the password; to hash a password: tc_calendar --hash_pass"
                .into()
        }
        other => damage(other),
    }
}

/// What to do about all mishaps, each deed once.
fn undoing(mishaps: &[Mishap]) -> String {
    let mut deeds: Vec<&str> = Vec::new();
    for deed in mishaps.iter().map(|mishap| undoing_one(*mishap)) {
        if !deeds.contains(&deed) {
            deeds.push(deed);
        }
    }
    deeds.join("; then ")
}

const fn undoing_one(mishap: Mishap) -> &'static str {
    match mishap {
        Mishap::LineBreak(_) => "write it on one line, with nothing after it",
        Mishap::QuotationMark(_) => by_system(
            "remove what quotes it",
            "remove what quotes it (cmd needs double quotes, and takes only those away)",
        ),
        Mishap::Invisible(_) | Mishap::Blank(_) | Mishap::Sign(_) => "remove it",
        Mishap::Surrounded | Mishap::PasteMarks | Mishap::Colors => {
            "remove what is not part of it; it starts with $argon2"
        }
        Mishap::Prefixed => "remove the text before $argon2",
        Mishap::Repeated => "give only one of the two",
        Mishap::Doubled => "outside of a Compose file and a makefile, write each $ once",
        Mishap::Escaped => "write it without backslashes: \\$ is $, \\/ is /, \\u002B is +",
        Mishap::Percent => "write each %24 as $, and %2B, %2C, %2F, %3D as + , / =",
        Mishap::Html | Mishap::Mail => "copy it from what is shown, not from the source",
        Mishap::Base64 => by_system(
            "decode it from base64, as base64 -d does",
            "decode it from base64, as [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('...')) does in \
             PowerShell",
        ),
        Mishap::Hex => "decode it from hexadecimal",
        Mishap::Backslashes => "write a / for each backslash",
        Mishap::Spaces => "write a + for each space",
        Mishap::UrlSafe => "write a + for each -, and a / for each _",
        Mishap::Padded => "remove the = signs at the end of the salt and the tag",
        Mishap::LookAlike(_) => "write it in ASCII characters only",
        Mishap::Capitals => "write what is before the salt in small letters",
        Mishap::Dollars | Mishap::Start => by_system(
            "copy all of it again (a shell needs it in single quotes)",
            "copy all of it again (PowerShell needs it in single quotes, cmd in double quotes)",
        ),
        Mishap::Respelled => "write it like this: $argon2id$v=19$m=65536,t=3,p=4$...",
    }
}

fn part(error: ParseError) -> Hint {
    match error {
        ParseError::CutOff | ParseError::Tag => {
            format!("copy the whole hash again, and put it {IN_QUOTES}").into()
        }
        ParseError::Surplus => "copy it again, up to the end of the tag".into(),
        ParseError::Variant => "it is one of $argon2id$, $argon2i$ and $argon2d$, in lower case".into(),
        ParseError::Version => "the versions are 16 and 19: v=16 or v=19".into(),
        ParseError::Parameters => "they look like this: m=65536,t=3,p=4".into(),
        ParseError::Salt => "copy the hash again; a salt has only letters, digits, + and /".into(),
        ParseError::SaltLength(_) => {
            format!("{MIN_SALT_BYTES} to {MAX_SALT_BYTES} bytes are allowed; copy the hash again").into()
        }
        ParseError::TagLength(_) => {
            format!("{MIN_TAG_BYTES} to {MAX_TAG_BYTES} bytes are allowed; copy the hash again").into()
        }
        ParseError::OutOfRange(_) | ParseError::TooLong => COPY_AGAIN.into(),
    }
}
