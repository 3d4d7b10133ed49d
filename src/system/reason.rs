//! Adapts texts from the system, libraries and files to this program's messages.

/// The operating system's reason: `permission denied`.
#[must_use]
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    uncapitalized(text.split(" (os error").next().unwrap_or_default())
}

/// Replaces control characters, which a terminal would obey.
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
    fn a_terminal_obeys_nothing_of_a_text() {
        assert_eq!(printable("\u{1b}[2J\u{43f}\n"), "\u{fffd}[2J\u{43f}\u{fffd}");
    }

    #[test]
    fn a_reason_goes_on_with_a_sentence() {
        let error = std::io::Error::other("Is gone (os error 1)");
        assert_eq!(reason(&error), "is gone");
        assert_eq!(uncapitalized("\u{41f}a B"), "\u{43f}a B");
        assert_eq!(uncapitalized(""), "");
    }
}
