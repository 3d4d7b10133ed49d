//! What is asked of valgrind's memcheck, which reports each branch and each address that depends on unknown bytes.

use crabgrind::memcheck::{MemState, check_mem_defined, mark_memory};
use crabgrind::valgrind::count_errors;

/// Makes these bytes unknown to memcheck. They keep their values.
pub fn undefine(bytes: &mut [u8]) {
    mark(bytes, MemState::Undefined);
}

/// Makes these bytes known again, so that a result can be looked at.
pub fn define(bytes: &mut [u8]) {
    mark(bytes, MemState::Defined);
}

/// The compiler has to think that this changes the bytes, or it takes what it has read of them before.
fn mark(bytes: &mut [u8], state: MemState) {
    let marked = mark_memory(bytes.as_mut_ptr().cast(), bytes.len(), state);
    marked.expect("this program works under valgrind only: use benches/independence/run");
}

/// Whether these bytes depend on nothing that is unknown. If they do, memcheck reports that, too.
pub fn is_defined(bytes: &[u8]) -> bool {
    check_mem_defined(bytes.as_ptr().cast(), bytes.len()).is_ok()
}

/// How often memcheck has reported until now.
pub fn reported() -> usize {
    count_errors()
}

/// What some work returns, and how often memcheck reported meanwhile.
pub fn reports<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = reported();
    let result = work();
    (result, reported() - before)
}
