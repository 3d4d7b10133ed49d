//! The connector's config: a file of JSON with comments. Nothing here knows what its strings mean.

pub mod edit;
pub mod replace;
