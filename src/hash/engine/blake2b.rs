//! `BLAKE2b` (RFC 7693), and the hash of variable length that Argon2 builds with it (RFC 9106 section 3.3).

/// The bytes of a whole digest.
pub(super) const DIGEST: usize = 64;
/// The bytes that one compression takes.
const INPUT: usize = 128;

/// The initial values, those of SHA-512 (RFC 7693 section 2.6).
const IV: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// `BLAKE2b` without a key.
struct Blake2b {
    state: [u64; 8],
    input: [u8; INPUT],
    /// The bytes in `input`.
    filled: usize,
    /// The bytes that have been compressed.
    compressed: u64,
}

impl Blake2b {
    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // The last input is compressed in another way, so a full one waits for more.
            if self.filled == INPUT {
                self.compressed += INPUT as u64;
                self.compress(false);
                self.filled = 0;
            }
            let (part, rest) = bytes.split_at(bytes.len().min(INPUT - self.filled));
            self.input[self.filled..][..part.len()].copy_from_slice(part);
            self.filled += part.len();
            bytes = rest;
        }
    }

    fn finish(mut self) -> [u8; DIGEST] {
        self.input[self.filled..].fill(0);
        self.compressed += self.filled as u64;
        self.compress(true);
        let mut digest = [0; DIGEST];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_le_bytes();
        }
        digest
    }

    /// The compression function F (RFC 7693 section 3.2). Its rounds are written out: indices that are
    /// known when it is compiled make it twice as fast.
    fn compress(&mut self, last: bool) {
        let mut m = [0; 16];
        for (word, bytes) in m.iter_mut().zip(self.input.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        let [h0, h1, h2, h3, h4, h5, h6, h7] = self.state;
        let mut v = [h0, h1, h2, h3, h4, h5, h6, h7, IV[0], IV[1], IV[2], IV[3], IV[4], IV[5], IV[6], IV[7]];
        v[12] ^= self.compressed;
        if last {
            v[14] = !v[14];
        }
        macro_rules! round {
            ($($order:literal)*) => {{
                const S: [usize; 16] = [$($order),*];
                mix(&mut v, [0, 4, 8, 12], m[S[0]], m[S[1]]);
                mix(&mut v, [1, 5, 9, 13], m[S[2]], m[S[3]]);
                mix(&mut v, [2, 6, 10, 14], m[S[4]], m[S[5]]);
                mix(&mut v, [3, 7, 11, 15], m[S[6]], m[S[7]]);
                mix(&mut v, [0, 5, 10, 15], m[S[8]], m[S[9]]);
                mix(&mut v, [1, 6, 11, 12], m[S[10]], m[S[11]]);
                mix(&mut v, [2, 7, 8, 13], m[S[12]], m[S[13]]);
                mix(&mut v, [3, 4, 9, 14], m[S[14]], m[S[15]]);
            }};
        }
        round!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        round!(14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3);
        round!(11 8 12 0 5 2 15 13 10 14 3 6 7 1 9 4);
        round!(7 9 3 1 13 12 11 14 2 6 5 10 4 0 15 8);
        round!(9 0 5 7 2 4 10 15 14 1 11 12 6 8 3 13);
        round!(2 12 6 10 0 11 8 3 4 13 7 5 15 14 1 9);
        round!(12 5 1 15 14 13 4 10 0 7 6 3 9 2 8 11);
        round!(13 11 7 14 12 1 3 9 5 0 15 4 8 6 2 10);
        round!(6 15 14 9 11 3 0 8 12 2 13 7 1 4 10 5);
        round!(10 2 8 4 7 6 1 5 15 11 9 14 3 12 13 0);
        round!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        round!(14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3);
        for (index, word) in self.state.iter_mut().enumerate() {
            *word ^= v[index] ^ v[index + 8];
        }
    }
}

/// The mixing function G (RFC 7693 section 3.1).
#[allow(clippy::many_single_char_names)] // those of the RFC
#[allow(clippy::inline_always)] // else it takes its indices at run time, and twice as long
#[inline(always)]
fn mix(v: &mut [u64; 16], [a, b, c, d]: [usize; 4], x: u64, y: u64) {
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
    v[d] = (v[d] ^ v[a]).rotate_right(32);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(24);
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(63);
}

/// `BLAKE2b` of the parts, one after another. The digest is the first `length` bytes, from 1 to 64.
pub(super) fn blake2b<'a>(length: usize, parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; DIGEST] {
    let mut state = IV;
    state[0] ^= 0x0101_0000 ^ length as u64;
    let mut hash = Blake2b { state, input: [0; INPUT], filled: 0, compressed: 0 };
    parts.into_iter().for_each(|part| hash.update(part));
    hash.finish()
}

/// LE32 (RFC 9106 section 2) of a number that fits: the engine has checked the lengths, and the
/// parameters have their own limits.
#[allow(clippy::cast_possible_truncation)]
pub(super) const fn le32(number: usize) -> [u8; 4] {
    (number as u32).to_le_bytes()
}

/// H', the hash of variable length (RFC 9106 section 3.3), of the parts one after another.
pub(super) fn variable_length(parts: &[&[u8]], out: &mut [u8]) {
    let length = le32(out.len());
    let first = |digest: usize| blake2b(digest, [&length[..]].into_iter().chain(parts.iter().copied()));
    if out.len() <= DIGEST {
        let digest = first(out.len());
        out.copy_from_slice(&digest[..out.len()]);
        return;
    }
    let mut digest = first(DIGEST);
    let mut rest = out;
    while rest.len() > DIGEST {
        let (half, after) = rest.split_at_mut(DIGEST / 2);
        half.copy_from_slice(&digest[..DIGEST / 2]);
        rest = after;
        digest = blake2b(rest.len().min(DIGEST), [&digest[..]]);
    }
    rest.copy_from_slice(&digest[..rest.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7693 appendix A.
    #[test]
    fn abc_has_the_digest_of_the_rfc() {
        let digest = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
                      7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";
        assert_eq!(hex::encode(blake2b(DIGEST, [&b"abc"[..]])), digest);
        assert_eq!(hex::encode(blake2b(DIGEST, [&b"a"[..], b"", b"bc"])), digest);
    }

    /// Messages of up to three inputs and more, and digests of all lengths. The digest of all digests is the one that
    /// Python's hashlib computes.
    #[test]
    fn messages_of_each_length_have_the_digests_of_another_implementation() {
        let message: Vec<u8> = (0..=255).chain(0..=255).collect();
        let digest = |length: usize| {
            let (first, second) = message[..length].split_at(length / 3);
            let bytes = length % DIGEST + 1;
            blake2b(bytes, [first, second])[..bytes].to_vec()
        };
        let all: Vec<Vec<u8>> = (0..=3 * INPUT).map(digest).collect();
        assert_eq!(
            hex::encode(blake2b(DIGEST, all.iter().map(Vec::as_slice))),
            "27087a0769e182ed860a1c2eea4e1f0f54763f310a2fc42328575f15be21d2c2\
             e12719b44f04ab244b7eea8880215b6465a1d6bbcee7acb8b7e4dc84e5c6be64"
        );
    }
}
