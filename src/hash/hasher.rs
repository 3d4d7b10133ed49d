//! Password, parameters and a fresh salt → encoded string.

use rand_core::TryCryptoRng;

use super::encoded::{Encoded, SALT_BYTES, TAG_BYTES, Variant, Version};
use super::engine::{Engine, EngineError, Input};
use super::params::Params;
use super::policy::InsufficientMemory;
use super::self_test;

/// Why there is no hash.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    #[error(transparent)]
    Memory(InsufficientMemory),
    #[error("the operating system gave no random bytes for the salt")]
    Randomness,
    /// The engine does not compute a known answer.
    #[error("the hashing code gives wrong results on this processor, so nothing is hashed")]
    SelfTest,
    #[error(transparent)]
    Engine(EngineError),
}

/// Hashes passwords with the same parameters, each with a salt of its own. Keeps its memory from one to
/// the next, wiped.
pub struct Hasher<R> {
    engine: Engine,
    params: Params,
    random: R,
}

impl<R: TryCryptoRng> Hasher<R> {
    /// A hasher that uses up to `threads` threads and takes its salts from `random`: outside of tests,
    /// the operating system. The first one in a process tests the engine.
    ///
    /// # Errors
    ///
    /// [`HashError::SelfTest`].
    pub fn new(params: Params, threads: u32, random: R) -> Result<Self, HashError> {
        Self::tested(self_test::passes(), params, threads, random)
    }

    fn tested(passes: bool, params: Params, threads: u32, random: R) -> Result<Self, HashError> {
        if !passes {
            return Err(HashError::SelfTest);
        }
        let engine = Engine::new(Variant::Argon2id, Version::V19, params, TAG_BYTES, threads)
            .map_err(|error| HashError::of_engine(error, params))?;
        Ok(Self { engine, params, random })
    }

    /// Hashes one password: Argon2id, version 19, 16 bytes of fresh salt, 32 bytes of tag.
    ///
    /// # Errors
    ///
    /// [`HashError`], where memory or randomness is missing.
    pub fn hash(&mut self, password: &[u8]) -> Result<Encoded, HashError> {
        let mut salt = vec![0; SALT_BYTES];
        self.random.try_fill_bytes(&mut salt).map_err(|_| HashError::Randomness)?;
        let mut tag = vec![0; TAG_BYTES];
        let input = Input { password, salt: &salt, secret: &[], associated_data: &[] };
        let derived = self.engine.derive(input, &mut tag);
        derived.map_err(|error| HashError::of_engine(error, self.params))?;
        Ok(Encoded { variant: Variant::Argon2id, version: Version::V19, params: self.params, salt, tag })
    }
}

impl HashError {
    fn of_engine(error: EngineError, params: Params) -> Self {
        match error {
            EngineError::Memory => {
                Self::Memory(InsufficientMemory { needed: params.memory_kib().into(), available: None })
            }
            refused => Self::Engine(refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::random::SysRng;

    #[test]
    fn without_the_known_answer_there_is_no_hasher() {
        let params = Params::new(8, 1, 1).unwrap();
        let hasher = |passes| Hasher::tested(passes, params, 1, SysRng);
        assert_eq!(hasher(false).err(), Some(HashError::SelfTest));
        assert!(hasher(true).is_ok());
    }
}
