//! Random bytes from the operating system.

#[cfg(any(portable, not(target_os = "linux")))]
pub use getrandom::SysRng;
#[cfg(all(target_os = "linux", not(portable)))]
pub use linux::SysRng;

/// Calls the system directly. The crate `getrandom` looks up the C library's function at run time, does
/// not find it in a static program and reads /dev/urandom, which an installer's chroot may lack.
#[cfg(all(target_os = "linux", not(portable)))]
mod linux {
    use rand_core::utils::next_word_via_fill;
    use rand_core::{TryCryptoRng, TryRng};
    use rustix::io::retry_on_intr;
    use rustix::rand::{GetRandomFlags, getrandom};

    use crate::system::error::SystemError;

    #[derive(Debug, Clone, Copy)]
    pub struct SysRng;

    impl TryRng for SysRng {
        type Error = SystemError;

        fn try_next_u32(&mut self) -> Result<u32, SystemError> {
            next_word_via_fill(self)
        }

        fn try_next_u64(&mut self) -> Result<u64, SystemError> {
            next_word_via_fill(self)
        }

        fn try_fill_bytes(&mut self, mut rest: &mut [u8]) -> Result<(), SystemError> {
            while !rest.is_empty() {
                let count = retry_on_intr(|| getrandom(&mut *rest, GetRandomFlags::empty()))
                    .map_err(|errno| SystemError::of(&errno.into()))?;
                rest = &mut rest[count..];
            }
            Ok(())
        }
    }

    impl TryCryptoRng for SysRng {}
}

#[cfg(test)]
mod tests {
    use rand_core::TryRng;

    use super::*;

    /// Bytes left out would stay zero.
    #[test]
    fn every_byte_is_filled() {
        let mut filled = vec![0_u8; 100_000];
        SysRng.try_fill_bytes(&mut filled).unwrap();
        // 16 bytes in a row are 0 by chance in fewer than one of 10^30 runs.
        assert!(filled.chunks(16).all(|chunk| chunk.iter().any(|&byte| byte != 0)));
        assert_ne!(SysRng.try_next_u64(), SysRng.try_next_u64());
        let numbers: Vec<u32> = (0..4).map(|_| SysRng.try_next_u32().unwrap()).collect();
        assert!(numbers.iter().any(|&number| number != numbers[0]), "{numbers:?}");
    }
}
