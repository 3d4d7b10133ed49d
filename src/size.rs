//! A memory size as people write it, and back.

/// KiB in one of each unit, by the letter that names it. The field counts memory in powers of
/// 1,024 whatever the unit is called, and so does everybody who types `64mb` here.
const UNITS: [(char, u128); 4] = [('k', 1), ('m', 1 << 10), ('g', 1 << 20), ('t', 1 << 30)];

/// The most digits after the point. One KiB has 30 in TiB, but 20 in GiB; what needs more is
/// meant for another unit, and the arithmetic below stays within 128 bits.
const MAX_FRACTION_DIGITS: u32 = 20;

/// Why a text is not a memory size. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASize {
    /// It isn't a number, or has a unit that isn't known.
    #[error("is not understood")]
    Unreadable,
    /// It is a number, but not of whole KiB.
    #[error("does not come to a whole number of KiB")]
    Fraction,
}

impl NotASize {
    /// What to do about it.
    pub const HINT: &str =
        "a memory size is a number of KiB, or has a unit (KiB, MiB, GiB, TiB): 65536 or 64MiB";
}

/// Reads a memory size: a whole number of KiB, or a decimal number with a unit (`64MiB`,
/// `0.5GiB`; also `64M` and `64mb`). Returns KiB, of which there may be more than fit a `u64`:
/// then as many as do.
///
/// ```
/// assert_eq!(tc_calendar::size::parse_kib("64MiB"), Ok(65_536));
/// ```
///
/// # Errors
///
/// [`NotASize`], where the text is none or doesn't come to whole KiB.
pub fn parse_kib(text: &str) -> Result<u64, NotASize> {
    let text = text.trim();
    let digits = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = kib_in(unit.trim_start()).ok_or(NotASize::Unreadable)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return Err(NotASize::Unreadable);
    }
    let fraction = fraction.trim_end_matches('0');
    let fraction_digits = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if fraction_digits > MAX_FRACTION_DIGITS {
        return Err(NotASize::Fraction);
    }
    // Digits only from here on, so what does not parse does not fit.
    let whole = whole.parse().unwrap_or(u128::MAX);
    let parts: u128 = format!("0{fraction}").parse().map_err(|_| NotASize::Fraction)?;
    let parts_in_one = 10u128.pow(fraction_digits);
    if !(parts * unit).is_multiple_of(parts_in_one) {
        return Err(NotASize::Fraction);
    }
    let kib = whole.saturating_mul(unit).saturating_add(parts * unit / parts_in_one);
    Ok(u64::try_from(kib).unwrap_or(u64::MAX))
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

/// Writes KiB in MiB, with as many digits after the point as are needed up to three: `64 MiB`.
///
/// ```
/// assert_eq!(tc_calendar::size::in_mib(19_712), "19.25 MiB");
/// ```
#[must_use]
pub fn in_mib(kib: u32) -> String {
    let thousandths = format!("{:.3}", f64::from(kib) / 1024.0);
    format!("{} MiB", thousandths.trim_end_matches('0').trim_end_matches('.'))
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
        assert_eq!(parse_kib("2TiB"), Ok(1 << 31));
        assert_eq!(parse_kib("0.0009765625GiB"), Ok(1_024));
        assert_eq!(parse_kib("0.00000095367431640625GiB"), Ok(1));
        assert_eq!(parse_kib(" 64 MiB "), Ok(65_536));
    }

    #[test]
    fn what_no_machine_has_is_read_as_the_most_there_can_be() {
        for text in [
            "18446744073709551615GiB",
            "18446744073709551616",
            &"9".repeat(60),
            &format!("{}.5TiB", "9".repeat(40)),
        ] {
            assert_eq!(parse_kib(text), Ok(u64::MAX), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "", "MiB", "s3cret", "64PiB", "64MiBs", "64KMiB", "-64", "+64", "64,5MiB", "6_4", "1e3", ".5GiB",
            "1.GiB", "1.2.3", ".", "64 M iB", "6 4", "٦٤", "0x40", "64b", "64ib",
        ] {
            assert_eq!(parse_kib(text), Err(NotASize::Unreadable), "{text}");
        }
        for text in ["0.5", "0.0001MiB", "0.3MiB", "1.0000000001GiB", "0.000000000000000000001GiB"] {
            assert_eq!(parse_kib(text), Err(NotASize::Fraction), "{text}");
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
