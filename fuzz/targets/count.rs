//! How many of a target's inputs were such as the program accepts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static ALL: AtomicU64 = AtomicU64::new(0);
static ACCEPTED: AtomicU64 = AtomicU64::new(0);

/// Counts one more input, and says at each power of two how many there were. libFuzzer tells nobody when it ends.
pub fn accepted(is_accepted: bool) {
    let accepted = ACCEPTED.fetch_add(is_accepted.into(), Relaxed) + u64::from(is_accepted);
    let all = ALL.fetch_add(1, Relaxed) + 1;
    if all.is_power_of_two() {
        eprintln!("accepted {accepted} of {all}");
    }
}
