//! The encoded string: its parts, and how it is read and written.

use std::fmt;

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

/// The variant of Argon2 (RFC 9106 section 3.2, the type y).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Data-dependent memory access.
    Argon2d,
    /// Data-independent memory access.
    Argon2i,
    /// Independent in the first half of the first pass, then dependent: the one to use.
    Argon2id,
}

/// The version of the algorithm (RFC 9106 section 3.2, the number v).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 0x10, from before 2016.
    V16,
    /// 0x13, which RFC 9106 describes.
    V19,
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

/// Which part of a text is wrong. Contains nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseError {
    /// It is longer than [`MAX_ENCODED_BYTES`].
    TooLong,
    /// It does not start with `$argon2d$`, `$argon2i$` or `$argon2id$`.
    Variant,
    /// The version is neither 16 nor 19.
    Version,
    /// The parameters are not m, t and p, each once, with numbers as a program writes them.
    Parameters,
    /// RFC 9106 does not allow the numbers.
    Params(InvalidParams),
    /// There is no salt, or no tag.
    CutOff,
    /// Something follows the tag.
    Surplus,
    /// The salt is not base64, without padding and with the unused bits zero.
    SaltNotBase64,
    /// The salt is shorter than [`MIN_SALT_BYTES`] or longer than [`MAX_SALT_BYTES`].
    SaltLength(usize),
    /// The tag is not base64, without padding and with the unused bits zero.
    TagNotBase64,
    /// The tag is shorter than [`MIN_TAG_BYTES`] or longer than [`MAX_TAG_BYTES`].
    TagLength(usize),
}

impl Encoded {
    /// A stand-in for a new hash with these parameters: as long, and as costly to verify, but of no
    /// password.
    #[must_use]
    pub fn placeholder(params: Params) -> Self {
        let (salt, tag) = (vec![0; SALT_BYTES], vec![0; TAG_BYTES]);
        Self { variant: Variant::Argon2id, version: Version::V19, params, salt, tag }
    }

    /// Reads an encoded string as strictly as the C reference does: one spelling for each hash, except
    /// that a missing version means 16, and that m, t and p may have any order (npm's `argon2` writes
    /// m, p, t).
    ///
    /// ```
    /// use tc_calendar::hash::encoded::Encoded;
    ///
    /// let text = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAA";
    /// assert_eq!(Encoded::read(text).map(|encoded| encoded.to_string()), Ok(text.to_owned()));
    /// ```
    ///
    /// # Errors
    ///
    /// [`ParseError`], for the first wrong part.
    pub fn read(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_ENCODED_BYTES {
            return Err(ParseError::TooLong);
        }
        let mut fields = text.split('$');
        let (Some(""), Some(variant)) = (fields.next(), fields.next()) else {
            return Err(ParseError::Variant);
        };
        let variant = [Variant::Argon2d, Variant::Argon2i, Variant::Argon2id]
            .into_iter()
            .find(|known| known.name() == variant)
            .ok_or(ParseError::Variant)?;
        let mut field = fields.next().ok_or(ParseError::CutOff)?;
        let version = match field.strip_prefix("v=") {
            None => Version::V16,
            Some(version) => {
                field = fields.next().ok_or(ParseError::CutOff)?;
                match version {
                    "16" => Version::V16,
                    "19" => Version::V19,
                    _ => return Err(ParseError::Version),
                }
            }
        };
        let [memory_kib, iterations, parallelism] =
            parse_each_once(field, |_, value| number(value)).ok_or(ParseError::Parameters)?;
        let params = Params::new(memory_kib, iterations, parallelism).map_err(ParseError::Params)?;
        let (Some(salt), Some(tag)) = (fields.next(), fields.next()) else { return Err(ParseError::CutOff) };
        if fields.next().is_some() {
            return Err(ParseError::Surplus);
        }
        let salt = Base64Unpadded::decode_vec(salt).map_err(|_| ParseError::SaltNotBase64)?;
        if !(MIN_SALT_BYTES..=MAX_SALT_BYTES).contains(&salt.len()) {
            return Err(ParseError::SaltLength(salt.len()));
        }
        let tag = Base64Unpadded::decode_vec(tag).map_err(|_| ParseError::TagNotBase64)?;
        if !(MIN_TAG_BYTES..=MAX_TAG_BYTES).contains(&tag.len()) {
            return Err(ParseError::TagLength(tag.len()));
        }
        Ok(Self { variant, version, params, salt, tag })
    }
}

/// Whether the parameters of a valid string have the usual order.
#[must_use]
pub fn has_usual_order(text: &str) -> bool {
    text.contains("$m=") && text.find(",t=") < text.find(",p=")
}

impl Variant {
    /// The name in an encoded string.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Argon2d => "argon2d",
            Self::Argon2i => "argon2i",
            Self::Argon2id => "argon2id",
        }
    }

    /// The number that goes into a tag.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Argon2d => 0,
            Self::Argon2i => 1,
            Self::Argon2id => 2,
        }
    }
}

impl Version {
    /// The number in an encoded string.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::V16 => 0x10,
            Self::V19 => 0x13,
        }
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
