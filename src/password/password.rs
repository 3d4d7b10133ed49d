//! A password: checked once, wiped on drop, never shown.

use std::fmt;

use zeroize::Zeroizing;

/// The longest password, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 4_096;

/// A password: 1 to [`MAX_PASSWORD_BYTES`] bytes of UTF-8 without a NUL, wiped on drop.
#[derive(PartialEq, Eq)]
pub struct Password(Zeroizing<Vec<u8>>);

/// Why bytes are not accepted as a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("the password is empty")]
    Empty,
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    #[error("the password is not UTF-8")]
    NotUtf8,
    /// Other programs would cut it off there.
    #[error("the password contains a NUL character")]
    Nul,
    #[error("the password is UTF-16, not UTF-8")]
    Utf16,
}

/// A possible mistake in a password that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// One was removed from the start.
    ByteOrderMark,
    /// The first or last character is white space.
    WhiteSpace,
    ControlCharacter,
    /// The password is `-`, which means stdin to other programs.
    Dash,
    /// A backslash before a closing quote takes what follows into the password, on Windows.
    QuoteAndDash,
    /// Another keyboard may give the same letters in other bytes (Unicode, UAX #15).
    NotNfc,
}

impl Password {
    /// Takes ownership of the bytes, which are wiped on drop or on error.
    ///
    /// # Errors
    ///
    /// [`PasswordError`], which contains nothing of the password.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self, PasswordError> {
        if bytes.is_empty() {
            return Err(PasswordError::Empty);
        }
        if bytes.len() > MAX_PASSWORD_BYTES {
            return Err(PasswordError::TooLong);
        }
        if std::str::from_utf8(&bytes).is_err() {
            return Err(PasswordError::NotUtf8);
        }
        if bytes.contains(&0) {
            return Err(PasswordError::Nul);
        }
        Ok(Self(bytes))
    }

    /// The bytes, exactly as they were given.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Possible mistakes that the password itself shows.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        // `new` accepts only UTF-8, so the default is never used.
        let text = std::str::from_utf8(&self.0).unwrap_or_default();
        let mut warnings = Vec::new();
        if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
            warnings.push(Warning::WhiteSpace);
        }
        if text.contains(char::is_control) {
            warnings.push(Warning::ControlCharacter);
        }
        if cfg!(windows) && text.contains("\" -") {
            warnings.push(Warning::QuoteAndDash);
        }
        if !unicode_normalization::is_nfc(text) {
            warnings.push(Warning::NotNfc);
        }
        warnings
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByteOrderMark => "a byte order mark at the start was removed",
            Self::WhiteSpace => "the password starts or ends with white space, which is kept",
            Self::ControlCharacter => "the password contains a control character, which is kept",
            Self::Dash => "the password is a single dash, which does not mean stdin here",
            Self::QuoteAndDash => {
                "the password contains a quote and a dash; a backslash before a closing quote takes what follows into it"
            }
            Self::NotNfc => {
                "the password is not in Unicode form NFC; the same letters typed elsewhere may not match"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(bytes: &[u8]) -> Result<Password, PasswordError> {
        Password::new(bytes.to_vec().into())
    }

    #[test]
    fn utf8_is_accepted_byte_for_byte() {
        for text in ["x", " ", "a\tb", "пароль", "p\u{e4}ss", "\u{1F511}", "a'b\"c$d%e^f!g"] {
            assert_eq!(password(text.as_bytes()).unwrap().as_bytes(), text.as_bytes());
        }
        assert_eq!(password(&[b'x'; MAX_PASSWORD_BYTES]).unwrap().as_bytes().len(), MAX_PASSWORD_BYTES);
    }

    #[test]
    fn each_bad_kind_has_its_own_error() {
        let cases: [(&[u8], PasswordError); 6] = [
            (b"", PasswordError::Empty),
            (&[b'x'; MAX_PASSWORD_BYTES + 1], PasswordError::TooLong),
            (b"caf\xE9", PasswordError::NotUtf8),
            (b"\xED\xA0\x80", PasswordError::NotUtf8),
            (b"a\0b", PasswordError::Nul),
            (b"abc\0", PasswordError::Nul),
        ];
        for (bytes, error) in cases {
            assert_eq!(password(bytes), Err(error), "{bytes:?}");
        }
    }

    #[test]
    fn a_possible_mistake_has_a_warning() {
        use Warning::{ControlCharacter, NotNfc, WhiteSpace};
        let cases: [(&str, &[Warning]); 11] = [
            ("-", &[]),
            ("plain", &[]),
            ("in the middle", &[]),
            (" start", &[WhiteSpace]),
            ("end\u{A0}", &[WhiteSpace]),
            ("a\x1Bb", &[ControlCharacter]),
            ("a\u{85}b", &[ControlCharacter]),
            ("end\r", &[WhiteSpace, ControlCharacter]),
            ("\u{439}\u{e9}", &[]),
            ("\u{438}\u{306}", &[NotNfc]),
            ("e\u{301}", &[NotNfc]),
        ];
        for (text, warnings) in cases {
            assert_eq!(password(text.as_bytes()).unwrap().warnings(), warnings, "{text:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", password(b"hunter2").unwrap()), "Password(..)");
    }
}
