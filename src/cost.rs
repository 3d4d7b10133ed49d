//! What a hash costs: profiles, ranges, what is weak.

/// The least memory a lane takes, in KiB (RFC 9106 section 3.1: m is at least 8p).
pub const MIN_MEMORY_PER_LANE_KIB: u64 = 8;
/// The most memory, in KiB (RFC 9106 section 3.1: 2^32-1).
pub const MAX_MEMORY_KIB: u64 = u32::MAX as u64;
/// The most iterations (RFC 9106 section 3.1: 2^32-1).
pub const MAX_ITERATIONS: u64 = u32::MAX as u64;
/// The most lanes (RFC 9106 section 3.1: 2^24-1).
pub const MAX_PARALLELISM: u64 = (1 << 24) - 1;

/// OWASP's least: memory in KiB with the iterations that go with it, most memory first. The Password Storage Cheat
/// Sheet calls the five equal in strength.
const OWASP_MINIMA: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// What computing a hash takes: memory cost, iterations, parallelism, each in the range of
/// RFC 9106 section 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

/// A cost by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    #[default]
    /// RFC 9106 section 4, second recommended option.
    Rfc9106Low,
    /// RFC 9106 section 4, first recommended option.
    Rfc9106High,
    /// OWASP Password Storage Cheat Sheet.
    Owasp,
}

/// A number that RFC 9106 section 3.1 does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutOfRange {
    /// Less than 8 KiB of memory for each lane. The only one that repeats what was given, because
    /// two numbers do not go together; `-p12345678` may be a password.
    #[error(
        "memory must be at least {MIN_MEMORY_PER_LANE_KIB} KiB per lane: {} KiB for {lanes} lane{}, got {got} KiB",
        MIN_MEMORY_PER_LANE_KIB * lanes,
        if *lanes == 1 { "" } else { "s" }
    )]
    MemoryTooSmall {
        /// How many lanes there are.
        lanes: u64,
        /// The memory that was asked for, in KiB.
        got: u64,
    },
    /// More memory than the field for it holds.
    #[error("memory must be at most {MAX_MEMORY_KIB} KiB")]
    MemoryTooLarge,
    /// Iterations outside of 1 to 2^32-1.
    #[error("iterations must be from 1 to {MAX_ITERATIONS}")]
    Iterations,
    /// Lanes outside of 1 to 2^24-1.
    #[error("parallelism must be from 1 to {MAX_PARALLELISM}")]
    Parallelism,
}

impl Cost {
    /// A cost of `memory_kib` KiB, `iterations` passes over it, and `parallelism` lanes.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`], for the first number that RFC 9106 section 3.1 does not allow.
    pub fn new(memory_kib: u64, iterations: u64, parallelism: u64) -> Result<Self, OutOfRange> {
        let lanes = fit(parallelism, MAX_PARALLELISM).ok_or(OutOfRange::Parallelism)?;
        let passes = fit(iterations, MAX_ITERATIONS).ok_or(OutOfRange::Iterations)?;
        if memory_kib < MIN_MEMORY_PER_LANE_KIB * parallelism {
            return Err(OutOfRange::MemoryTooSmall { lanes: parallelism, got: memory_kib });
        }
        let memory = fit(memory_kib, MAX_MEMORY_KIB).ok_or(OutOfRange::MemoryTooLarge)?;
        Ok(Self { memory_kib: memory, iterations: passes, parallelism: lanes })
    }

    /// The memory cost m, in KiB.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// The iterations t.
    #[must_use]
    pub const fn iterations(self) -> u32 {
        self.iterations
    }

    /// The parallelism p: lanes, which change the tag, not threads, which do not.
    #[must_use]
    pub const fn parallelism(self) -> u32 {
        self.parallelism
    }

    /// Memory times iterations: what is filled over all passes, in KiB.
    #[must_use]
    pub fn work_kib(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }

    /// Whether it reaches one of the five costs that OWASP names as the least.
    #[must_use]
    pub fn meets_owasp_minimum(self) -> bool {
        Profile::Owasp.iterations_at(self.memory_kib).is_some_and(|least| self.iterations >= least)
    }

    /// The least iterations that make a hash with `memory_kib` KiB at least as strong as this
    /// cost: as many as fill and refill no less memory in all. None where the memory is too
    /// little, since iterations do not make up for memory.
    #[must_use]
    pub fn iterations_at(self, memory_kib: u32) -> Option<u32> {
        // At least this memory, so at most these iterations, which fit.
        (memory_kib >= self.memory_kib)
            .then(|| u32::try_from(self.work_kib().div_ceil(memory_kib.into())).unwrap_or(u32::MAX))
    }
}

impl Profile {
    /// Every profile, in the order in which people should think of them.
    pub const ALL: [Self; 3] = [Self::Rfc9106Low, Self::Rfc9106High, Self::Owasp];

    /// What it is called on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rfc9106Low => "rfc9106-low",
            Self::Rfc9106High => "rfc9106-high",
            Self::Owasp => "owasp",
        }
    }

    /// Where its numbers come from.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::Rfc9106Low => "RFC 9106 section 4, second recommended option",
            Self::Rfc9106High => "RFC 9106 section 4, first recommended option",
            Self::Owasp => "OWASP Password Storage Cheat Sheet",
        }
    }

    /// The least iterations that make a hash with `memory_kib` KiB at least as strong as this
    /// profile; for OWASP's, the first of its five minima that the memory reaches. None where the
    /// memory is too little.
    #[must_use]
    pub fn iterations_at(self, memory_kib: u32) -> Option<u32> {
        match self {
            Self::Owasp => {
                OWASP_MINIMA.iter().find(|(least, _)| memory_kib >= *least).map(|&(_, iterations)| iterations)
            }
            Self::Rfc9106Low | Self::Rfc9106High => self.cost().iterations_at(memory_kib),
        }
    }

    /// The numbers behind the name.
    #[must_use]
    pub const fn cost(self) -> Cost {
        let (memory_kib, iterations, parallelism) = match self {
            Self::Rfc9106Low => (65_536, 3, 4),
            Self::Rfc9106High => (2_097_152, 1, 4),
            Self::Owasp => (19_456, 2, 1),
        };
        Cost { memory_kib, iterations, parallelism }
    }
}

impl OutOfRange {
    /// What to do about it.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::MemoryTooSmall { .. } => "raise --memory or lower --parallelism",
            Self::MemoryTooLarge => "lower --memory",
            Self::Iterations => "change --iterations, or leave it to the profile",
            Self::Parallelism => "change --parallelism, or leave it to the profile",
        }
    }
}

/// The number, if it is from 1 to `most`, which is itself at most `u32::MAX`.
fn fit(number: u64, most: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|&fits| fits > 0 && number <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_what_their_sources_say_and_meet_owasp() {
        let numbers = Profile::ALL.map(|profile| {
            let cost = profile.cost();
            assert!(cost.meets_owasp_minimum());
            (cost.memory_kib, cost.iterations, cost.parallelism)
        });
        assert_eq!(numbers, [(64 << 10, 3, 4), (2 << 20, 1, 4), (19 << 10, 2, 1)]);
    }

    #[test]
    fn each_bound_of_the_rfc_is_kept_on_both_sides() {
        assert!(Cost::new(8, 1, 1).is_ok());
        assert!(Cost::new(MAX_MEMORY_KIB, MAX_ITERATIONS, MAX_PARALLELISM).is_ok());
        assert_eq!(Cost::new(7, 1, 1), Err(OutOfRange::MemoryTooSmall { lanes: 1, got: 7 }));
        assert_eq!(Cost::new(31, 1, 4), Err(OutOfRange::MemoryTooSmall { lanes: 4, got: 31 }));
        assert_eq!(Cost::new(1 << 32, 1, 1), Err(OutOfRange::MemoryTooLarge));
        for iterations in [0, 1 << 32] {
            assert_eq!(Cost::new(8, iterations, 1), Err(OutOfRange::Iterations));
        }
        for parallelism in [0, 1 << 24, u64::MAX] {
            assert_eq!(Cost::new(8, 1, parallelism), Err(OutOfRange::Parallelism));
        }
    }

    #[test]
    fn messages_carry_the_numbers() {
        assert_eq!(
            Cost::new(16, 1, 4).unwrap_err().to_string(),
            "memory must be at least 8 KiB per lane: 32 KiB for 4 lanes, got 16 KiB"
        );
        assert_eq!(
            Cost::new(0, 1, 1).unwrap_err().to_string(),
            "memory must be at least 8 KiB per lane: 8 KiB for 1 lane, got 0 KiB"
        );
        assert_eq!(Cost::new(8, 0, 1).unwrap_err().to_string(), "iterations must be from 1 to 4294967295");
    }

    #[test]
    fn more_memory_needs_fewer_iterations_and_less_is_never_enough() {
        let wanted = Profile::Rfc9106Low.cost();
        for (memory_kib, iterations) in [
            (65_535, None),
            (65_536, Some(3)),
            (65_537, Some(3)),
            (98_304, Some(2)),
            (196_608, Some(1)),
            (u32::MAX, Some(1)),
        ] {
            assert_eq!(wanted.iterations_at(memory_kib), iterations, "{memory_kib}");
        }
        let most = Cost::new(MAX_MEMORY_KIB, MAX_ITERATIONS, 1).unwrap();
        assert_eq!(most.iterations_at(u32::MAX), Some(u32::MAX));
    }

    #[test]
    fn owasp_minimum_is_any_of_its_five_costs() {
        for (memory_kib, iterations) in OWASP_MINIMA {
            let at = |m: u32, t: u32| Cost::new(m.into(), t.into(), 1).unwrap().meets_owasp_minimum();
            assert!(at(memory_kib, iterations));
            assert!(!at(memory_kib - 1, iterations));
            assert!(iterations == 1 || !at(memory_kib, iterations - 1));
        }
        assert!(!Cost::new(8, 1_000_000, 1).unwrap().meets_owasp_minimum());
    }
}
