//! Encoded strings as people hand them over, and what has happened to those that can't be read.

use std::ffi::OsStr;

use crate::cost::OutOfRange;
use crate::encoded::{
    Encoded, MAX_LETTERS, MAX_SALT_BYTES, MAX_TAG_BYTES, MIN_SALT_BYTES, MIN_TAG_BYTES, Malformed,
};

/// What the connector's own tool prints before its strings.
pub const LABEL: &str = "Your encrypted data: ";

/// Prefixes of other password hashes, and what they are called.
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

/// What Django and mail and LDAP servers store before an encoded string, in small letters.
const STORAGE_PREFIXES: [&str; 5] = ["argon2", "{argon2}", "{argon2i}", "{argon2d}", "{argon2id}"];

/// Why a text is not an encoded string. Never holds the text, which may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mangled {
    /// There is nothing.
    #[error("the encoded string is empty")]
    Empty,
    /// It isn't UTF-8.
    #[error("the encoded string is not text")]
    NotText,
    /// It is longer than any.
    #[error("the encoded string is longer than {MAX_LETTERS} letters")]
    TooLong,
    /// Of another scheme, whose name this is.
    #[error("this is a hash of {0}, not of Argon2")]
    OtherScheme(&'static str),
    /// A shell has replaced the parts that start with a dollar sign.
    #[error("parts of the encoded string are missing: a shell took them for variables")]
    Expanded,
    /// Every dollar sign is there twice.
    #[error("$ is doubled in the encoded string, as in a Compose file")]
    Doubled,
    /// There are backslashes before the dollar signs.
    #[error("there are backslashes in the encoded string")]
    Escaped,
    /// Something stands around a string that is fine.
    #[error("something stands around the encoded string")]
    Surrounded,
    /// Something stands before a string that is fine, as Django and LDAP servers have it.
    #[error("there is a prefix before the encoded string, as Django and LDAP servers store it")]
    Prefixed,
    /// The first dollar sign is missing.
    #[error("the $ at the start of the encoded string is missing")]
    NoDollar,
    /// It ends too early.
    #[error("the encoded string is cut off")]
    CutOff,
    /// It goes on after the tag.
    #[error("something follows the encoded string")]
    Surplus,
    /// The salt or the tag ends with `=`.
    #[error("the encoded string has base64 padding, which none has")]
    Padded,
    /// There is a field `keyid` or `data`.
    #[error("the encoded string has a keyid or data field, which cannot be verified here")]
    KeyIdOrData,
    /// A variant that does not exist, or in capitals.
    #[error("the encoded string is of no known variant")]
    Variant,
    /// A version that does not exist.
    #[error("the encoded string is of a version that does not exist")]
    Version,
    /// The three parameters are there, in another order than the C reference has them.
    #[error("the parameters of the encoded string are not in the order m, t, p")]
    Reordered,
    /// The parameters are not what they must be.
    #[error("the parameters of the encoded string are not m, t and p, each a plain number")]
    Parameters,
    /// The cost is beyond the algorithm's ranges.
    #[error("the encoded string has a cost that does not exist: {0}")]
    Cost(OutOfRange),
    /// The salt has characters that it can't have.
    #[error("the salt in the encoded string is not base64")]
    Salt,
    /// The tag has characters that it can't have.
    #[error("the tag in the encoded string is not base64, or is cut off")]
    Tag,
    /// The salt has a length that can't be.
    #[error("the salt in the encoded string has {0} bytes")]
    SaltLength(usize),
    /// The tag is longer than any.
    #[error("the tag in the encoded string has {0} bytes")]
    TagLength(usize),
    /// Nothing of an encoded string is there.
    #[error("this is not an encoded string")]
    Unknown,
}

/// Reads an encoded string, with or without the connector's label before it.
///
/// # Errors
///
/// [`Mangled`], with what seems to have happened to the string.
pub fn read(text: &OsStr) -> Result<Encoded, Mangled> {
    let text = text.to_str().ok_or(Mangled::NotText)?;
    let text = text.strip_prefix(LABEL).unwrap_or(text);
    Encoded::read(text).map_err(|malformed| diagnose(text, malformed))
}

/// What stands in the config is no encoded string.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InConfig {
    /// There is nothing.
    #[error("there is no encoded string in the config yet: the place is empty")]
    Empty,
    /// The connector's label stands before the string, where no reader of the config expects it.
    #[error("the connector's label stands before the encoded string in the config")]
    Label,
    /// It is not what it should be.
    #[error("in the config: {0}")]
    Mangled(Mangled),
}

impl InConfig {
    /// What to do about it.
    pub const HINT: &str = "write it: tc_calendar --hash_pass with the same --config and --key";
}

/// Reads an encoded string that stands in the config, where nothing may stand around it.
///
/// # Errors
///
/// [`InConfig`]
pub fn read_from_config(text: &str) -> Result<Encoded, InConfig> {
    if text.is_empty() {
        return Err(InConfig::Empty);
    }
    if text.starts_with(LABEL) {
        return Err(InConfig::Label);
    }
    read(OsStr::new(text)).map_err(InConfig::Mangled)
}

impl Mangled {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Empty | Self::Expanded => {
                "put it in single quotes, which keep every $: '$argon2id$v=19$...'".to_owned()
            }
            Self::Doubled => "outside of the Compose file, write each $$ as one $".to_owned(),
            Self::Escaped => "in single quotes it needs no backslashes: '$argon2id$v=19$...'".to_owned(),
            Self::Surrounded => "take away what is not part of it: it starts with $argon2".to_owned(),
            Self::Prefixed => "take away what stands before $argon2".to_owned(),
            Self::NoDollar => "write the $ before it, and put all of it in single quotes".to_owned(),
            Self::CutOff | Self::Tag => "copy the whole string again, and put it in single quotes".to_owned(),
            Self::Surplus => "copy it again, up to the end of the tag and no further".to_owned(),
            Self::Padded => "take the = signs away".to_owned(),
            Self::KeyIdOrData => {
                "hash the password anew; current Argon2 programs do not write such fields".to_owned()
            }
            Self::OtherScheme(_) => "hash the password anew: tc_calendar --hash_pass".to_owned(),
            Self::Variant => "it is one of $argon2id$, $argon2i$ and $argon2d$, in small letters".to_owned(),
            Self::Version => "the versions are 16 and 19: v=16 or v=19".to_owned(),
            Self::Reordered => "sort them, as in m=65536,t=3,p=4; npm's argon2 writes m, p, t".to_owned(),
            Self::Parameters => "they look like this: m=65536,t=3,p=4".to_owned(),
            Self::Salt => {
                "copy the string again; letters, digits, + and / are all that a salt has".to_owned()
            }
            Self::SaltLength(_) => {
                format!("{MIN_SALT_BYTES} to {MAX_SALT_BYTES} bytes are read; copy the string again")
            }
            Self::TagLength(_) => {
                format!("{MIN_TAG_BYTES} to {MAX_TAG_BYTES} bytes are read; copy the string again")
            }
            Self::Cost(_) | Self::NotText | Self::TooLong => {
                "copy the string again from where it was printed".to_owned()
            }
            Self::Unknown => {
                "an encoded string starts with $argon2id$; to hash a password: --hash_pass".to_owned()
            }
        }
    }
}

/// What has happened to a text that can't be read: accidents first, in the order in which one
/// may hide another, then the part that the reader has stumbled on.
fn diagnose(text: &str, malformed: Malformed) -> Mangled {
    let reads = |repaired: &str| Encoded::read(repaired).is_ok();
    if malformed == Malformed::TooLong {
        return Mangled::TooLong;
    }
    if text.trim().is_empty() {
        return Mangled::Empty;
    }
    if let Some((_, name)) = OTHER_SCHEMES.iter().find(|(prefix, _)| text.trim().starts_with(prefix)) {
        return Mangled::OtherScheme(name);
    }
    if text.contains("$$argon2") || reads(&text.replace("$$", "$")) {
        return Mangled::Doubled;
    }
    if text.contains("\\$") {
        return Mangled::Escaped;
    }
    if reads(&format!("${text}")) {
        return Mangled::NoDollar;
    }
    if let Some(surrounded) = surrounded(text) {
        return surrounded;
    }
    if is_expanded(text) {
        return Mangled::Expanded;
    }
    if !text.to_ascii_lowercase().starts_with("$argon2") {
        return Mangled::Unknown;
    }
    match malformed {
        Malformed::TooLong => Mangled::TooLong,
        _ if text.contains("keyid=") || text.contains("data=") => Mangled::KeyIdOrData,
        // Nothing follows the part that is at fault: its end is missing.
        Malformed::Variant if ["$argon2id", "$argon2d"].iter().any(|whole| whole.starts_with(text)) => {
            Mangled::CutOff
        }
        Malformed::Version | Malformed::Parameters if ends_with_parameters(text) => Mangled::CutOff,
        Malformed::Variant => Mangled::Variant,
        Malformed::Version => Mangled::Version,
        Malformed::Cost(out_of_range) => Mangled::Cost(out_of_range),
        Malformed::CutOff => Mangled::CutOff,
        Malformed::Surplus => Mangled::Surplus,
        Malformed::SaltNotBase64 | Malformed::TagNotBase64 if text.contains("=$") || text.ends_with('=') => {
            Mangled::Padded
        }
        Malformed::SaltNotBase64 => Mangled::Salt,
        Malformed::SaltLength(length) => Mangled::SaltLength(length),
        Malformed::TagNotBase64 => Mangled::Tag,
        Malformed::TagLength(length) if length < MIN_TAG_BYTES => Mangled::CutOff,
        Malformed::TagLength(length) => Mangled::TagLength(length),
        Malformed::Parameters if reads(&reordered(text)) => Mangled::Reordered,
        Malformed::Parameters => Mangled::Parameters,
    }
}

/// What there is to say of an encoded string with something else before or behind it: that, if the
/// string alone can be read; what has happened to the string, if not.
fn surrounded(text: &str) -> Option<Mangled> {
    let start = text.find("$argon2")?;
    let (before, rest) = text.split_at(start);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "$+/=,".contains(c))).unwrap_or(rest.len());
    let (piece, after) = rest.split_at(end);
    // With more of it behind, the stranger stands in the string and not around it.
    if piece == text || after.contains('$') {
        return None;
    }
    Some(match Encoded::read(piece) {
        Err(_) if !after.trim().is_empty() => return None,
        Err(malformed) => diagnose(piece, malformed),
        Ok(_) if STORAGE_PREFIXES.contains(&before.to_ascii_lowercase().as_str()) => Mangled::Prefixed,
        Ok(_) => Mangled::Surrounded,
    })
}

/// Whether a text ends in its version or its parameters, with no number missing that a `$` follows.
fn ends_with_parameters(text: &str) -> bool {
    let last = text.rsplit('$').next().unwrap_or_default();
    let letters = |c: char| c.is_ascii_digit() || "vmtp=,".contains(c);
    last.chars().all(letters)
}

/// The text with its parameters in the order m, t, p, where it has these.
fn reordered(text: &str) -> String {
    let rank = |parameter: &&str| ["m=", "t=", "p="].iter().position(|name| parameter.starts_with(name));
    let field = |field: &str| {
        let mut parameters: Vec<&str> = field.split(',').collect();
        parameters.sort_by_key(rank);
        parameters.join(",")
    };
    text.split('$').map(field).collect::<Vec<_>>().join("$")
}

/// Whether a shell has replaced `$argon2id`, `$v`, `$m` and what else looks like a variable, of
/// which a backslash may have saved some. Then the text starts in the middle, or an `=` stands
/// where a name has gone: right after the variant, or right after the version.
fn is_expanded(text: &str) -> bool {
    let variant = |name| text.strip_prefix(name);
    let rest =
        variant("$argon2id").or_else(|| variant("$argon2i")).or_else(|| variant("$argon2d")).unwrap_or(text);
    let in_the_middle = text.starts_with("$v=") || text.starts_with("$m=");
    let a_name_has_gone = rest.starts_with('=') || text.contains("v=19=") || text.contains("v=16=");
    // A salt that is gone leaves what comes after its first `+` or `/`, right behind the parameters.
    let parameters = text.rsplit('$').next().unwrap_or_default();
    let a_salt_has_gone = parameters.starts_with("m=") && parameters.contains(['+', '/']);
    if a_salt_has_gone {
        return true;
    }
    (in_the_middle || a_name_has_gone)
        && (text.contains("=19") || text.contains("=16") || text.contains(",t="))
}
