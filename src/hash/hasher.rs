//! Password, parameters and a fresh salt → encoded string.

use std::sync::OnceLock;

use rand_core::TryCryptoRng;

use super::encoded::{Encoded, SALT_BYTES, TAG_BYTES, Variant, Version};
use super::engine::{Engine, EngineError, Input};
use super::params::Params;

/// The tag of RFC 9106 section 5.3, which takes both kinds of addressing, several lanes and several passes.
pub const KNOWN_TAG: [u8; TAG_BYTES] = [
    0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9, 0xd0,
    0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59,
];

/// Why there is no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// With the system's reason.
    #[error("the operating system gave no random bytes for the salt: {0}")]
    Randomness(String),
    /// The engine does not compute the known tag.
    #[error("the hashing code gives wrong results on this processor, so nothing is hashed")]
    SelfTest,
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The result of the engine's self-test, once it has run.
type SelfTest = OnceLock<Result<(), HashError>>;

/// Hashes passwords with the same parameters, each with a salt of its own. Keeps its memory from one password to the
/// next, and in it what the last one could be guessed from: see [`Engine`].
pub struct Hasher<R> {
    engine: Engine,
    params: Params,
    random: R,
}

impl<R: TryCryptoRng> Hasher<R> {
    /// A hasher that uses up to `threads` threads and takes its salts from `random`: outside of tests,
    /// the operating system. The first hasher in a process tests the engine.
    ///
    /// # Errors
    ///
    /// [`HashError::SelfTest`].
    pub fn new(params: Params, threads: u32, random: R) -> Result<Self, HashError> {
        static SELF_TEST: SelfTest = OnceLock::new();
        Self::tested(&SELF_TEST, KNOWN_TAG, params, threads, random)
    }

    /// As [`Hasher::new`], with a self-test that expects this tag, if it has not run yet.
    fn tested(
        self_test: &SelfTest,
        known_tag: [u8; TAG_BYTES],
        params: Params,
        threads: u32,
        random: R,
    ) -> Result<Self, HashError> {
        self_test.get_or_init(|| run_self_test(known_tag)).clone()?;
        let engine = Engine::new(Variant::Argon2id, Version::V19, params, threads);
        Ok(Self { engine, params, random })
    }

    /// Hashes one password: Argon2id, version 19, 16 bytes of fresh salt, 32 bytes of tag.
    ///
    /// # Errors
    ///
    /// [`HashError`], where memory or randomness is missing.
    pub fn hash(&mut self, password: &[u8]) -> Result<Encoded, HashError> {
        let mut salt = vec![0; SALT_BYTES];
        self.random.try_fill_bytes(&mut salt).map_err(|error| HashError::Randomness(error.to_string()))?;
        let mut tag = vec![0; TAG_BYTES];
        let input = Input { password, salt: &salt, secret: &[], associated_data: &[] };
        self.engine.derive(input, &mut tag)?;
        Ok(Encoded { variant: Variant::Argon2id, version: Version::V19, params: self.params, salt, tag })
    }

    /// Wipes the memory.
    pub fn wipe(&mut self) {
        self.engine.wipe();
    }
}

/// Tests whether the engine computes this tag from the input of RFC 9106 section 5.3. It chooses its code
/// at run time by the processor, and no test machine has every kind.
///
/// # Errors
///
/// [`HashError::SelfTest`], if it computes another tag, or none.
pub fn run_self_test(tag: [u8; TAG_BYTES]) -> Result<(), HashError> {
    let input = Input { password: &[1; 32], salt: &[2; 16], secret: &[3; 8], associated_data: &[4; 12] };
    let params = Params::new(32, 3, 4).map_err(|_| HashError::SelfTest)?;
    let mut computed = [0; TAG_BYTES];
    let derived = Engine::new(Variant::Argon2id, Version::V19, params, 1).derive(input, &mut computed);
    if derived.is_ok() && computed == tag { Ok(()) } else { Err(HashError::SelfTest) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::params::Profile;
    use crate::system::random::SysRng;

    /// SECURITY.md: "Before the first hash, the engine computes a known answer of RFC 9106 on this processor;
    /// if it is wrong, nothing is hashed."
    #[test]
    fn the_engine_passes_its_test_here_and_a_wrong_tag_does_not() {
        assert_eq!(run_self_test(KNOWN_TAG), Ok(()));
        for byte in [0, TAG_BYTES - 1] {
            let mut wrong = KNOWN_TAG;
            wrong[byte] ^= 1;
            assert_eq!(run_self_test(wrong), Err(HashError::SelfTest), "{byte}");
        }
    }

    /// SECURITY.md: "if it is wrong, nothing is hashed."
    #[test]
    fn without_a_passed_test_there_is_no_hasher_and_the_first_result_stays() {
        let mut wrong = KNOWN_TAG;
        wrong[0] ^= 1;
        for (first, then, expected) in
            [(wrong, KNOWN_TAG, Some(HashError::SelfTest)), (KNOWN_TAG, wrong, None)]
        {
            let self_test = SelfTest::new();
            for known_tag in [first, then] {
                let hasher = Hasher::tested(&self_test, known_tag, Profile::Owasp.params(), 1, SysRng);
                assert_eq!(hasher.err(), expected);
            }
        }
    }
}
