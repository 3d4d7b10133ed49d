//! Encoded strings: what is read is written back identically, and what is not is diagnosed. A version
//! that is left out is 16, and is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tc_calendar::{encoded::Encoded, mangled};

fuzz_target!(|text: &str| {
    match Encoded::read(text) {
        Ok(encoded) if text.contains("$v=") => assert_eq!(encoded.to_string(), text),
        Ok(encoded) => assert_eq!(encoded.to_string().replacen("$v=16", "", 1), text),
        Err(_) => {
            if let Err(mangled) = mangled::read(text.as_ref()) {
                assert!(!mangled.hint().is_empty());
            }
        }
    }
});
