//! Reads passwords from a stream: one per line, or the whole stream as one. Leaves no copies in memory.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Entry, MAX_PASSWORD_BYTES, PasswordError, Position, SourceError, Stream, Warning};
use crate::system::error::SystemError;
use crate::system::lines;
use crate::system::text::WideEncoding;

/// The longest line that is read, with room for byte order marks before a password and line ends after it. A longer
/// line is refused without reading the rest.
const MAX_LINE_BYTES: usize = MAX_PASSWORD_BYTES + 64;

/// Reads one password per line. Does not wait for input while the buffer contains a line.
pub struct Lines<R> {
    stream: Stream,
    /// Whether messages name the line number.
    numbered: bool,
    source: lines::Lines<R>,
    is_first: bool,
    finished: bool,
}

impl<R: Read> Lines<R> {
    /// Reads the lines of `source`, which should be unbuffered: its buffer would keep copies.
    pub fn new(stream: Stream, source: R) -> Self {
        let source = lines::Lines::new(source, MAX_LINE_BYTES);
        Self { stream, numbered: true, source, is_first: true, finished: false }
    }

    /// Reads the whole source as one password, which must be its only line.
    ///
    /// # Errors
    ///
    /// [`SourceError`], also for a second line that is not empty.
    pub fn whole(stream: Stream, source: R) -> Result<Entry, SourceError> {
        let mut lines = Self { numbered: false, ..Self::new(stream, source) };
        let mut first = lines.next().unwrap_or(Err(SourceError::Empty(stream)))?;
        match lines.next() {
            None => {
                if lines.left_out().load(Ordering::Relaxed) > 0
                    && !first.warnings.contains(&Warning::LineEnds)
                {
                    first.warnings.push(Warning::LineEnds);
                }
                Ok(first)
            }
            Some(Err(error @ SourceError::Unreadable(..))) => Err(error),
            Some(Err(SourceError::Rejected { error: PasswordError::Empty, .. })) => {
                Err(SourceError::SecondPassword(stream))
            }
            Some(_) => Err(SourceError::SecondLine(stream)),
        }
    }

    /// A counter of the bytes that have been returned as lines. It is updated while reading.
    #[must_use]
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        self.source.bytes_read()
    }

    /// A counter of the empty lines at the end, once that has been reached.
    #[must_use]
    pub fn left_out(&self) -> Arc<AtomicU64> {
        self.source.left_out()
    }

    /// The next password. Empty lines are an error only if another line follows.
    fn next_password(&mut self) -> Result<Option<Entry>, SourceError> {
        let line = self
            .source
            .next_line()
            .map_err(|error| SourceError::Unreadable(self.stream, SystemError::of(&error)))?;
        let is_first = std::mem::take(&mut self.is_first);
        let Some(lines::Line { number, text, is_cut }) = line else {
            return if is_first { Err(SourceError::Empty(self.stream)) } else { Ok(None) };
        };
        let position =
            if self.numbered { Position::Line(self.stream, number) } else { Position::Whole(self.stream) };
        if is_cut {
            // All that can be said is what its start says.
            let error = WideEncoding::of_letters(&text).map_or(PasswordError::TooLong, PasswordError::Wide);
            return Err(SourceError::Rejected { position, error });
        }
        Entry::from_text(position, text).map(Some)
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<Entry, SourceError>;

    /// The next password. The first error is the last item.
    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let entry = self.next_password().transpose();
        self.finished = !matches!(entry, Some(Ok(_)));
        entry
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use crate::password::Warning;

    /// Returns at most `step` bytes per read.
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

    /// The items of a stream, which must not depend on how its bytes arrive.
    fn lines(bytes: &[u8]) -> Vec<Result<Entry, SourceError>> {
        let read = |step| Lines::new(Stream::Stdin, Trickle { rest: bytes, step }).collect::<Vec<_>>();
        let shown = |items: &[Result<Entry, SourceError>]| {
            let shown =
                items.iter().map(|item| item.as_ref().map(|entry| entry.password.as_bytes().to_vec()));
            format!("{:?}", shown.collect::<Vec<_>>())
        };
        let whole = read(usize::MAX);
        for step in [1, 2, 3, 4_095, 4 * MAX_LINE_BYTES - 1] {
            assert_eq!(shown(&read(step)), shown(&whole), "in steps of {step}");
        }
        whole
    }

    fn passwords(bytes: &[u8]) -> Vec<Vec<u8>> {
        lines(bytes).into_iter().map(|item| item.unwrap().password.as_bytes().to_vec()).collect()
    }

    fn error(bytes: &[u8]) -> String {
        lines(bytes).pop().unwrap().err().unwrap().to_string()
    }

    #[test]
    fn each_line_is_a_password_and_empty_ones_at_the_end_are_left_out() {
        for (text, expected, left_out) in [
            (&b"a"[..], &[&b"a"[..]][..], 0),
            (b"a\n", &[b"a"], 0),
            (b" a \nb\r\nc", &[b" a ", b"b", b"c"], 0),
            (b"a\nb\n\n", &[b"a", b"b"], 1),
            (b"a\r\n\r\n\n\xEF\xBB\xBF", &[b"a"], 3),
        ] {
            assert_eq!(passwords(text), expected);
            let mut lines = Lines::new(Stream::Stdin, text);
            assert_eq!(lines.by_ref().count(), expected.len());
            assert!(lines.next().is_none());
            assert_eq!(lines.left_out().load(Ordering::Relaxed), left_out);
        }
        for (text, line) in
            [(&b"\n"[..], 1), (b"\n\na", 1), (b"a\n\n\nb\n\n", 2), (b"a\nb\n\xEF\xBB\xBF\nc", 3)]
        {
            assert_eq!(error(text), format!("line {line}: the password is empty"));
        }
    }

    #[test]
    fn the_whole_of_a_stream_is_one_password_with_any_number_of_line_ends() {
        let whole = |text: &'static [u8]| Lines::whole(Stream::Stdin, text);
        for (text, warnings) in [
            (&b"a"[..], &[][..]),
            (b"a\r\n", &[]),
            (b"a\r\r\n", &[Warning::LineEnds]),
            (b"a\n\n", &[Warning::LineEnds]),
            (b"a\n\r\n\n", &[Warning::LineEnds]),
            (b"a\r\r\n\n", &[Warning::LineEnds]),
        ] {
            let entry = whole(text).unwrap();
            assert_eq!((entry.password.as_bytes(), &*entry.warnings), (&b"a"[..], warnings), "{text:?}");
        }
        for text in [&b"a\nb"[..], b"a\n\0"] {
            assert_eq!(whole(text).err(), Some(SourceError::SecondLine(Stream::Stdin)), "{text:?}");
        }
        for text in [&b"a\n\nb"[..], b"a\n\r\n\nb"] {
            assert_eq!(whole(text).err(), Some(SourceError::SecondPassword(Stream::Stdin)), "{text:?}");
        }
    }

    #[test]
    fn nothing_is_read_from_a_line_that_was_cut() {
        for many in ["\u{FEFF}", "\r"] {
            for length in [MAX_LINE_BYTES / many.len(), MAX_LINE_BYTES] {
                let text = format!("first\n{}secret\n", many.repeat(length));
                assert_eq!(error(text.as_bytes()), "line 2: the password is longer than 4096 bytes");
            }
        }
    }

    #[test]
    fn passwords_of_4096_bytes_are_accepted_with_any_ending() {
        let longest = vec![b'x'; MAX_PASSWORD_BYTES];
        for (before, after) in [("", ""), ("", "\n"), ("\u{FEFF}", "\r\n"), ("\u{FEFF}", "")] {
            let line = [before.as_bytes(), &longest, after.as_bytes()].concat();
            assert_eq!(passwords(&line), std::slice::from_ref(&longest));
        }
        let many = [&longest[..], b"\n"].concat().repeat(9);
        assert_eq!(passwords(&many), vec![longest; 9]);
    }

    #[test]
    fn a_long_line_of_utf16_is_said_to_be_utf16() {
        let text = [&b"\xFF\xFE"[..], &b"a\0".repeat(2_500), b"\n\0"].concat();
        assert_eq!(error(&text), "line 1: the password is UTF-16, not UTF-8");
    }

    #[test]
    fn refuses_one_byte_more() {
        let too_long = "line 1: the password is longer than 4096 bytes";
        assert_eq!(error(&[b'x'; MAX_PASSWORD_BYTES + 1]), too_long);
        assert_eq!(error(&[b'x'; MAX_LINE_BYTES + 1]), too_long);
        assert_eq!(error(&vec![b'x'; 10 * 4 * MAX_LINE_BYTES]), too_long);
        assert_eq!(
            error(&[&b"x\n"[..], &[b'x'; MAX_PASSWORD_BYTES + 1], b"\n"].concat()),
            too_long.replace('1', "2")
        );
    }

    #[test]
    fn the_rest_of_a_line_that_is_too_long_is_not_read() {
        let mut source = Trickle { rest: &[b'x'; 3 * MAX_PASSWORD_BYTES], step: 1 };
        assert_eq!(Lines::new(Stream::Stdin, &mut source).filter(Result::is_err).count(), 1);
        assert_eq!(3 * MAX_PASSWORD_BYTES - source.rest.len(), MAX_LINE_BYTES + 1);
    }

    #[test]
    fn an_interrupted_read_is_repeated() {
        struct Interrupted<'a>(Option<Trickle<'a>>, &'a [u8]);
        impl Read for Interrupted<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                match &mut self.0 {
                    Some(source) => source.read(buffer),
                    none => {
                        *none = Some(Trickle { rest: self.1, step: 1 });
                        Err(ErrorKind::Interrupted.into())
                    }
                }
            }
        }
        let mut lines = Lines::new(Stream::Stdin, Interrupted(None, b"hunter2\n"));
        assert_eq!(lines.next().unwrap().unwrap().password.as_bytes(), b"hunter2");
        assert!(lines.next().is_none());
    }

    #[test]
    fn bytes_are_counted_with_the_line_endings() {
        let mut lines = Lines::new(Stream::Stdin, Trickle { rest: b"a\r\nbc\nd", step: 2 });
        let counter = lines.bytes_read();
        let counts = std::iter::from_fn(|| lines.next().map(|_| counter.load(Ordering::Relaxed)));
        assert_eq!(counts.collect::<Vec<_>>(), [3, 6, 7]);
    }

    #[test]
    fn byte_order_marks_are_removed_at_the_start_of_each_line() {
        let lines = lines("\u{FEFF}a\n\u{FEFF}\u{FEFF}b\nc\u{FEFF}\n".as_bytes());
        let lines: Vec<_> = lines.into_iter().map(Result::unwrap).collect();
        for (line, (password, warning)) in lines.iter().zip([
            ("a", Warning::ByteOrderMark),
            ("b", Warning::ByteOrderMarks),
            ("c\u{FEFF}", Warning::Invisible),
        ]) {
            assert_eq!((line.password.as_bytes(), &*line.warnings), (password.as_bytes(), &[warning][..]));
        }
    }

    #[test]
    fn does_not_read_while_a_line_is_buffered() {
        struct OneRead(bool);
        impl Read for OneRead {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                assert!(!std::mem::replace(&mut self.0, true), "read again while a line was held");
                buffer[..4].copy_from_slice(b"a\nb\n");
                Ok(4)
            }
        }
        let lines = Lines::new(Stream::Stdin, OneRead(false));
        assert!(lines.take(2).all(|line| line.is_ok()));
    }
}
