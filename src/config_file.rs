//! The config, a file of JSON with comments: `edit` changes its text, and `replace` the file. Neither knows what
//! the strings mean.

pub mod edit;
pub mod replace;
