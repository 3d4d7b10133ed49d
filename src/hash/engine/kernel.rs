//! Which code computes: chosen by what the processor can do.

#[cfg(all(target_arch = "aarch64", not(target_feature = "crc")))]
use super::compress::neon;
use super::compress::portable;
#[cfg(all(target_arch = "x86_64", not(target_feature = "avx2")))]
use super::compress::{avx2, avx512};
use super::segment::Segment;

// Where a feature is on by default, `multiversion` writes a direct call of the code for it, which needs `unsafe`: AVX2 in
// a build for one processor, CRC on Apple's. The portable code serves there, and the compiler uses what is on.

/// Code for one kind of processor. Every kernel computes the same tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// x86-64 with AVX-512, in a build for all processors.
    Avx512,
    /// x86-64 with AVX2, in a build for all processors.
    Avx2,
    /// 64-bit Arm, but where CRC is on by default.
    Neon,
    /// Any processor.
    Portable,
}

impl Kernel {
    /// All kernels, the fastest first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Neon, Self::Portable];

    /// Whether this processor can run this kernel. AVX-512 counts only with all the parts of it that Ice
    /// Lake and Zen 4 have: it lowers the clock of earlier processors, which therefore use AVX2.
    pub fn is_available(self) -> bool {
        self.try_fill(&mut [], false)
    }

    /// The fastest kernel that this processor can run.
    pub fn fastest() -> Self {
        Self::ALL.into_iter().find(|kernel| kernel.is_available()).unwrap_or(Self::Portable)
    }

    /// Fills segments, one block each in turn; by XOR with what is in them if `xor`.
    pub(super) fn fill(self, segments: &mut [Segment<'_>], xor: bool) {
        if !self.try_fill(segments, xor) {
            portable::fill(segments, xor);
        }
    }

    /// Fills segments as [`Self::fill`] does, or returns false if this processor cannot run this kernel.
    fn try_fill(self, segments: &mut [Segment<'_>], xor: bool) -> bool {
        match self {
            #[cfg(all(target_arch = "x86_64", not(target_feature = "avx2")))]
            Self::Avx512 => fill_with_avx512(segments, xor),
            #[cfg(all(target_arch = "x86_64", not(target_feature = "avx2")))]
            Self::Avx2 => fill_with_avx2(segments, xor),
            #[cfg(all(target_arch = "aarch64", not(target_feature = "crc")))]
            Self::Neon => fill_with_neon(segments, xor),
            Self::Portable => {
                portable::fill(segments, xor);
                true
            }
            #[allow(unreachable_patterns)] // no processor has all
            _ => false,
        }
    }
}

/// Defines functions that fill segments with a kernel and return true, if the processor has what the
/// target names; if not, they do nothing and return false.
macro_rules! dispatchers {
    ($($fill:ident: $kernel:ident on $arch:tt with $target:tt;)*) => {$(
        #[cfg(all(target_arch = $arch, not(target_feature = "avx2"), not(target_feature = "crc")))]
        #[allow(unused_variables)] // in the version for the other processors
        #[multiversion::multiversion(targets($target))]
        fn $fill(segments: &mut [Segment<'_>], xor: bool) -> bool {
            multiversion::target::match_target! {
                $target => {
                    $kernel::fill(segments, xor);
                    true
                }
                _ => false,
            }
        }
    )*};
}

// `multiversion` adds to `avx512f` all that Ice Lake and Zen 4 have. It needs a feature that not all
// processors of a kind have, and every 64-bit Arm has NEON. CRC serves as that feature: nearly all have it.
dispatchers! {
    fill_with_avx512: avx512 on "x86_64" with "x86_64+avx512f";
    fill_with_avx2: avx2 on "x86_64" with "x86_64+avx2";
    fill_with_neon: neon on "aarch64" with "aarch64+crc+neon";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_available_if_the_processor_has_what_it_needs() {
        assert!(Kernel::Portable.is_available());
        #[cfg(target_arch = "x86_64")]
        {
            let ice_lake = is_x86_feature_detected!("avx512vbmi2") && is_x86_feature_detected!("vaes");
            let is_chosen = cfg!(not(target_feature = "avx2"));
            let avx512 = ice_lake && is_x86_feature_detected!("gfni");
            assert_eq!(Kernel::Avx512.is_available(), is_chosen && avx512);
            assert_eq!(Kernel::Avx2.is_available(), is_chosen && is_x86_feature_detected!("avx2"));
        }
        let neon = cfg!(all(target_arch = "aarch64", not(target_feature = "crc")));
        assert_eq!(Kernel::Neon.is_available(), neon);
    }
}
