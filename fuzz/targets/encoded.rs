//! Encoded strings.
#![no_main]

mod count;
#[path = "../../tests/common/properties.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| count::accepted(properties::encoded_input(input)));
