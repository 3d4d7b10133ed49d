//! The encoded string: what it looks like, and how it is read, found in a text, and written.
//!
//! It is `$argon2id$v=19$m=65536,t=3,p=4$salt$tag`, the form of the C reference: variant, version, parameters, and
//! salt and tag in base64 without padding. A missing version means 16.

use std::fmt;
use std::ops::Range;

use base64ct::{Base64Unpadded, Encoding};

use super::params::{InvalidParams, Params, parse_decimal, parse_each_once};

/// Bytes of salt in new hashes (RFC 9106 section 3.1 recommends 16).
pub const SALT_BYTES: usize = 16;
/// Bytes of tag in new hashes (RFC 9106 section 4: 256 bits).
pub const TAG_BYTES: usize = 32;
/// The shortest salt, in bytes (RFC 9106 section 3.1 sets no minimum; the C reference requires 8).
pub const MIN_SALT_BYTES: usize = 8;
/// The longest salt that is read, in bytes: far longer than any in use.
pub const MAX_SALT_BYTES: usize = 1_024;
/// The shortest tag, in bytes (RFC 9106 section 3.1).
pub const MIN_TAG_BYTES: usize = 4;
/// The longest tag that is read, in bytes: far longer than any in use.
pub const MAX_TAG_BYTES: usize = 1_024;
/// The longest encoded string that is read, in bytes: longer than any within the limits above.
pub const MAX_ENCODED_BYTES: usize = 4_096;

/// How every encoded string starts, whatever its variant.
pub const START: &str = "$argon2";

/// The variant of Argon2 (RFC 9106 section 3.2, the type y).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Data-dependent memory access.
    Argon2d = 0,
    /// Data-independent memory access.
    Argon2i = 1,
    /// Independent in the first half of the first pass, then dependent: the one to use.
    Argon2id = 2,
}

/// The version of the algorithm (RFC 9106 section 3.2, the number v).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 0x10, from before 2016.
    V16 = 0x10,
    /// 0x13, which RFC 9106 describes.
    V19 = 0x13,
}

/// A hash with all that is needed to check a password against it. `Display` writes the encoded string
/// in the canonical form of the C reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub variant: Variant,
    pub version: Version,
    pub params: Params,
    pub salt: Vec<u8>,
    pub tag: Vec<u8>,
}

/// The first wrong part of a text. Contains nothing of the text, which may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("the hash is longer than {MAX_ENCODED_BYTES} bytes")]
    TooLong,
    #[error("unknown Argon2 variant")]
    Variant,
    #[error("unsupported Argon2 version")]
    Version,
    #[error("the parameters of the hash are not m, t and p, each a plain number")]
    Parameters,
    #[error("invalid parameters in the hash: {0}")]
    OutOfRange(InvalidParams),
    /// There is no salt, or no tag.
    #[error("the hash is cut off")]
    CutOff,
    #[error("extra characters after the hash")]
    Surplus,
    /// It is not base64 without padding and with the unused bits zero; so is [`ParseError::Tag`].
    #[error("the salt in the hash is not base64")]
    Salt,
    #[error("the salt in the hash has {0} bytes")]
    SaltLength(usize),
    #[error("the tag in the hash is not base64, or is cut off")]
    Tag,
    #[error("the tag in the hash has {0} bytes")]
    TagLength(usize),
}

impl Encoded {
    /// A stand-in for a new hash with these parameters: as long, and as costly to verify, but of no
    /// password.
    pub fn placeholder(params: Params) -> Self {
        let (salt, tag) = (vec![0; SALT_BYTES], vec![0; TAG_BYTES]);
        Self { variant: Variant::Argon2id, version: Version::V19, params, salt, tag }
    }

    /// Reads an encoded string as strictly as the C reference does: one spelling for each hash, except
    /// that a missing version means 16, and that m, t and p may have any order (npm's `argon2` writes
    /// m, p, t).
    ///
    /// # Errors
    ///
    /// [`ParseError`], for the first wrong part.
    pub fn read(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_ENCODED_BYTES {
            return Err(ParseError::TooLong);
        }
        let mut parts = text.split('$');
        let (Some(""), Some(name)) = (parts.next(), parts.next()) else { return Err(ParseError::Variant) };
        let mut variants = Variant::ALL.into_iter();
        let variant = variants.find(|variant| variant.name() == name).ok_or(ParseError::Variant)?;
        let mut part = parts.next().ok_or(ParseError::CutOff)?;
        let mut version = Version::V16;
        if let Some(text) = part.strip_prefix("v=") {
            part = parts.next().ok_or(ParseError::CutOff)?;
            let is_written = |version: &Version| number(text) == Some(version.number().into());
            version = Version::ALL.into_iter().find(is_written).ok_or(ParseError::Version)?;
        }
        let [memory_kib, iterations, parallelism] =
            parse_each_once(part, |_, value| number(value)).ok_or(ParseError::Parameters)?;
        let params = Params::new(memory_kib, iterations, parallelism).map_err(ParseError::OutOfRange)?;
        let (salt, tag) = parts.next().zip(parts.next()).ok_or(ParseError::CutOff)?;
        if parts.next().is_some() {
            return Err(ParseError::Surplus);
        }
        let salt = Base64Unpadded::decode_vec(salt).map_err(|_| ParseError::Salt)?;
        if !(MIN_SALT_BYTES..=MAX_SALT_BYTES).contains(&salt.len()) {
            return Err(ParseError::SaltLength(salt.len()));
        }
        let tag = Base64Unpadded::decode_vec(tag).map_err(|_| ParseError::Tag)?;
        if !(MIN_TAG_BYTES..=MAX_TAG_BYTES).contains(&tag.len()) {
            return Err(ParseError::TagLength(tag.len()));
        }
        Ok(Self { variant, version, params, salt, tag })
    }

    /// Where a text contains an encoded string that can be read: the first one, from its [`START`] to the
    /// next character that cannot be in it.
    pub fn find_in(text: &str) -> Option<Range<usize>> {
        text.match_indices(START).find_map(|(start, _)| {
            // What is longer cannot be read.
            let letters = text[start..].bytes().take(MAX_ENCODED_BYTES + 1);
            let mut end = start + letters.take_while(|&byte| is_letter(byte.into())).count();
            // After the last `$`, these are no longer of the hash.
            let tag = text[start..end].rfind('$').map_or(end, |at| start + at);
            end = text[tag..end].find(['=', ',']).map_or(end, |at| tag + at);
            Self::read(&text[start..end]).is_ok().then_some(start..end)
        })
    }
}

/// Whether a character may be in an encoded string.
pub fn is_letter(character: char) -> bool {
    character.is_ascii_alphanumeric() || "$=,+/".contains(character)
}

/// Whether the parameters of a string that can be read have the usual order: m, t, p.
pub fn has_usual_order(text: &str) -> bool {
    // mutants: `t` and `p` never begin at one place, so `<=` means the same.
    text.contains("$m=") && text.find(",t=") < text.find(",p=")
}

impl Variant {
    /// Every variant. No name is the beginning of a later one.
    pub const ALL: [Self; 3] = [Self::Argon2id, Self::Argon2i, Self::Argon2d];

    /// The name in an encoded string.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Argon2d => "argon2d",
            Self::Argon2i => "argon2i",
            Self::Argon2id => "argon2id",
        }
    }

    /// The number that goes into a tag.
    pub const fn number(self) -> u32 {
        self as u32
    }
}

impl Version {
    pub const ALL: [Self; 2] = [Self::V16, Self::V19];

    /// The number in an encoded string.
    pub const fn number(self) -> u32 {
        self as u32
    }
}

impl fmt::Display for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "${}$v={}${}${}${}",
            self.variant.name(),
            self.version.number(),
            self.params,
            Base64Unpadded::encode_string(&self.salt),
            Base64Unpadded::encode_string(&self.tag),
        )
    }
}

/// Reads a decimal number as programs write it: without a leading zero.
fn number(text: &str) -> Option<u64> {
    parse_decimal(text).filter(|_| text == "0" || !text.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_string_is_found_in_a_text() {
        const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAA";
        for (before, after) in [
            ("", ""),
            ("", "\n"),
            ("{\"password\": \"", "\"}"),
            ("\u{201C}", "\u{201D}"),
            ("$5 \"$argon2id$v=19$m=8\", ", " $argon2i"),
            (HASH.replace("p=1", "p=0").as_str(), &format!(" {HASH}")),
            (&format!("$argon2{}", "A".repeat(MAX_ENCODED_BYTES)), ""),
        ] {
            let text = format!("{before}{HASH}{after}");
            assert_eq!(Encoded::find_in(&text).map(|found| &text[found]), Some(HASH), "{text}");
        }
        for text in ["", "$argon2", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ", &format!("{HASH}$")] {
            assert_eq!(Encoded::find_in(text), None, "{text}");
        }
    }
}
