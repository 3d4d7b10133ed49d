//! Reads encoded strings, and diagnoses what happened to one that cannot be read.

use std::ffi::OsStr;
use std::fmt;

use super::encoded::{Encoded, MAX_ENCODED_BYTES, MIN_TAG_BYTES, ParseError};
use super::params::InvalidParams;

/// What the connector's own tool prints before its strings.
pub const LABEL: &str = "Your encrypted data: ";

/// Prefixes of other password hashes, and their names.
const OTHER_SCHEMES: [(&str, &str); 18] = [
    ("$2a$", "bcrypt"),
    ("$2b$", "bcrypt"),
    ("$2x$", "bcrypt"),
    ("$2y$", "bcrypt"),
    ("bcrypt$", "bcrypt"),
    ("{BCRYPT}", "bcrypt"),
    ("$1$", "MD5-crypt"),
    ("$apr1$", "MD5-crypt"),
    ("$5$", "SHA-256-crypt"),
    ("$6$", "SHA-512-crypt"),
    ("{CRYPT}", "crypt(3)"),
    ("{SSHA", "SHA"),
    ("$7$", "scrypt"),
    ("$scrypt$", "scrypt"),
    ("$y$", "yescrypt"),
    ("$gy$", "yescrypt"),
    ("$pbkdf2", "PBKDF2"),
    ("pbkdf2_", "PBKDF2"),
];

/// What Django, mail and LDAP servers store before an encoded string, in lower case.
const STORAGE_PREFIXES: [&str; 5] = ["argon2", "{argon2}", "{argon2i}", "{argon2d}", "{argon2id}"];

/// The start of every string of the connector's own encrypted form: base64 of `tc_`.
const CONNECTOR_PREFIX: &str = "dGNf";

/// Why a text is not an encoded string. Contains nothing of the text, which may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("the encoded string is empty")]
    Empty,
    #[error("the encoded string is not UTF-8")]
    NotText,
    #[error("the encoded string is longer than {MAX_ENCODED_BYTES} bytes")]
    TooLong,
    /// With the scheme's name.
    #[error("this is a hash of {0}, not of Argon2")]
    OtherScheme(&'static str),
    #[error("this is the connector's own encrypted form, not an Argon2 hash")]
    Connector,
    /// A shell has replaced the parts that start with a dollar sign.
    #[error("parts of the encoded string are missing: a shell took them for variables")]
    Expanded,
    #[error("$ is doubled in the encoded string, as in a Compose file")]
    Doubled,
    #[error("there are backslashes in the encoded string")]
    Escaped,
    #[error("the encoded string is percent-escaped, as in a URL")]
    PercentEscaped,
    #[error("the encoded string is HTML-escaped")]
    HtmlEscaped,
    #[error("the encoded string is wrapped over several lines")]
    Wrapped,
    #[error("extra characters around the encoded string")]
    Surrounded,
    #[error("there is a prefix before the encoded string, as Django and LDAP servers store it")]
    Prefixed,
    #[error("the $ at the start of the encoded string is missing")]
    NoDollar,
    #[error("the encoded string is cut off")]
    CutOff,
    #[error("extra characters after the encoded string")]
    Surplus,
    #[error("the encoded string contains = padding, which Argon2 strings do not use")]
    Padded,
    #[error("the encoded string has a keyid or data field, which cannot be verified here")]
    KeyIdOrData,
    #[error("unknown Argon2 variant")]
    Variant,
    #[error("unsupported Argon2 version")]
    Version,
    #[error("the parameters of the encoded string are not m, t and p, each a plain number")]
    Parameters,
    #[error("invalid parameters in the encoded string: {0}")]
    Params(InvalidParams),
    #[error("the salt in the encoded string is not base64")]
    Salt,
    #[error("the tag in the encoded string is not base64, or is cut off")]
    Tag,
    #[error("the salt in the encoded string has {0} bytes")]
    SaltLength(usize),
    #[error("the tag in the encoded string has {0} bytes")]
    TagLength(usize),
    #[error("this is not an encoded string")]
    Unknown,
}

/// Why a string in the config is not an encoded string.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// Programs that read the config do not expect the connector's label.
    #[error("the string in the config starts with the connector's label")]
    Label,
    #[error("in the config: {0}")]
    Damaged(Damage),
    /// Text that does not begin like an encoded string: a login may need it.
    #[error("in the config: {0}")]
    Foreign(Damage),
}

/// A string that is not a hash is replaced only on request: it may be the only copy of what a login
/// needs.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at} in the config is {found}")]
pub struct NotAHash {
    /// A location that exists in the config.
    pub at: String,
    pub found: Foreign,
}

/// The kind of a string that is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// The connector's own encrypted form.
    Connector,
    /// With the scheme's name.
    OtherScheme(&'static str),
    /// It begins like an encoded string, but cannot be read.
    Damaged,
    Text,
}

impl Foreign {
    /// None for an empty string and for an encoded string, with or without the connector's label.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        if text.is_empty() || Encoded::read(text.strip_prefix(LABEL).unwrap_or(text)).is_ok() {
            None
        } else if text.starts_with(CONNECTOR_PREFIX) {
            Some(Self::Connector)
        } else if text.starts_with("$argon2") {
            Some(Self::Damaged)
        } else {
            Some(other_scheme(text).map_or(Self::Text, Self::OtherScheme))
        }
    }
}

/// The name of another scheme, if this is a hash of it.
fn other_scheme(text: &str) -> Option<&'static str> {
    OTHER_SCHEMES.iter().find(|(prefix, _)| text.starts_with(prefix)).map(|(_, name)| *name)
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connector => f.write_str("the connector's own encrypted form"),
            Self::OtherScheme(name) => write!(f, "a hash of {name}, not of Argon2"),
            Self::Damaged => f.write_str("a damaged encoded string"),
            Self::Text => f.write_str("text that is not a hash"),
        }
    }
}

/// Reads an encoded string, with or without the connector's label before it.
///
/// # Errors
///
/// [`Damage`], for what seems to have happened to the string.
pub fn read(text: &OsStr) -> Result<Encoded, Damage> {
    let text = text.to_str().ok_or(Damage::NotText)?;
    let text = text.strip_prefix(LABEL).unwrap_or(text);
    Encoded::read(text).map_err(|error| diagnose(text, error))
}

/// Reads an encoded string from the config, where nothing may surround it.
///
/// # Errors
///
/// [`StoredError`]
pub fn read_stored(text: &str) -> Result<Encoded, StoredError> {
    if text.strip_prefix(LABEL).is_some_and(|rest| rest.starts_with("$argon2")) {
        return Err(StoredError::Label);
    }
    let of_kind =
        if Foreign::of(text) == Some(Foreign::Damaged) { StoredError::Damaged } else { StoredError::Foreign };
    read(OsStr::new(text)).map_err(of_kind)
}

/// What happened to a text that cannot be read. Looks for accidents first, ordered because one may hide
/// another, then for the wrong part.
fn diagnose(text: &str, error: ParseError) -> Damage {
    if error == ParseError::TooLong {
        return Damage::TooLong;
    }
    accident(text).unwrap_or_else(|| wrong_part(text, error))
}

/// What a shell, a paste or another program did to the encoded string, if anything.
fn accident(text: &str) -> Option<Damage> {
    let reads = |repaired: &str| Encoded::read(repaired).is_ok();
    let bare = text.trim();
    if bare.is_empty() {
        return Some(Damage::Empty);
    }
    if let Some(name) = other_scheme(bare) {
        return Some(Damage::OtherScheme(name));
    }
    if bare.starts_with(CONNECTOR_PREFIX) {
        return Some(Damage::Connector);
    }
    if text.contains("$$argon2") || reads(&text.replace("$$", "$")) {
        return Some(Damage::Doubled);
    }
    if text.contains("\\$") {
        return Some(Damage::Escaped);
    }
    if text.contains("%24argon2") {
        return Some(Damage::PercentEscaped);
    }
    if ["&#36;argon2", "&#x24;argon2", "&dollar;argon2"].iter().any(|escaped| text.contains(escaped)) {
        return Some(Damage::HtmlEscaped);
    }
    if bare.contains(['\n', '\r']) && reads(&bare.split_whitespace().collect::<String>()) {
        return Some(Damage::Wrapped);
    }
    if reads(&format!("${text}")) {
        return Some(Damage::NoDollar);
    }
    if let Some(damage) = surrounded(text) {
        return Some(damage);
    }
    if is_expanded(text) {
        return Some(Damage::Expanded);
    }
    if text.starts_with("$v=") || text.starts_with("$m=") {
        return Some(Damage::CutOff);
    }
    (!text.to_ascii_lowercase().starts_with("$argon2")).then_some(Damage::Unknown)
}

/// The wrong part of a text that starts like an encoded string.
fn wrong_part(text: &str, error: ParseError) -> Damage {
    match error {
        ParseError::TooLong => Damage::TooLong,
        _ if text.contains("keyid=") || text.contains("data=") => Damage::KeyIdOrData,
        // Nothing follows the wrong part, so its end is missing.
        ParseError::Variant if ["$argon2id", "$argon2d"].iter().any(|whole| whole.starts_with(text)) => {
            Damage::CutOff
        }
        ParseError::Version | ParseError::Parameters if ends_with_parameters(text) => Damage::CutOff,
        ParseError::Variant => Damage::Variant,
        ParseError::Version => Damage::Version,
        ParseError::Params(invalid) => Damage::Params(invalid),
        ParseError::CutOff => Damage::CutOff,
        ParseError::Surplus => Damage::Surplus,
        ParseError::SaltNotBase64 | ParseError::TagNotBase64
            if text.contains("=$") || text.ends_with('=') =>
        {
            Damage::Padded
        }
        ParseError::SaltNotBase64 => Damage::Salt,
        ParseError::SaltLength(length) => Damage::SaltLength(length),
        ParseError::TagNotBase64 => Damage::Tag,
        ParseError::TagLength(length) if length < MIN_TAG_BYTES => Damage::CutOff,
        ParseError::TagLength(length) => Damage::TagLength(length),
        ParseError::Parameters => Damage::Parameters,
    }
}

/// The damage of an encoded string with other text before or after it: that text, if the string alone
/// can be read; otherwise the damage of the string itself.
fn surrounded(text: &str) -> Option<Damage> {
    let start = text.find("$argon2")?;
    let (before, rest) = text.split_at(start);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "$+/=,".contains(c))).unwrap_or(rest.len());
    let (piece, after) = rest.split_at(end);
    // If more of the string follows, the extra text is inside it.
    if piece == text || after.contains('$') {
        return None;
    }
    Some(match Encoded::read(piece) {
        Err(_) if !after.trim().is_empty() => return None,
        Err(error) => diagnose(piece, error),
        Ok(_) if STORAGE_PREFIXES.contains(&before.to_ascii_lowercase().as_str()) => Damage::Prefixed,
        Ok(_) => Damage::Surrounded,
    })
}

/// Whether a text ends within its version or its parameters.
fn ends_with_parameters(text: &str) -> bool {
    let last = text.rsplit('$').next().unwrap_or_default();
    let letters = |c: char| c.is_ascii_digit() || "vmtp=,".contains(c);
    last.chars().all(letters)
}

/// Whether a shell has replaced `$argon2id`, `$v`, `$m` and other parts that look like variables; a
/// backslash may have protected some. Then an `=` directly follows the variant or the version, because the
/// name before it is missing.
fn is_expanded(text: &str) -> bool {
    let variant = |name| text.strip_prefix(name);
    let rest =
        variant("$argon2id").or_else(|| variant("$argon2i")).or_else(|| variant("$argon2d")).unwrap_or(text);
    let a_name_is_missing = rest.starts_with('=') || text.contains("v=19=") || text.contains("v=16=");
    // If the salt is missing, its rest from the first `+` or `/` directly follows the parameters.
    let parameters = text.rsplit('$').next().unwrap_or_default();
    let the_salt_is_missing = parameters.starts_with("m=") && parameters.contains(['+', '/']);
    if the_salt_is_missing {
        return true;
    }
    a_name_is_missing && (text.contains("=19") || text.contains("=16") || text.contains(",t="))
}
