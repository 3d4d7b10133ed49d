//! The system's sentences, in the form that messages here have.

/// The operating system's reason: `permission denied`.
#[must_use]
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    uncapitalized(text.split(" (os error").next().unwrap_or_default())
}

/// A library's sentence in the form that messages here have.
#[must_use]
pub fn uncapitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
