//! Which code computes: chosen by what the processor can do.

use multiversion::multiversion;

use super::compress::portable;
#[cfg(target_arch = "x86_64")]
use super::compress::{avx2, avx512};
use super::lane::Lane;

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

    /// Whether this processor can run it.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => true,
            Self::Portable => true,
            #[allow(unreachable_patterns)] // those of other processors
            _ => false,
        }
    }

    /// The fastest that this processor can run.
    #[must_use]
    pub fn fastest() -> Self {
        Self::ALL.into_iter().find(|kernel| kernel.is_available()).unwrap_or(Self::Portable)
    }

    /// Fills segments, one block each in turn.
    pub(super) fn fill(self, lanes: &mut [Lane<'_>], xor: bool) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => fill_avx512(lanes, xor),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => fill_avx2(lanes, xor),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => super::compress::neon::fill(lanes, xor),
            _ => portable::fill(lanes, xor),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[multiversion(targets("x86_64+avx512f"))]
fn fill_avx512(lanes: &mut [Lane<'_>], xor: bool) {
    multiversion::target::match_target! {
        "x86_64+avx512f" => avx512::fill(lanes, xor),
        _ => portable::fill(lanes, xor),
    }
}

#[cfg(target_arch = "x86_64")]
#[multiversion(targets("x86_64+avx2"))]
fn fill_avx2(lanes: &mut [Lane<'_>], xor: bool) {
    multiversion::target::match_target! {
        "x86_64+avx2" => avx2::fill(lanes, xor),
        _ => portable::fill(lanes, xor),
    }
}
