//! Which code computes: chosen by what the processor can do.

use multiversion::multiversion;

#[cfg(target_arch = "aarch64")]
use super::compress::neon;
use super::compress::portable;
#[cfg(target_arch = "x86_64")]
use super::compress::{avx2, avx512};
use super::lane::Lane;

// `multiversion` then asks nothing at run time, and calls code that the compiler takes for unsafe.
#[cfg(any(
    all(target_arch = "x86_64", target_feature = "avx2"),
    all(target_arch = "aarch64", target_feature = "crc")
))]
compile_error!("build without target-cpu and target-feature: the engine chooses its code at run time");

/// Code for one kind of processor. All compute the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// x86-64 with AVX-512.
    Avx512,
    /// x86-64 with AVX2.
    Avx2,
    /// 64-bit Arm.
    Neon,
    /// Any.
    Portable,
}

impl Kernel {
    /// All, the fastest first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Neon, Self::Portable];

    /// Whether this processor can run it. AVX-512 counts only with all that Ice Lake and Zen 4 have of it:
    /// on earlier processors it lowers the clock, and AVX2 is used.
    #[must_use]
    pub fn is_available(self) -> bool {
        self.try_fill(&mut [], false)
    }

    /// The fastest that this processor can run.
    #[must_use]
    pub fn fastest() -> Self {
        Self::ALL.into_iter().find(|kernel| kernel.is_available()).unwrap_or(Self::Portable)
    }

    /// Fills segments, one block each in turn; by XOR with what is in them, or not.
    pub(super) fn fill(self, lanes: &mut [Lane<'_>], xor: bool) {
        if !self.try_fill(lanes, xor) {
            portable::fill(lanes, xor);
        }
    }

    /// The same. False if this processor cannot run it, and then nothing is done.
    fn try_fill(self, lanes: &mut [Lane<'_>], xor: bool) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => fill_with_avx512(lanes, xor),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => fill_with_avx2(lanes, xor),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => fill_with_neon(lanes, xor),
            Self::Portable => {
                portable::fill(lanes, xor);
                true
            }
            #[allow(unreachable_patterns)] // no processor has all
            _ => false,
        }
    }
}

/// `multiversion` adds to `avx512f` all that Ice Lake and Zen 4 have.
#[cfg(target_arch = "x86_64")]
#[allow(unused_variables)] // in the version for the other processors
#[multiversion(targets("x86_64+avx512f"))]
fn fill_with_avx512(lanes: &mut [Lane<'_>], xor: bool) -> bool {
    multiversion::target::match_target! {
        "x86_64+avx512f" => {
            avx512::fill(lanes, xor);
            true
        }
        _ => false,
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unused_variables)] // in the version for the other processors
#[multiversion(targets("x86_64+avx2"))]
fn fill_with_avx2(lanes: &mut [Lane<'_>], xor: bool) -> bool {
    multiversion::target::match_target! {
        "x86_64+avx2" => {
            avx2::fill(lanes, xor);
            true
        }
        _ => false,
    }
}

/// Every 64-bit Arm has NEON, so the version for other processors would be the same, where the compiler
/// does not let it call the code. CRC, which all but the oldest have, makes the difference.
#[cfg(target_arch = "aarch64")]
#[allow(unused_variables)] // as above
#[multiversion(targets("aarch64+crc+neon"))]
fn fill_with_neon(lanes: &mut [Lane<'_>], xor: bool) -> bool {
    multiversion::target::match_target! {
        "aarch64+crc+neon" => {
            neon::fill(lanes, xor);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_is_the_first_that_is_available() {
        assert!(Kernel::Portable.is_available());
        let first = Kernel::ALL.into_iter().find(|kernel| kernel.is_available());
        assert_eq!(Some(Kernel::fastest()), first);
        #[cfg(target_arch = "x86_64")]
        {
            let ice_lake = is_x86_feature_detected!("avx512vbmi2") && is_x86_feature_detected!("vaes");
            assert_eq!(Kernel::Avx512.is_available(), ice_lake && is_x86_feature_detected!("gfni"));
            assert_eq!(Kernel::Avx2.is_available(), is_x86_feature_detected!("avx2"));
        }
        assert_eq!(Kernel::Neon.is_available(), cfg!(target_arch = "aarch64"));
    }
}
