//! The whole argument list: no panic, and no argument's text in any message.
#![no_main]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use libfuzzer_sys::fuzz_target;

/// Put in wherever the input has an `@`; no message has it otherwise.
const SECRET: &[u8] = b"S3CR3T";

fuzz_target!(|input: &[u8]| {
    let secret_put_in = |argument: &[u8]| -> Vec<u8> {
        let parts: Vec<&[u8]> = argument.split(|&byte| byte == b'@').collect();
        parts.join(SECRET)
    };
    let arguments = input.split(|&byte| byte == 0).map(|argument| OsString::from_vec(secret_put_in(argument)));
    let arguments = std::iter::once("tc_calendar".into()).chain(arguments);
    let Err(error) = tc_calendar::cli::parse(arguments.collect()) else { return };
    let hint = error.hint().expect("every usage error has a hint");
    for text in [error.to_string(), format!("{error:?}"), hint] {
        assert!(!text.as_bytes().windows(SECRET.len()).any(|part| part == SECRET), "{text}");
    }
});
