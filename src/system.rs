//! What the operating system says and does.

pub mod reason;
