//! How long the prompt waits for the rest of a paste, so that no shell runs it.

/// How long there must be no input before the terminal is restored, in milliseconds: a shell would run the
/// rest of a paste, which may still be arriving.
pub(super) const QUIET: u16 = 100;
/// How long there must be no input once some had to be discarded, in milliseconds: a long paste arrives in
/// pieces, slowly on a busy machine.
pub(super) const QUIET_IN_PASTE: u16 = 500;
