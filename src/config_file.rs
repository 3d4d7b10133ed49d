//! The config, a file of JSON with comments: `edit` changes its text, and `replace` the file. Neither knows what
//! the strings mean, but that `replace/backup.rs` recognises hashes when it compares backups.

pub mod edit;
pub mod replace;
