//! Replacing a file, by itself: bytes to a path.
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;

use tc_calendar::config_file::replace::{
    FileError, MAX_CONFIG_BYTES, ReplaceOptions, Replaced, check, read, replace,
};
use tempfile::TempDir;

const PLAIN: ReplaceOptions = ReplaceOptions { in_place: false, backup: false };
const IN_PLACE: ReplaceOptions = ReplaceOptions { in_place: true, backup: false };
const BACKUP: ReplaceOptions = ReplaceOptions { in_place: false, backup: true };
const IN_PLACE_BACKUP: ReplaceOptions = ReplaceOptions { in_place: true, backup: true };
const MANNERS: [ReplaceOptions; 4] = [PLAIN, IN_PLACE, BACKUP, IN_PLACE_BACKUP];

/// A folder with a file in it.
struct Folder {
    folder: TempDir,
    file: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.json");
        fs::write(&file, "old content").unwrap();
        Self { folder, file }
    }

    fn replace(&self, manner: ReplaceOptions) -> Result<Replaced, FileError> {
        replace(&self.file, manner, |old| {
            assert_eq!(old, b"old content");
            Ok(b"new".to_vec())
        })
    }

    fn content(&self) -> String {
        fs::read_to_string(&self.file).unwrap()
    }

    /// The names of all that is in it.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn the_new_content_is_there_and_nothing_else() {
    for manner in MANNERS {
        let folder = Folder::new();
        assert_eq!(check(&folder.file, manner).unwrap(), b"old content");
        assert_eq!(folder.names(), ["config.json"], "checking leaves nothing behind");
        assert_eq!(folder.replace(manner).unwrap(), Replaced { other_names: false });
        assert_eq!(folder.content(), "new");
        let names: &[_] = if manner.backup { &["config.json", "config.json.bak"] } else { &["config.json"] };
        assert_eq!(folder.names(), names);
        if manner.backup {
            assert_eq!(fs::read_to_string(folder.file.with_extension("json.bak")).unwrap(), "old content");
        }
    }
}

#[test]
fn a_later_backup_replaces_the_earlier() {
    let folder = Folder::new();
    fs::write(folder.file.with_extension("json.bak"), "an earlier one, longer").unwrap();
    folder.replace(BACKUP).unwrap();
    assert_eq!(fs::read_to_string(folder.file.with_extension("json.bak")).unwrap(), "old content");
}

#[test]
fn what_the_edit_refuses_changes_nothing() {
    for manner in MANNERS {
        let folder = Folder::new();
        let error = replace(&folder.file, manner, |_| Err(FileError::TooLarge)).unwrap_err();
        assert_eq!(error, FileError::TooLarge);
        assert_eq!((folder.content().as_str(), folder.names().len()), ("old content", 1));
    }
}

#[test]
fn a_change_by_a_program_that_does_not_lock_is_noticed_and_kept() {
    for manner in MANNERS {
        let folder = Folder::new();
        let result = replace(&folder.file, manner, |_| {
            // Of the same length, and in the same instant as far as a clock can tell.
            fs::write(&folder.file, "OLD CONTENT").unwrap();
            Ok::<_, FileError>(b"new".to_vec())
        });
        assert_eq!(result.unwrap_err(), FileError::Changed);
        assert_eq!(folder.content(), "OLD CONTENT");
        assert!(folder.names().iter().all(|name| !name.contains(".tmp")), "{:?}", folder.names());
    }
}

#[test]
fn what_changes_at_the_last_moment_keeps_an_earlier_backup() {
    let folder = Folder::new();
    fs::write(folder.file.with_extension("json.bak"), "an earlier one").unwrap();
    let result = replace(&folder.file, BACKUP, |_| {
        fs::write(&folder.file, "OLD CONTENT").unwrap();
        Ok::<_, FileError>(b"new".to_vec())
    });
    assert_eq!(result.unwrap_err(), FileError::Changed);
    assert_eq!(fs::read_to_string(folder.file.with_extension("json.bak")).unwrap(), "an earlier one");
}

#[test]
fn two_at_once_lose_nothing() {
    for manner in [PLAIN, IN_PLACE] {
        let folder = Folder::new();
        fs::write(&folder.file, "").unwrap();
        std::thread::scope(|scope| {
            for letter in b'a'..=b't' {
                let file = &folder.file;
                scope.spawn(move || {
                    replace(file, manner, |old| Ok::<_, FileError>([old, &[letter]].concat())).unwrap()
                });
            }
        });
        let mut letters = fs::read(&folder.file).unwrap();
        letters.sort_unstable();
        assert_eq!(letters, b"abcdefghijklmnopqrst");
        assert_eq!(folder.names(), ["config.json"]);
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::new();
    for manner in MANNERS {
        assert_eq!(check(folder.folder.path(), manner).unwrap_err(), FileError::NotAFile);
        let missing = folder.file.with_extension("missing");
        assert!(matches!(check(&missing, manner), Err(FileError::Unreadable(_))));
        assert!(matches!(check(&folder.file.join("x"), manner), Err(FileError::Unreadable(_))));
        let none = |_: &[u8]| -> Result<Vec<u8>, FileError> { unreachable!() };
        assert_eq!(replace(folder.folder.path(), manner, none).unwrap_err(), FileError::NotAFile);
    }
    let large = fs::File::create(&folder.file).unwrap();
    large.set_len(MAX_CONFIG_BYTES).unwrap();
    assert_eq!(read(&folder.file).unwrap().len() as u64, MAX_CONFIG_BYTES);
    large.set_len(MAX_CONFIG_BYTES + 1).unwrap();
    assert_eq!(read(&folder.file).unwrap_err(), FileError::TooLarge);
    large.set_len(MAX_CONFIG_BYTES).unwrap();
    let longer = |old: &[u8]| Ok::<_, FileError>([old, b"x"].concat());
    assert_eq!(replace(&folder.file, PLAIN, longer).unwrap_err(), FileError::TooLarge);
}

#[test]
fn a_backup_that_cannot_be_made_leaves_the_file_as_it_was() {
    for manner in [BACKUP, IN_PLACE_BACKUP] {
        let folder = Folder::new();
        fs::create_dir(folder.file.with_extension("json.bak")).unwrap();
        let message = "the backup cannot be written: it is a folder";
        assert_eq!(check(&folder.file, manner).unwrap_err().to_string(), message);
        assert_eq!(folder.replace(manner).unwrap_err().to_string(), message);
        assert_eq!((folder.content().as_str(), folder.names().len()), ("old content", 2));
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

    use super::*;

    /// An ACL by which the user 1000 may read (the kernel's form: version, then tag, rights, id).
    fn acl() -> Vec<u8> {
        let entries =
            [(1_u16, 6_u16, u32::MAX), (2, 4, 1_000), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)];
        let mut acl = 2_u32.to_le_bytes().to_vec();
        for (tag, rights, id) in entries {
            acl.extend([tag.to_le_bytes(), rights.to_le_bytes()].concat());
            acl.extend(id.to_le_bytes());
        }
        acl
    }

    fn mode(path: &std::path::Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn the_mode_stays() {
        for manner in MANNERS {
            for wanted in [0o600, 0o640, 0o644, 0o660, 0o666, 0o777, 0o2640] {
                let folder = Folder::new();
                fs::set_permissions(&folder.file, fs::Permissions::from_mode(wanted)).unwrap();
                folder.replace(manner).unwrap();
                assert_eq!(mode(&folder.file), wanted);
                if manner.backup {
                    assert_eq!(mode(&folder.file.with_extension("json.bak")), wanted);
                }
            }
        }
    }

    #[test]
    fn owner_and_group_stay() {
        if !nix::unistd::geteuid().is_root() {
            common::skipped("only root can give files away");
            return;
        }
        for manner in MANNERS {
            let folder = Folder::new();
            chown(&folder.file, Some(1_234), Some(4_321)).unwrap();
            fs::set_permissions(&folder.file, fs::Permissions::from_mode(0o4640)).unwrap();
            folder.replace(manner).unwrap();
            let metadata = fs::metadata(&folder.file).unwrap();
            assert_eq!((metadata.uid(), metadata.gid()), (1_234, 4_321));
            // Writing into a file takes its set-user-ID bit, by the kernel's own rule.
            assert_eq!(metadata.mode() & 0o777, 0o640);
        }
    }

    #[test]
    fn attributes_and_acl_stay_and_none_are_added() {
        for manner in MANNERS {
            let folder = Folder::new();
            if xattr::set(&folder.file, "system.posix_acl_access", &acl()).is_err() {
                common::skipped("no ACLs on this file system");
                return;
            }
            xattr::set(&folder.file, "user.note", b"kept").unwrap();
            folder.replace(manner).unwrap();
            let mut paths = vec![folder.file.clone()];
            if manner.backup {
                paths.push(folder.file.with_extension("json.bak"));
            }
            for path in paths {
                assert_eq!(xattr::get(&path, "user.note").unwrap().unwrap(), b"kept");
                assert_eq!(xattr::get(&path, "system.posix_acl_access").unwrap().unwrap(), acl());
                assert_eq!(mode(&path), 0o640);
            }

            // A folder that gives its new files an ACL gives none to one that had none.
            let folder = Folder::new();
            fs::set_permissions(&folder.file, fs::Permissions::from_mode(0o640)).unwrap();
            xattr::set(folder.folder.path(), "system.posix_acl_default", &acl()).unwrap();
            folder.replace(manner).unwrap();
            assert_eq!(xattr::list(&folder.file).unwrap().count(), 0);
            assert_eq!(mode(&folder.file), 0o640);
        }
    }

    #[test]
    fn a_symlink_stays_and_what_it_leads_to_is_replaced() {
        for manner in MANNERS {
            let folder = Folder::new();
            let elsewhere = tempfile::tempdir().unwrap();
            let (link, link_to_link) = (elsewhere.path().join("link"), elsewhere.path().join("link2"));
            symlink(&folder.file, &link).unwrap();
            symlink("link", &link_to_link).unwrap();
            replace(&link_to_link, manner, |_| Ok::<_, FileError>(b"new".to_vec())).unwrap();
            assert_eq!(folder.content(), "new");
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert!(fs::symlink_metadata(&link_to_link).unwrap().is_symlink());
            assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 2, "all else is beside the file");
            fs::remove_file(&folder.file).unwrap();
            assert_eq!(check(&link, manner).unwrap_err(), FileError::Dangling);
            let message = "the config cannot be read: no such file or directory";
            assert_eq!(folder.replace(manner).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn other_names_are_told_of_or_changed_too() {
        let folder = Folder::new();
        let other = folder.folder.path().join("other");
        fs::hard_link(&folder.file, &other).unwrap();
        assert_eq!(folder.replace(PLAIN).unwrap(), Replaced { other_names: true });
        assert_eq!(fs::read_to_string(&other).unwrap(), "old content");

        let folder = Folder::new();
        let other = folder.folder.path().join("other");
        fs::hard_link(&folder.file, &other).unwrap();
        assert_eq!(folder.replace(IN_PLACE).unwrap(), Replaced { other_names: false });
        assert_eq!(fs::read_to_string(&other).unwrap(), "new");
    }

    #[test]
    fn a_pipe_is_refused_without_waiting_for_its_writer() {
        let folder = Folder::new();
        let pipe = folder.folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(read(&pipe).unwrap_err(), FileError::NotAFile);
        assert_eq!(check(&pipe, PLAIN).unwrap_err(), FileError::NotAFile);
        assert_eq!(read("/dev/null".as_ref()).unwrap_err(), FileError::NotAFile);
    }

    #[test]
    fn a_reader_never_sees_a_mixture() {
        let folder = Folder::new();
        let contents = [vec![b'a'; 1_000_000], vec![b'b'; 500_000]];
        fs::write(&folder.file, &contents[0]).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        let seen = std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut seen = [false; 2];
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let content = fs::read(&folder.file).unwrap();
                    let which = contents.iter().position(|whole| *whole == content);
                    seen[which.unwrap_or_else(|| panic!("a mixture of {} bytes", content.len()))] = true;
                }
                seen
            });
            for round in 0..40 {
                replace(&folder.file, PLAIN, |_| Ok::<_, FileError>(contents[(round + 1) % 2].clone()))
                    .unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            reader.join().unwrap()
        });
        assert_eq!(seen, [true; 2], "the reader has seen both");
    }
}

#[cfg(windows)]
mod windows {
    use std::os::windows::fs::OpenOptionsExt;
    use std::time::Duration;

    use super::*;

    const NOBODY_ELSE: u32 = 0;
    const READ_AND_WRITE: u32 = 3;

    /// Opens the file as other programs do, closes it after a while, and writes to it before.
    fn held(
        folder: &Folder,
        share: u32,
        for_how_long: u64,
        written: Option<&'static str>,
    ) -> impl FnOnce() + use<> {
        let mut file =
            fs::OpenOptions::new().read(true).write(true).share_mode(share).open(&folder.file).unwrap();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(for_how_long));
            if let Some(text) = written {
                std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            }
        });
        move || thread.join().unwrap()
    }

    #[test]
    fn a_file_that_another_program_has_open_is_tried_again_and_then_refused() {
        for manner in [PLAIN, IN_PLACE] {
            let folder = Folder::new();
            let released = held(&folder, NOBODY_ELSE, 600, None);
            folder.replace(manner).unwrap();
            released();
            assert_eq!(folder.content(), "new");

            let folder = Folder::new();
            let released = held(&folder, NOBODY_ELSE, 5_000, None);
            assert_eq!(folder.replace(manner).unwrap_err(), FileError::InUse);
            released();
            assert_eq!((folder.content().as_str(), folder.names().len()), ("old content", 1));
        }
    }

    #[test]
    fn what_is_written_while_it_is_tried_again_is_kept() {
        let folder = Folder::new();
        let released = held(&folder, READ_AND_WRITE, 600, Some("OLD"));
        assert_eq!(folder.replace(PLAIN).unwrap_err(), FileError::Changed);
        released();
        assert_eq!((folder.content().as_str(), folder.names().len()), ("OLD content", 1));
    }

    #[test]
    fn other_names_are_told_of() {
        let folder = Folder::new();
        fs::hard_link(&folder.file, folder.folder.path().join("other")).unwrap();
        assert_eq!(folder.replace(PLAIN).unwrap(), Replaced { other_names: true });
    }
}
