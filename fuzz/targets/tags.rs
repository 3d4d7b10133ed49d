//! Parameters and input of a tag.
#![no_main]

#[path = "../../tests/common/tags.rs"]
mod tags;

libfuzzer_sys::fuzz_target!(|input: &[u8]| tags::tags(input));
