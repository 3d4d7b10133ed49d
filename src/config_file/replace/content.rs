//! The content of an open file: read whole, or overwritten.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::error::FileError;
use super::options::MAX_CONFIG_BYTES;
use crate::system::reason::Reason;

/// Reads the whole file.
pub(super) fn read(mut file: &File) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    // One byte more than the maximum, to detect a larger file.
    let read = file.rewind().and_then(|()| file.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| FileError::Unreadable(Reason::of(&error)))?;
    if bytes.len() as u64 > MAX_CONFIG_BYTES { Err(FileError::TooLarge) } else { Ok(bytes) }
}

/// Overwrites `old` with `new`. Restores `old` if writing fails half-way, as on a full disk.
pub(super) fn overwrite(file: &File, old: &[u8], new: &[u8]) -> Result<(), FileError> {
    // If the content shrinks, white space covers the rest until the file is truncated, so it is valid
    // JSON meanwhile.
    let mut padded = new.to_vec();
    padded.resize(old.len().max(new.len()), b'\n');
    // One call writes all that differs. If the program is killed, the file is then old or new, as far
    // as the system writes it in one step.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_content_replaces_the_old_one_whatever_they_share() {
        let contents = ["", "a", "ab", "abc\n", "xbc\n", "axc\n", "abx", "abcabc\n", "a\n\n\n"];
        for (old, new) in contents.iter().flat_map(|old| contents.map(|new| (*old, new))) {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(old.as_bytes()).unwrap();
            assert!(overwrite(&file, old.as_bytes(), new.as_bytes()).is_ok(), "{old:?} {new:?}");
            assert_eq!(read(&file).unwrap(), new.as_bytes(), "{old:?} {new:?}");
        }
    }
}
