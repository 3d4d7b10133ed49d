//! The encoded string: what it holds and how it is written.

use std::fmt;

use base64ct::{Base64Unpadded, Encoding};

use crate::cost::Cost;

/// Which Argon2 (RFC 9106 section 3.2, the type y).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Data-dependent memory access.
    Argon2d,
    /// Data-independent memory access.
    Argon2i,
    /// Independent in the first half pass, dependent after it: the one to use.
    Argon2id,
}

/// Which version of the algorithm (RFC 9106 section 3.2, the number v).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 0x10, from before 2016.
    V16,
    /// 0x13, which RFC 9106 describes.
    V19,
}

/// A hash with all that is needed to check a password against it. Its `Display` is the encoded
/// string, in the canonical form of the C reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Which Argon2.
    pub variant: Variant,
    /// Which version of it.
    pub version: Version,
    /// What it cost.
    pub cost: Cost,
    /// The salt, in bytes.
    pub salt: Vec<u8>,
    /// The tag: what Argon2 made of password and salt, in bytes.
    pub tag: Vec<u8>,
}

impl Variant {
    /// The name, as it stands in an encoded string.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Argon2d => "argon2d",
            Self::Argon2i => "argon2i",
            Self::Argon2id => "argon2id",
        }
    }
}

impl Version {
    /// The number, as it stands in an encoded string.
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
            "${}$v={}$m={},t={},p={}${}${}",
            self.variant.name(),
            self.version.number(),
            self.cost.memory_kib(),
            self.cost.iterations(),
            self.cost.parallelism(),
            Base64Unpadded::encode_string(&self.salt),
            Base64Unpadded::encode_string(&self.tag),
        )
    }
}
