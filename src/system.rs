//! What the program needs from the operating system.

pub mod memory;
pub mod process;
pub mod random;
pub mod reason;
pub mod stdio;
