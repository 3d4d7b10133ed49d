//! Keeps the passwords in this process from other processes, the process alive at its limits, and signals able to end
//! it; and knows with which rights it runs. What the system refuses is ignored, but what could not be hidden is
//! reported.

use std::ffi::OsString;
use std::time::Duration;

/// A copy of the arguments of this process, the program's name first.
pub struct Arguments {
    pub list: Vec<OsString>,
    pub exposed: Exposed,
}

/// What this process tried to hide and could not. On Windows it tries nothing, and only on Linux it hides the arguments.
#[derive(Debug, Clone, Copy)]
pub struct Exposed {
    /// The arguments could not be overwritten, so the process list still shows them.
    pub arguments: bool,
    /// Core dumps could not be turned off, so one may hold a password.
    pub memory: bool,
}

/// Turns core dumps off, copies the arguments and overwrites the originals except the program's name
/// (Linux only). Call it before anything else.
#[must_use]
pub fn protect() -> Arguments {
    // The memory is opened first: once core dumps are off, its file belongs to root.
    #[cfg(all(target_os = "linux", not(portable)))]
    let memory = linux::memory();
    let may_dump = !forbid_core_dumps();
    let list: Vec<OsString> = std::env::args_os().collect();
    #[cfg(all(target_os = "linux", not(portable)))]
    let arguments = {
        let name = list.first().map_or(0, |name| name.len());
        memory.and_then(|memory| linux::overwrite_arguments(&memory, name)).is_err()
    };
    #[cfg(any(portable, not(target_os = "linux")))]
    let arguments = false;
    Arguments { list, exposed: Exposed { arguments, memory: may_dump } }
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

/// Leaves all signals to other threads (Unix). Threads that compute call this, because they live on while the first thread
/// writes a config, which no signal may interrupt.
pub fn leave_signals_to_others() {
    #[cfg(unix)]
    let _ = nix::sys::signal::SigSet::all().thread_block();
}

/// The stack that this program needs for the deepest config that it reads, in KiB. The arguments and the environment
/// lie on it, too.
#[cfg(all(target_os = "linux", not(portable)))]
const STACK_KIB: nix::sys::resource::rlim_t = 256;
/// What the stack's limit is raised to, in KiB. Without optimisation the program needs nearly as much.
#[cfg(all(target_os = "linux", not(portable)))]
const ENOUGH_STACK_KIB: nix::sys::resource::rlim_t = 1_024;

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
        // rustix's getrlimit takes it that a limit can always be asked for, and a sandbox can forbid that.
        use nix::sys::resource::{Resource::RLIMIT_STACK, getrlimit, setrlimit};
        if let Ok((limit, hard)) = getrlimit(RLIMIT_STACK)
            && limit < ENOUGH_STACK_KIB << 10
            && setrlimit(RLIMIT_STACK, ENOUGH_STACK_KIB << 10, hard).is_err()
            && limit >> 10 < STACK_KIB
        {
            #[allow(clippy::useless_conversion)] // The type has 32 bits on some processors.
            return Err(SmallStack { limit_kib: (limit >> 10).into(), needed_kib: STACK_KIB.into() });
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
/// memory either, and the answer is false if a crash may still leave a dump.
pub fn forbid_core_dumps() -> bool {
    #[cfg(unix)]
    let limited = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0).is_ok();
    #[cfg(windows)]
    let limited = true;
    #[cfg(all(target_os = "linux", not(portable)))]
    return nix::sys::prctl::set_dumpable(false).is_ok() || limited && linux::dumps_are_files();
    #[cfg(any(portable, not(target_os = "linux")))]
    limited
}

/// Whether a sandbox may be what refuses a step (Linux). A filter of system calls is seen, and so is the promise
/// without which only root can set up one or Landlock (`PR_SET_NO_NEW_PRIVS`). Without /proc, there may be one.
pub fn may_be_confined() -> bool {
    #[cfg(all(target_os = "linux", not(portable)))]
    return ["NoNewPrivs:", "Seccomp:"].iter().any(|name| linux::status(name).as_deref() != Some("0"));
    #[cfg(any(portable, not(target_os = "linux")))]
    false
}

/// Whether this user is root. Only Linux says so: there root can lack capabilities, or the rights to files of users
/// whom its user namespace does not know.
pub fn is_root() -> bool {
    #[cfg(all(target_os = "linux", not(portable)))]
    return rustix::process::geteuid().is_root();
    #[cfg(any(portable, not(target_os = "linux")))]
    false
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

    /// Whether the kernel writes core dumps to files, and so keeps to the limit on their size. It does not where the
    /// pattern names a program or a socket that gets them (core(5)).
    pub(super) fn dumps_are_files() -> bool {
        let pattern = fs::read("/proc/sys/kernel/core_pattern");
        pattern.is_ok_and(|pattern| !pattern.starts_with(b"|") && !pattern.starts_with(b"@"))
    }

    /// What the kernel says of this process under a name.
    pub(super) fn status(name: &str) -> Option<String> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        status.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    }

    /// Ends the process with 128 and the number of the signal when one of them comes that is not ignored.
    pub(super) fn end_on_signals() {
        let ignored = status("SigIgn:").and_then(|bits| u64::from_str_radix(&bits, 16).ok()).unwrap_or(0);
        for signal in ENDING.map(|signal| signal as i32) {
            if ignored & 1 << (signal - 1) == 0 {
                let _ = register_conditional_shutdown(signal, 128 + signal, Arc::new(AtomicBool::new(true)));
            }
        }
    }
}
