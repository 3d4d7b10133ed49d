//! Writing into the file itself.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use crate::config_file::replace::error::{FileError, Reason};

/// Puts `new` where `old` is. What fails half-way, as on a full disk, is undone.
pub(super) fn write(file: &File, old: &[u8], new: &[u8]) -> Result<(), FileError> {
    let unwritable = |error: io::Error| FileError::Unwritable(Reason::of(&error));
    if new.len() > old.len() {
        // Not every file system can; then the writing shows whether there is room.
        let reserved = fallocate(file, FallocateFlags::KEEP_SIZE, 0, new.len() as u64);
        if let Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) = reserved {
            return Err(unwritable(error.into()));
        }
    }
    if let Err(error) = overwrite(file, old, new) {
        let reason = Reason::of(&error);
        let undone = file.write_all_at(old, 0).and_then(|()| file.set_len(old.len() as u64));
        return Err(match undone.and_then(|()| file.sync_all()) {
            Ok(()) => FileError::Unwritable(reason),
            Err(_) if holds(file, old) => FileError::Unwritable(reason),
            Err(_) => FileError::Damaged(reason),
        });
    }
    Ok(())
}

/// One call writes all that differs, so that a kill meets the file as it was or as it will be, as far
/// as the kernel does that. White space in the place of what is cut off belongs to no text.
fn overwrite(file: &File, old: &[u8], new: &[u8]) -> io::Result<()> {
    let mut padded = new.to_vec();
    padded.resize(old.len().max(new.len()), b'\n');
    let start = old.iter().zip(&padded).take_while(|(old, new)| old == new).count();
    let tail = old.iter().rev().zip(padded.iter().rev()).take_while(|(old, new)| old == new).count();
    let end = if old.len() == padded.len() { (padded.len() - tail).max(start) } else { padded.len() };
    file.write_all_at(&padded[start..end], start as u64)?;
    file.set_len(new.len() as u64)?;
    file.sync_all()
}

fn holds(file: &File, content: &[u8]) -> bool {
    let mut found = vec![0; content.len()];
    let has_length = file.metadata().is_ok_and(|found| found.len() == content.len() as u64);
    has_length && file.read_exact_at(&mut found, 0).is_ok() && found == content
}
