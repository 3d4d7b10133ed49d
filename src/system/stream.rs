//! Standard streams and password files, read and written without a buffer, which would keep copies of passwords. Where
//! one would block, this waits: whether it does is decided by any program that shares it.

#[cfg(windows)]
mod windows;

use std::fs::{File, Metadata};
use std::io::{self, IsTerminal, Read, Write};
#[cfg(unix)]
use std::os::fd::AsFd as AsOwn;
#[cfg(unix)]
use std::os::unix::fs::{FileTypeExt, MetadataExt};
#[cfg(windows)]
use std::os::windows::io::AsHandle as AsOwn;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[cfg(all(target_os = "linux", not(portable)))]
use linux as waiting;
#[cfg(any(portable, not(target_os = "linux")))]
use portable as waiting;

/// How long nothing comes until the notice is given.
const NOTICE: Duration = Duration::from_secs(1);

/// How long to wait before trying again, where the system does not say when a stream is ready.
const PAUSE: Duration = Duration::from_millis(10);

/// Called each time that nothing has come for a second.
pub type Notice = Arc<dyn Fn() + Send + Sync>;

/// Whether a path means standard input: `-`, or a name that systems have for it.
pub fn is_stdin(path: &Path) -> bool {
    const NAMES: [&str; 3] = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
    path.as_os_str() == "-" || cfg!(unix) && NAMES.iter().any(|name| path == Path::new(name))
}

/// Stdin or a file, of which a notice is given while nothing comes.
pub struct Input {
    stream: Box<dyn Read + Send>,
    is_terminal: bool,
    size: Option<u64>,
}

impl Input {
    /// Standard input.
    pub fn stdin(notice: Notice) -> Self {
        let stdin = io::stdin();
        Self::new(metadata(&stdin), stdin, notice)
    }

    /// Opens a file, and waits for a named pipe that no program has opened for writing.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn open(path: &Path, notice: Notice) -> io::Result<Self> {
        let file = waiting::open(path, &notice)?;
        Ok(Self::new(file.metadata().ok(), file, notice))
    }

    fn new<S>(metadata: Option<Metadata>, stream: S, notice: Notice) -> Self
    where
        S: AsOwn + IsTerminal + Send + 'static,
        Unbuffered<S>: Read,
    {
        let size = metadata.as_ref().filter(|metadata| metadata.is_file()).map(Metadata::len);
        let is_terminal = stream.is_terminal();
        #[cfg(unix)]
        if metadata.is_some_and(|metadata| stands_for_null(&metadata)) {
            return Self { stream: Box::new(io::empty()), is_terminal, size: Some(0) };
        }
        Self { stream: Box::new(Watched { stream: Unbuffered(stream), notice }), is_terminal, size }
    }

    pub const fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// The size of a regular file in bytes.
    pub const fn size(&self) -> Option<u64> {
        self.size
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

/// Standard output. It must be flushed after each write.
///
/// # Errors
///
/// The system's, if there is no standard output (Windows).
#[cfg_attr(unix, allow(clippy::unnecessary_wraps))]
pub fn stdout() -> io::Result<Box<dyn Write>> {
    #[cfg(unix)]
    return Ok(output(io::stdout()));
    // A console takes the bytes of a file to be in its code page, which is seldom UTF-8. The standard library
    // gives it UTF-16.
    #[cfg(windows)]
    if super::is_console(winsafe::co::STD_HANDLE::OUTPUT) {
        return Ok(Box::new(io::stdout()));
    }
    #[cfg(windows)]
    {
        duplicate(&io::stdout())?;
        Ok(Box::new(Unbuffered(io::stdout())))
    }
}

/// Waits until what was written to standard output is on the disk, if it goes to a file: some file systems report only
/// then that there was no room. Not on Windows, where `FlushFileBuffers` can wait for the reader of a pipe, which nothing
/// safe tells from a file.
///
/// # Errors
///
/// The system's.
#[cfg_attr(windows, allow(clippy::unnecessary_wraps))]
pub fn sync_stdout() -> io::Result<()> {
    #[cfg(unix)]
    if let Ok(file) = duplicate(&io::stdout())
        && file.metadata().is_ok_and(|metadata| metadata.is_file())
    {
        return super::error::synced(file.sync_all());
    }
    Ok(())
}

/// Whether standard output goes to this file or device.
pub fn stdout_goes_to(path: &Path) -> bool {
    goes_to(&io::stdout(), path)
}

/// Whether standard error goes to this file or device.
pub fn stderr_goes_to(path: &Path) -> bool {
    goes_to(&io::stderr(), path)
}

#[cfg(unix)]
fn goes_to(stream: &impl AsOwn, path: &Path) -> bool {
    metadata(stream).zip(std::fs::metadata(path).ok()).is_some_and(|(stream, file)| {
        let [is_device, file_is_device] = [&stream, &file].map(|file| file.file_type().is_char_device());
        (stream.dev(), stream.ino()) == (file.dev(), file.ino())
            || is_device && file_is_device && stream.rdev() == file.rdev()
    })
}

/// Never on Windows: nothing safe says there which file a handle is of.
#[cfg(windows)]
fn goes_to(_: &impl AsOwn, _: &Path) -> bool {
    false
}

/// Standard error.
pub fn stderr() -> Box<dyn Write> {
    #[cfg(unix)]
    return output(io::stderr());
    #[cfg(windows)]
    return Box::new(io::stderr());
}

#[cfg(unix)]
fn output<S: AsOwn + 'static>(stream: S) -> Box<dyn Write>
where
    Unbuffered<S>: Write,
{
    match metadata(&stream) {
        Some(metadata) if stands_for_null(&metadata) => Box::new(io::sink()),
        _ => Box::new(Unbuffered(stream)),
    }
}

/// None without a descriptor to spare: then nothing is known of the stream, and it is used all the same.
fn metadata(stream: &impl AsOwn) -> Option<Metadata> {
    duplicate(stream).ok()?.metadata().ok()
}

fn duplicate(stream: &impl AsOwn) -> io::Result<File> {
    #[cfg(unix)]
    let owned = stream.as_fd().try_clone_to_owned();
    #[cfg(windows)]
    let owned = stream.as_handle().try_clone_to_owned();
    owned.map(File::from)
}

/// Whether a stream is something else than a device in the place of /dev/null. It is taken for the null device: the
/// standard library opens it for a stream that was closed, and nobody has written a password there, or keeps a hash.
#[cfg(unix)]
fn stands_for_null(stream: &Metadata) -> bool {
    let is_null = |null: Metadata| (stream.dev(), stream.ino()) == (null.dev(), null.ino());
    !stream.file_type().is_char_device() && std::fs::metadata("/dev/null").is_ok_and(is_null)
}

/// A stream whose reads and writes wait where they would block.
struct Unbuffered<S>(S);

/// Gives its notice while it waits to be read.
struct Watched<S> {
    stream: Unbuffered<S>,
    notice: Notice,
}

impl<S: AsOwn> Read for Watched<S>
where
    Unbuffered<S>: Read,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self { stream, notice } = self;
        waiting::read(stream, buffer, notice)
    }
}

/// The system's own calls. The standard library's would buffer, and would ignore that a stream is not open for
/// writing.
#[cfg(unix)]
mod unix {
    use std::io::{self, Read, Write};
    use std::os::fd::AsFd;

    use nix::errno::Errno;
    use nix::unistd::{read, write};

    use super::Unbuffered;
    use super::waiting::{until_readable, until_writable};

    impl<S: AsFd> Read for Unbuffered<S> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            loop {
                match read(&self.0, buffer) {
                    Err(Errno::EAGAIN) => until_readable(&self.0),
                    result => return Ok(result?),
                }
            }
        }
    }

    impl<S: AsFd> Write for Unbuffered<S> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            loop {
                match write(&self.0, bytes) {
                    Err(Errno::EAGAIN) => until_writable(&self.0),
                    result => return Ok(result?),
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

/// Waits with poll(2).
#[cfg(all(target_os = "linux", not(portable)))]
mod linux {
    use std::fs::{self, File, OpenOptions};
    use std::io::{self, Read};
    use std::os::fd::AsFd;
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
    use std::path::Path;
    use std::thread;

    use nix::errno::Errno;
    use nix::libc::{O_NOCTTY, O_NONBLOCK};
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::{NOTICE, Notice, PAUSE, Unbuffered};

    /// A named pipe is opened without waiting for its other end, which nothing could interrupt for a notice. It is
    /// waited for afterwards: until then, a read would return the end of the file.
    pub(super) fn open(path: &Path, notice: &Notice) -> io::Result<File> {
        let is_pipe = fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo());
        // A terminal must not become this process's controlling terminal, which the prompt would then use.
        let flags = if is_pipe { O_NOCTTY | O_NONBLOCK } else { O_NOCTTY };
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        if is_pipe {
            note_silence(&file, notice);
            until_readable(&file);
        }
        Ok(file)
    }

    pub(super) fn read<S: AsFd>(
        stream: &mut Unbuffered<S>,
        buffer: &mut [u8],
        notice: &Notice,
    ) -> io::Result<usize> {
        note_silence(&stream.0, notice);
        stream.read(buffer)
    }

    pub(super) fn until_readable(stream: &impl AsFd) {
        is_ready(stream, PollFlags::POLLIN, PollTimeout::NONE);
    }

    pub(super) fn until_writable(stream: &impl AsFd) {
        is_ready(stream, PollFlags::POLLOUT, PollTimeout::NONE);
    }

    fn note_silence(stream: &impl AsFd, notice: &Notice) {
        let timeout = PollTimeout::try_from(NOTICE).unwrap_or(PollTimeout::MAX);
        if !is_ready(stream, PollFlags::POLLIN, timeout) {
            notice();
        }
    }

    /// Waits until a stream is ready, or until its other end is closed. False if the time is up.
    fn is_ready(stream: &impl AsFd, events: PollFlags, timeout: PollTimeout) -> bool {
        loop {
            match poll(&mut [PollFd::new(stream.as_fd(), events)], timeout) {
                Ok(count) => return count > 0,
                // The process was stopped, and goes on.
                Err(Errno::EINTR) => {}
                // A sandbox, or `ulimit -n 0`, forbids to ask.
                Err(_) => {
                    thread::sleep(PAUSE);
                    return true;
                }
            }
        }
    }
}

/// Waits without the system's help, which on macOS does not know every kind of stream, and on Windows no pipe.
#[cfg(any(portable, not(target_os = "linux")))]
mod portable {
    use std::fs::{File, OpenOptions};
    use std::io::{self, Read};
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::thread;

    use super::{NOTICE, Notice, Unbuffered};

    pub(super) fn open(path: &Path, notice: &Notice) -> io::Result<File> {
        let mut options = OpenOptions::new();
        // A terminal must not become this process's controlling terminal, which the prompt would then use.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, nix::libc::O_NOCTTY);
        watched(notice, || options.read(true).open(path))
    }

    pub(super) fn read<S>(stream: &mut Unbuffered<S>, buffer: &mut [u8], notice: &Notice) -> io::Result<usize>
    where
        Unbuffered<S>: Read,
    {
        watched(notice, || stream.read(buffer))
    }

    #[cfg(unix)]
    pub(super) fn until_readable(_: &impl std::os::fd::AsFd) {
        thread::sleep(super::PAUSE);
    }

    #[cfg(unix)]
    pub(super) fn until_writable(_: &impl std::os::fd::AsFd) {
        thread::sleep(super::PAUSE);
    }

    /// Gives the notice if the operation takes a second. Where no thread can be started, nothing is said.
    fn watched<T>(notice: &Notice, operation: impl FnOnce() -> T) -> T {
        let (done, waiting) = channel::<()>();
        let notice = Arc::clone(notice);
        let watch = move || {
            if waiting.recv_timeout(NOTICE) == Err(RecvTimeoutError::Timeout) {
                notice();
            }
        };
        let _ = thread::Builder::new().spawn(watch);
        let result = operation();
        drop(done);
        result
    }
}
