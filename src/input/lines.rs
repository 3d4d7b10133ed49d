//! Passwords from a stream, one a line, read without leaving copies behind.

use std::io::{ErrorKind, Read};

use zeroize::{Zeroize, Zeroizing};

use super::{InputError, Origin, Place, Taken, take, take_as_is};
use crate::error::reason;
use crate::password::{BYTE_ORDER_MARK, MAX_BYTES, Refusal};

/// The longest line that can hold a password: a mark before it and `\r` after it. A longer one
/// is refused before the rest of it is read.
const MAX_LINE: usize = BYTE_ORDER_MARK.len() + MAX_BYTES + 1;

/// How much is held at a time. The buffer has this size from the start: one that grew would
/// leave copies behind.
const BUFFER: usize = 4 * MAX_LINE;

/// Reads a password a line; never waits for more than the next line needs.
pub struct Lines<R> {
    origin: Origin,
    source: R,
    buffer: Zeroizing<Vec<u8>>,
    /// `buffer[start..end]` has been read and not yet taken.
    start: usize,
    end: usize,
    source_ended: bool,
    count: u64,
    /// How many bytes of the source have been taken.
    offset: u64,
    finished: bool,
}

impl<R: Read> Lines<R> {
    /// The lines of `source`, which should not have a buffer of its own.
    pub fn new(origin: Origin, source: R) -> Self {
        Self {
            origin,
            source,
            buffer: vec![0; BUFFER].into(),
            start: 0,
            end: 0,
            source_ended: false,
            count: 0,
            offset: 0,
            finished: false,
        }
    }

    fn take_line(&mut self) -> Result<Option<Taken>, InputError> {
        let length = self.hold_line()?;
        if length == 0 {
            return if self.count == 0 { Err(InputError::Nothing(self.origin)) } else { Ok(None) };
        }
        let line = &mut self.buffer[self.start..self.start + length];
        let password = Zeroizing::new(without_ending(line).to_vec());
        line.zeroize();
        self.start += length;
        self.count += 1;
        self.offset += length as u64;
        let place = Place::Line(self.count);
        if is_utf16(&password) {
            return Err(InputError::Refused { place, refusal: Refusal::Utf16 });
        }
        let mut taken = if self.count == 1 { take(place, password) } else { take_as_is(place, password) }?;
        taken.offset = self.offset;
        Ok(Some(taken))
    }

    /// Reads until the buffer holds a whole line. Returns its length with its ending: 0 at the
    /// end of the input.
    fn hold_line(&mut self) -> Result<usize, InputError> {
        let mut searched = 0;
        loop {
            let unread = &self.buffer[self.start..self.end];
            if let Some(newline) = unread[searched..].iter().position(|&byte| byte == b'\n') {
                return Ok(searched + newline + 1);
            }
            if unread.len() > MAX_LINE {
                let place = Place::Line(self.count + 1);
                return Err(InputError::Refused { place, refusal: Refusal::TooLong });
            }
            if self.source_ended {
                return Ok(unread.len());
            }
            searched = unread.len();
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> Result<(), InputError> {
        if self.end == BUFFER {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            self.buffer[self.end..].zeroize();
        }
        match self.source.read(&mut self.buffer[self.end..]) {
            Ok(0) => self.source_ended = true,
            Ok(more) => self.end += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(InputError::Unreadable(self.origin, reason(&error))),
        }
        Ok(())
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<Taken, InputError>;

    /// The next password. The first error is the last item.
    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let taken = self.take_line().transpose();
        self.finished = !matches!(taken, Some(Ok(_)));
        taken
    }
}

/// The line without its one ending, `\n` or `\r\n`.
fn without_ending(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line)
}

/// Whether a line looks like UTF-16, with or without its byte order mark.
///
/// Without the mark: every other byte is one that no text has there (the high byte of Latin,
/// Greek, Cyrillic, Hebrew or Arabic letters), or the line was cut off in the middle of a UTF-16
/// line ending, whose `\r` leaves `\r\0` in either byte order. Chinese without a mark and a line
/// ending is not seen.
fn is_utf16(line: &[u8]) -> bool {
    // Of two bytes only a NUL says enough: the second may also be a lone `\r`.
    let is_high = |&byte: &u8| byte == 0 || line.len() > 2 && byte < b' ' && byte != b'\t';
    let high_bytes_from = |start| line.len() > 1 && line.iter().skip(start).step_by(2).all(is_high);
    let little_endian = line.len().is_multiple_of(2) && high_bytes_from(1);
    let big_endian = high_bytes_from(0);
    line.starts_with(b"\xFF\xFE")
        || line.starts_with(b"\xFE\xFF")
        || line.ends_with(b"\r\0")
        || little_endian
        || big_endian
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::Remark;

    #[test]
    fn utf_16_is_seen_in_either_byte_order() {
        for text in ["hunter2", "пароль", "пароль 1", "\u{5d0}\u{5d1}", "\u{FEFF}\u{4e2d}", "\u{4e2d}\r"]
        {
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                let line: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
                assert!(is_utf16(&line) || text.ends_with('\r') && line.ends_with(b"\r"), "{text}");
            }
        }
        for text in ["", "h", "hunter2", "пароль", "a\tb\t", "\ta\tb", "a\0b", "a\x01bc", "\r"] {
            assert!(!is_utf16(text.as_bytes()), "{text:?}");
        }
    }

    /// Hands out at most `step` bytes a read.
    struct Trickle<'a> {
        rest: &'a [u8],
        step: usize,
    }

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.step.min(self.rest.len()).min(buffer.len());
            let (now, later) = self.rest.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.rest = later;
            Ok(count)
        }
    }

    /// What a stream gives, whichever way its bytes arrive.
    fn lines(bytes: &[u8]) -> Vec<Result<Taken, InputError>> {
        let read = |step| Lines::new(Origin::Stdin, Trickle { rest: bytes, step }).collect::<Vec<_>>();
        let shown = |items: &[Result<Taken, InputError>]| {
            let shown =
                items.iter().map(|item| item.as_ref().map(|taken| taken.password.as_bytes().to_vec()));
            format!("{:?}", shown.collect::<Vec<_>>())
        };
        let whole = read(usize::MAX);
        for step in [1, 2, 3, 4_095, BUFFER - 1] {
            assert_eq!(shown(&read(step)), shown(&whole), "in steps of {step}");
        }
        whole
    }

    fn passwords(bytes: &[u8]) -> Vec<Vec<u8>> {
        lines(bytes).into_iter().map(|item| item.unwrap().password.as_bytes().to_vec()).collect()
    }

    fn error(bytes: &[u8]) -> String {
        lines(bytes).pop().unwrap().unwrap_err().to_string()
    }

    #[test]
    fn removes_one_line_ending_and_no_more() {
        assert_eq!(passwords(b"a"), [b"a"]);
        assert_eq!(passwords(b"a\n"), [b"a"]);
        assert_eq!(passwords(b"a\r\n"), [b"a"]);
        assert_eq!(passwords(b"a\r\r\n"), [b"a\r"]);
        assert_eq!(passwords(b"a\r"), [b"a\r"]);
        assert_eq!(passwords(b" a \nb\r\nc"), [&b" a "[..], b"b", b"c"]);
    }

    #[test]
    fn takes_4096_bytes_whatever_stands_around_them() {
        let longest = vec![b'x'; MAX_BYTES];
        for (before, after) in [("", ""), ("", "\n"), ("\u{FEFF}", "\r\n"), ("\u{FEFF}", "")] {
            let line = [before.as_bytes(), &longest, after.as_bytes()].concat();
            assert_eq!(passwords(&line), std::slice::from_ref(&longest));
        }
        let many = [&longest[..], b"\n"].concat().repeat(9);
        assert_eq!(passwords(&many), vec![longest; 9]);
    }

    #[test]
    fn refuses_one_byte_more() {
        let too_long = "line 1: the password is longer than 4096 bytes";
        assert_eq!(error(&[b'x'; MAX_BYTES + 1]), too_long);
        assert_eq!(error(&[b'x'; MAX_LINE + 1]), too_long);
        assert_eq!(error(&vec![b'x'; 10 * BUFFER]), too_long);
        assert_eq!(error(&[&b"x\n"[..], &[b'x'; MAX_BYTES + 1], b"\n"].concat()), too_long.replace('1', "2"));
    }

    #[test]
    fn a_byte_order_mark_goes_only_from_the_start() {
        assert_eq!(passwords(b"\xEF\xBB\xBFa\n\xEF\xBB\xBFb\n"), [&b"a"[..], b"\xEF\xBB\xBFb"]);
        let first = lines(b"\xEF\xBB\xBFa\n").remove(0).unwrap();
        assert_eq!(first.remarks, [Remark::ByteOrderMark]);
    }

    #[test]
    fn the_first_bad_line_ends_the_stream_with_its_number() {
        let items = lines(b"good\n\nnever read\n");
        assert_eq!(items.len(), 2);
        assert_eq!(error(b"good\n\nnever read\n"), "line 2: the password is empty");
        assert_eq!(error(b"good\nb\xE4d\n"), "line 2: the password is not UTF-8");
        assert_eq!(error(b"good\nb\0d\n"), "line 2: the password holds a NUL character");
        assert_eq!(error(b"\xFF\xFEp\0w\0\r\0\n\0"), "line 1: the password is UTF-16, not UTF-8");
        assert_eq!(
            error("пароль\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice()),
            "line 1: the password is UTF-16, not UTF-8"
        );
    }

    #[test]
    fn an_empty_stream_is_an_error() {
        assert_eq!(error(b""), "stdin is empty: there is no password to read");
        assert_eq!(error(b"\n"), "line 1: the password is empty");
        assert_eq!(error(b"\xEF\xBB\xBF"), "line 1: the password is empty");
    }

    #[test]
    fn asks_the_source_for_nothing_while_it_holds_a_line() {
        struct OneRead(bool);
        impl Read for OneRead {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                assert!(!std::mem::replace(&mut self.0, true), "read again while a line was held");
                buffer[..4].copy_from_slice(b"a\nb\n");
                Ok(4)
            }
        }
        let lines = Lines::new(Origin::Stdin, OneRead(false));
        assert!(lines.take(2).all(|line| line.is_ok()));
    }
}
