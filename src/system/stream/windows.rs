//! Pipes of Windows that do not block, as those of Cygwin: an empty one gives an error for which the standard library
//! has the end of the file, and a full one takes no bytes. (Microsoft: "Named Pipe Type, Read, and Wait Modes")

use std::fs::File;
use std::io::{self, Read, Write};
use std::thread;

use winsafe::co::{ERROR, STD_HANDLE};
use winsafe::{HSTD, SysResult};

use super::{PAUSE, Unbuffered};

impl Read for Unbuffered<io::Stdin> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match standard(STD_HANDLE::INPUT).and_then(|stdin| stdin.ReadFile(buffer)) {
                Err(ERROR::NO_DATA) => thread::sleep(PAUSE),
                Err(ERROR::BROKEN_PIPE) => return Ok(0),
                result => return result.map(|count| count as usize).map_err(error),
            }
        }
    }
}

impl Read for Unbuffered<File> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Unbuffered<io::Stdout> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match standard(STD_HANDLE::OUTPUT).and_then(|stdout| stdout.WriteFile(bytes)) {
                Ok(0) if !bytes.is_empty() => thread::sleep(PAUSE),
                result => return result.map(|count| count as usize).map_err(error),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The handle belongs to the process; the guard must not close it.
fn standard(handle: STD_HANDLE) -> SysResult<HSTD> {
    HSTD::GetStdHandle(handle).map(|mut handle| handle.leak())
}

fn error(error: ERROR) -> io::Error {
    io::Error::from_raw_os_error(error.raw().cast_signed())
}
