//! A password: checked once, wiped on drop, never shown.

use std::fmt;

use zeroize::Zeroizing;

/// The longest password that is taken, in bytes.
pub const MAX_BYTES: usize = 4_096;

/// The UTF-8 byte order mark, which some editors and shells put at the start of a text.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A password: 1 to [`MAX_BYTES`] bytes of UTF-8 without a NUL, wiped on drop.
#[derive(PartialEq, Eq)]
pub struct Password(Zeroizing<Vec<u8>>);

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has no bytes.
    #[error("the password is empty")]
    Empty,
    /// It has more than [`MAX_BYTES`] bytes.
    #[error("the password is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Its bytes are not UTF-8.
    #[error("the password is not UTF-8")]
    NotUtf8,
    /// It holds U+0000, at which other programs would cut it off.
    #[error("the password holds a NUL character")]
    Nul,
    /// Its line is UTF-16, as Windows tools write it.
    #[error("the password is UTF-16, not UTF-8")]
    Utf16,
}

/// What is taken as it is, but may well be a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// A byte order mark stood at the start and was removed.
    ByteOrderMark,
    /// The first or last character is white space.
    WhiteSpace,
    /// There is a control character in it.
    ControlCharacter,
    /// It is `-`, which elsewhere stands for stdin.
    Dash,
}

impl Password {
    /// Takes the bytes over, if they can be a password.
    ///
    /// # Errors
    ///
    /// A [`Refusal`], which says why and never what; the bytes are wiped.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            return Err(Refusal::Empty);
        }
        if bytes.len() > MAX_BYTES {
            return Err(Refusal::TooLong);
        }
        if std::str::from_utf8(&bytes).is_err() {
            return Err(Refusal::NotUtf8);
        }
        if bytes.contains(&0) {
            return Err(Refusal::Nul);
        }
        Ok(Self(bytes))
    }

    /// The bytes, exactly as they were given.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What its owner should hear about.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        // `new` let only UTF-8 through, so the default is never used.
        let text = std::str::from_utf8(&self.0).unwrap_or_default();
        let mut remarks = Vec::new();
        if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
            remarks.push(Remark::WhiteSpace);
        }
        if text.contains(char::is_control) {
            remarks.push(Remark::ControlCharacter);
        }
        remarks
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByteOrderMark => "a byte order mark at the start was removed",
            Self::WhiteSpace => "the password starts or ends with white space; it is taken as it is",
            Self::ControlCharacter => "the password holds a control character; it is taken as it is",
            Self::Dash => "the password is a single dash; to read stdin instead, leave it out",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(bytes: &[u8]) -> Result<Password, Refusal> {
        Password::new(bytes.to_vec().into())
    }

    #[test]
    fn takes_utf8_byte_for_byte() {
        for text in ["x", " ", "a\tb", "пароль", "p\u{e4}ss", "\u{1F511}", "a'b\"c$d%e^f!g"] {
            assert_eq!(password(text.as_bytes()).unwrap().as_bytes(), text.as_bytes());
        }
        assert_eq!(password(&[b'x'; MAX_BYTES]).unwrap().as_bytes().len(), MAX_BYTES);
    }

    #[test]
    fn refuses_each_bad_kind_with_its_own_reason() {
        let cases: [(&[u8], Refusal); 6] = [
            (b"", Refusal::Empty),
            (&[b'x'; MAX_BYTES + 1], Refusal::TooLong),
            (b"caf\xE9", Refusal::NotUtf8),
            (b"\xED\xA0\x80", Refusal::NotUtf8),
            (b"a\0b", Refusal::Nul),
            (b"abc\0", Refusal::Nul),
        ];
        for (bytes, refusal) in cases {
            assert_eq!(password(bytes), Err(refusal), "{bytes:?}");
        }
    }

    #[test]
    fn remarks_on_what_may_be_a_mistake() {
        use Remark::{ControlCharacter, WhiteSpace};
        let cases: [(&str, &[Remark]); 8] = [
            ("-", &[]),
            ("plain", &[]),
            ("in the middle", &[]),
            (" start", &[WhiteSpace]),
            ("end\u{A0}", &[WhiteSpace]),
            ("a\x1Bb", &[ControlCharacter]),
            ("a\u{85}b", &[ControlCharacter]),
            ("end\r", &[WhiteSpace, ControlCharacter]),
        ];
        for (text, remarks) in cases {
            assert_eq!(password(text.as_bytes()).unwrap().remarks(), remarks, "{text:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", password(b"hunter2").unwrap()), "Password(..)");
    }
}
