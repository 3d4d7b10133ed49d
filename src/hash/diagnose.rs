//! Reads encoded strings, and diagnoses what happened to one that cannot be read.

use std::ffi::OsStr;
use std::ops::Range;

use super::encoded::{Encoded, MIN_TAG_BYTES, ParseError, START, Variant, Version, is_letter};

/// What the connector's own tool prints before its strings.
pub const LABEL: &str = "Your encrypted data: ";

/// Other password hashes, and how their strings start.
const OTHER_SCHEMES: [(&str, &[&str]); 9] = [
    ("bcrypt", &["$2a$", "$2b$", "$2x$", "$2y$", "bcrypt$", "{BCRYPT}"]),
    ("MD5-crypt", &["$1$", "$apr1$"]),
    ("SHA-256-crypt", &["$5$"]),
    ("SHA-512-crypt", &["$6$"]),
    ("crypt(3)", &["{CRYPT}"]),
    ("SHA", &["{SSHA"]),
    ("scrypt", &["$7$", "$scrypt$"]),
    ("yescrypt", &["$y$", "$gy$"]),
    ("PBKDF2", &["$pbkdf2", "pbkdf2_"]),
];

/// What Django, mail and LDAP servers store before an encoded string, in lower case.
const STORAGE_PREFIXES: [&str; 5] = ["argon2", "{argon2}", "{argon2i}", "{argon2d}", "{argon2id}"];

/// The start of every string of the connector's own encrypted form: base64 of `tc_`.
const CONNECTOR_PREFIX: &str = "dGNf";

/// The shortest stored hash of another scheme, in bytes. MD5-crypt's has 26 without its salt.
const MIN_HASH_BYTES: usize = 24;

/// Why a text is not an encoded string. Contains nothing of the text, which may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A part of the encoded string is wrong, and nothing says how that happened.
    #[error(transparent)]
    Part(#[from] ParseError),
    #[error("the encoded string is empty")]
    Empty,
    #[error("the encoded string is not UTF-8")]
    NotText,
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
    #[error("the encoded string has JSON escapes")]
    JsonEscaped,
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
    #[error("the encoded string contains = padding, which Argon2 strings do not use")]
    Padded,
    #[error("the encoded string has a keyid or data field, which cannot be verified here")]
    KeyIdOrData,
    #[error("this is not an encoded string")]
    Unknown,
}

/// Why a string in the config is not used, or not replaced.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// Programs that read the config do not expect the connector's label.
    #[error("the string in the config starts with the connector's label")]
    Label,
    /// The string begins like an encoded string.
    #[error("in the config: {0}")]
    Damaged(Damage),
    /// The string does not begin like an encoded string, so a login may need it.
    #[error("in the config: {0}")]
    OtherText(Damage),
    /// A string that is not a hash is replaced only on request: it may be the only copy of what a login
    /// needs.
    #[error("{at} in the config is {text}")]
    NotReplaced {
        /// A location that exists in the config.
        at: String,
        text: NotAHash,
    },
}

/// What a string is that is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAHash {
    #[error("the connector's own encrypted form")]
    Connector,
    /// With the scheme's name.
    #[error("a hash of {0}, not of Argon2")]
    OtherScheme(&'static str),
    /// It begins like an encoded string, but cannot be read.
    #[error("a damaged encoded string")]
    Damaged,
    #[error("text that is not a hash")]
    Text,
}

impl NotAHash {
    /// None for an empty string and for an encoded string, with or without the connector's label.
    pub fn of(text: &str) -> Option<Self> {
        if text.is_empty() || Encoded::read(text.strip_prefix(LABEL).unwrap_or(text)).is_ok() {
            None
        } else if text.starts_with(CONNECTOR_PREFIX) {
            Some(Self::Connector)
        } else if text.starts_with(START) {
            Some(Self::Damaged)
        } else {
            Some(other_scheme(text).map_or(Self::Text, Self::OtherScheme))
        }
    }
}

/// The name of another scheme, if this is a hash of it.
fn other_scheme(text: &str) -> Option<&'static str> {
    let is_of = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    OTHER_SCHEMES.into_iter().find(|(_, prefixes)| is_of(prefixes)).map(|(name, _)| name)
}

/// Whether all of a text looks like the stored hash of a password, of any scheme, or like the connector's own form. It
/// may be a password all the same, so no part of it is decoded.
pub fn resembles_hash(text: &str) -> bool {
    let text = text.strip_prefix(LABEL).unwrap_or(text);
    let is_other = text.starts_with(CONNECTOR_PREFIX) || other_scheme(text).is_some();
    let resembles = text.starts_with(START) || is_other && text.len() >= MIN_HASH_BYTES;
    resembles && !text.contains(char::is_whitespace)
}

/// Reads an encoded string from an argument, with or without the connector's label before it. Line ends after it
/// belong to the file that a shell took it from.
///
/// # Errors
///
/// [`Damage`], for what seems to have happened to the string.
pub fn read(text: &OsStr) -> Result<Encoded, Damage> {
    let text = text.to_str().ok_or(Damage::NotText)?;
    read_text(text.trim_end_matches(['\r', '\n']))
}

/// Reads an encoded string from the config, where nothing may surround it.
///
/// # Errors
///
/// [`StoredError`]
pub fn read_stored(text: &str) -> Result<Encoded, StoredError> {
    if text.strip_prefix(LABEL).is_some_and(|rest| rest.starts_with(START)) {
        return Err(StoredError::Label);
    }
    let refused = if text.starts_with(START) { StoredError::Damaged } else { StoredError::OtherText };
    read_text(text).map_err(refused)
}

fn read_text(text: &str) -> Result<Encoded, Damage> {
    let text = text.strip_prefix(LABEL).unwrap_or(text);
    Encoded::read(text).map_err(|error| diagnose(text, error))
}

/// What happened to a text that cannot be read. Looks for accidents first, ordered because one may hide
/// another, then at the wrong part.
fn diagnose(text: &str, error: ParseError) -> Damage {
    if error == ParseError::TooLong {
        return error.into();
    }
    accident(text).unwrap_or_else(|| wrong_part(text, error))
}

/// What a shell, a paste or another program did to the encoded string, if anything.
fn accident(text: &str) -> Option<Damage> {
    let reads = |repaired: &str| Encoded::read(repaired).is_ok();
    let bare = text.trim();
    if let Some(name) = other_scheme(bare) {
        return Some(Damage::OtherScheme(name));
    }
    let is_html = ["&#36;argon2", "&#x24;argon2", "&dollar;argon2"].iter().any(|sign| text.contains(sign));
    let is_wrapped = bare.contains(['\n', '\r']) && reads(&bare.split_whitespace().collect::<String>());
    let signs = [
        (bare.is_empty(), Damage::Empty),
        (bare.starts_with(CONNECTOR_PREFIX), Damage::Connector),
        (text.contains("$$argon2") || reads(&text.replace("$$", "$")), Damage::Doubled),
        (text.contains("\\$"), Damage::Escaped),
        (is_escaped_as_json(text), Damage::JsonEscaped),
        (text.contains("%24argon2"), Damage::PercentEscaped),
        (is_html, Damage::HtmlEscaped),
        (is_wrapped, Damage::Wrapped),
        (reads(&format!("${text}")), Damage::NoDollar),
    ];
    let first_sign = signs.into_iter().find_map(|(applies, damage)| applies.then_some(damage));
    if let Some(damage) = first_sign.or_else(|| surrounded(text)) {
        return Some(damage);
    }
    if is_expanded(text) {
        return Some(Damage::Expanded);
    }
    if text.starts_with("$v=") || text.starts_with("$m=") {
        return Some(ParseError::CutOff.into());
    }
    (!text.to_ascii_lowercase().starts_with(START)).then_some(Damage::Unknown)
}

/// Whether this is an encoded string as a file of JSON may have it: .NET writes `+` as `\u002B`, PHP `/` as `\/`.
fn is_escaped_as_json(text: &str) -> bool {
    let quoted = format!("\"{}\"", text.trim_matches(['"', ',', ' ']));
    let read = serde_json::from_str::<String>(&quoted);
    text.contains('\\') && read.is_ok_and(|text| Encoded::read(&text).is_ok())
}

/// What is wrong with a text that starts like an encoded string.
fn wrong_part(text: &str, error: ParseError) -> Damage {
    let is_cut_off = match error {
        ParseError::Variant => {
            Variant::ALL.iter().any(|variant| format!("${}", variant.name()).starts_with(text))
        }
        // The text ends within its version or its parameters.
        ParseError::Version | ParseError::Parameters => {
            last_part(text).chars().all(|c| c.is_ascii_digit() || "vmtp=,".contains(c))
        }
        // mutants: a tag of exactly the least length is no error, so it never comes here.
        ParseError::TagLength(length) => length < MIN_TAG_BYTES,
        _ => false,
    };
    let is_padded = text.contains("=$") || text.ends_with('=');
    if text.contains("keyid=") || text.contains("data=") {
        Damage::KeyIdOrData
    } else if is_cut_off {
        ParseError::CutOff.into()
    } else if matches!(error, ParseError::Salt | ParseError::Tag) && is_padded {
        Damage::Padded
    } else {
        error.into()
    }
}

/// The damage of an encoded string with other text before or after it: that text, if the string alone
/// can be read; otherwise the damage of the string itself.
fn surrounded(text: &str) -> Option<Damage> {
    let (before, rest) = text.split_at(text.find(START)?);
    // If more of the string follows, the extra text is inside it.
    if let Some(Range { start: 0, end }) = Encoded::find_in(rest)
        && !rest[end..].contains('$')
    {
        let is_stored = STORAGE_PREFIXES.contains(&before.to_ascii_lowercase().as_str());
        return Some(if is_stored { Damage::Prefixed } else { Damage::Surrounded });
    }
    let piece = rest.trim_end();
    if piece == text || !piece.chars().all(is_letter) {
        return None;
    }
    Encoded::read(piece).err().map(|error| diagnose(piece, error))
}

/// What is after the last dollar sign.
fn last_part(text: &str) -> &str {
    text.rsplit('$').next().unwrap_or_default()
}

/// Whether a shell has replaced `$argon2id`, `$v`, `$m` and other parts that look like variables; a
/// backslash may have protected some. Then an `=` directly follows the variant or the version, because the
/// name before it is missing.
fn is_expanded(text: &str) -> bool {
    let after_variant =
        Variant::ALL.iter().find_map(|variant| text.strip_prefix('$')?.strip_prefix(variant.name()));
    let has_version = |before: &str, after: &str| {
        Version::ALL.iter().any(|version| text.contains(&format!("{before}{}{after}", version.number())))
    };
    let a_name_is_missing = after_variant.unwrap_or(text).starts_with('=') || has_version("v=", "=");
    // If the salt is missing, its rest from the first `+` or `/` directly follows the parameters.
    let parameters = last_part(text);
    let the_salt_is_missing = parameters.starts_with("m=") && parameters.contains(['+', '/']);
    the_salt_is_missing || a_name_is_missing && (text.contains(",t=") || has_version("=", ""))
}
