//! Tests that the engine computes the right tag on this processor.
//!
//! The engine chooses its code at run time by the processor, and no test machine has them all.

use std::sync::OnceLock;

use super::encoded::{Variant, Version};
use super::engine::{Engine, EngineError, Input};
use super::params::Params;

/// RFC 9106 section 5.3: both kinds of addressing, several lanes, and several passes.
const TAG: [u8; 32] = [
    0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9, 0xd0,
    0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59,
];

/// Whether the engine computes the known answer here. Computed once per process.
#[must_use]
pub fn passes() -> bool {
    static PASSES: OnceLock<bool> = OnceLock::new();
    *PASSES.get_or_init(computes_the_known_answer)
}

/// The same, computed each time.
#[must_use]
pub fn computes_the_known_answer() -> bool {
    is_right(|input, tag| {
        let Ok(params) = Params::new(32, 3, 4) else { return Ok(()) };
        Engine::new(Variant::Argon2id, Version::V19, params, tag.len(), 1)?.derive(input, tag)
    })
}

fn is_right(derive: impl FnOnce(Input<'_>, &mut [u8]) -> Result<(), EngineError>) -> bool {
    let input = Input { password: &[1; 32], salt: &[2; 16], secret: &[3; 8], associated_data: &[4; 12] };
    let mut tag = [0; TAG.len()];
    derive(input, &mut tag).is_ok() && tag == TAG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_passes_here() {
        assert!(passes());
    }

    #[test]
    fn a_wrong_tag_and_none_do_not_pass() {
        for bit in 0..8 * TAG.len() {
            let with_flipped_bit = |_: Input<'_>, tag: &mut [u8]| {
                tag.copy_from_slice(&TAG);
                tag[bit / 8] ^= 1 << (bit % 8);
                Ok(())
            };
            assert!(!is_right(with_flipped_bit), "{bit}");
        }
        assert!(!is_right(|_, _| Ok(())));
        assert!(!is_right(|_, tag| {
            tag.copy_from_slice(&TAG);
            Err(EngineError::Memory)
        }));
        assert!(is_right(|_, tag| {
            tag.copy_from_slice(&TAG);
            Ok(())
        }));
    }
}
