//! Reads hashes, and diagnoses what happened to one that cannot be read.

mod undo;

use std::ffi::OsStr;

use super::encoded::{Encoded, MIN_TAG_BYTES, ParseError, START, Variant, Version};
use crate::system::text::{UTF8_MARK, WideEncoding};
pub use undo::Mishap;

/// What the connector's own tool prints before its strings.
pub const LABEL: &str = "Your encrypted data: ";

/// Other password hashes, and how their strings start, in lower case.
const OTHER_SCHEMES: [(&str, &[&str]); 14] = [
    ("bcrypt", &["$2a$", "$2b$", "$2x$", "$2y$", "$wp$2y$", "bcrypt$", "bcrypt_", "$bcrypt-", "{bcrypt}"]),
    ("MD5-crypt", &["$1$", "$apr1$"]),
    ("Sun MD5", &["$md5$", "$md5,"]),
    ("SM3-crypt", &["$sm3$"]),
    ("MySQL", &["$a$005$"]),
    ("SHA-256-crypt", &["$5$"]),
    ("SHA-512-crypt", &["$6$"]),
    ("crypt(3)", &["{crypt}"]),
    ("SHA", &["{sha}", "{sha256}", "{sha512}"]),
    ("SSHA", &["{ssha}", "{ssha256}", "{ssha512}"]),
    ("SCRAM", &["scram-sha-256$"]),
    ("scrypt", &["$scrypt$", "$s0$", "scrypt:32768:", "scrypt$16384$", "{scrypt"]),
    ("yescrypt", &["$y$", "$gy$"]),
    ("PBKDF2", &["$pbkdf2", "pbkdf2_", "pbkdf2:sha", "{pbkdf2", "grub.pbkdf2."]),
];

/// The start of every string of the connector's own encrypted form: base64 of `tc_`.
const CONNECTOR_PREFIX: &str = "dGNf";

/// The shortest stored hash of another scheme, in bytes: MD5-crypt's has 26 without its salt.
const MIN_HASH_BYTES: usize = 24;

/// Why a text is not a hash. Contains nothing of the text, which may be a password; only of what becomes a hash when
/// something is undone, a sign or an invisible character.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A part of the hash is wrong, and nothing says how that happened.
    #[error(transparent)]
    Part(#[from] ParseError),
    #[error("the hash is empty")]
    Empty,
    #[error("the hash is not UTF-8")]
    NotText,
    /// In a file.
    #[error("the hash is {0}, not UTF-8")]
    Wide(WideEncoding),
    /// With the scheme's name.
    #[error("this is a hash of {0}, not of Argon2")]
    OtherScheme(&'static str),
    #[error("this is the connector's own encrypted form, not an Argon2 hash")]
    Connector,
    /// What must be undone before the hash can be read, in this order.
    #[error("the hash {}", listed(.0))]
    Mangled(Vec<Mishap>),
    /// A shell or make has replaced the parts that start with a dollar sign.
    #[error("parts of the hash are missing: a shell or make took them for variables")]
    Expanded,
    #[error("the hash has only capital letters: which of them were small ones is lost")]
    AllCapitals,
    #[error("the hash has only small letters: which of them were capitals is lost")]
    NoCapitals,
    #[error("the hash has a keyid or data field, which cannot be verified here")]
    KeyIdOrData,
    #[error("this is not a hash")]
    Unknown,
}

impl Damage {
    /// Whether the text is, or has been, an Argon2 hash and nothing else, so that no login needs it. One that goes on in
    /// another way after its first letters may be a password, and one may stand beside a hash.
    pub fn is_of_hash(&self) -> bool {
        use ParseError::{Parameters, TooLong, Variant};
        match self {
            Self::Part(error) => !matches!(error, Variant | Parameters | TooLong),
            Self::Mangled(mishaps) => !mishaps.contains(&Mishap::Surrounded),
            Self::Expanded | Self::AllCapitals | Self::NoCapitals | Self::KeyIdOrData => true,
            _ => false,
        }
    }
}

/// Each mishap once.
fn listed(mishaps: &[Mishap]) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in mishaps.iter().map(ToString::to_string) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.join(", and ")
}

/// Why a string in the config is not used, or not replaced.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// Programs that read the config do not expect the connector's label.
    #[error("the hash in the config has the connector's label before it")]
    Label,
    /// The string is a damaged hash, or begins like a hash.
    #[error("in the config: {0}")]
    Damaged(Damage),
    /// The string does not begin like a hash, so a login may need it.
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAHash {
    #[error("the connector's own encrypted form")]
    Connector,
    /// With the scheme's name.
    #[error("a hash of {0}, not of Argon2")]
    OtherScheme(&'static str),
    #[error("a damaged hash: {0}")]
    Damaged(Damage),
    #[error("text that is not a hash")]
    Text,
}

impl NotAHash {
    /// None for an empty string and for a hash, with or without the connector's label.
    pub fn of(text: &str) -> Option<Self> {
        match read_text(text).err().filter(|_| !text.is_empty())? {
            Damage::Connector => Some(Self::Connector),
            Damage::OtherScheme(name) => Some(Self::OtherScheme(name)),
            damage if damage.is_of_hash() || text.starts_with(START) => Some(Self::Damaged(damage)),
            _ => Some(Self::Text),
        }
    }
}

/// The name of another scheme, if this is a hash of it, with or without a prefix in braces.
fn other_scheme(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.len() < MIN_HASH_BYTES && text.matches('$').count() < 3 {
        return None;
    }
    let after_braces =
        text.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or("", |(_, rest)| rest);
    let by_start = |text: &str| {
        let begins =
            |start: &str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
        let is_of = |starts: &[&str]| starts.iter().any(|start| begins(start));
        OTHER_SCHEMES.into_iter().find(|(_, starts)| is_of(starts)).map(|(name, _)| name)
    };
    let by_form = match text.split('$').collect::<Vec<_>>()[..] {
        // phpass writes 34 characters, and Drupal 7 writes 55.
        ["", "P" | "H", _] if text.len() == 34 => Some("phpass"),
        ["", "S", _] if text.len() == 55 => Some("Drupal"),
        // crypt(3) has no padding.
        ["", "6", _, key] if key.ends_with('=') => Some("SHA-512"),
        // mosquitto writes iterations, salt and key; scrypt writes its cost and salt as one part, and a key.
        ["", "7", iterations, _, _] if iterations.parse::<u32>().is_ok() => Some("PBKDF2"),
        ["", "7", cost_and_salt, key] if cost_and_salt.len() >= 11 && key.len() == 43 => Some("scrypt"),
        // Cisco's type 8 and type 9.
        ["", "8", salt, key] if salt.len() == 14 && key.len() == 43 => Some("PBKDF2"),
        ["", "9", salt, key] if salt.len() == 14 && key.len() == 43 => Some("scrypt"),
        _ => None,
    };
    by_form.or_else(|| by_start(after_braces)).or_else(|| by_start(text))
}

/// Whether all of a text looks like the stored hash of a password, of any scheme, or like the connector's own form. It
/// may be a password all the same, so no part of it is decoded.
pub fn resembles_hash(text: &str) -> bool {
    let text = text.strip_prefix(LABEL).unwrap_or(text);
    let is_other = text.starts_with(CONNECTOR_PREFIX) || other_scheme(text).is_some();
    let resembles = text.starts_with(START) || is_other && text.len() >= MIN_HASH_BYTES;
    resembles && !text.contains(char::is_whitespace)
}

/// Reads a hash from an argument, with or without the connector's label before it. Line ends after it belong to the
/// file that a shell took it from.
///
/// # Errors
///
/// [`Damage`], for what seems to have happened to the hash.
pub fn read(text: &OsStr) -> Result<Encoded, Damage> {
    let text = text.to_str().ok_or(Damage::NotText)?;
    read_text(text.trim_end_matches(['\r', '\n']))
}

/// The text of a file with a hash, to be read like an argument. A byte order mark at its start belongs to the file.
///
/// # Errors
///
/// [`Damage`], for what is not UTF-8.
pub fn text_of_file(bytes: &[u8]) -> Result<&str, Damage> {
    if let Some(encoding) = WideEncoding::of_ascii(bytes) {
        return Err(Damage::Wide(encoding));
    }
    let text = str::from_utf8(bytes).map_err(|_| Damage::NotText)?;
    Ok(text.strip_prefix(UTF8_MARK).unwrap_or(text))
}

/// Reads a hash from the config, where nothing may surround it.
///
/// # Errors
///
/// [`StoredError`]
pub fn read_stored(text: &str) -> Result<Encoded, StoredError> {
    if text.strip_prefix(LABEL).is_some_and(|rest| rest.starts_with(START)) {
        return Err(StoredError::Label);
    }
    read_text(text).map_err(|damage| {
        if text.starts_with(START) || damage.is_of_hash() {
            StoredError::Damaged(damage)
        } else {
            StoredError::OtherText(damage)
        }
    })
}

fn read_text(text: &str) -> Result<Encoded, Damage> {
    let text = text.strip_prefix(LABEL).unwrap_or(text);
    Encoded::read(text).map_err(|error| diagnose(text, error))
}

/// What happened to a text that cannot be read: first what needs no undoing, then what can be undone, then what is
/// lost, then the part that is wrong.
fn diagnose(text: &str, error: ParseError) -> Damage {
    let bare = text.trim();
    if error == ParseError::TooLong {
        return error.into();
    } else if bare.is_empty() {
        return Damage::Empty;
    } else if bare.starts_with(CONNECTOR_PREFIX) {
        return Damage::Connector;
    } else if let Some(name) = other_scheme(bare).filter(|_| !bare.contains(START)) {
        return Damage::OtherScheme(name);
    } else if text.starts_with(START) && (text.contains("keyid=") || text.contains("data=")) {
        return Damage::KeyIdOrData;
    } else if text.starts_with("$ARGON2") && !text.contains(|c: char| c.is_ascii_lowercase()) {
        return Damage::AllCapitals;
    } else if bare.starts_with(START) && (bare.ends_with('…') || bare.ends_with("...")) {
        return ParseError::CutOff.into();
    }
    if let Some(mishaps) = undo::mishaps(text) {
        Damage::Mangled(mishaps)
    } else if is_expanded(text) {
        Damage::Expanded
    } else if has_no_capitals(bare, error) {
        Damage::NoCapitals
    } else if bare.to_ascii_lowercase().starts_with(START) {
        wrong_part(bare)
    } else {
        let mishaps = text.contains("argon2").then(|| undo::mishaps_of_a_part(text)).flatten();
        mishaps.map_or(Damage::Unknown, Damage::Mangled)
    }
}

/// What is wrong with a text that starts like a hash.
fn wrong_part(text: &str) -> Damage {
    let Err(error) = Encoded::read(text) else { return Damage::Unknown };
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
    if is_cut_off { ParseError::CutOff.into() } else { error.into() }
}

/// What is after the last dollar sign.
fn last_part(text: &str) -> &str {
    text.rsplit('$').next().unwrap_or_default()
}

/// Whether a hash that is not cut off is no base64 and without a capital letter, of which a hundred letters have forty.
fn has_no_capitals(text: &str, error: ParseError) -> bool {
    matches!(error, ParseError::Salt | ParseError::Tag)
        && last_part(text).len() >= 22
        && !text.contains(|c: char| c.is_ascii_uppercase())
}

/// Whether a shell or make has replaced `$argon2id`, `$v`, `$m` and other parts that look like variables, by nothing or
/// by what those variables are; a backslash may have protected some, and make leaves all but the first letter. What
/// neither takes is still there, as `=19` and `=65536,t=3,p=4`.
fn is_expanded(text: &str) -> bool {
    let has_version =
        |text: &str| Version::ALL.iter().any(|version| text.contains(&format!("={}", version.number())));
    let is_end_of_name =
        |text: &str| Variant::ALL.iter().any(|known| format!("${}", known.name()).ends_with(text));
    let Some((before, after)) = around_parameters(text) else {
        let name = text.split('=').next().unwrap_or_default();
        return name.contains("argon2") && is_end_of_name(name) && has_version(text);
    };
    // If the salt is missing, its rest from the first `+` or `/` directly follows the parameters.
    let all_are_there = before.contains("$v=")
        && before.contains("$m")
        && (after.is_empty() || after.starts_with(['$', ',']));
    (is_end_of_name(before) || has_version(before)) && !all_are_there
}

/// What is before and after `=65536,t=3,p=4`, with `t` and `p` in any order.
fn around_parameters(text: &str) -> Option<(&str, &str)> {
    let is_digit = |c: char| c.is_ascii_digit();
    let (iterations, lanes) = (text.find(",t=")?, text.find(",p=")?);
    let before = text[..iterations.min(lanes)].trim_end_matches(is_digit).strip_suffix('=')?;
    Some((before, text[iterations.max(lanes) + 3..].trim_start_matches(is_digit)))
}
