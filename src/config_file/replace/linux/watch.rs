//! Detects whether another program saves a file by renaming or creating it.

use std::ffi::{OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};

/// Events on the names in a folder, from its creation on.
pub(super) struct Watch {
    events: OwnedFd,
    name: OsString,
}

impl Watch {
    /// None if the system cannot watch, for example without /proc.
    pub(super) fn start(folder: &OwnedFd, name: &OsStr) -> Option<Self> {
        let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        let folder = format!("/proc/self/fd/{}", folder.as_raw_fd());
        add_watch(&events, folder, WatchFlags::CREATE | WatchFlags::MOVE).ok()?;
        Some(Self { events, name: name.to_owned() })
    }

    /// Whether the name was given to another file before it was given to the one called `temporary`.
    pub(super) fn saw_another(self, temporary: &str) -> bool {
        let mut buffer = [const { MaybeUninit::uninit() }; 4096];
        let mut reader = Reader::new(&self.events, &mut buffer);
        let mut own = None;
        while let Ok(event) = reader.next() {
            let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
            if event.events().contains(ReadFlags::MOVED_FROM) && name == Some(temporary.as_ref()) {
                own = Some(event.cookie());
            } else if !event.events().contains(ReadFlags::MOVED_FROM) && name == Some(&self.name) {
                return own != Some(event.cookie());
            }
        }
        false
    }
}
