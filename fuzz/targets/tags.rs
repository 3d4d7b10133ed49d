//! Parameters and input of a tag.
#![no_main]

mod count;
#[path = "../../tests/common/tags.rs"]
mod tags;

libfuzzer_sys::fuzz_target!(|input: &[u8]| count::accepted(tags::tags(input)));
