//! What the operating system is asked for.

pub mod memory;
pub mod process;
pub mod random;
pub mod reason;
pub mod stdio;
