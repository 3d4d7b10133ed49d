//! Keeps the passwords in this process from other processes, the process alive at the limit on file sizes, and signals
//! able to end it. What the system refuses is ignored, but a failure to overwrite the arguments is reported.

use std::ffi::OsString;
use std::time::Duration;

/// A copy of the arguments of this process, the program's name first.
pub struct Arguments {
    pub list: Vec<OsString>,
    /// Whether the originals could not be overwritten, so that the process list still shows them. Always
    /// false outside of Linux, where nothing is overwritten.
    pub exposed: bool,
}

/// Turns core dumps off, copies the arguments and overwrites the originals except the program's name
/// (Linux only). Call it before anything else.
#[must_use]
pub fn protect() -> Arguments {
    // The memory is opened first: once core dumps are off, its file belongs to root.
    #[cfg(all(target_os = "linux", not(portable)))]
    let memory = linux::memory();
    forbid_core_dumps();
    let list: Vec<OsString> = std::env::args_os().collect();
    #[cfg(all(target_os = "linux", not(portable)))]
    let exposed = {
        let name = list.first().map_or(0, |name| name.len());
        memory.and_then(|memory| linux::overwrite_arguments(&memory, name)).is_err()
    };
    #[cfg(any(portable, not(target_os = "linux")))]
    let exposed = false;
    Arguments { list, exposed }
}

/// Makes a write beyond the limit on file sizes fail with an error, which can be reported and undone,
/// instead of ending the program by a signal (Unix).
pub fn survive_file_limit() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
    }
}

/// The stack that this program needs for the deepest config that it reads, in KiB. The arguments and the environment lie
/// on it, too.
#[cfg(all(target_os = "linux", not(portable)))]
const STACK_KIB: u64 = 256;
/// What the stack's limit is raised to, in KiB. Without optimisation the program needs nearly as much.
#[cfg(all(target_os = "linux", not(portable)))]
const ENOUGH_STACK_KIB: u64 = 1_024;

/// The stack may be smaller than this program needs, and the limit cannot be raised (Linux).
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stack is limited to {limit_kib} KiB, and this program needs {needed_kib} KiB")]
pub struct SmallStack {
    limit_kib: u64,
    needed_kib: u64,
}

/// Raises a limit on the stack that is lower than this program needs: beyond it, a program is killed.
///
/// # Errors
///
/// [`SmallStack`]
pub fn raise_stack_limit() -> Result<(), SmallStack> {
    #[cfg(all(target_os = "linux", not(portable)))]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limits = getrlimit(Resource::Stack);
        let enough = ENOUGH_STACK_KIB << 10;
        if let Some(limit) = limits.current.filter(|&limit| limit < enough)
            && setrlimit(Resource::Stack, Rlimit { current: Some(enough), ..limits }).is_err()
            && limit >> 10 < STACK_KIB
        {
            return Err(SmallStack { limit_kib: limit >> 10, needed_kib: STACK_KIB });
        }
    }
    Ok(())
}

/// Lets signals end this process where it is the first of a container (Linux), with the status that a shell would give.
/// There a signal without a handler does nothing (`pid_namespaces(7)`). An ignored signal stays ignored.
pub fn end_on_signals_as_init() {
    #[cfg(all(target_os = "linux", not(portable)))]
    if std::process::id() == 1 {
        linux::end_on_signals();
    }
}

/// Turns core dumps off (Unix). On Linux, other processes of the same user and debuggers cannot read the
/// memory either.
pub fn forbid_core_dumps() {
    // A core pattern that pipes into a program ignores the limit below, but not this.
    #[cfg(all(target_os = "linux", not(portable)))]
    let _ = nix::sys::prctl::set_dumpable(false);
    #[cfg(unix)]
    let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
}

/// The processor time that this process has used; none if the system does not say it.
pub fn cpu_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        use nix::sys::resource::{UsageWho, getrusage};
        use nix::sys::time::TimeValLike;
        let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
        let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
        u64::try_from(microseconds).ok().map(Duration::from_micros)
    }
    #[cfg(windows)]
    {
        let (_, _, kernel, user) = winsafe::HPROCESS::GetCurrentProcess().GetProcessTimes().ok()?;
        // In units of 100 ns (FILETIME).
        let time =
            |part: winsafe::FILETIME| u64::from(part.dwHighDateTime) << 32 | u64::from(part.dwLowDateTime);
        Some(Duration::from_nanos((time(kernel) + time(user)) * 100))
    }
}

/// What needs /proc.
#[cfg(all(target_os = "linux", not(portable)))]
mod linux {
    use std::fs::{self, File, OpenOptions};
    use std::io;
    use std::os::unix::fs::FileExt;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use nix::sys::signal::Signal;
    use signal_hook::flag::register_conditional_shutdown;

    /// The signals that people and supervisors send to end a program.
    const ENDING: [Signal; 4] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM];

    /// The position of `arg_start`, before `arg_end`, among the fields of /proc/self/stat after the command's
    /// name (proc(5): field 48; the first after the name is field 3).
    const ARG_START: usize = 48 - 3;

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
        let fields = str::from_utf8(fields).unwrap_or_default().split_whitespace();
        let mut addresses = fields.skip(ARG_START).map_while(|field| field.parse::<u64>().ok());
        // The kernel reports 0 if it hides the addresses.
        let (Some(first @ 1..), Some(end)) = (addresses.next(), addresses.next()) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let second = first.saturating_add(name as u64).saturating_add(1);
        let rest = usize::try_from(end.saturating_sub(second)).unwrap_or(0);
        memory.write_all_at(&vec![0; rest], second)
    }

    /// Ends the process with 128 and the number of the signal when one of them comes that is not ignored.
    pub(super) fn end_on_signals() {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0);
        for signal in ENDING.map(|signal| signal as i32) {
            if ignored & 1 << (signal - 1) == 0 {
                let _ = register_conditional_shutdown(signal, 128 + signal, Arc::new(AtomicBool::new(true)));
            }
        }
    }
}
