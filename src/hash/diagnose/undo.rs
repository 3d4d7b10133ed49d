//! Undoes what programs do to a hash on its way, to find out what was done to one that cannot be read.

use std::fmt;
use std::mem::discriminant;

use base64ct::{Base64Unpadded, Encoding};
use unicode_normalization::UnicodeNormalization;

use crate::hash::encoded::{Encoded, ParseError, START, Variant, is_letter};
use crate::system::text::is_invisible;

/// What was done to a hash, in words that follow "the hash".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mishap {
    #[error("has an invisible character (U+{code:04X}){0}", code = u32::from(.0.character))]
    Invisible(Found),
    #[error("has a line break{0}")]
    LineBreak(Found),
    #[error("has a space or a tab{0}")]
    Blank(Found),
    #[error("has a quotation mark or a backtick{0}")]
    QuotationMark(Found),
    #[error("has a sign too many ({sign}){0}", sign = .0.character)]
    Sign(Found),
    #[error("has a character{0} that only looks like the right one")]
    LookAlike(Found),
    #[error("has other text before it, after it or in it")]
    Surrounded,
    #[error("has a prefix, as Django, Spring and LDAP servers store it")]
    Prefixed,
    #[error("is followed by another hash")]
    Repeated,
    #[error("has doubled $ signs, as in a Compose file or a Makefile")]
    Doubled,
    #[error("has backslash escapes, as in JSON or a script")]
    Escaped,
    #[error("is percent-encoded, as in a URL")]
    Percent,
    #[error("is written in HTML, as in the source of a web page")]
    Html,
    #[error("is written in quoted-printable, as in the source of a mail")]
    Mail,
    #[error("is encoded in base64")]
    Base64,
    #[error("is written in hexadecimal")]
    Hex,
    #[error("has a terminal's marks of a paste around it")]
    PasteMarks,
    #[error("has a terminal's codes for colors")]
    Colors,
    #[error("has a space in place of each +")]
    Spaces,
    #[error("has - and _ in place of + and /, as URL-safe base64 has")]
    UrlSafe,
    #[error("has \\ in place of /")]
    Backslashes,
    #[error("has = padding, which Argon2 hashes do not use")]
    Padded,
    #[error("has capital letters before its salt")]
    Capitals,
    #[error("lacks a $, or several")]
    Dollars,
    #[error("lacks its start")]
    Start,
    #[error("is spelled in another way before its salt")]
    Respelled,
}

/// A character that is not part of a hash, and the first place where it is: its number among the characters of the text
/// that was given, from 1. None if it came out only when something else had been undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    character: char,
    position: Option<usize>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.position.map_or(Ok(()), |position| write!(f, " at position {position}"))
    }
}

impl Mishap {
    /// Counts in the text that was given, after this was found in one that something was undone in.
    fn located_in(mut self, given: &str) -> Self {
        use Mishap::{Blank, Invisible, LineBreak, LookAlike, QuotationMark, Sign};
        if let Invisible(found) | LineBreak(found) | Blank(found) | QuotationMark(found) | Sign(found)
        | LookAlike(found) = &mut self
        {
            let place = given.chars().position(|c| c == found.character && !is_letter(c));
            found.position = place.map(|before| before + 1);
        }
        self
    }
}

/// A text with something undone, and what that was. The text may be the same as before.
type Undone = Option<(String, Vec<Mishap>)>;

/// What can be undone. Where two would do, the earlier one is named.
const PRECISE: [fn(&str) -> Undone; 18] = [
    |text| only(Mishap::Spaces, with_pluses(text)),
    |text| only(Mishap::Padded, without_padding(text)),
    |text| only(Mishap::Doubled, text.replace("$$$$", "$").replace("$$", "$")),
    |text| only(Mishap::Escaped, decoded(text, '\\', escaped)),
    |text| only(Mishap::Backslashes, text.replace('\\', "/")),
    |text| only(Mishap::Percent, decoded(text, '%', |after| number(after, 2, 16))),
    |text| only(Mishap::Html, decoded(&decoded(text, '<', tag), '&', entity)),
    |text| only(Mishap::Mail, from_mail(text)),
    |text| only(Mishap::UrlSafe, text.replace('-', "+").replace('_', "/")),
    |text| only(Mishap::Base64, from_base64(text)),
    |text| only(Mishap::Hex, from_hex(text)),
    |text| only(Mishap::PasteMarks, decoded(&text.replace("\u{1b}[", "["), '[', paste_mark)),
    |text| only(Mishap::Colors, decoded(&text.replace("\u{1b}[", "["), '[', color)),
    |text| {
        only(
            Mishap::Repeated,
            text[..text.match_indices(START).nth(1)?.0]
                .trim_end_matches(|c: char| !c.is_ascii_alphanumeric())
                .to_owned(),
        )
    },
    with_ascii_characters,
    |text| only(Mishap::Capitals, with_small_letters(text)),
    |text| only(Mishap::Start, with_start(text)),
    without_other_characters,
];
/// What explains much of the same, but says less about it, and so is tried last.
const BROAD: [fn(&str) -> Undone; 3] = [
    without_other_text,
    |text| only(Mishap::Dollars, with_dollars(text)),
    |text| only(Mishap::Respelled, with_usual_signs(text)),
];

/// More was hardly ever done to one hash.
const MAX_STEPS: usize = 3;
/// Bounds the time and the memory for a text that was made to have many forms.
const MAX_FORMS: usize = 500;

/// What was done to a hash, if undoing it makes a text that can be read, in the order of undoing.
pub(super) fn mishaps(text: &str) -> Option<Vec<Mishap>> {
    let all = || [PRECISE.as_slice(), &BROAD].concat();
    fewest(text, &PRECISE, is_likely).or_else(|| fewest(text, &all(), is_likely))
}

/// The same for a hash that also is cut off.
pub(super) fn mishaps_of_a_part(text: &str) -> Option<Vec<Mishap>> {
    use ParseError::{Parameters, TooLong, Variant, Version};
    let is_start = |text: &str| !matches!(Encoded::read(text), Err(Variant | Version | Parameters | TooLong));
    fewest(text, &PRECISE, is_start)
}

/// Whether this is a hash of lengths that are in use. Other lengths may come from letters that are missing or too many.
fn is_likely(text: &str) -> bool {
    Encoded::read(text).is_ok_and(|hash| hash.salt.len() % 2 == 0 && hash.tag.len() % 4 == 0)
}

/// The fewest undoings that make what is wanted of a text.
fn fewest(text: &str, undoings: &[fn(&str) -> Undone], is_wanted: fn(&str) -> bool) -> Option<Vec<Mishap>> {
    let mut forms = vec![(text.to_owned(), Vec::new())];
    let mut last_step = 0..1;
    for _ in 0..MAX_STEPS {
        let next_step = forms.len();
        for (at, undo) in last_step.flat_map(|at| undoings.iter().map(move |undo| (at, undo))) {
            let (form, before) = &forms[at];
            let Some((undone, mut mishaps)) = undo(form) else { continue };
            if forms.len() == MAX_FORMS {
                return None;
            }
            if forms.iter().any(|(known, _)| *known == undone) {
                continue;
            }
            if at > 0 {
                let located = mishaps.into_iter().map(|mishap| mishap.located_in(text));
                mishaps = before.iter().copied().chain(located).collect();
            }
            if is_wanted(&undone) {
                return Some(mishaps);
            }
            forms.push((undone, mishaps));
        }
        last_step = next_step..forms.len();
    }
    None
}

fn only(mishap: Mishap, undone: impl Into<Option<String>>) -> Undone {
    Some((undone.into()?, vec![mishap]))
}

fn without_other_characters(text: &str) -> Undone {
    // The tag has neither of the three signs that are before it.
    let tag = text.match_indices('$').nth(4).map_or(text.len(), |(dollar, _)| dollar);
    // A backslash belongs to what is after it.
    let is_kept = |at, c| c == '\\' || is_letter(c) && (at <= tag || !"$=,".contains(c));
    let extras = extras(text, is_kept);
    let kept = || text.char_indices().filter(|&(at, c)| is_kept(at, c)).map(|(_, c)| c).collect();
    (!extras.is_empty()).then(|| (kept(), extras))
}

fn without_other_text(text: &str) -> Undone {
    let hash = Encoded::find_in(text)?;
    // A shorter tag may be the first part of one that something is in (RFC 9106 section 4: 128 bits are enough).
    Encoded::read(&text[hash.clone()]).ok().filter(|hash| hash.tag.len() >= 16)?;
    let (before, after) = (&text[..hash.start], &text[hash.end..]);
    let is_stored = before.eq_ignore_ascii_case("argon2") || before.starts_with('{') && before.ends_with('}');
    let extras = if is_stored && after.is_empty() {
        vec![Mishap::Prefixed]
    } else {
        extras(text, |at, _| hash.contains(&at))
    };
    Some((text[hash].to_owned(), extras))
}

/// The kinds of characters that are not kept, each once.
fn extras(text: &str, is_kept: impl Fn(usize, char) -> bool) -> Vec<Mishap> {
    let mut found: Vec<Mishap> = Vec::new();
    for (position, (_, c)) in (1..).zip(text.char_indices()).filter(|(_, (at, c))| !is_kept(*at, *c)) {
        let kind = match c {
            '\n' | '\r' => Mishap::LineBreak,
            ' ' | '\t' => Mishap::Blank,
            '"' | '\'' | '`' | '‘'..='‟' | '«' | '»' | '‹' | '›' => Mishap::QuotationMark,
            c if c.is_control() || is_invisible(c) => Mishap::Invisible,
            c if c.is_alphanumeric() => |_| Mishap::Surrounded,
            _ => Mishap::Sign,
        };
        let extra = kind(Found { character: c, position: Some(position) });
        if !found.iter().any(|known| discriminant(known) == discriminant(&extra)) {
            found.push(extra);
        }
    }
    if found.contains(&Mishap::Surrounded) {
        found.retain(|extra| matches!(extra, Mishap::Invisible(_) | Mishap::Surrounded));
    }
    found
}

/// What stands for a character, or for nothing, at the start of a text, and the text after it.
type Decoded<'a> = Option<(Option<char>, &'a str)>;

/// Decodes what follows each mark, if it is a code.
fn decoded(text: &str, mark: char, decode: impl Fn(&str) -> Decoded<'_>) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(mark) {
        let (character, after) = decode(after).unwrap_or((Some(mark), after));
        plain.push_str(before);
        plain.extend(character);
        rest = after;
    }
    plain + rest
}

fn number(text: &str, digits: usize, radix: u32) -> Decoded<'_> {
    let (number, after) = text.split_at_checked(digits)?;
    Some((Some(char::from_u32(u32::from_str_radix(number, radix).ok()?)?), after))
}

/// What is after `[` in the codes that color a terminal's text (ECMA-48 section 5.4): numbers, and a letter.
fn color(text: &str) -> Decoded<'_> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    rest.strip_prefix(|c: char| c.is_ascii_alphabetic()).map(|after| (None, after))
}

/// What is after `[` in the marks that a terminal puts around a paste (xterm's ctlseqs.txt, Bracketed Paste Mode).
fn paste_mark(text: &str) -> Decoded<'_> {
    text.strip_prefix("200~").or_else(|| text.strip_prefix("201~")).map(|after| (None, after))
}

/// In JSON, Python, PHP, C and shells: `u002B`, `u{2B}`, `U0000002B`, `x2B`, `053`, `n`, or the character itself.
fn escaped(text: &str) -> Decoded<'_> {
    const NUMBERS: [(&str, usize, u32); 4] = [("u", 4, 16), ("U", 8, 16), ("x", 2, 16), ("", 3, 8)];
    let by_number = NUMBERS.into_iter().find_map(|(letter, digits, radix)| {
        let text = text.strip_prefix(letter)?;
        let in_braces = text.strip_prefix('{').and_then(|text| {
            let (character, after) = number(text, text.find('}')?, radix)?;
            Some((character, &after[1..]))
        });
        in_braces.or_else(|| number(text, digits, radix))
    });
    by_number.or_else(|| {
        let mut characters = text.chars();
        let character = characters.next().map(|c| if matches!(c, 'n' | 'r') { '\n' } else { c });
        Some((character, characters.as_str()))
    })
}

fn tag(text: &str) -> Decoded<'_> {
    let (name, after) = text.split_once('>')?;
    name.starts_with(|c: char| c == '/' || c.is_ascii_alphabetic()).then_some((None, after))
}

/// The entities of HTML and XML for characters that are in hashes or around them; any other stands for nothing.
fn entity(text: &str) -> Decoded<'_> {
    // Each name follows its character.
    const NAMES: &str = "$dollar =equals ,comma +plus /sol &amp";
    let by_number = |start, radix| {
        let digits = text.strip_prefix(start)?;
        number(digits, digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len()), radix)
    };
    let by_name = || {
        NAMES.split(' ').find_map(|name| {
            let mut name = name.chars();
            Some((name.next(), text.strip_prefix(name.as_str())?))
        })
    };
    let other = || {
        let after_name = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        after_name.strip_prefix(';').map(|after| (None, after))
    };
    let by_number = by_number("#x", 16).or_else(|| by_number("#X", 16)).or_else(|| by_number("#", 10));
    by_number
        .or_else(by_name)
        .or_else(other)
        .map(|(character, after)| (character, after.strip_prefix(';').unwrap_or(after)))
}

/// Puts a `+` for each space, if that makes a hash as long as most: blanks that were put in make a longer one.
fn with_pluses(text: &str) -> Option<String> {
    let plain = text.replace(' ', "+");
    Encoded::read(&plain).is_ok_and(|hash| hash.salt.len() == 16 && hash.tag.len() == 32).then_some(plain)
}

/// Joins lines that end with `=`, and decodes each `=3D` and its like (RFC 2045 section 6.7).
fn from_mail(text: &str) -> String {
    let joined = decoded(text, '=', |after| {
        after.starts_with(char::is_whitespace).then(|| (None, after.trim_start()))
    });
    if joined.contains("=3D") || joined.contains("=3d") {
        decoded(&joined, '=', |after| number(after, 2, 16))
    } else {
        joined
    }
}

/// Any base64, also with a label, with line breaks, URL-safe, or of UTF-16, as PowerShell encodes text.
fn from_base64(text: &str) -> Option<String> {
    let usual: String = text.replace('-', "+").replace('_', "/").split_whitespace().collect();
    let (_, unlabeled) = usual.rsplit_once([':', ',', '}']).unwrap_or(("", &usual));
    let bytes = Base64Unpadded::decode_vec(unlabeled.trim_end_matches('=')).ok()?;
    Some(String::from_utf8(bytes).ok()?.replace('\0', ""))
}

/// Pairs of digits, also as databases and dumps write them: after `0x` or `\x`, or with a blank or a colon between two.
fn from_hex(text: &str) -> Option<String> {
    let pairs = text.strip_prefix("0x").or_else(|| text.strip_prefix("\\x")).unwrap_or(text);
    let digit = |c: char| c.to_digit(16);
    let digits = pairs.replace([' ', ':', '\n'], "").chars().map(digit).collect::<Option<Vec<u32>>>()?;
    digits.chunks(2).map(|pair| char::from_u32(pair[0] * 16 + pair.get(1)?)).collect()
}

fn without_padding(text: &str) -> Option<String> {
    let text = text.strip_prefix('$')?.replace("==", "=").replace("=$", "$");
    Some(format!("${}", text.trim_end_matches('=')))
}

/// Full-width and typographic forms by Unicode's compatibility forms (NFKC), and letters that look like Latin ones.
fn with_ascii_characters(text: &str) -> Undone {
    // The last is the slash of a fraction.
    const OTHERS: &str = "АВЕКМНОРСТХІЈаеорсухі⁄";
    const LATIN: &str = "ABEKMHOPCTXIJaeopcyxi/";
    let (before, character) = text.chars().enumerate().find(|(_, c)| !c.is_ascii())?;
    let latin =
        |c: char| OTHERS.chars().zip(LATIN.chars()).find(|(other, _)| *other == c).map_or(c, |(_, c)| c);
    let found = Found { character, position: Some(before + 1) };
    only(Mishap::LookAlike(found), text.nfkc().map(latin).collect::<String>())
}

/// Unless all letters are capital: then the small ones of the salt and the tag are lost.
fn with_small_letters(text: &str) -> Option<String> {
    let (start, _) = text.rmatch_indices('$').nth(1)?;
    let (head, rest) = text.split_at(start);
    rest.contains(|c: char| c.is_ascii_lowercase()).then(|| head.to_ascii_lowercase() + rest)
}

/// Puts a `$` at the start, or wherever one belongs in a hash with 16 bytes of salt and 32 of tag, as most have.
fn with_dollars(text: &str) -> Option<String> {
    let after_dollar = format!("${text}");
    if is_likely(&after_dollar) {
        return Some(after_dollar);
    }
    let bare = (text.matches('$').count() < 5).then(|| text.replace('$', ""))?;
    let (rest, tag) = bare.split_at_checked(bare.len().checked_sub(43)?)?;
    let (head, salt) = rest.split_at_checked(rest.len().checked_sub(22)?)?;
    Some(format!("${}${salt}${tag}", head.replacen("v=", "$v=", 1).replacen("m=", "$m=", 1)))
}

/// Puts before a text as much of the usual start as makes a hash of it, if what is left of it has a parameter.
fn with_start(text: &str) -> Option<String> {
    let starts = Variant::ALL.map(|variant| format!("${}$v=19$m=65536,t=3,", variant.name()));
    let mut whole =
        starts.iter().flat_map(|start| (2..=start.len()).map(move |end| format!("{}{text}", &start[..end])));
    whole.find(|whole| Encoded::read(whole).is_ok())
}

/// Finds what stands for `$` beside the name, and then the numbers by the letters before them.
fn with_usual_signs(text: &str) -> Option<String> {
    let name = Variant::ALL.into_iter().map(Variant::name).find(|name| text.contains(name))?;
    let (dollar, _) = text.split_once(name)?.1.split_once('v').filter(|(dollar, _)| !dollar.is_empty())?;
    let usual = text.replace(dollar, "$");
    let (mut head, mut rest) =
        usual.split_once(name).map(|(before, after)| (format!("{before}{name}"), after))?;
    for (sign, letter) in ["$v=", "$m=", ",t=", ",p="].into_iter().zip("vmtp".chars()) {
        let digits = rest.split_once(letter)?.1.trim_start_matches(|c: char| !c.is_ascii_digit());
        rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        head = head + sign + &digits[..digits.len() - rest.len()];
    }
    Some(head + rest)
}
