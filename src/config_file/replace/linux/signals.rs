//! Signals wait while a temporary file exists.

use nix::sys::signal::{SigSet, SigmaskHow};

/// Restores on drop which signals are blocked.
pub(crate) struct Held(Option<SigSet>);

/// Blocks all signals, of this thread. A signal that ends the program would leave a temporary file;
/// the next run would remove it.
pub(crate) fn hold() -> Held {
    Held(SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK).ok())
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(before) = self.0 {
            let _ = before.thread_set_mask();
        }
    }
}
