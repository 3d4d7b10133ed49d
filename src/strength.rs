//! How strong an encoded string is, held against a profile or a cost.

use std::fmt;

use crate::cost::{Cost, Profile};
use crate::derive::{SALT_BYTES, TAG_BYTES};
use crate::encoded::{Encoded, Variant, Version};

/// What a string is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// A profile.
    Profile(Profile),
    /// A cost of one's own.
    Cost(Cost),
}

/// The first thing in which a string is weaker than what is made here at the standard's cost:
/// what it has, and what the standard wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// It is not Argon2id, which RFC 9106 section 4 and OWASP ask for.
    Variant(Variant),
    /// It is not version 19.
    Version(Version),
    /// Too little memory, in KiB.
    Memory(u32, u32),
    /// Too few iterations at this memory.
    Iterations(u32, u32),
    /// Too short a salt, in bytes.
    Salt(usize),
    /// Too short a tag, in bytes.
    Tag(usize),
}

impl Standard {
    /// In what the string is weaker; none if it is at least as strong. Parallelism makes a hash
    /// faster to compute, not stronger, and is not looked at.
    #[must_use]
    pub fn weakness(self, encoded: &Encoded) -> Option<Weakness> {
        let (memory_kib, iterations) = (encoded.cost.memory_kib(), encoded.cost.iterations());
        let (wanted, least) = match self {
            Self::Profile(profile) => (profile.cost(), profile.iterations_at(memory_kib)),
            Self::Cost(cost) => (cost, cost.iterations_at(memory_kib)),
        };
        if encoded.variant != Variant::Argon2id {
            return Some(Weakness::Variant(encoded.variant));
        }
        if encoded.version != Version::V19 {
            return Some(Weakness::Version(encoded.version));
        }
        match least {
            None => return Some(Weakness::Memory(memory_kib, wanted.memory_kib())),
            Some(least) if iterations < least => return Some(Weakness::Iterations(iterations, least)),
            Some(_) => {}
        }
        if encoded.salt.len() < SALT_BYTES {
            return Some(Weakness::Salt(encoded.salt.len()));
        }
        if encoded.tag.len() < TAG_BYTES {
            return Some(Weakness::Tag(encoded.tag.len()));
        }
        None
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variant(got) => write!(f, "variant {}, wants {}", got.name(), Variant::Argon2id.name()),
            Self::Version(got) => write!(f, "version {}, wants {}", got.number(), Version::V19.number()),
            Self::Memory(got, wanted) => write!(f, "memory {got} KiB, wants {wanted} KiB"),
            Self::Iterations(got, wanted) => write!(f, "iterations {got}, wants {wanted}"),
            Self::Salt(got) => write!(f, "salt {got} bytes, wants {SALT_BYTES} bytes"),
            Self::Tag(got) => write!(f, "tag {got} bytes, wants {TAG_BYTES} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weakness(text: &str, standard: Standard) -> Option<String> {
        standard.weakness(&Encoded::read(text).unwrap()).map(|weakness| weakness.to_string())
    }

    #[test]
    fn the_first_weakness_is_named_with_what_is_wanted() {
        let salt = "AAAAAAAAAAAAAAAAAAAAAA";
        let tag = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let low = Standard::Profile(Profile::Rfc9106Low);
        let owasp = Standard::Profile(Profile::Owasp);
        for (start, end, standard, expected) in [
            ("$argon2id$v=19$m=65536,t=3,p=4", "", low, None),
            ("$argon2id$v=19$m=65536,t=3,p=1", "", low, None),
            ("$argon2id$v=19$m=2097152,t=1,p=4", "", low, None),
            ("$argon2id$v=19$m=65536,t=2,p=4", "", low, Some("iterations 2, wants 3")),
            ("$argon2id$v=19$m=19456,t=2,p=1", "", low, Some("memory 19456 KiB, wants 65536 KiB")),
            ("$argon2id$v=19$m=19456,t=2,p=1", "", owasp, None),
            ("$argon2id$v=19$m=47104,t=1,p=1", "", owasp, None),
            ("$argon2id$v=19$m=47103,t=1,p=1", "", owasp, Some("iterations 1, wants 2")),
            ("$argon2id$v=19$m=7168,t=5,p=1", "", owasp, None),
            ("$argon2id$v=19$m=7167,t=50,p=1", "", owasp, Some("memory 7167 KiB, wants 19456 KiB")),
            ("$argon2i$v=19$m=65536,t=3,p=4", "", low, Some("variant argon2i, wants argon2id")),
            ("$argon2id$v=16$m=65536,t=3,p=4", "", low, Some("version 16, wants 19")),
            ("$argon2id$m=65536,t=3,p=4", "", low, Some("version 16, wants 19")),
            ("$argon2id$v=19$m=65536,t=3,p=4", "$AAAAAAAAAAA", low, Some("salt 8 bytes, wants 16 bytes")),
            ("$argon2id$v=19$m=65536,t=3,p=4", "tag", low, Some("tag 16 bytes, wants 32 bytes")),
        ] {
            let text = match end {
                "" => format!("{start}${salt}${tag}"),
                "tag" => format!("{start}${salt}${salt}"),
                short_salt => format!("{start}{short_salt}${tag}"),
            };
            assert_eq!(weakness(&text, standard).as_deref(), expected, "{text}");
        }
    }
}
