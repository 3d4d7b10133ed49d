//! Passwords, one per line.
#![no_main]

#[path = "../../tests/common/properties.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::lines(input));
