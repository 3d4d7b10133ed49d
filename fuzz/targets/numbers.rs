//! Memory sizes: what is read is shown as something that is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tc_calendar::size::{display, parse_kib};

fuzz_target!(|text: &str| {
    if let Ok(kib) = parse_kib(text) {
        assert_eq!(parse_kib(&display(kib)), Ok(kib));
    }
    let _ = jsonptr::PointerBuf::parse(text);
});
