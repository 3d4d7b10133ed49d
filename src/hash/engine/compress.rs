//! The compression function G (RFC 9106 section 3.5), written once for the vectors of every processor.
//!
//! Each file below gives a vector `V` of eight words, stored as [`Block`](super::block::Block) says, and
//! what can be done with it; [`compression`] makes the function out of that. It is a macro, because a
//! function that is generic over its vectors cannot call what only some processors can do, without
//! `unsafe`.

/// Half of the function GB (section 3.6) on groups of four vectors, which hold the words a, b, c and d of
/// section 3.6. The groups go in step: within one group, each line waits for the line before.
macro_rules! half_mix {
    ($groups:ident, $together:literal, $first:literal, $second:literal) => {
        let [a, b, c, d] = &mut $groups;
        for i in 0..$together {
            a[i] = multiply_add(a[i], b[i]);
        }
        for i in 0..$together {
            d[i] = rotate::<$first>(xor(d[i], a[i]));
        }
        for i in 0..$together {
            c[i] = multiply_add(c[i], d[i]);
        }
        for i in 0..$together {
            b[i] = rotate::<$second>(xor(b[i], c[i]));
        }
    };
}

/// The permutation P (section 3.6) on groups: GB on the columns of its matrices, then on their diagonals,
/// which are columns once the rows are turned.
macro_rules! permute {
    ($groups:ident, $together:literal, $left:ident, $half:ident, $right:ident) => {
        half_mix!($groups, $together, 32, 24);
        half_mix!($groups, $together, 16, 63);
        for i in 0..$together {
            $groups[0][i] = $right($groups[0][i]);
            $groups[2][i] = $left($groups[2][i]);
            $groups[3][i] = $half($groups[3][i]);
        }
        half_mix!($groups, $together, 32, 24);
        half_mix!($groups, $together, 16, 63);
        for i in 0..$together {
            $groups[0][i] = $left($groups[0][i]);
            $groups[2][i] = $right($groups[2][i]);
            $groups[3][i] = $half($groups[3][i]);
        }
    };
}

/// Defines `fill`, which fills segments with the vectors of the file that calls this macro. The file
/// defines `V`; `multiply_add`, which is x + y + 2 * low(x) * low(y) (section 3.6); `xor`; `rotate`, to the
/// right; and six functions that turn the four words of a row or of a column: `row_left`, `row_half`,
/// `row_right`, `column_left`, `column_half` and `column_right`.
///
/// P takes `$rows` rows at a time, as many as there are registers for, and then `$columns` pairs of columns
/// at a time: fewer, where the first word is then known earlier.
macro_rules! compression {
    ($rows:literal, $columns:literal $(, $features:literal)?) => {
        use crate::hash::engine::block::Block;
        use crate::hash::engine::segment::{Segment, fill_in_turn};

        /// Sets `out` to G(`previous`, `reference`), or adds it to `out` by XOR if `XOR`. Calls
        /// `first_word` as soon as that word of `out` is final, so that the caller can fetch what the next
        /// block reads while the rest is computed.
        ///
        /// It must be inlined where segments are filled. `inline(always)` is not allowed beside
        /// `target_feature`, but the compiler inlines a function with a single caller. So it is generic
        /// over `first_word`: each caller has its own closure, and with it a function of its own.
        $(#[target_feature(enable = $features)])?
        #[inline]
        fn compress<const XOR: bool>(
            previous: &Block,
            reference: &Block,
            out: &mut Block,
            mut first_word: impl FnMut(u64),
        ) {
            let previous: &[V; 16] = bytemuck::must_cast_ref(previous);
            let reference: &[V; 16] = bytemuck::must_cast_ref(reference);
            let out: &mut [V; 16] = bytemuck::must_cast_mut(out);
            let mut z = [previous[0]; 16];
            // No `for` with `step_by`, here and below: a hash then takes 3 % longer, as measured.
            let mut first = 0;
            while first < 4 {
                let mut groups = [[z[0]; $rows]; 4];
                for i in 0..$rows {
                    for word in 0..4 {
                        let at = 4 * (first + i) + word;
                        groups[word][i] = xor(previous[at], reference[at]);
                    }
                }
                permute!(groups, $rows, row_left, row_half, row_right);
                for i in 0..$rows {
                    for word in 0..4 {
                        z[4 * (first + i) + word] = groups[word][i];
                    }
                }
                first += $rows;
            }
            let mut first = 0;
            while first < 4 {
                let mut groups = [[z[0]; $columns]; 4];
                for i in 0..$columns {
                    for word in 0..4 {
                        groups[word][i] = z[first + i + 4 * word];
                    }
                }
                permute!(groups, $columns, column_left, column_half, column_right);
                for word in 0..4 {
                    for i in 0..$columns {
                        let at = first + i + 4 * word;
                        let new = xor(groups[word][i], xor(previous[at], reference[at]));
                        out[at] = if XOR { xor(new, out[at]) } else { new };
                    }
                }
                if first == 0 {
                    let [word, ..] = bytemuck::must_cast_ref::<V, [u64; 8]>(&out[0]);
                    first_word(*word);
                }
                first += $columns;
            }
        }

        /// Fills segments, one block each in turn.
        $(#[target_feature(enable = $features)])?
        pub(crate) fn fill(segments: &mut [Segment<'_>], xor: bool) {
            let addresses = |p: &_, r: &_, o: &mut _| compress::<false>(p, r, o, |_| ());
            if xor {
                fill_in_turn(segments, addresses, |p, r, o, first| compress::<true>(p, r, o, first));
            } else {
                fill_in_turn(segments, addresses, |p, r, o, first| compress::<false>(p, r, o, first));
            }
        }
    };
}

// These files use the macros, so they come after them.
#[cfg(all(target_arch = "x86_64", not(target_feature = "avx2")))]
pub(super) mod avx2;
#[cfg(all(target_arch = "x86_64", not(target_feature = "avx2")))]
pub(super) mod avx512;
#[cfg(all(target_arch = "aarch64", not(target_feature = "crc")))]
pub(super) mod neon;
pub(super) mod portable;
