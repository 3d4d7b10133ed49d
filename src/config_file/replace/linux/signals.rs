//! Blocks signals while a temporary file exists.

use nix::sys::signal::{SigSet, SigmaskHow};

/// Restores the signal mask on drop.
pub(crate) struct Held(Option<SigSet>);

/// Blocks all signals of this thread. A signal that ends the program would leave a temporary file until
/// the next run.
pub(crate) fn hold() -> Held {
    Held(SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK).ok())
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(mask) = self.0 {
            let _ = mask.thread_set_mask();
        }
    }
}
