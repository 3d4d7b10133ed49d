//! Passwords: what is accepted, and where they come from.

pub mod entry;
pub mod lines;
#[allow(clippy::module_inception)] // the type `Password` has its own file
pub mod password;
pub mod prompt;
pub mod source;
