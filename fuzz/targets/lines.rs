//! Passwords a line: the same ones as by splitting the whole text, however it arrives in pieces.
#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use tc_calendar::input::{Lines, Origin};

/// Gives one to 16 bytes at a time, as a pipe does.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 = self.1 * 5 % 16 + 1;
        let count = self.1.min(buffer.len()).min(self.0.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fuzz_target!(|text: &[u8]| {
    let whole = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut expected = whole.split_inclusive(|&byte| byte == b'\n');
    for taken in Lines::new(Origin::Stdin, Pieces(text, 1)) {
        let Ok(taken) = taken else { return };
        let line = expected.next().expect("a line of its own for each password");
        let ended = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n"));
        assert_eq!(taken.password.as_bytes(), ended.unwrap_or(line));
    }
    assert!(expected.next().is_none(), "a line was left out");
});
