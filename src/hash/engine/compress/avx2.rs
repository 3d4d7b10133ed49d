//! Vectors of AVX2: four words of an even row, and the four below them.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_alignr_epi8, _mm256_mul_epu32, _mm256_permute4x64_epi64,
    _mm256_setr_epi8, _mm256_shuffle_epi8, _mm256_shuffle_epi32, _mm256_srli_epi64, _mm256_xor_si256,
};

type V = [__m256i; 2];

compression!(1, 1, "avx2");

#[target_feature(enable = "avx2")]
fn multiply_add(x: V, y: V) -> V {
    let product = [_mm256_mul_epu32(x[0], y[0]), _mm256_mul_epu32(x[1], y[1])];
    let sum = [_mm256_add_epi64(x[0], y[0]), _mm256_add_epi64(x[1], y[1])];
    let twice = [_mm256_add_epi64(product[0], product[0]), _mm256_add_epi64(product[1], product[1])];
    [_mm256_add_epi64(sum[0], twice[0]), _mm256_add_epi64(sum[1], twice[1])]
}

#[target_feature(enable = "avx2")]
fn xor(x: V, y: V) -> V {
    [_mm256_xor_si256(x[0], y[0]), _mm256_xor_si256(x[1], y[1])]
}

#[target_feature(enable = "avx2")]
fn rotate<const BITS: i32>(x: V) -> V {
    [rotate_half::<BITS>(x[0]), rotate_half::<BITS>(x[1])]
}

#[target_feature(enable = "avx2")]
fn rotate_half<const BITS: i32>(x: __m256i) -> __m256i {
    const { assert!(matches!(BITS, 32 | 24 | 16 | 63)) };
    match BITS {
        32 => _mm256_shuffle_epi32::<0b10_11_00_01>(x),
        24 => {
            let order = _mm256_setr_epi8(
                3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10, //
                3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10,
            );
            _mm256_shuffle_epi8(x, order)
        }
        16 => {
            let order = _mm256_setr_epi8(
                2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9, //
                2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9,
            );
            _mm256_shuffle_epi8(x, order)
        }
        63 => _mm256_xor_si256(_mm256_srli_epi64::<63>(x), _mm256_add_epi64(x, x)),
        _ => unreachable!(),
    }
}

#[target_feature(enable = "avx2")]
fn row_left(x: V) -> V {
    [_mm256_permute4x64_epi64::<0b00_11_10_01>(x[0]), _mm256_permute4x64_epi64::<0b00_11_10_01>(x[1])]
}

#[target_feature(enable = "avx2")]
fn row_half(x: V) -> V {
    [_mm256_permute4x64_epi64::<0b01_00_11_10>(x[0]), _mm256_permute4x64_epi64::<0b01_00_11_10>(x[1])]
}

#[target_feature(enable = "avx2")]
fn row_right(x: V) -> V {
    [_mm256_permute4x64_epi64::<0b10_01_00_11>(x[0]), _mm256_permute4x64_epi64::<0b10_01_00_11>(x[1])]
}

/// Each half of a register holds two words of one column, and the other register the other two.
#[target_feature(enable = "avx2")]
fn column_left(x: V) -> V {
    [_mm256_alignr_epi8::<8>(x[1], x[0]), _mm256_alignr_epi8::<8>(x[0], x[1])]
}

#[target_feature(enable = "avx2")]
fn column_half(x: V) -> V {
    [x[1], x[0]]
}

#[target_feature(enable = "avx2")]
fn column_right(x: V) -> V {
    [_mm256_alignr_epi8::<8>(x[0], x[1]), _mm256_alignr_epi8::<8>(x[1], x[0])]
}
