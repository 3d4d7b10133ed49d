//! Reads the lines of a stream one by one, and leaves no copies of them in memory.
//!
//! Empty lines at the very end belong to nothing, whoever wrote them: they are left out. One before another line is
//! a line.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::{Zeroize, Zeroizing};

use super::text::bare;

/// How many of the longest lines are read at once.
// mutants: a smaller buffer serves as well, if a line fits.
const LINES_AT_ONCE: usize = 4;

/// A line of a stream.
pub struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// With its end.
    pub text: Zeroizing<Vec<u8>>,
    /// Whether it is longer than what is read of a line.
    pub is_cut: bool,
}

/// Reads the lines of a stream. Does not wait for input while the buffer contains a line.
pub struct Lines<R> {
    source: WipingReader<R>,
    max_bytes: usize,
    count: u64,
    bytes_read: Arc<AtomicU64>,
    left_out: Arc<AtomicU64>,
    finished: bool,
}

impl<R: Read> Lines<R> {
    /// Reads the lines of `source`, which should be unbuffered: its buffer would keep copies. Of a line that is longer
    /// than `max_bytes`, no more than one byte more is read.
    pub fn new(source: R, max_bytes: usize) -> Self {
        let buffer = vec![0; LINES_AT_ONCE * max_bytes].into();
        Self {
            source: WipingReader { source, buffer, start: 0, end: 0 },
            max_bytes,
            count: 0,
            bytes_read: Arc::default(),
            left_out: Arc::default(),
            finished: false,
        }
    }

    /// A counter of the bytes that have been returned as lines. It is updated while reading.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes_read)
    }

    /// A counter of the empty lines at the end, once that has been reached.
    pub fn left_out(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.left_out)
    }

    /// The next line, but none of the empty ones at the end. The first line is one even if it is empty. After an empty
    /// line or one that is cut, nothing that makes sense follows.
    ///
    /// # Errors
    ///
    /// That of reading.
    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut empty = None;
        while let Some(line) = self.read_line()? {
            if line.number == 1 || !line.is_empty() {
                return Ok(Some(empty.unwrap_or(line)));
            }
            self.left_out.fetch_add(1, Ordering::Relaxed);
            empty.get_or_insert(line);
        }
        Ok(None)
    }

    fn read_line(&mut self) -> io::Result<Option<Line>> {
        if self.finished {
            return Ok(None);
        }
        // Has room for all that may be read into it: a vector that grows leaves copies in memory.
        let mut text = Zeroizing::new(Vec::with_capacity(self.max_bytes + 1));
        let mut source = (&mut self.source).take(self.max_bytes as u64 + 1);
        let length = source.read_until(b'\n', &mut text)?;
        // A line without a newline is the last. Reading a named pipe again could wait for another writer.
        self.finished = !text.ends_with(b"\n");
        if length == 0 {
            return Ok(None);
        }
        self.count += 1;
        self.bytes_read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(Some(Line { number: self.count, text, is_cut: length > self.max_bytes }))
    }
}

impl Line {
    /// Whether it has nothing but what may surround a text.
    fn is_empty(&self) -> bool {
        !self.is_cut && bare(&self.text).is_empty()
    }
}

/// A [`std::io::BufReader`] that wipes what has been taken out of it.
struct WipingReader<R> {
    source: R,
    buffer: Zeroizing<Vec<u8>>,
    /// `buffer[start..end]` has been read from the source and not yet taken out.
    start: usize,
    end: usize,
}

impl<R: Read> BufRead for WipingReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, self.source.read(&mut self.buffer)?);
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.buffer[self.start..][..count].zeroize();
        self.start += count;
    }
}

impl<R: Read> Read for WipingReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}
