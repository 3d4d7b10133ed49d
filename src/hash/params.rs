//! The parameters of Argon2: memory cost, iterations, parallelism, and the profiles that name them.

use std::fmt;

use serde::Serialize;

/// The least memory per lane, in KiB (RFC 9106 section 3.1: m is at least 8p).
pub const MIN_MEMORY_PER_LANE_KIB: u64 = 8;
/// The most memory that Argon2 allows, in KiB (RFC 9106 section 3.1: 2^32-1).
pub const RFC_MAX_MEMORY_KIB: u64 = u32::MAX as u64;
/// The most iterations that Argon2 allows (RFC 9106 section 3.1: 2^32-1).
pub const RFC_MAX_ITERATIONS: u64 = u32::MAX as u64;
/// The most lanes that Argon2 allows (RFC 9106 section 3.1: 2^24-1).
pub const RFC_MAX_PARALLELISM: u64 = (1 << 24) - 1;

/// OWASP's minima as pairs of memory in KiB and iterations, in falling order of memory. The Password
/// Storage Cheat Sheet calls the five equal in strength.
const OWASP_MINIMA: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// Memory cost, iterations and parallelism, each in the range of RFC 9106 section 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Params {
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

/// Parameters by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// RFC 9106 section 4, second recommended option.
    #[default]
    Rfc9106Low,
    /// RFC 9106 section 4, first recommended option.
    Rfc9106High,
    /// OWASP Password Storage Cheat Sheet.
    Owasp,
}

/// An amount of memory in KiB, written in the largest unit that keeps the number whole: `64 MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kib(pub u64);

/// A number that RFC 9106 section 3.1 does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParams {
    /// Less than 8 KiB of memory per lane. This message repeats the numbers given, because each is valid by
    /// itself. The other messages do not repeat a number, because `-p12345678` may be a password.
    #[error(
        "memory must be at least {MIN_MEMORY_PER_LANE_KIB} KiB per lane: {} KiB for {lanes} lane{}, got {got} KiB",
        MIN_MEMORY_PER_LANE_KIB * lanes,
        if *lanes == 1 { "" } else { "s" }
    )]
    MemoryTooSmall { lanes: u64, got: u64 },
    #[error("memory must be at most {RFC_MAX_MEMORY_KIB} KiB")]
    MemoryTooLarge,
    #[error("iterations must be from 1 to {RFC_MAX_ITERATIONS}")]
    Iterations,
    #[error("parallelism must be from 1 to {RFC_MAX_PARALLELISM}")]
    Parallelism,
}

impl Params {
    /// Checks `memory_kib` KiB, `iterations` passes over them, and `parallelism` lanes.
    ///
    /// # Errors
    ///
    /// [`InvalidParams`], for the first number that RFC 9106 section 3.1 does not allow.
    pub fn new(memory_kib: u64, iterations: u64, parallelism: u64) -> Result<Self, InvalidParams> {
        let lanes = from_1_to(RFC_MAX_PARALLELISM, parallelism).ok_or(InvalidParams::Parallelism)?;
        let passes = from_1_to(RFC_MAX_ITERATIONS, iterations).ok_or(InvalidParams::Iterations)?;
        if memory_kib < MIN_MEMORY_PER_LANE_KIB * parallelism {
            return Err(InvalidParams::MemoryTooSmall { lanes: parallelism, got: memory_kib });
        }
        let memory = from_1_to(RFC_MAX_MEMORY_KIB, memory_kib).ok_or(InvalidParams::MemoryTooLarge)?;
        Ok(Self { memory_kib: memory, iterations: passes, parallelism: lanes })
    }

    /// The memory cost m, in KiB.
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// The iterations t.
    pub const fn iterations(self) -> u32 {
        self.iterations
    }

    /// The parallelism p, in lanes. The tag depends on it, but not on the number of threads.
    pub const fn parallelism(self) -> u32 {
        self.parallelism
    }

    /// Memory times iterations: what all passes fill, in KiB.
    pub fn work_kib(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }

    /// Whether a hash with these parameters reaches one of OWASP's five minima.
    pub fn meets_owasp_minimum(self) -> bool {
        Profile::Owasp.min_iterations_with(self.memory_kib).is_some_and(|minimum| self.iterations >= minimum)
    }

    /// The iterations that a hash with `memory_kib` KiB needs to be as strong as one with these parameters:
    /// enough to fill as much memory in all. None if the memory is smaller, because iterations do not
    /// replace memory.
    pub fn min_iterations_with(self, memory_kib: u32) -> Option<u32> {
        // No more iterations than here are needed with at least as much memory, so the number fits.
        (memory_kib >= self.memory_kib)
            .then(|| u32::try_from(self.work_kib().div_ceil(memory_kib.into())).unwrap_or(u32::MAX))
    }
}

impl Profile {
    /// Every profile, in the order in which to consider them.
    pub const ALL: [Self; 3] = [Self::Rfc9106Low, Self::Rfc9106High, Self::Owasp];

    /// The name; where the numbers come from; and the numbers: KiB of memory, iterations, lanes.
    const fn row(self) -> (&'static str, &'static str, [u32; 3]) {
        match self {
            Self::Rfc9106Low => ("rfc9106-low", "RFC 9106 section 4, second option", [65_536, 3, 4]),
            Self::Rfc9106High => ("rfc9106-high", "RFC 9106 section 4, first option", [2_097_152, 1, 4]),
            Self::Owasp => ("owasp", "OWASP Password Storage Cheat Sheet", [19_456, 2, 1]),
        }
    }

    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// Where the profile's numbers come from.
    pub const fn source(self) -> &'static str {
        self.row().1
    }

    pub const fn params(self) -> Params {
        let [memory_kib, iterations, parallelism] = self.row().2;
        Params { memory_kib, iterations, parallelism }
    }

    /// The iterations that a hash with `memory_kib` KiB needs to be as strong as the profile. OWASP names
    /// them for each of its five minima, of which the largest that the memory reaches counts. None if the
    /// memory is too small.
    pub fn min_iterations_with(self, memory_kib: u32) -> Option<u32> {
        match self {
            Self::Owasp => OWASP_MINIMA
                .iter()
                .find(|(minimum_kib, _)| memory_kib >= *minimum_kib)
                .map(|&(_, iterations)| iterations),
            Self::Rfc9106Low | Self::Rfc9106High => self.params().min_iterations_with(memory_kib),
        }
    }
}

/// Writes the parameters as an encoded string has them: `m=65536,t=3,p=4`.
impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={},t={},p={}", self.memory_kib, self.iterations, self.parallelism)
    }
}

impl Kib {
    /// The amount in MiB, with up to three digits after the point: `19.25 MiB`.
    #[allow(clippy::cast_precision_loss)] // three digits are exact up to 2^52
    pub fn in_mib(self) -> String {
        let thousandths = format!("{:.3}", self.0 as f64 / 1024.0);
        format!("{} MiB", thousandths.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl fmt::Display for Kib {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0 KiB"),
            kib if kib.is_multiple_of(1 << 20) => write!(f, "{} GiB", kib >> 20),
            kib if kib.is_multiple_of(1 << 10) => write!(f, "{} MiB", kib >> 10),
            kib => write!(f, "{kib} KiB"),
        }
    }
}

/// Reads `m=…,t=…,p=…`, each once, in any order. `number` parses a value, given its name and text.
pub fn parse_each_once(text: &str, number: impl Fn(&str, &str) -> Option<u64>) -> Option<[u64; 3]> {
    let mut numbers = [None; 3];
    for part in text.split(',') {
        let (name, value) = part.split_once('=')?;
        let index = ["m", "t", "p"].iter().position(|known| *known == name)?;
        if numbers[index].replace(number(name, value)?).is_some() {
            return None;
        }
    }
    let [memory_kib, iterations, parallelism] = numbers;
    Some([memory_kib?, iterations?, parallelism?])
}

/// Reads a decimal number. One that does not fit becomes `u64::MAX`; callers check the range.
pub fn parse_decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// The number as a parameter, if it is from 1 to `max`.
fn from_1_to(max: u64, number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|_| (1..=max).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_match_their_sources_and_meet_owasps_minimum() {
        let numbers = Profile::ALL.map(|profile| {
            let params = profile.params();
            assert!(params.meets_owasp_minimum());
            (params.memory_kib, params.iterations, params.parallelism)
        });
        assert_eq!(numbers, [(64 << 10, 3, 4), (2 << 20, 1, 4), (19 << 10, 2, 1)]);
    }

    #[test]
    fn each_limit_of_the_rfc_is_enforced() {
        let per_lane = "memory must be at least 8 KiB per lane: ";
        let (iterations, parallelism) =
            ("iterations must be from 1 to 4294967295", "parallelism must be from 1 to 16777215");
        for (m, t, p, message) in [
            (7, 1, 1, &*format!("{per_lane}8 KiB for 1 lane, got 7 KiB")),
            (31, 1, 4, &format!("{per_lane}32 KiB for 4 lanes, got 31 KiB")),
            (1 << 32, 1, 1, "memory must be at most 4294967295 KiB"),
            (8, 0, 1, iterations),
            (8, 1 << 32, 1, iterations),
            (8, 1, 0, parallelism),
            (8, 1, 1 << 24, parallelism),
            (8, 1, u64::MAX, parallelism),
        ] {
            assert_eq!(Params::new(m, t, p).unwrap_err().to_string(), message);
        }
        assert!(Params::new(8, 1, 1).is_ok());
        assert!(Params::new(RFC_MAX_MEMORY_KIB, RFC_MAX_ITERATIONS, RFC_MAX_PARALLELISM).is_ok());
    }

    #[test]
    fn more_memory_needs_fewer_iterations_and_less_memory_is_too_weak() {
        let wanted = Profile::Rfc9106Low.params();
        for (memory_kib, iterations) in [
            (65_535, None),
            (65_536, Some(3)),
            (65_537, Some(3)),
            (98_304, Some(2)),
            (196_608, Some(1)),
            (u32::MAX, Some(1)),
        ] {
            assert_eq!(wanted.min_iterations_with(memory_kib), iterations, "{memory_kib}");
        }
        let most = Params::new(RFC_MAX_MEMORY_KIB, RFC_MAX_ITERATIONS, 1).unwrap();
        assert_eq!(most.min_iterations_with(u32::MAX), Some(u32::MAX));
    }

    #[test]
    fn kib_are_written_in_the_largest_unit_that_stays_whole() {
        let cases = [
            (0, "0 KiB"),
            (8, "8 KiB"),
            (19_456, "19 MiB"),
            (65_536, "64 MiB"),
            (65_537, "65537 KiB"),
            (1 << 21, "2 GiB"),
        ];
        for (kib, text) in cases {
            assert_eq!(Kib(kib).to_string(), text);
        }
        assert_eq!(Kib(19_712).in_mib(), "19.25 MiB");
        assert_eq!(Kib(65_536).in_mib(), "64 MiB");
    }

    /// docs/cost.md: "OWASP's minimum is any of the five costs that OWASP calls equal."
    #[test]
    fn owasp_minimum_is_any_of_its_five_pairs() {
        // The Password Storage Cheat Sheet lists these pairs.
        for (memory_kib, iterations) in [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)] {
            let at = |m: u32, t: u32| Params::new(m.into(), t.into(), 1).unwrap().meets_owasp_minimum();
            assert!(at(memory_kib, iterations));
            assert!(!at(memory_kib - 1, iterations));
            assert!(iterations == 1 || !at(memory_kib, iterations - 1));
        }
        assert!(!Params::new(8, 1_000_000, 1).unwrap().meets_owasp_minimum());
    }
}
