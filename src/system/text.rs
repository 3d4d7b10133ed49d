//! Texts of files, users and libraries: their byte order marks, which characters nobody sees and which are dashes, what
//! becomes of them in a message, and the one rule for mistyped names, of options and of members in the config.

use std::fmt;
use std::ops::{Range, RangeInclusive};

/// The byte order mark of UTF-8, which some editors and shells put at the start of a text.
pub const UTF8_MARK: &str = "\u{feff}";

/// The characters with the property `Default_Ignorable_Code_Point`, which are shown as nothing (Unicode Character
/// Database, `DerivedCoreProperties.txt`). Unassigned ones are among them, so new versions seldom add any.
const IGNORABLE: [RangeInclusive<char>; 17] = [
    '\u{AD}'..='\u{AD}',
    '\u{34F}'..='\u{34F}',
    '\u{61C}'..='\u{61C}',
    '\u{115F}'..='\u{1160}',
    '\u{17B4}'..='\u{17B5}',
    '\u{180B}'..='\u{180F}',
    '\u{200B}'..='\u{200F}',
    '\u{202A}'..='\u{202E}',
    '\u{2060}'..='\u{206F}',
    '\u{3164}'..='\u{3164}',
    '\u{FE00}'..='\u{FE0F}',
    '\u{FEFF}'..='\u{FEFF}',
    '\u{FFA0}'..='\u{FFA0}',
    '\u{FFF0}'..='\u{FFF8}',
    '\u{1BCA0}'..='\u{1BCA3}',
    '\u{1D173}'..='\u{1D17A}',
    '\u{E0000}'..='\u{E0FFF}',
];

/// The characters with the property `Dash` (Unicode Character Database, `PropList.txt`): every dash, hyphen and minus.
const DASHES: &str = "-\u{58A}\u{5BE}\u{1400}\u{1806}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2053}\
    \u{207B}\u{208B}\u{2212}\u{2E17}\u{2E1A}\u{2E3A}\u{2E3B}\u{2E40}\u{2E5D}\u{301C}\u{3030}\u{30A0}\u{FE31}\u{FE32}\
    \u{FE58}\u{FE63}\u{FF0D}\u{10D6E}\u{10EAD}";

/// One letter in so many may be wrong in a mistyped name.
const LETTERS_PER_MISTAKE: usize = 4;
/// A name of one letter says too little: every other letter is one mistake away, and it begins many names.
const MIN_LETTERS: usize = 2;

/// An encoding of Unicode whose texts are known by their byte order mark (The Unicode Standard, section 23.8), or by
/// their NULs. Without a mark, the order of the bytes must be known, from the least (`Le`) or from the most significant
/// on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WideEncoding {
    Utf16,
    Utf16Le,
    Utf16Be,
    Utf32,
    Utf32Le,
    Utf32Be,
}

impl WideEncoding {
    /// The encoding whose byte order mark a text starts with. The little-endian mark of UTF-32 starts like that of
    /// UTF-16, with a NUL after it, which no text of UTF-16 starts with.
    pub fn of(text: &[u8]) -> Option<Self> {
        match text {
            [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Some(Self::Utf32),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some(Self::Utf16),
            _ => None,
        }
    }

    /// The encoding whose mark a text has, or whose letters: in UTF-16, the first 2048 characters, which are the letters
    /// of Latin, Greek, Cyrillic, Hebrew and Arabic, have less than 8 in every other byte. No text in UTF-8 that people
    /// write has a control character after every other one.
    pub fn of_letters(text: &[u8]) -> Option<Self> {
        const LETTERS: usize = 2;
        let low_from = |start| text.iter().skip(start).step_by(2).all(|&byte| byte < 8);
        let has_letters = text.len() >= 2 * LETTERS;
        Self::of(text).or(match (low_from(0), low_from(1)) {
            (true, false) if has_letters => Some(Self::Utf16Be),
            (false, true) if has_letters => Some(Self::Utf16Le),
            _ => None,
        })
    }

    /// The encoding whose mark a text has, or whose NULs, which ASCII has in every other byte of UTF-16, and in UTF-32
    /// in the byte between two of them, too.
    pub fn of_ascii(text: &[u8]) -> Option<Self> {
        let nul_from = |start| text.len() > 1 && text.iter().skip(start).step_by(2).all(|&byte| byte == 0);
        let has_two = text.get(1..3) == Some(&[0, 0]);
        Self::of(text).or(match (nul_from(0), nul_from(1)) {
            (true, false) => Some(if has_two { Self::Utf32Be } else { Self::Utf16Be }),
            (false, true) => Some(if has_two { Self::Utf32Le } else { Self::Utf16Le }),
            _ => None,
        })
    }
}

impl fmt::Display for WideEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16 | Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Utf32 | Self::Utf32Le | Self::Utf32Be => "UTF-32",
        })
    }
}

/// The part of a text without byte order marks at its start and line ends at its end, which files, pipes and variables
/// have, and nobody types.
pub fn bare(text: &[u8]) -> Range<usize> {
    let end = text.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
    let mark = UTF8_MARK.as_bytes();
    let marks = text[..end].chunks(mark.len()).take_while(|bytes| *bytes == mark).count();
    marks * mark.len()..end
}

/// Whether nobody sees this character, or takes it for a space: it is ignorable, or white space other than U+0020.
pub fn is_invisible(c: char) -> bool {
    (c.is_whitespace() && c != ' ') || IGNORABLE.iter().any(|range| range.contains(&c))
}

/// Whether this is a dash of any kind.
pub fn is_dash(c: char) -> bool {
    DASHES.contains(c)
}

/// The text on one line, without what a terminal would obey: control characters, the line and paragraph separators, and
/// those that set the direction of writing (Unicode Character Database, `Bidi_Control`), which can make a name look like
/// another.
pub fn printable(text: &str) -> String {
    let is_obeyed = |c: char| {
        let sets_direction = matches!(c, '\u{61C}' | '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || sets_direction
    };
    text.chars().map(|c| if is_obeyed(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The text with a lower-case first letter.
pub fn uncapitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// How many letters must change to turn `typed` into `name`; none if they are too many for a mistyped name.
/// Two letters that changed places are one mistake. One mistake is always allowed, but in a name of one letter.
pub fn mistakes(typed: &str, name: &str) -> Option<usize> {
    let letters = typed.chars().count();
    let allowed = if letters < MIN_LETTERS { 0 } else { (letters / LETTERS_PER_MISTAKE).max(1) };
    Some(strsim::osa_distance(typed, name)).filter(|mistakes| *mistakes <= allowed)
}

/// The positions of the names that may be meant: those that begin with `typed`, or else the one with the
/// fewest mistakes, if any has few enough.
pub fn nearest(typed: &str, names: &[String]) -> Vec<usize> {
    let is_begun = |name: &String| typed.chars().count() >= MIN_LETTERS && name.starts_with(typed);
    let begun: Vec<usize> = (0..names.len()).filter(|&index| is_begun(&names[index])).collect();
    if !begun.is_empty() {
        return begun;
    }
    let counted = (0..names.len()).filter_map(|index| Some((mistakes(typed, &names[index])?, index)));
    counted.min().map(|(_, index)| index).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(printable("\u{1b}[2J\u{43f}\n"), "\u{fffd}[2J\u{43f}\u{fffd}");
        assert_eq!(printable("a\u{202e}b\u{2069}\u{200d}"), "a\u{fffd}b\u{fffd}\u{200d}");
        assert_eq!(printable("a\u{2028}b\u{2029}\u{85}"), "a\u{fffd}b\u{fffd}\u{fffd}");
    }

    #[test]
    fn the_first_letter_becomes_lower_case() {
        assert_eq!(uncapitalized("\u{41f}a B"), "\u{43f}a B");
        assert_eq!(uncapitalized(""), "");
    }

    #[test]
    fn one_letter_in_four_may_be_wrong_and_one_in_any_name_of_two_or_more() {
        for (typed, name, expected) in [
            ("key", "key", Some(0)),
            ("kye", "key", Some(1)),
            ("ke", "key", Some(1)),
            ("k", "key", None),
            ("k", "a", None),
            ("k", "k", Some(0)),
            ("ver", "key", None),
            ("formta", "format", Some(1)),
            ("frmta", "format", None),
            ("passwrd", "password", Some(1)),
            ("paswordfiel", "passwordfile", Some(2)),
            ("ключь", "ключ", Some(1)),
        ] {
            assert_eq!(mistakes(typed, name), expected, "{typed} for {name}");
        }
    }

    #[test]
    fn a_beginning_means_every_name_that_has_it_and_goes_before_a_mistake() {
        let names = ["verify", "version", "help", "key", "keys"].map(str::to_owned);
        for (typed, expected) in [
            ("veri", &["verify"][..]),
            ("ver", &["verify", "version"]),
            ("key", &["key", "keys"]),
            ("he", &["help"]),
            ("hlep", &["help"]),
            ("h", &[]),
            ("", &[]),
            ("other", &[]),
        ] {
            let meant: Vec<&str> = nearest(typed, &names).into_iter().map(|index| &*names[index]).collect();
            assert_eq!(meant, expected, "{typed}");
        }
    }
}
