//! The content of an open file: read whole, or overwritten.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::error::{FileError, Reason};
use super::options::MAX_CONFIG_BYTES;

/// Reads all of it.
pub(super) fn read(mut file: &File) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    // One byte more than the maximum, to notice it.
    let read = file.rewind().and_then(|()| file.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| FileError::Unreadable(Reason::of(&error)))?;
    if bytes.len() as u64 > MAX_CONFIG_BYTES { Err(FileError::TooLarge) } else { Ok(bytes) }
}

/// Puts `new` where `old` is. What fails half-way, as on a full disk, is undone.
pub(super) fn overwrite(file: &File, old: &[u8], new: &[u8]) -> Result<(), FileError> {
    // White space in the place of what is cut off, until it is: it belongs to no text.
    let mut padded = new.to_vec();
    padded.resize(old.len().max(new.len()), b'\n');
    // One call writes all that differs, so that a kill meets the file as it was or as it will be, as far
    // as the system does that.
    let start = old.iter().zip(&padded).take_while(|(old, new)| old == new).count();
    let tail = old.iter().rev().zip(padded.iter().rev()).take_while(|(old, new)| old == new).count();
    let end = if old.len() == padded.len() { (padded.len() - tail).max(start) } else { padded.len() };
    let Err(error) = write(file, start, &padded[start..end], new.len()) else { return Ok(()) };
    let is_undone = write(file, 0, old, old.len()).is_ok() || read(file).is_ok_and(|content| content == old);
    let reason = Reason::of(&error);
    Err(if is_undone { FileError::Unwritable(reason) } else { FileError::Damaged(reason) })
}

fn write(mut file: &File, start: usize, bytes: &[u8], length: usize) -> io::Result<()> {
    file.seek(SeekFrom::Start(start as u64))?;
    file.write_all(bytes)?;
    file.set_len(length as u64)?;
    file.sync_all()
}
