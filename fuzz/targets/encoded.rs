//! Encoded strings.
#![no_main]

mod count;
#[path = "../../tests/common/properties.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    count::accepted(std::str::from_utf8(input).is_ok_and(properties::encoded));
});
