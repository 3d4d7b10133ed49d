//! The connector's config: a file of JSON with comments. Nothing here knows what the strings in it are.

pub mod edit;
pub mod replace;
