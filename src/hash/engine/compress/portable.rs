//! Vectors for every processor: eight words in an array.

type V = [u64; 8];

compression!(1, 1);

fn each(x: V, y: V, combine: impl Fn(u64, u64) -> u64) -> V {
    std::array::from_fn(|i| combine(x[i], y[i]))
}

fn multiply_add(x: V, y: V) -> V {
    let low = |word: u64| word & u64::from(u32::MAX);
    each(x, y, |x, y| x.wrapping_add(y).wrapping_add((low(x) * low(y)) << 1))
}

fn xor(x: V, y: V) -> V {
    each(x, y, |x, y| x ^ y)
}

fn rotate<const BITS: i32>(x: V) -> V {
    x.map(|word| word.rotate_right(BITS.cast_unsigned()))
}

fn turn(x: V, order: [usize; 8]) -> V {
    order.map(|from| x[from])
}

fn row_left(x: V) -> V {
    turn(x, [1, 2, 3, 0, 5, 6, 7, 4])
}

fn row_half(x: V) -> V {
    turn(x, [2, 3, 0, 1, 6, 7, 4, 5])
}

fn row_right(x: V) -> V {
    turn(x, [3, 0, 1, 2, 7, 4, 5, 6])
}

/// The words of one column are 0, 1, 4 and 5; those of the other 2, 3, 6 and 7.
fn column_left(x: V) -> V {
    turn(x, [1, 4, 3, 6, 5, 0, 7, 2])
}

fn column_half(x: V) -> V {
    turn(x, [4, 5, 6, 7, 0, 1, 2, 3])
}

fn column_right(x: V) -> V {
    turn(x, [5, 0, 7, 2, 1, 4, 3, 6])
}
