//! A memory size as people write it, and back.

/// KiB in one of each unit, by the letter that names it. The field counts memory in powers of
/// 1,024 whatever the unit is called, and so does everybody who types `64mb` here.
const UNITS: [(char, u64); 3] = [('k', 1), ('m', 1 << 10), ('g', 1 << 20)];

/// Digits after the point that are looked at; a KiB is less than a billionth of no unit here.
const MAX_FRACTION_DIGITS: usize = 9;

/// Why a text is not a memory size. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASize {
    /// It isn't a number, or has a unit that isn't known.
    #[error("a memory size is a number of KiB, or has a unit: 65536, 64MiB or 2GiB")]
    Unreadable,
    /// It is a number, but not of whole KiB.
    #[error("a memory size must come to a whole number of KiB")]
    Fraction,
    /// It is a number that no machine could have.
    #[error("this memory size is beyond any machine")]
    TooLarge,
}

/// Reads a memory size: a whole number of KiB, or a decimal number with a unit (`64MiB`,
/// `0.5GiB`; also `64M` and `64mb`). Returns KiB.
///
/// ```
/// assert_eq!(tc_calendar::size::parse_kib("64MiB"), Ok(65_536));
/// ```
///
/// # Errors
///
/// [`NotASize`], where the text is none or doesn't come to whole KiB.
pub fn parse_kib(text: &str) -> Result<u64, NotASize> {
    let digits = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = kib_in(unit.trim_start()).ok_or(NotASize::Unreadable)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return Err(NotASize::Unreadable);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > MAX_FRACTION_DIGITS {
        return Err(NotASize::Fraction);
    }
    // Digits only from here on, so what does not parse does not fit.
    let whole: u64 = whole.parse().map_err(|_| NotASize::TooLarge)?;
    let parts: u64 = format!("0{fraction}").parse().map_err(|_| NotASize::TooLarge)?;
    let parts_in_one = 10u64.pow(u32::try_from(fraction.len()).map_err(|_| NotASize::Fraction)?);
    if !(parts * unit).is_multiple_of(parts_in_one) {
        return Err(NotASize::Fraction);
    }
    whole
        .checked_mul(unit)
        .and_then(|kib| kib.checked_add(parts * unit / parts_in_one))
        .ok_or(NotASize::TooLarge)
}

/// Writes KiB in the largest unit that keeps the number whole: `64 MiB`.
///
/// ```
/// assert_eq!(tc_calendar::size::display(19_456), "19 MiB");
/// ```
#[must_use]
pub fn display(kib: u64) -> String {
    match kib {
        0 => "0 KiB".to_owned(),
        _ if kib.is_multiple_of(1 << 20) => format!("{} GiB", kib >> 20),
        _ if kib.is_multiple_of(1 << 10) => format!("{} MiB", kib >> 10),
        _ => format!("{kib} KiB"),
    }
}

fn kib_in(unit: &str) -> Option<u64> {
    let unit = unit.to_ascii_lowercase();
    if unit.is_empty() {
        return Some(1);
    }
    UNITS
        .iter()
        .find_map(|&(letter, kib)| matches!(unit.strip_prefix(letter)?, "" | "b" | "ib").then_some(kib))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for text in
            ["65536", "65536KiB", "64MiB", "64mib", "64M", "64m", "64mb", "64MB", "64 MiB", "0.0625GiB"]
        {
            assert_eq!(parse_kib(text), Ok(65_536), "{text}");
        }
        assert_eq!(parse_kib("1GiB"), Ok(1 << 20));
        assert_eq!(parse_kib("0.5GiB"), Ok(1 << 19));
        assert_eq!(parse_kib("1.50MiB"), Ok(1_536));
        assert_eq!(parse_kib("19456.0"), Ok(19_456));
        assert_eq!(parse_kib("0"), Ok(0));
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "", "MiB", "s3cret", "64TiB", "64MiBs", "64KMiB", "-64", "+64", "64,5MiB", "6_4", "1e3", ".5GiB",
            "1.GiB", "1.2.3", ".", "64 MiB ", " 64", "٦٤", "0x40", "64b", "64ib",
        ] {
            assert_eq!(parse_kib(text), Err(NotASize::Unreadable), "{text}");
        }
        for text in ["0.5", "0.0001MiB", "0.3MiB", "1.0000000001GiB"] {
            assert_eq!(parse_kib(text), Err(NotASize::Fraction), "{text}");
        }
        for text in ["18446744073709551616", "18446744073709551615GiB", "99999999999999999999.5GiB"] {
            assert_eq!(parse_kib(text), Err(NotASize::TooLarge), "{text}");
        }
    }

    #[test]
    fn writes_the_largest_unit_that_stays_whole() {
        assert_eq!(display(8), "8 KiB");
        assert_eq!(display(65_536), "64 MiB");
        assert_eq!(display(65_537), "65537 KiB");
        assert_eq!(display(1 << 21), "2 GiB");
        assert_eq!(display(0), "0 KiB");
    }
}
