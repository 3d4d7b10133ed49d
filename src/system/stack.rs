//! Wipes what functions leave on the stack.

/// How many bytes are wiped after a hash: more than it uses, which is 10.6 KiB below `derive`, measured on x86-64.
const BYTES: usize = 16 << 10;

/// Does the work, and then overwrites the 16 KiB of the stack below: after a panic, too. What the work takes and
/// returns lies above, so no secret may be in it other than on the heap.
pub fn wiping_the_stack<T>(work: impl FnOnce() -> T) -> T {
    wiping_the_deep_stack::<BYTES, T>(work)
}

/// As [`wiping_the_stack`], for work that uses up to `BYTES` bytes.
pub fn wiping_the_deep_stack<const BYTES: usize, T>(work: impl FnOnce() -> T) -> T {
    let _wiped = Wiped::<BYTES>;
    below(work)
}

/// Not inlined, so that the work is done below the function that wipes.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

struct Wiped<const BYTES: usize>;

impl<const BYTES: usize> Drop for Wiped<BYTES> {
    #[inline(never)]
    fn drop(&mut self) {
        let stack = [0_u8; BYTES];
        zeroize::optimization_barrier(&stack);
    }
}
