//! Makes random passwords: letters and digits, each as likely as the others.

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::{Entry, Password, Position, SourceError};
use crate::system::random::SysRng;

/// Letters and digits, but for those that look like another in some font: 0 and O, o, Q, D; 1 and I, l; 2 and Z; 5 and
/// S; 6 and G; 8 and B.
const SYMBOLS: &[u8] = b"ACEFHJKLMNPRTUVWXYabcdefghijkmnpqrstuvwxyz3479";

/// Each of 46 symbols is log2(46) bits, so this is 132 bits.
const LENGTH: usize = 24;

impl Entry {
    /// A new password from the operating system's randomness.
    pub(super) fn random() -> Result<Self, SourceError> {
        let password = random(&mut SysRng).map_err(|error| SourceError::Randomness(error.to_string()))?;
        Ok(Self { position: Position::Random, password, warnings: Vec::new() })
    }
}

fn random<R: TryCryptoRng>(random: &mut R) -> Result<Password, R::Error> {
    let mut text = Zeroizing::new(Vec::with_capacity(LENGTH));
    let mut bytes = Zeroizing::new([0; 2 * LENGTH]);
    while text.len() < LENGTH {
        random.try_fill_bytes(&mut *bytes)?;
        // Six bits are 64 numbers, all as likely. Those that stand for no symbol are left out: a remainder would make
        // some symbols more likely than others.
        let symbols = bytes.iter().filter_map(|byte| SYMBOLS.get(usize::from(byte % 64)));
        let missing = LENGTH - text.len();
        text.extend(symbols.take(missing));
    }
    Ok(Password(text))
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, clippy::naive_bytecount)] // small numbers
mod tests {
    use std::collections::HashSet;
    use std::convert::Infallible;

    use rand_core::{TryCryptoRng, TryRng};

    use super::*;

    /// Gives all bytes in turn.
    struct EachByte(u8);

    impl TryRng for EachByte {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            unimplemented!()
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            unimplemented!()
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            for byte in bytes {
                *byte = self.0;
                self.0 = self.0.wrapping_add(1);
            }
            Ok(())
        }
    }

    impl TryCryptoRng for EachByte {}

    fn count(symbol: u8, text: &[u8]) -> usize {
        text.iter().filter(|&&byte| byte == symbol).count()
    }

    #[test]
    fn the_symbols_are_letters_and_digits_without_look_alikes_and_enough_for_128_bits() {
        assert!(SYMBOLS.iter().all(|symbol| symbol.is_ascii_alphanumeric() && count(*symbol, SYMBOLS) == 1));
        assert!(!SYMBOLS.iter().any(|symbol| b"0OoQD1Il2Z5S6G8B".contains(symbol)));
        let bits = LENGTH as f64 * (SYMBOLS.len() as f64).log2();
        assert!((128.0..133.0).contains(&bits), "{bits}");
    }

    #[test]
    fn each_byte_stands_for_a_symbol_or_for_none_and_each_symbol_has_four_bytes() {
        let symbols = (0..=u8::MAX).filter_map(|byte| SYMBOLS.get(usize::from(byte % 64)).copied());
        let symbols: Vec<u8> = symbols.collect();
        assert!(SYMBOLS.iter().all(|&symbol| count(symbol, &symbols) == 4));
        // The bytes from 46 to 63 are left out.
        for first in [0, 46, 64, 192] {
            assert_eq!(random(&mut EachByte(first)).unwrap().as_bytes(), &SYMBOLS[..LENGTH], "{first}");
        }
    }

    /// The sum over the symbols of (count - mean)^2 / mean has the chi-squared distribution with 45 degrees of freedom.
    /// By Wilson and Hilferty, the cube root of a 45th of it is normal with the mean 1 - 2 / (9 * 45) = 0.99506 and the
    /// standard deviation sqrt(2 / (9 * 45)) = 0.07027. Once in a million times a normal value is more than 4.7534
    /// deviations above its mean: here more than 45 * (0.99506 + 4.7534 * 0.07027)^3 = 105.7. Integrating the density
    /// gives 0.58 in a million beyond 107.
    #[test]
    fn each_symbol_is_as_frequent_as_the_others() {
        let passwords: Vec<Password> = (0..10_000).map(|_| Entry::random().unwrap().password).collect();
        let text: Vec<u8> = passwords.iter().flat_map(Password::as_bytes).copied().collect();
        assert_eq!(text.len(), 10_000 * LENGTH);
        let mean = text.len() as f64 / SYMBOLS.len() as f64;
        let distance = |symbol: &u8| (count(*symbol, &text) as f64 - mean).powi(2) / mean;
        let sum: f64 = SYMBOLS.iter().map(distance).sum();
        assert!(sum < 107.0, "{sum}");
        let different: HashSet<&[u8]> = passwords.iter().map(Password::as_bytes).collect();
        assert_eq!(different.len(), passwords.len());
    }
}
