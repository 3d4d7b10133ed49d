//! Wipes what functions leave on the stack.

/// How many bytes are wiped. A hash uses most: 10.6 KiB below `derive`, measured on x86-64.
const BYTES: usize = 16 << 10;

/// Overwrites what functions have left on the stack below, when it is dropped: after a panic, too. Those functions must
/// not be inlined into the one that has it.
pub struct StackWiped;

impl Drop for StackWiped {
    #[inline(never)]
    fn drop(&mut self) {
        let stack = [0_u8; BYTES];
        zeroize::optimization_barrier(&stack);
    }
}
