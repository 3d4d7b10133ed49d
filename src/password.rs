//! Passwords: what one is, and where they come from.

pub mod entry;
pub mod lines;
#[allow(clippy::module_inception)] // the file says what a password is, the folder all about them
pub mod password;
pub mod prompt;
pub mod source;
