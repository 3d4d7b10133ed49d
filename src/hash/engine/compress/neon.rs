//! Vectors of NEON: two words in a register, two registers for an even row and two for the one below.

use std::arch::aarch64::{
    uint64x2_t, vaddq_u64, veorq_u64, vextq_u64, vmovn_u64, vmull_u32, vreinterpretq_u32_u64,
    vreinterpretq_u64_u32, vrev64q_u32, vshlq_n_u64, vsriq_n_u64,
};

type V = [uint64x2_t; 4];

compression!(1, 1, "neon");

#[target_feature(enable = "neon")]
fn multiply_add_one(x: uint64x2_t, y: uint64x2_t) -> uint64x2_t {
    let product = vmull_u32(vmovn_u64(x), vmovn_u64(y));
    vaddq_u64(vaddq_u64(x, y), vaddq_u64(product, product))
}

#[target_feature(enable = "neon")]
fn multiply_add(x: V, y: V) -> V {
    [
        multiply_add_one(x[0], y[0]),
        multiply_add_one(x[1], y[1]),
        multiply_add_one(x[2], y[2]),
        multiply_add_one(x[3], y[3]),
    ]
}

#[target_feature(enable = "neon")]
fn xor(x: V, y: V) -> V {
    [veorq_u64(x[0], y[0]), veorq_u64(x[1], y[1]), veorq_u64(x[2], y[2]), veorq_u64(x[3], y[3])]
}

#[target_feature(enable = "neon")]
fn rotate<const BITS: i32>(x: V) -> V {
    [rotate_one::<BITS>(x[0]), rotate_one::<BITS>(x[1]), rotate_one::<BITS>(x[2]), rotate_one::<BITS>(x[3])]
}

#[target_feature(enable = "neon")]
fn rotate_one<const BITS: i32>(x: uint64x2_t) -> uint64x2_t {
    const { assert!(matches!(BITS, 32 | 24 | 16 | 63)) };
    match BITS {
        32 => vreinterpretq_u64_u32(vrev64q_u32(vreinterpretq_u32_u64(x))),
        24 => vsriq_n_u64::<24>(vshlq_n_u64::<40>(x), x),
        16 => vsriq_n_u64::<16>(vshlq_n_u64::<48>(x), x),
        63 => vsriq_n_u64::<63>(vaddq_u64(x, x), x),
        _ => unreachable!(),
    }
}

/// The second word of `x`, and the first of `y`.
#[target_feature(enable = "neon")]
fn between(x: uint64x2_t, y: uint64x2_t) -> uint64x2_t {
    vextq_u64::<1>(x, y)
}

#[target_feature(enable = "neon")]
fn row_left(x: V) -> V {
    [between(x[0], x[1]), between(x[1], x[0]), between(x[2], x[3]), between(x[3], x[2])]
}

#[target_feature(enable = "neon")]
fn row_half(x: V) -> V {
    [x[1], x[0], x[3], x[2]]
}

#[target_feature(enable = "neon")]
fn row_right(x: V) -> V {
    [between(x[1], x[0]), between(x[0], x[1]), between(x[3], x[2]), between(x[2], x[3])]
}

/// Registers 0 and 2 hold one column, 1 and 3 the other.
#[target_feature(enable = "neon")]
fn column_left(x: V) -> V {
    [between(x[0], x[2]), between(x[1], x[3]), between(x[2], x[0]), between(x[3], x[1])]
}

#[target_feature(enable = "neon")]
fn column_half(x: V) -> V {
    [x[2], x[3], x[0], x[1]]
}

#[target_feature(enable = "neon")]
fn column_right(x: V) -> V {
    [between(x[2], x[0]), between(x[3], x[1]), between(x[0], x[2]), between(x[1], x[3])]
}
