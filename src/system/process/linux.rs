//! Overwrites the arguments of this process, through /proc.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;

/// Positions of `arg_start` and `arg_end` among the fields of /proc/self/stat after the command's name
/// (proc(5): fields 48 and 49; the first after the name is field 3).
const ARG_START: usize = 48 - 3;
const ARG_END: usize = 49 - 3;

/// Opens the memory of this process for writing.
pub(super) fn memory() -> io::Result<File> {
    OpenOptions::new().write(true).open("/proc/self/mem")
}

/// Overwrites the arguments with NULs, except the program's name, which has `name` bytes.
pub(super) fn overwrite_arguments(memory: &File, name: usize) -> io::Result<()> {
    // The command's name is in parentheses and may contain anything, even parentheses or, where it was
    // cut, an incomplete UTF-8 character.
    let stat = fs::read("/proc/self/stat")?;
    let fields = stat.rsplit(|&byte| byte == b')').next().unwrap_or_default();
    let fields: Vec<&str> = str::from_utf8(fields).unwrap_or_default().split_whitespace().collect();
    let address = |field: usize| fields.get(field).and_then(|text| text.parse::<u64>().ok());
    // The kernel reports 0 if it hides the addresses.
    let (Some(first @ 1..), Some(end)) = (address(ARG_START), address(ARG_END)) else {
        return Err(io::ErrorKind::InvalidData.into());
    };

    let second = first.saturating_add(name as u64).saturating_add(1);
    let rest = usize::try_from(end.saturating_sub(second)).unwrap_or(0);
    memory.write_all_at(&vec![0; rest], second)
}
