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

/// `for`, as a `while`: the functions that `for` calls may come from a crate that is not optimised, as in
/// tests, where hashing would then take ten times as long.
macro_rules! each {
    ($i:ident in 0..$end:literal $body:block) => {
        $crate::hash::engine::compress::each!($i in (0..$end).step_by(1) $body);
    };
    ($i:ident in (0..$end:literal).step_by($step:literal) $body:block) => {
        let mut $i = 0;
        while $i < $end {
            $body
            $i += $step;
        }
    };
}
use each;

/// Half of the function GB (section 3.6) on groups of four vectors, which hold the words a, b, c and d of
/// section 3.6. The groups go in step, because each step of one waits for its last.
macro_rules! half_mix {
    ($groups:ident, $together:literal, $first:literal, $second:literal) => {
        let [a, b, c, d] = &mut $groups;
        $crate::hash::engine::compress::each!(i in 0..$together {
            a[i] = multiply_add(a[i], b[i]);
        });
        $crate::hash::engine::compress::each!(i in 0..$together {
            d[i] = rotate::<$first>(xor(d[i], a[i]));
        });
        $crate::hash::engine::compress::each!(i in 0..$together {
            c[i] = multiply_add(c[i], d[i]);
        });
        $crate::hash::engine::compress::each!(i in 0..$together {
            b[i] = rotate::<$second>(xor(b[i], c[i]));
        });
    };
}
use half_mix;

/// The permutation P (section 3.6) on groups: GB on the columns of its matrices, then on their diagonals,
/// which are columns once the rows are turned.
macro_rules! permute {
    ($groups:ident, $together:literal, $left:ident, $half:ident, $right:ident) => {
        $crate::hash::engine::compress::half_mix!($groups, $together, 32, 24);
        $crate::hash::engine::compress::half_mix!($groups, $together, 16, 63);
        $crate::hash::engine::compress::each!(i in 0..$together {
            $groups[0][i] = $right($groups[0][i]);
            $groups[2][i] = $left($groups[2][i]);
            $groups[3][i] = $half($groups[3][i]);
        });
        $crate::hash::engine::compress::half_mix!($groups, $together, 32, 24);
        $crate::hash::engine::compress::half_mix!($groups, $together, 16, 63);
        $crate::hash::engine::compress::each!(i in 0..$together {
            $groups[0][i] = $left($groups[0][i]);
            $groups[2][i] = $right($groups[2][i]);
            $groups[3][i] = $half($groups[3][i]);
        });
    };
}
use permute;

/// Defines `fill`, which fills segments with this file's vectors: `V`; `multiply_add`, which is
/// x + y + 2 * low(x) * low(y) (section 3.6); `xor`; `rotate`, to the right; and six that turn the four
/// words of a row or of a column: `row_left`, `row_half`, `row_right`, `column_left` and so on.
///
/// The rows go in `$rows` groups at a time, as many as there are registers for, and the columns in
/// `$columns`: fewer, where the first word is then known earlier.
macro_rules! compression {
    ($rows:literal, $columns:literal $(, $features:literal)?) => {
        /// G: `out` is what it makes of two blocks, after an XOR with what `out` was if `XOR`. As soon as
        /// its first word is known, `first_word` gets it. A number for each `PLACE` that calls it makes a
        /// function for each, which is inlined there.
        $(#[target_feature(enable = $features)])?
        #[inline]
        fn compress<const XOR: bool, const PLACE: u8>(
            previous: &$crate::hash::engine::block::Block,
            reference: &$crate::hash::engine::block::Block,
            out: &mut $crate::hash::engine::block::Block,
            first_word: &mut dyn FnMut(u64),
        ) {
            let previous: &[V; 16] = bytemuck::must_cast_ref(previous);
            let reference: &[V; 16] = bytemuck::must_cast_ref(reference);
            let out: &mut [V; 16] = bytemuck::must_cast_mut(out);
            let mut z = [previous[0]; 16];
            $crate::hash::engine::compress::each!(first in (0..4).step_by($rows) {
                let mut groups = [[z[0]; $rows]; 4];
                $crate::hash::engine::compress::each!(i in 0..$rows {
                    $crate::hash::engine::compress::each!(word in 0..4 {
                        let at = 4 * (first + i) + word;
                        groups[word][i] = xor(previous[at], reference[at]);
                    });
                });
                $crate::hash::engine::compress::permute!(groups, $rows, row_left, row_half, row_right);
                $crate::hash::engine::compress::each!(i in 0..$rows {
                    $crate::hash::engine::compress::each!(word in 0..4 {
                        z[4 * (first + i) + word] = groups[word][i];
                    });
                });
            });
            $crate::hash::engine::compress::each!(first in (0..4).step_by($columns) {
                let mut groups = [[z[0]; $columns]; 4];
                $crate::hash::engine::compress::each!(i in 0..$columns {
                    $crate::hash::engine::compress::each!(word in 0..4 {
                        groups[word][i] = z[first + i + 4 * word];
                    });
                });
                $crate::hash::engine::compress::permute!(groups, $columns, column_left, column_half, column_right);
                $crate::hash::engine::compress::each!(word in 0..4 {
                    $crate::hash::engine::compress::each!(i in 0..$columns {
                        let at = first + i + 4 * word;
                        let new = xor(groups[word][i], xor(previous[at], reference[at]));
                        out[at] = if XOR { xor(new, out[at]) } else { new };
                    });
                });
                if first == 0 {
                    let [word, ..] = bytemuck::must_cast_ref::<V, [u64; 8]>(&out[0]);
                    first_word(*word);
                }
            });
        }

        /// Fills segments, one block each in turn.
        $(#[target_feature(enable = $features)])?
        pub(crate) fn fill(lanes: &mut [$crate::hash::engine::lane::Lane<'_>], xor: bool) {
            use $crate::hash::engine::lane::fill_in_turn;
            let addresses = |p: &_, r: &_, o: &mut _| compress::<false, 0>(p, r, o, &mut |_| ());
            if xor {
                fill_in_turn(lanes, addresses, |p, r, o, first| compress::<true, 1>(p, r, o, first));
            } else {
                fill_in_turn(lanes, addresses, |p, r, o, first| compress::<false, 1>(p, r, o, first));
            }
        }
    };
}
use compression;
