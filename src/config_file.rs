//! The config, a file of JSON with comments. These modules do not interpret its strings.

pub mod edit;
pub mod replace;
