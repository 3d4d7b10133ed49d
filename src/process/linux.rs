//! Overwriting the process's own arguments by way of /proc.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;

/// Places of `arg_start` and `arg_end` among the fields of /proc/self/stat that follow the
/// command's name (proc(5): fields 48 and 49; the first after the name is field 3).
const ARG_START: usize = 48 - 3;
const ARG_END: usize = 49 - 3;

/// Overwrites every argument but the program's own name with NULs. To be called before the
/// process is made undumpable, after which /proc/self belongs to root.
pub(super) fn scrub_arguments() -> io::Result<()> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name stands in parentheses and may hold both spaces and parentheses.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let address = |field: usize| fields.get(field).and_then(|text| text.parse::<u64>().ok());
    let (Some(first), Some(end)) = (address(ARG_START), address(ARG_END)) else {
        return Err(io::ErrorKind::InvalidData.into());
    };

    let cmdline = fs::read("/proc/self/cmdline")?;
    let name = cmdline.iter().position(|&byte| byte == 0).map_or(0, |nul| nul + 1);
    let rest = usize::try_from(end.saturating_sub(first)).unwrap_or(0).saturating_sub(name);
    let memory = OpenOptions::new().write(true).open("/proc/self/mem")?;
    memory.write_all_at(&vec![0; rest], first + name as u64)
}
