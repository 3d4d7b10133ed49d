//! A tag, step by step as RFC 9106 section 3.2 has it.

use std::iter;

use super::address::{SLICES, Shape};
use super::blake2b::{DIGEST, blake2b, le32, variable_length};
use super::block::{self, Block};
use super::kernel::Kernel;
use super::segment::segments;
use super::team::Team;
use crate::hash::encoded::Version;
use crate::system::stack::wiping_the_stack;

/// The most segments that one thread fills in turn. Measured: four take 0.7 of the time of two.
pub(super) const MAX_IN_TURN: usize = 4;

/// What goes into a tag (RFC 9106 section 3.1).
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The message P.
    pub password: &'a [u8],
    /// The nonce S, at least 8 bytes, as in the C reference; the RFC sets no minimum.
    pub salt: &'a [u8],
    /// The secret value K; empty for none.
    pub secret: &'a [u8],
    /// The associated data X; empty for none.
    pub associated_data: &'a [u8],
}

/// How tags are computed.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) shape: Shape,
    pub(super) version: Version,
    pub(super) kernel: Kernel,
    /// The most segments that a thread fills in turn.
    pub(super) in_turn: usize,
}

impl Setting {
    /// Fills `tag`, with the blocks of the shape as `memory`, whatever is in them. What it leaves on the stack is wiped
    /// here, but `memory` is left to the caller to wipe.
    pub(super) fn derive(&self, input: Input<'_>, memory: &mut [Block], team: &Team, tag: &mut [u8]) {
        wiping_the_stack(|| {
            let h0 = self.h0(input, tag.len());
            first_blocks(self.shape, &h0, memory);
            // They depend on public numbers alone, so they need no wiping.
            let mut addresses = vec![Block::ZERO; self.shape.lanes];
            for pass in 0..self.shape.passes {
                for slice in 0..SLICES {
                    self.fill(pass, slice, memory, &mut addresses, team);
                }
            }
            finish(self.shape, memory, tag);
        });
    }

    /// The digest H0 (section 3.2, step 1).
    fn h0(&self, input: Input<'_>, tag_bytes: usize) -> [u8; DIGEST] {
        let Shape { variant, passes, memory_kib, lanes, .. } = self.shape;
        let [m, t, v, y] =
            [memory_kib, passes, self.version.number(), variant.number()].map(u32::to_le_bytes);
        let numbers = [le32(lanes), le32(tag_bytes), m, t, v, y];
        let fields = [input.password, input.salt, input.secret, input.associated_data];
        let lengths = fields.map(|field| le32(field.len()));
        let fields = lengths.iter().zip(fields).flat_map(|(length, field)| [length, field]);
        blake2b(DIGEST, iter::once(numbers.as_flattened()).chain(fields))
    }

    /// Fills a slice in one pass (section 3.2, steps 5 and 6). Its segments depend only on other slices, so
    /// threads share them.
    fn fill(&self, pass: u32, slice: usize, memory: &mut [Block], addresses: &mut [Block], team: &Team) {
        let xor = pass > 0 && self.version == Version::V19;
        let mut segments = segments(self.shape, pass, slice, memory, addresses);
        let in_turn = segments.len().div_ceil(team.threads()).min(self.in_turn);
        team.share(segments.chunks_mut(in_turn), |group| self.kernel.fill(group, xor));
    }
}

/// `B[i][0]` and `B[i][1]`, the first two blocks of each lane (section 3.2, steps 3 and 4).
fn first_blocks(shape: Shape, h0: &[u8; DIGEST], memory: &mut [Block]) {
    for (i, segment) in memory[..shape.slice_blocks()].chunks_exact_mut(shape.segment_blocks).enumerate() {
        for (j, block) in segment[..2].iter_mut().enumerate() {
            let mut bytes = [0; block::BYTES];
            variable_length(&[h0, &le32(j), &le32(i)], &mut bytes);
            *block = Block::from_bytes(&bytes);
        }
    }
}

/// C, the XOR of `B[i][q - 1]` of all lanes, and the tag, which is H' of C (section 3.2, steps 7 and 8).
fn finish(shape: Shape, memory: &[Block], tag: &mut [u8]) {
    let mut c = Block::ZERO;
    let last_slice = &memory[(SLICES - 1) * shape.slice_blocks()..];
    for last in last_slice.chunks_exact(shape.segment_blocks).filter_map(<[Block]>::last) {
        c.xor(last);
    }
    variable_length(&[&c.to_bytes()], tag);
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    use super::*;
    use crate::hash::encoded::Variant;
    use crate::hash::params::Params;

    /// More than any function here uses.
    const BELOW: usize = 64 << 10;

    /// SECURITY.md: "The stack below the engine is wiped after each hash."
    #[test]
    fn nothing_of_a_hash_is_left_on_the_stack() {
        let process = File::open("/proc/self/mem").unwrap();
        for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
            let shape = Shape::new(Variant::Argon2id, Params::new(1_024, 2, 4).unwrap());
            let setting = Setting { shape, version: Version::V19, kernel, in_turn: 4 };
            let input = Input { password: b"hunter2", salt: &[2; 16], secret: &[], associated_data: &[] };
            let mut memory = vec![Block::ZERO; shape.blocks()];
            let mut below = vec![0; BELOW];
            let h0 = setting.h0(input, 32).to_vec();
            setting.derive(input, &mut memory, &Team::new(1), &mut [0; 32]);
            let here = std::ptr::from_ref(&process).addr();
            process.read_exact_at(&mut below, (here - BELOW) as u64).unwrap();
            let blocks: &[u8] = bytemuck::must_cast_slice(&memory);
            let pieces: HashSet<&[u8]> = blocks.chunks(16).chain(h0.chunks(16)).collect();
            assert!(!below.windows(16).any(|bytes| pieces.contains(bytes)), "{kernel:?}");
        }
    }
}
