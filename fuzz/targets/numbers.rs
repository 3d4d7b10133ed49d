//! Memory sizes and JSON pointers.
#![no_main]

#[path = "../../tests/common/properties.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &str| properties::numbers(input));
