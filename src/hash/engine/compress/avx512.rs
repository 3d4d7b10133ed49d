//! Vectors of AVX-512: eight words in a register.

use std::arch::x86_64::{
    __m512i as V, _mm512_add_epi64, _mm512_mul_epu32, _mm512_permutex_epi64, _mm512_permutexvar_epi64,
    _mm512_ror_epi64, _mm512_setr_epi64, _mm512_shuffle_i64x2, _mm512_xor_si512,
};

compression!(4, 2, "avx512f");

#[target_feature(enable = "avx512f")]
fn multiply_add(x: V, y: V) -> V {
    let product = _mm512_mul_epu32(x, y);
    _mm512_add_epi64(_mm512_add_epi64(x, y), _mm512_add_epi64(product, product))
}

#[target_feature(enable = "avx512f")]
fn xor(x: V, y: V) -> V {
    _mm512_xor_si512(x, y)
}

#[target_feature(enable = "avx512f")]
fn rotate<const BITS: i32>(x: V) -> V {
    _mm512_ror_epi64::<BITS>(x)
}

#[target_feature(enable = "avx512f")]
fn row_left(x: V) -> V {
    _mm512_permutex_epi64::<0b00_11_10_01>(x)
}

#[target_feature(enable = "avx512f")]
fn row_half(x: V) -> V {
    _mm512_permutex_epi64::<0b01_00_11_10>(x)
}

#[target_feature(enable = "avx512f")]
fn row_right(x: V) -> V {
    _mm512_permutex_epi64::<0b10_01_00_11>(x)
}

/// The words of one column are 0, 1, 4 and 5; those of the other 2, 3, 6 and 7.
#[target_feature(enable = "avx512f")]
fn column_left(x: V) -> V {
    _mm512_permutexvar_epi64(_mm512_setr_epi64(1, 4, 3, 6, 5, 0, 7, 2), x)
}

#[target_feature(enable = "avx512f")]
fn column_half(x: V) -> V {
    _mm512_shuffle_i64x2::<0b01_00_11_10>(x, x)
}

#[target_feature(enable = "avx512f")]
fn column_right(x: V) -> V {
    _mm512_permutexvar_epi64(_mm512_setr_epi64(5, 0, 7, 2, 1, 4, 3, 6), x)
}
