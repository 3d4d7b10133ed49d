//! Parses the values of options.

use std::ffi::OsStr;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use jsonptr::PointerBuf;

use super::help;
use crate::hash::params::{Profile, parse_decimal, parse_each_once};

/// The longest time for `--calibrate`, in milliseconds. No login should take longer.
pub const MAX_MILLISECONDS: u64 = 60_000;

/// KiB per unit, by the unit's first letter. Every spelling means powers of 1,024: `64mb` is 64 MiB.
const UNITS: [(char, u128); 4] = [('k', 1), ('m', 1 << 10), ('g', 1 << 20), ('t', 1 << 30)];

/// The most digits after the point. 20 can write one KiB in GiB; more could overflow 128 bits.
const MAX_FRACTION_DIGITS: u32 = 20;

/// Why a value is refused. Never contains the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid value")]
pub enum InvalidValue {
    /// Not a memory size.
    Size,
    /// A memory size, but not a whole number of KiB.
    Fraction,
    Number,
    Time,
    Cost,
    /// A JSON pointer that does not start with a slash.
    NoSlash,
    /// A JSON pointer with a `~` that is not part of `~0` or `~1`.
    Tilde,
}

/// Reads a memory size: a whole number of KiB, or a decimal number with a unit (`64MiB`, `0.5GiB`,
/// `64M`, `64mb`). Returns KiB. A size that does not fit becomes `u64::MAX`; callers check the range.
///
/// # Errors
///
/// [`InvalidValue::Size`] and [`InvalidValue::Fraction`]
pub fn memory(text: &str) -> Result<u64, InvalidValue> {
    let text = text.trim();
    let digits = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = kib_in(unit.trim_start()).ok_or(InvalidValue::Size)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return Err(InvalidValue::Size);
    }
    let fraction = fraction.trim_end_matches('0');
    let fraction_digits = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if fraction_digits > MAX_FRACTION_DIGITS {
        return Err(InvalidValue::Fraction);
    }
    // Only digits are left, so parsing fails only on overflow.
    let whole = whole.parse().unwrap_or(u128::MAX);
    let parts: u128 = format!("0{fraction}").parse().map_err(|_| InvalidValue::Fraction)?;
    let parts_in_one = 10u128.pow(fraction_digits);
    if !(parts * unit).is_multiple_of(parts_in_one) {
        return Err(InvalidValue::Fraction);
    }
    let kib = whole.saturating_mul(unit).saturating_add(parts * unit / parts_in_one);
    Ok(u64::try_from(kib).unwrap_or(u64::MAX))
}

/// Whether a word is the unit of a memory size that has none: `MiB` of `64`.
pub(super) fn is_unit_of(size: &OsStr, word: &OsStr) -> bool {
    let has_none = size.to_str().is_some_and(|size| size.ends_with(|last: char| last.is_ascii_digit()));
    has_none && word.to_str().is_some_and(|word| !word.is_empty() && kib_in(word).is_some())
}

/// Reads a JSON pointer (RFC 6901) to something inside the document.
///
/// # Errors
///
/// [`InvalidValue::NoSlash`] and [`InvalidValue::Tilde`]
pub fn pointer(text: &str) -> Result<PointerBuf, InvalidValue> {
    if !text.starts_with('/') {
        return Err(InvalidValue::NoSlash);
    }
    PointerBuf::parse(text).map_err(|_| InvalidValue::Tilde)
}

/// Reads a whole number. One that does not fit becomes `u64::MAX`; callers check the range.
pub(super) fn number(text: &str) -> Result<u64, InvalidValue> {
    parse_decimal(text.trim()).ok_or(InvalidValue::Number)
}

/// Reads a time: milliseconds (`500`, `500ms`) or seconds (`2s`).
pub(super) fn milliseconds(text: &str) -> Result<u64, InvalidValue> {
    let text = text.trim();
    let (count, unit) = match text.strip_suffix("ms") {
        Some(count) => (count, 1),
        None => text.strip_suffix('s').map_or((text, 1), |count| (count, 1_000)),
    };
    let milliseconds = number(count).map(|count| count.saturating_mul(unit));
    milliseconds.ok().filter(|time| (1..=MAX_MILLISECONDS).contains(time)).ok_or(InvalidValue::Time)
}

/// Reads a cost (`m=65536,t=3,p=4`, in any order, also after `--cost=` as `--calibrate` prints it): KiB, iterations,
/// lanes.
pub(super) fn cost(text: &str) -> Result<[u64; 3], InvalidValue> {
    let number = |name: &str, value: &str| match name {
        "m" => memory(value).ok(),
        _ => number(value).ok(),
    };
    let text = text.trim();
    parse_each_once(text.strip_prefix("--cost=").unwrap_or(text), number).ok_or(InvalidValue::Cost)
}

fn kib_in(unit: &str) -> Option<u128> {
    let unit = unit.to_ascii_lowercase();
    if unit.is_empty() {
        return Some(1);
    }
    UNITS
        .iter()
        .find_map(|&(letter, kib)| matches!(unit.strip_prefix(letter)?, "" | "b" | "ib").then_some(kib))
}

impl ValueEnum for Profile {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let [_, memory, iterations, parallelism, _] = help::row(*self);
        Some(PossibleValue::new(self.name()).help(format!("{memory}, t={iterations}, p={parallelism}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/cost.md: "`64MiB` and `1GiB` have a unit, and `64M` and `64mb` mean `64MiB`"
    #[test]
    fn sizes_may_have_a_unit_in_any_spelling() {
        for text in
            ["65536", "65536KiB", "64MiB", "64mib", "64M", "64m", "64mb", "64MB", "64 MiB", "0.0625GiB"]
        {
            assert_eq!(memory(text), Ok(65_536), "{text}");
        }
        assert_eq!(memory("1GiB"), Ok(1 << 20));
        assert_eq!(memory("0.5GiB"), Ok(1 << 19));
        assert_eq!(memory("1.50MiB"), Ok(1_536));
        assert_eq!(memory("19456.0"), Ok(19_456));
        assert_eq!(memory("0"), Ok(0));
        assert_eq!(memory("2TiB"), Ok(1 << 31));
        assert_eq!(memory("0.0009765625GiB"), Ok(1_024));
        assert_eq!(memory("0.00000095367431640625GiB"), Ok(1));
        assert_eq!(memory(" 64 MiB "), Ok(65_536));
    }

    #[test]
    fn a_size_that_does_not_fit_becomes_the_largest_number() {
        for text in [
            "18446744073709551615GiB",
            "18446744073709551616",
            &"9".repeat(60),
            &format!("{}.5TiB", "9".repeat(40)),
        ] {
            assert_eq!(memory(text), Ok(u64::MAX), "{text}");
        }
    }

    #[test]
    fn times_are_milliseconds_or_have_a_unit() {
        for (text, time) in [
            ("500", 500),
            ("500ms", 500),
            ("2s", 2_000),
            ("60s", 60_000),
            ("1", 1),
            (" 60 ms ", 60),
            ("5 s", 5_000),
        ] {
            assert_eq!(milliseconds(text), Ok(time), "{text}");
        }
        for text in ["", "0", "60001", "61s", "ms", "s", "1.5s", "-5", "5m", "5 m s", "18446744073709551615s"]
        {
            assert_eq!(milliseconds(text), Err(InvalidValue::Time), "{text}");
        }
    }

    /// As a memory size, so that a variable with a space or a line end is taken everywhere or nowhere.
    #[test]
    fn white_space_around_a_number_is_no_part_of_it() {
        for text in ["3", "3 ", " 3\n", "\t3\r\n"] {
            assert_eq!((number(text), memory(text), milliseconds(text)), (Ok(3), Ok(3), Ok(3)), "{text:?}");
        }
        for text in ["", " ", "3 3", "+3", "3,", "\u{663}"] {
            assert_eq!(number(text), Err(InvalidValue::Number), "{text:?}");
        }
        assert_eq!(cost("m= 8,t=3 ,p= 1 "), Ok([8, 3, 1]));
    }

    #[test]
    fn a_cost_has_each_number_once_in_any_order() {
        for text in ["m=65536,t=3,p=4", "p=4,m=65536,t=3", "t=3,p=4,m=64MiB"] {
            assert_eq!(cost(text), Ok([65_536, 3, 4]), "{text}");
        }
        for text in [
            "",
            "m=8",
            "m=8,t=1",
            "m=8,t=1,p=1,p=1",
            "m=8,t=1,p=1,",
            "m=8 t=1 p=1",
            "m=,t=1,p=1",
            "m=8,t=x,p=1",
            "m=8,t=1,x=1",
        ] {
            assert_eq!(cost(text), Err(InvalidValue::Cost), "{text}");
        }
    }

    #[test]
    fn other_text_is_refused_as_a_size() {
        for text in [
            "", "MiB", "s3cret", "64PiB", "64MiBs", "64KMiB", "-64", "+64", "64,5MiB", "6_4", "1e3", ".5GiB",
            "1.GiB", "1.2.3", ".", "64 M iB", "6 4", "٦٤", "0x40", "64b", "64ib",
        ] {
            assert_eq!(memory(text), Err(InvalidValue::Size), "{text}");
        }
        for text in ["0.5", "0.0001MiB", "0.3MiB", "1.0000000001GiB", "0.000000000000000000001GiB"] {
            assert_eq!(memory(text), Err(InvalidValue::Fraction), "{text}");
        }
    }
}
