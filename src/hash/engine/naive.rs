//! A second reading of RFC 9106, for tests: plain arithmetic in numbers that cannot overflow, one lane after
//! another, written from the RFC alone. It takes nothing from the engine but `BLAKE2b`, which has vectors of its own.

#![allow(clippy::many_single_char_names)] // those of the RFC

use std::ops::Range;
#[cfg(target_os = "linux")]
use std::{
    collections::HashSet,
    fs::{self, File},
    os::unix::fs::FileExt,
    sync::Mutex,
    thread,
};

use super::address::{Position, Reference, Shape};
use super::blake2b::blake2b;
use super::{Engine, Input, Kernel};
use crate::hash::encoded::{Variant, Version};
use crate::hash::params::Params;
#[cfg(target_os = "linux")]
use crate::hash::{
    encoded::Encoded,
    verifier::{Verifier, VerifierMemory},
};

/// The slices of a pass.
const SL: u128 = 4;

type Block = [u64; 128];

/// m, p and t of section 3.1, and y, the type.
#[derive(Clone, Copy)]
struct Numbers {
    m: u128,
    p: u128,
    t: u128,
    y: u128,
}

impl Numbers {
    /// q, the columns (section 3.2, step 2).
    fn q(self) -> u128 {
        SL * (self.m / (4 * self.p))
    }

    fn segment(self) -> u128 {
        self.q() / SL
    }

    /// l and z of the block `B[l][z]` that `B[i][j]` reads in pass r (section 3.4.2).
    fn reference(self, r: u128, [i, j]: [u128; 2], [j1, j2]: [u128; 2]) -> [u128; 2] {
        let segment = self.segment();
        let sl = j / segment;
        let l = if r == 0 && sl == 0 { i } else { j2 % self.p };
        // W, as ranges of columns: the segments that are finished, three at most, and of the own lane also the
        // blocks of the current segment.
        let finished = if r == 0 { 0..sl } else { sl + 1..sl + SL };
        let finished = finished.map(|slice| slice % SL * segment..(slice % SL + 1) * segment);
        let current = if l == i { sl * segment..j } else { 0..0 };
        let w = finished.chain([current]);
        let length = |columns: &Range<u128>| columns.end - columns.start;
        // In the own lane `B[i][j-1]` is excluded, which is the last of W; in another lane the last of W is, if
        // this is the first block of a segment.
        let excluded = u128::from(l == i || j % segment == 0);
        let size = w.clone().map(|columns| length(&columns)).sum::<u128>() - excluded;
        let x = j1 * j1 / (1 << 32);
        let y = size * x / (1 << 32);
        let mut zz = size - 1 - y;
        for columns in w {
            if zz < length(&columns) {
                return [l, columns.start + zz];
            }
            zz -= length(&columns);
        }
        unreachable!("zz is less than the size of W")
    }

    /// J1 and J2 of block j of lane l, if they do not depend on the memory (section 3.4.1.2).
    fn independent(self, r: u128, [l, j]: [u128; 2]) -> [u128; 2] {
        let (sl, index) = (j / self.segment(), j % self.segment());
        let mut input = [0; 128];
        let numbers = [r, l, sl, self.p * self.q(), self.t, self.y, index / 128 + 1];
        for (word, number) in input.iter_mut().zip(numbers) {
            *word = u64::try_from(number).unwrap();
        }
        let zero = [0; 128];
        halves(g(&zero, &g(&zero, &input))[usize::try_from(index % 128).unwrap()])
    }

    /// H0 (section 3.2, step 1) of version `v`, and for tags of this length.
    fn h0(self, v: u32, input: Input<'_>, tag_bytes: usize) -> [u8; 64] {
        let numbers = [self.p, tag_bytes as u128, self.m, self.t, v.into(), self.y];
        let mut fields: Vec<u8> = numbers.into_iter().flat_map(le32).collect();
        for field in [input.password, input.salt, input.secret, input.associated_data] {
            fields.extend(le32(field.len() as u128));
            fields.extend(field);
        }
        blake2b(64, [&fields[..]])
    }

    /// B, one lane after another, once all passes are done (section 3.2, steps 3 to 6).
    fn blocks(self, v: u32, h0: &[u8; 64]) -> Vec<Block> {
        let Self { p, t, y, .. } = self;
        let q = self.q();
        let at = |i: u128, j: u128| usize::try_from(i * q + j).unwrap();
        let mut b = vec![[0; 128]; usize::try_from(p * q).unwrap()];
        for i in 0..p {
            for j in 0..2 {
                let bytes = h_prime(1024, &[h0, &le32(j), &le32(i)]);
                b[at(i, j)] = std::array::from_fn(|word| u64::from_le_bytes(bytes.as_chunks().0[word]));
            }
        }
        for r in 0..t {
            for sl in 0..SL {
                for i in 0..p {
                    for j in sl * self.segment()..(sl + 1) * self.segment() {
                        if r == 0 && j < 2 {
                            continue;
                        }
                        let previous = b[at(i, (j + q - 1) % q)];
                        let is_independent = y == 1 || (y == 2 && r == 0 && sl < SL / 2);
                        let values =
                            if is_independent { self.independent(r, [i, j]) } else { halves(previous[0]) };
                        let [l, z] = self.reference(r, [i, j], values);
                        let new = g(&previous, &b[at(l, z)]);
                        let old = if r > 0 && v == 0x13 { b[at(i, j)] } else { [0; 128] };
                        b[at(i, j)] = xor(&new, &old);
                    }
                }
            }
        }
        b
    }

    /// The tag of this length (section 3.2, steps 7 and 8).
    fn tag(self, v: u32, input: Input<'_>, bytes: usize) -> Vec<u8> {
        let blocks = self.blocks(v, &self.h0(v, input, bytes));
        let lanes = blocks.chunks_exact(usize::try_from(self.q()).unwrap());
        let c = lanes.fold([0; 128], |c, lane| xor(&c, &lane[lane.len() - 1]));
        h_prime(bytes, &[&c.map(u64::to_le_bytes).concat()])
    }
}

/// LE32 (section 2).
fn le32(number: u128) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

/// H' (section 3.3): one digest if that is long enough, else half of each of r digests, and a last one of the rest.
fn h_prime(length: usize, parts: &[&[u8]]) -> Vec<u8> {
    let a = [&le32(length as u128)[..], &parts.concat()].concat();
    if length <= 64 {
        return blake2b(length, [&a[..]])[..length].to_vec();
    }
    let r = length.div_ceil(32) - 2;
    let mut v = blake2b(64, [&a[..]]);
    let mut w = v[..32].to_vec();
    for _ in 1..r {
        v = blake2b(64, [&v[..]]);
        w.extend(&v[..32]);
    }
    let rest = length - 32 * r;
    w.extend(&blake2b(rest, [&v[..]])[..rest]);
    w
}

/// J1 and J2 of a word (section 3.4.1.1).
fn halves(word: u64) -> [u128; 2] {
    [u128::from(word) % (1 << 32), u128::from(word) >> 32]
}

fn xor(x: &Block, y: &Block) -> Block {
    std::array::from_fn(|index| x[index] ^ y[index])
}

/// G (section 3.5): P on the rows of eight registers of 16 bytes, then on the columns.
fn g(x: &Block, y: &Block) -> Block {
    let r = xor(x, y);
    let mut z = r;
    for row in 0..8 {
        p(&mut z, |register| 16 * row + 2 * register);
    }
    for column in 0..8 {
        p(&mut z, |register| 16 * register + 2 * column);
    }
    xor(&z, &r)
}

/// P (section 3.6) on eight registers; `at` says where each has its first word.
fn p(block: &mut Block, at: impl Fn(usize) -> usize) {
    let mut mix = |words: [usize; 4]| {
        let [a, b, c, d] = words.map(|word| at(word / 2) + word % 2);
        let mut step = |x: usize, y: usize, z: usize, bits: u32| {
            let product = u128::from(block[x] % (1 << 32)) * u128::from(block[y] % (1 << 32));
            let sum = u128::from(block[x]) + u128::from(block[y]) + 2 * product;
            block[x] = u64::try_from(sum % (1 << 64)).unwrap();
            block[z] = (block[z] ^ block[x]).rotate_right(bits);
        };
        step(a, b, d, 32);
        step(c, d, b, 24);
        step(a, b, d, 16);
        step(c, d, b, 63);
    };
    for words in [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]] {
        mix(words);
    }
    for words in [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]] {
        mix(words);
    }
}

/// Numbers that look random, always the same ones.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 29)
    }
}

/// Compares what a block reads, with J1 and J2 at their extremes, with each lane, and at random.
fn compare(numbers: Numbers, position: &Position, index: usize, random: &mut Random) {
    let Position { shape, pass, slice, lane } = *position;
    let place = [lane as u128, (slice * shape.segment_blocks + index) as u128];
    let extremes = [0, 1, 1 << 31, u64::from(u32::MAX) - 1, u64::from(u32::MAX)];
    let lanes = [0, 1, lane as u64, shape.lanes as u64 - 1, u64::from(u32::MAX)];
    let of_lanes = lanes.into_iter().flat_map(|j2| extremes.map(|j1| (j2 << 32) | j1));
    for value in of_lanes.chain(std::array::from_fn::<_, 4, _>(|_| random.next())) {
        let expected = numbers.reference(pass.into(), place, halves(value));
        let case = || format!("m={}, p={}, {pass}, {place:?}, {value:#x}", numbers.m, numbers.p);
        assert_eq!(by_the_engine(position, index, value), expected, "{}", case());
    }
}

/// l and z, as the engine has them.
fn by_the_engine(position: &Position, index: usize, value: u64) -> [u128; 2] {
    let segment = position.shape.segment_blocks;
    let Reference { slice, index } = position.reference(index, value);
    let index = if slice == position.slice { position.lane * segment + index } else { index };
    [index / segment, slice * segment + index % segment].map(|number| number as u128)
}

fn shape(m: u64, p: u64) -> (Numbers, Shape) {
    let numbers = Numbers { m: m.into(), p: p.into(), t: 3, y: 2 };
    (numbers, Shape::new(Variant::Argon2id, Params::new(m, 3, p).unwrap()))
}

#[test]
fn every_block_of_every_small_memory_reads_the_block_of_the_rfc() {
    let mut random = Random(1);
    for p in 1..=8 {
        for m in 8 * p..=40 * p {
            let (numbers, shape) = shape(m, p);
            for pass in 0..3 {
                for slice in 0..4 {
                    for lane in 0..shape.lanes {
                        let position = Position { shape, pass, slice, lane };
                        for index in position.start()..shape.segment_blocks {
                            compare(numbers, &position, index, &mut random);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_largest_memories_have_the_addresses_of_the_rfc() {
    let mut random = Random(2);
    let (most_kib, most_lanes) = (u64::from(u32::MAX), (1 << 24) - 1);
    for p in [1, 2, 3, 64, most_lanes - 1, most_lanes] {
        let (numbers, shape) = shape(most_kib, p);
        let segment = shape.segment_blocks;
        for pass in [0, 1, u32::MAX - 1] {
            for slice in 0..4 {
                for lane in [0, shape.lanes / 2, shape.lanes - 1] {
                    let position = Position { shape, pass, slice, lane };
                    let start = position.start();
                    for index in [start, start + 1, segment / 2, segment - 2, segment - 1] {
                        compare(numbers, &position, index, &mut random);
                    }
                }
            }
        }
    }
}

/// Compares a tag of so many bytes.
fn check_tag(variant: Variant, version: Version, [m, t, p]: [u64; 3], bytes: usize) {
    let input =
        Input { password: b"password", salt: b"somesalt", secret: b"secret", associated_data: b"data" };
    let numbers = Numbers { m: m.into(), p: p.into(), t: t.into(), y: variant.number().into() };
    let mut tag = vec![0; bytes];
    Engine::new(variant, version, Params::new(m, t, p).unwrap(), 2).derive(input, &mut tag).unwrap();
    let expected = numbers.tag(version.number(), input, bytes);
    assert_eq!(tag, expected, "{variant:?}, {version:?}, m={m}, t={t}, p={p}, {bytes} bytes");
}

/// That the addresses are those of the RFC where they come from a counter, too: a block of a wrong one changes the tag.
#[test]
fn tags_are_those_of_the_second_reading() {
    for variant in [Variant::Argon2d, Variant::Argon2i, Variant::Argon2id] {
        for p in 1..=8 {
            for m in (8 * p..=40 * p).filter(|m| m % (4 * p) < 2) {
                for t in 1..=3 {
                    check_tag(variant, Version::V19, [m, t, p], 32);
                }
            }
        }
        // Segments of one, two and three blocks of addresses, and one block more and less.
        for segment in [127, 128, 129, 256, 257] {
            check_tag(variant, Version::V16, [4 * segment, 2, 1], 32);
            check_tag(variant, Version::V19, [8 * segment + 7, 2, 2], 32);
        }
    }
}

#[test]
fn tags_of_each_length_are_those_of_the_second_reading() {
    for bytes in (4..200).chain([255, 256, 257, 1_000]) {
        check_tag(Variant::Argon2id, Version::V19, [8, 1, 1], bytes);
    }
}

/// Lanes, passes, and blocks of addresses: one byte does not hold how many there are.
#[test]
fn tags_of_large_numbers_are_those_of_the_second_reading() {
    for variant in [Variant::Argon2d, Variant::Argon2i, Variant::Argon2id] {
        check_tag(variant, Version::V19, [8 * 300, 1, 300], 32);
        check_tag(variant, Version::V19, [8, 300, 1], 32);
    }
    check_tag(Variant::Argon2i, Version::V19, [4 * (256 * 128 + 2), 1, 1], 32);
}

/// Held by a test that searches the memory: the copy that it searches would have the blocks of another one's hash.
#[cfg(target_os = "linux")]
static SEARCH: Mutex<()> = Mutex::new(());

/// SECURITY.md: "The stack below the engine is wiped after each hash. So is the memory of the hash"
#[cfg(target_os = "linux")]
#[test]
fn no_piece_of_a_hash_is_left_in_the_process_by_any_kernel_or_thread() {
    let _alone = SEARCH.lock().unwrap();
    let numbers = Numbers { m: 4_096, p: 4, t: 1, y: 2 };
    let params = Params::new(4_096, 1, 4).unwrap();
    let mut run = 0;
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
        for threads in [1, 4] {
            // What the second reading leaves of one run must not be found in the next.
            run += 1;
            let input =
                Input { password: &[run; 9], salt: &[2; 16], secret: b"secret", associated_data: b"" };
            let mut engine =
                Engine::new(Variant::Argon2id, Version::V19, params, threads).with_kernel(kernel);
            engine.derive(input, &mut [0; 32]).unwrap();
            engine.wipe();
            assert!(!a_piece_is_left(numbers, input), "{kernel:?}, {threads} threads");
        }
    }
}

/// SECURITY.md: "What a verification leaves on the stacks of its threads is wiped after it."
#[cfg(target_os = "linux")]
#[test]
fn no_piece_of_a_verification_is_left_in_the_process_by_any_thread() {
    let _alone = SEARCH.lock().unwrap();
    let verify_with = |threads: u8| {
        let (verifier, mut memory) = (Verifier::new(threads.into()).unwrap(), VerifierMemory::default());
        for lanes in 1..=4 {
            let (password, salt) = ([threads, lanes].repeat(5), vec![2; 16]);
            let (variant, version) = (Variant::Argon2id, Version::V19);
            let input = Input { password: &password, salt: &salt, secret: b"", associated_data: b"" };
            let params = Params::new(8_192, 1, lanes.into()).unwrap();
            let encoded = Encoded { variant, version, params, salt: salt.clone(), tag: vec![0; 32] };
            assert_eq!(verifier.matches_in(&mut memory, &encoded, &password), Ok(false));
            memory.wipe();
            let numbers = Numbers { m: 8_192, p: lanes.into(), t: 1, y: 2 };
            assert!(!a_piece_is_left(numbers, input), "{threads} threads, {lanes} lanes");
        }
    };
    for threads in [1, 2, 4] {
        // A thread can be one of a single pool only.
        thread::scope(|scope| scope.spawn(|| verify_with(threads)).join().unwrap());
    }
}

/// Whether two words of the hash, or of H0, are anywhere in the process.
#[cfg(target_os = "linux")]
fn a_piece_is_left(numbers: Numbers, input: Input<'_>) -> bool {
    let memory: Vec<_> = writable_memory().collect();
    let h0 = numbers.h0(0x13, input, 32);
    let blocks = numbers.blocks(0x13, &h0);
    // Two words that are neighbours in a block are neighbours in every kernel's vectors.
    let pairs = blocks.iter().flat_map(|block| block.as_chunks::<2>().0);
    let h0: [u64; 8] = std::array::from_fn(|word| u64::from_ne_bytes(h0.as_chunks().0[word]));
    let pieces: HashSet<&[u64]> = pairs.chain(h0.as_chunks::<2>().0).map(|pair| &pair[..]).collect();
    // Most of what is searched is zero, and a zero word is in no piece.
    let has_piece = |words: &Vec<u64>| words.windows(2).any(|pair| pair[0] != 0 && pieces.contains(pair));
    assert!(writable_memory().any(|words| has_piece(&words)), "the search finds nothing");
    memory.iter().any(has_piece)
}

/// The words that this process can write to: the heap and the stacks of all threads, also of those that have ended.
#[cfg(target_os = "linux")]
fn writable_memory() -> impl Iterator<Item = Vec<u64>> {
    let process = File::open("/proc/self/mem").unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let writable = maps.lines().filter(|map| map.contains(" rw")).map(|map| {
        let (start, end) = map.split(' ').next().unwrap().split_once('-').unwrap();
        [start, end].map(|address| u64::from_str_radix(address, 16).unwrap())
    });
    writable.collect::<Vec<_>>().into_iter().filter_map(move |[start, end]| {
        let mut words = vec![0_u64; usize::try_from(end - start).unwrap() / 8];
        // Another test may have given the memory back meanwhile.
        process.read_exact_at(bytemuck::cast_slice_mut(&mut words), start).ok().map(|()| words)
    })
}
