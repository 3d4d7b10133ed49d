//! The compression function G (RFC 9106 section 3.5), once, for the vectors of every processor.
//!
//! Each file below gives a vector `V` of eight words, stored as [`Block`](super::block::Block) says, and
//! what can be done with it; [`compression`] makes the function out of that. It is a macro, because a
//! function that is generic over its vectors cannot call what only some processors can do, without
//! `unsafe`.

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(super) mod neon;
pub(super) mod portable;

/// Defines `fill`, which fills segments with this file's vectors: `V`; `multiply_add`, which is
/// x + y + 2 * low(x) * low(y) (section 3.6); `xor`; `rotate`, to the right; and six that turn the four
/// words of a row or of a column: `row_left`, `row_half`, `row_right`, `column_left` and so on.
///
/// The round goes over `$together` groups of 16 words at a time: as many as there are registers for.
macro_rules! compression {
    ($together:literal $(, $features:literal)?) => {
        /// Four vectors of each group: its words a, b, c and d in the notation of section 3.6.
        type Groups = [[V; $together]; 4];

        /// Half of the function GB (section 3.6).
        $(#[target_feature(enable = $features)])?
        #[inline]
        fn half_mix<const FIRST: i32, const SECOND: i32>([a, b, c, d]: &mut Groups) {
            for i in 0..$together {
                a[i] = multiply_add(a[i], b[i]);
            }
            for i in 0..$together {
                d[i] = rotate::<FIRST>(xor(d[i], a[i]));
            }
            for i in 0..$together {
                c[i] = multiply_add(c[i], d[i]);
            }
            for i in 0..$together {
                b[i] = rotate::<SECOND>(xor(b[i], c[i]));
            }
        }

        /// GB on the columns of the matrices that section 3.6 makes of 16 words.
        $(#[target_feature(enable = $features)])?
        #[inline]
        fn mix(groups: &mut Groups) {
            half_mix::<32, 24>(groups);
            half_mix::<16, 63>(groups);
        }

        /// The permutation P (section 3.6) of rows.
        $(#[target_feature(enable = $features)])?
        #[inline]
        fn permute_rows(groups: &mut Groups) {
            mix(groups);
            for i in 0..$together {
                groups[0][i] = row_right(groups[0][i]);
                groups[2][i] = row_left(groups[2][i]);
                groups[3][i] = row_half(groups[3][i]);
            }
            mix(groups);
            for i in 0..$together {
                groups[0][i] = row_left(groups[0][i]);
                groups[2][i] = row_right(groups[2][i]);
                groups[3][i] = row_half(groups[3][i]);
            }
        }

        /// The permutation P (section 3.6) of columns.
        $(#[target_feature(enable = $features)])?
        #[inline]
        fn permute_columns(groups: &mut Groups) {
            mix(groups);
            for i in 0..$together {
                groups[0][i] = column_right(groups[0][i]);
                groups[2][i] = column_left(groups[2][i]);
                groups[3][i] = column_half(groups[3][i]);
            }
            mix(groups);
            for i in 0..$together {
                groups[0][i] = column_left(groups[0][i]);
                groups[2][i] = column_right(groups[2][i]);
                groups[3][i] = column_half(groups[3][i]);
            }
        }

        /// G: `out` is what it makes of two blocks, after an XOR with what `out` was if `XOR`.
        $(#[target_feature(enable = $features)])?
        #[inline]
        fn compress<const XOR: bool>(
            previous: &$crate::hash::engine::block::Block,
            reference: &$crate::hash::engine::block::Block,
            out: &mut $crate::hash::engine::block::Block,
        ) {
            let previous: &[V; 16] = bytemuck::must_cast_ref(previous);
            let reference: &[V; 16] = bytemuck::must_cast_ref(reference);
            let out: &mut [V; 16] = bytemuck::must_cast_mut(out);
            let mut z = [previous[0]; 16];
            for first in (0..4).step_by($together) {
                let mut groups = [[z[0]; $together]; 4];
                for i in 0..$together {
                    for word in 0..4 {
                        let at = 4 * (first + i) + word;
                        groups[word][i] = xor(previous[at], reference[at]);
                    }
                }
                permute_rows(&mut groups);
                for i in 0..$together {
                    for word in 0..4 {
                        z[4 * (first + i) + word] = groups[word][i];
                    }
                }
            }
            for first in (0..4).step_by($together) {
                let mut groups = [[z[0]; $together]; 4];
                for i in 0..$together {
                    for word in 0..4 {
                        groups[word][i] = z[first + i + 4 * word];
                    }
                }
                permute_columns(&mut groups);
                for word in 0..4 {
                    for i in 0..$together {
                        let at = first + i + 4 * word;
                        let new = xor(groups[word][i], xor(previous[at], reference[at]));
                        out[at] = if XOR { xor(new, out[at]) } else { new };
                    }
                }
            }
        }

        /// Fills segments, one block each in turn.
        $(#[target_feature(enable = $features)])?
        pub(in $crate::hash::engine) fn fill(lanes: &mut [$crate::hash::engine::lane::Lane<'_>], xor: bool) {
            if xor {
                $crate::hash::engine::lane::fill_in_turn(lanes, |p, r, o| compress::<true>(p, r, o));
            } else {
                $crate::hash::engine::lane::fill_in_turn(lanes, |p, r, o| compress::<false>(p, r, o));
            }
        }
    };
}
use compression;
