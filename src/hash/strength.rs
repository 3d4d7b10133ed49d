//! How strong a hash must be, and in what it falls short. Then its password should be hashed again.

use super::encoded::{Encoded, SALT_BYTES, TAG_BYTES, Variant, Version};
use super::params::{Params, Profile};

/// How strong a hash must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    Profile(Profile),
    Params(Params),
    /// This much memory, in KiB, with any number of iterations.
    Memory(u32),
    /// So many iterations, with any memory.
    Iterations(u32),
}

/// The first way in which a hash is weaker than required: what it has, and what is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shortfall {
    /// RFC 9106 section 4 and OWASP recommend Argon2id.
    #[error("variant {}, needs {}", .0.name(), Variant::Argon2id.name())]
    Variant(Variant),
    #[error("version {}, needs {}", .0.number(), Version::V19.number())]
    Version(Version),
    #[error("memory {0} KiB, needs {1} KiB")]
    Memory(u32, u32),
    #[error("iterations {0}, needs {1}")]
    Iterations(u32, u32),
    #[error("salt {0} bytes, needs {SALT_BYTES} bytes")]
    Salt(usize),
    #[error("tag {0} bytes, needs {TAG_BYTES} bytes")]
    Tag(usize),
}

impl Requirement {
    /// The first way in which the hash falls short of this requirement; none if it is strong enough.
    /// Parallelism is not compared: it makes a hash faster, not stronger.
    pub fn shortfall(self, encoded: &Encoded) -> Option<Shortfall> {
        let (memory_kib, iterations) = (encoded.params.memory_kib(), encoded.params.iterations());
        let (needed_kib, needed_iterations) = match self {
            Self::Profile(profile) => {
                (profile.params().memory_kib(), profile.min_iterations_with(memory_kib))
            }
            Self::Params(params) => (params.memory_kib(), params.min_iterations_with(memory_kib)),
            Self::Memory(needed_kib) => (needed_kib, (memory_kib >= needed_kib).then_some(0)),
            Self::Iterations(iterations) => (0, Some(iterations)),
        };
        let (salt, tag) = (encoded.salt.len(), encoded.tag.len());
        let shortfalls = [
            (encoded.variant != Variant::Argon2id).then_some(Shortfall::Variant(encoded.variant)),
            (encoded.version != Version::V19).then_some(Shortfall::Version(encoded.version)),
            needed_iterations.is_none().then_some(Shortfall::Memory(memory_kib, needed_kib)),
            needed_iterations
                .filter(|needed| iterations < *needed)
                .map(|needed| Shortfall::Iterations(iterations, needed)),
            (salt < SALT_BYTES).then_some(Shortfall::Salt(salt)),
            (tag < TAG_BYTES).then_some(Shortfall::Tag(tag)),
        ];
        shortfalls.into_iter().flatten().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/cost.md: "A hash is as strong as another cost if it has at least its memory, memory times
    /// iterations are at least as much"
    /// docs/cost.md: "Parallelism makes a hash faster, not stronger, and is not compared."
    #[test]
    fn the_first_shortfall_is_named_with_what_is_needed() {
        const BYTES_16: &str = "AAAAAAAAAAAAAAAAAAAAAA";
        const BYTES_32: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let low = Requirement::Profile(Profile::Rfc9106Low);
        let owasp = Requirement::Profile(Profile::Owasp);
        let long = (BYTES_16, BYTES_32);
        let short_salt = ("AAAAAAAAAAA", BYTES_32);
        let short_tag = (BYTES_16, BYTES_16);
        for (start, (salt, tag), requirement, expected) in [
            ("$argon2id$v=19$m=65536,t=3,p=4", long, low, None),
            ("$argon2id$v=19$m=65536,t=3,p=1", long, low, None),
            ("$argon2id$v=19$m=2097152,t=1,p=4", long, low, None),
            ("$argon2id$v=19$m=65536,t=2,p=4", long, low, Some("iterations 2, needs 3")),
            ("$argon2id$v=19$m=19456,t=2,p=1", long, low, Some("memory 19456 KiB, needs 65536 KiB")),
            ("$argon2id$v=19$m=19456,t=2,p=1", long, owasp, None),
            ("$argon2id$v=19$m=47104,t=1,p=1", long, owasp, None),
            ("$argon2id$v=19$m=47103,t=1,p=1", long, owasp, Some("iterations 1, needs 2")),
            ("$argon2id$v=19$m=7168,t=5,p=1", long, owasp, None),
            ("$argon2id$v=19$m=7167,t=50,p=1", long, owasp, Some("memory 7167 KiB, needs 19456 KiB")),
            ("$argon2i$v=19$m=65536,t=3,p=4", long, low, Some("variant argon2i, needs argon2id")),
            ("$argon2id$v=16$m=65536,t=3,p=4", long, low, Some("version 16, needs 19")),
            ("$argon2id$m=65536,t=3,p=4", long, low, Some("version 16, needs 19")),
            ("$argon2id$v=19$m=65536,t=3,p=4", short_salt, low, Some("salt 8 bytes, needs 16 bytes")),
            ("$argon2id$v=19$m=65536,t=3,p=4", short_tag, low, Some("tag 16 bytes, needs 32 bytes")),
        ] {
            let encoded = Encoded::read(&format!("{start}${salt}${tag}")).unwrap();
            let shortfall = requirement.shortfall(&encoded).map(|shortfall| shortfall.to_string());
            assert_eq!(shortfall.as_deref(), expected, "{encoded}");
        }
    }
}
