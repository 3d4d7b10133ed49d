//! Texts of files, users and libraries: their byte order marks, and what becomes of them in a message.

/// The byte order mark of UTF-8, which some editors and shells put at the start of a text.
pub const UTF8_MARK: &str = "\u{feff}";

/// Whether a text starts with a byte order mark of UTF-16.
#[must_use]
pub fn has_utf16_mark(text: &[u8]) -> bool {
    text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF")
}

/// The text with its control characters replaced, which a terminal would obey.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The text with a lower-case first letter.
#[must_use]
pub fn uncapitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(printable("\u{1b}[2J\u{43f}\n"), "\u{fffd}[2J\u{43f}\u{fffd}");
    }

    #[test]
    fn the_first_letter_becomes_lower_case() {
        assert_eq!(uncapitalized("\u{41f}a B"), "\u{43f}a B");
        assert_eq!(uncapitalized(""), "");
    }
}
