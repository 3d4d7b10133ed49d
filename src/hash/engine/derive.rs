//! A tag, step by step as RFC 9106 section 3.2 has it.

use std::slice::ChunksMut;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::address::{SLICES, Segment, Shape};
use super::blake2b::{DIGEST, blake2b, le32, variable_length};
use super::block::{self, Block};
use super::kernel::Kernel;
use super::lane::Lane;
use crate::hash::encoded::{Variant, Version};
use crate::hash::params::Params;

/// The most lanes that one thread fills in turn. Measured: four take 0.7 of the time of two.
pub(super) const MAX_IN_TURN: usize = 4;
/// The fewest blocks of a slice for which threads are started: filling fewer takes less time than that.
const MIN_FOR_THREADS: usize = 256;
/// More bytes than a hash needs on the stack below this file's functions: at most 10.6 KiB were seen on x86-64.
const STACK: usize = 16 << 10;

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
    pub(super) variant: Variant,
    pub(super) version: Version,
    pub(super) params: Params,
    pub(super) kernel: Kernel,
    pub(super) threads: usize,
    /// The most lanes that a thread fills in turn.
    pub(super) in_turn: usize,
}

impl Setting {
    pub(super) const fn shape(&self) -> Shape {
        let lanes = self.params.parallelism() as usize;
        let segment = self.params.memory_kib() as usize / (SLICES * lanes);
        Shape { variant: self.variant, passes: self.params.iterations(), lanes, segment }
    }

    /// How much memory a tag needs: that of RFC 9106 section 3.2, and a block for each lane's addresses.
    pub(super) const fn blocks(&self) -> usize {
        self.shape().blocks() + self.shape().lanes
    }

    /// Fills `tag`, with `memory` of [`Self::blocks`]. Leaves a secret there, but none on the stack.
    pub(super) fn derive(&self, input: Input<'_>, memory: &mut [Block], tag: &mut [u8]) {
        let _wiped = StackWiped;
        self.derive_on_the_stack(input, memory, tag);
    }

    #[inline(never)]
    fn derive_on_the_stack(&self, input: Input<'_>, memory: &mut [Block], tag: &mut [u8]) {
        let shape = self.shape();
        let (memory, addresses) = memory.split_at_mut(shape.blocks());
        let digest = self.first_digest(input, tag.len());
        first_blocks(shape, &digest, memory);
        for pass in 0..shape.passes {
            for slice in 0..SLICES {
                self.fill(shape, pass, slice, memory, addresses);
            }
        }
        last_digest(shape, memory, tag);
    }

    /// The digest H0: step 1.
    fn first_digest(&self, input: Input<'_>, tag_bytes: usize) -> [u8; DIGEST] {
        let Input { password, salt, secret, associated_data } = input;
        let (params, version, variant) = (self.params, self.version.number(), self.variant.number());
        let [p, m, t] = [params.parallelism(), params.memory_kib(), params.iterations()];
        let [p, m, t, version, variant] = [p, m, t, version, variant].map(u32::to_le_bytes);
        let numbers = [p, le32(tag_bytes), m, t, version, variant];
        let lengths = [password, salt, secret, associated_data].map(|field| le32(field.len()));
        let [of_password, of_salt, of_secret, of_data] = &lengths;
        blake2b(
            DIGEST,
            [
                numbers.as_flattened(),
                of_password,
                password,
                of_salt,
                salt,
                of_secret,
                secret,
                of_data,
                associated_data,
            ],
        )
    }

    /// A slice of a pass: steps 5 and 6. Its lanes depend only on other slices, so threads share them.
    fn fill(&self, shape: Shape, pass: u32, slice: usize, memory: &mut [Block], addresses: &mut [Block]) {
        let xor = pass > 0 && self.version == Version::V19;
        let mut lanes = lanes(shape, pass, slice, memory, addresses);
        let threads = if shape.slice() < MIN_FOR_THREADS { 1 } else { self.threads };
        let in_turn = lanes.len().div_ceil(threads).min(self.in_turn);
        if threads == 1 {
            return lanes.chunks_mut(in_turn).for_each(|lanes| self.kernel.fill(lanes, xor));
        }
        let groups = Mutex::new(lanes.chunks_mut(in_turn));
        let work_and_wipe = || {
            let _wiped = StackWiped;
            self.fill_groups(&groups, xor);
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                // Where the system gives no thread, this one does more.
                if thread::Builder::new().spawn_scoped(scope, work_and_wipe).is_err() {
                    break;
                }
            }
            self.fill_groups(&groups, xor);
        });
    }

    /// Fills one group of lanes after another, until none is left. Not inlined, so that what it leaves on the
    /// stack is below the function that wipes it.
    #[inline(never)]
    fn fill_groups(&self, groups: &Mutex<ChunksMut<'_, Lane<'_>>>, xor: bool) {
        // A panic elsewhere cannot happen while the lock is held.
        let next = || groups.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(lanes) = next() {
            self.kernel.fill(lanes, xor);
        }
    }
}

/// Overwrites what functions have left on the stack below, when it is dropped: after a panic, too.
struct StackWiped;

impl Drop for StackWiped {
    #[inline(never)]
    fn drop(&mut self) {
        let stack = [0_u8; STACK];
        zeroize::optimization_barrier(&stack);
    }
}

/// The first two blocks of each lane: steps 3 and 4.
fn first_blocks(shape: Shape, digest: &[u8; DIGEST], memory: &mut [Block]) {
    for (lane, segment) in memory[..shape.slice()].chunks_exact_mut(shape.segment).enumerate() {
        for (index, block) in segment[..2].iter_mut().enumerate() {
            let mut bytes = [0; block::BYTES];
            let [index, lane] = [index, lane].map(le32);
            variable_length(&[digest, &index, &lane], &mut bytes);
            *block = Block::from_bytes(&bytes);
        }
    }
}

/// All lanes in one slice, with the memory that each may touch.
fn lanes<'a>(
    shape: Shape,
    pass: u32,
    slice: usize,
    memory: &'a mut [Block],
    addresses: &'a mut [Block],
) -> Vec<Lane<'a>> {
    let mut own: &mut [Block] = &mut [];
    let mut others: [&[Block]; SLICES] = [&[]; SLICES];
    for (index, blocks) in memory.chunks_exact_mut(shape.slice()).enumerate() {
        if index == slice { own = blocks } else { others[index] = blocks }
    }
    own.chunks_exact_mut(shape.segment)
        .zip(addresses)
        .enumerate()
        .map(|(lane, (own, addresses))| {
            Lane::new(Segment { shape, pass, slice, lane }, own, others, addresses)
        })
        .collect()
}

/// The XOR of all lanes' last blocks, and the tag of that: steps 7 and 8.
fn last_digest(shape: Shape, memory: &[Block], tag: &mut [u8]) {
    let mut last = Block::ZERO;
    let slice = &memory[(SLICES - 1) * shape.slice()..];
    for block in slice.chunks_exact(shape.segment).filter_map(<[Block]>::last) {
        last.xor(block);
    }
    variable_length(&[&last.to_bytes()], tag);
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    use super::*;

    /// More than any function here uses.
    const BELOW: usize = 64 << 10;

    #[test]
    fn nothing_of_a_hash_is_left_on_the_stack() {
        let process = File::open("/proc/self/mem").unwrap();
        for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
            let params = Params::new(1_024, 2, 4).unwrap();
            let (variant, version) = (Variant::Argon2id, Version::V19);
            let setting = Setting { variant, version, params, kernel, threads: 1, in_turn: 4 };
            let input = Input { password: b"hunter2", salt: &[2; 16], secret: &[], associated_data: &[] };
            let mut memory = vec![Block::ZERO; setting.blocks()];
            let mut below = vec![0; BELOW];
            let digest = setting.first_digest(input, 32).to_vec();
            setting.derive(input, &mut memory, &mut [0; 32]);
            let here = std::ptr::from_ref(&process).addr();
            process.read_exact_at(&mut below, (here - BELOW) as u64).unwrap();
            let blocks: &[u8] = bytemuck::must_cast_slice(&memory);
            let pieces: HashSet<&[u8]> = blocks.chunks(16).chain(digest.chunks(16)).collect();
            assert!(!below.windows(16).any(|bytes| pieces.contains(bytes)), "{kernel:?}");
        }
    }
}
