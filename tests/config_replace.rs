//! The replacement of a file, without the rest of the program.
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::names;
use tc_calendar::advice::Error;
use tc_calendar::config_file::replace::{
    self, FileError, MAX_CONFIG_BYTES, ReplaceOptions, Replaced, Role, Wait,
};
use tc_calendar::status::Kind;
use tempfile::TempDir;

const PLAIN: ReplaceOptions = ReplaceOptions { in_place: false, backup: false };
const IN_PLACE: ReplaceOptions = ReplaceOptions { in_place: true, backup: false };
const BACKUP: ReplaceOptions = ReplaceOptions { in_place: false, backup: true };
const IN_PLACE_BACKUP: ReplaceOptions = ReplaceOptions { in_place: true, backup: true };
const ALL_OPTIONS: [ReplaceOptions; 4] = [PLAIN, IN_PLACE, BACKUP, IN_PLACE_BACKUP];

/// The names of new files before they are renamed.
const LEFTOVERS: [&str; 2] = [".tc_calendar.tmp", ".tc_calendar.bak.tmp"];
/// What a killed run can leave on Windows besides these.
const LEFTOVERS_ON_WINDOWS: [&str; 4] =
    [".tc_calendar.lock", ".tc_calendar.empty", ".tc_calendar.tmp.old", ".tc_calendar.bak.tmp.old"];

/// What an ordinary replacement reports.
const DONE: Replaced = Replaced { changed: true, other_names: false, backup: None };

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    replace::read(path, &Wait::new(&|| ()))
}

fn check(path: &Path, options: ReplaceOptions) -> Result<(), FileError> {
    replace::rehearse(path, options, &Wait::new(&|| ()), |old| Ok(old.to_vec()))
}

fn replace(
    path: &Path,
    options: ReplaceOptions,
    edit: impl FnMut(&[u8]) -> Result<Vec<u8>, FileError>,
) -> Result<Replaced, FileError> {
    replace::replace(path, options, &Wait::new(&|| ()), edit)
}

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

    fn replace(&self, options: ReplaceOptions) -> Result<Replaced, FileError> {
        replace(&self.file, options, |old| {
            assert_eq!(old, b"old content");
            Ok(b"new".to_vec())
        })
    }

    fn content(&self) -> String {
        fs::read_to_string(&self.file).unwrap()
    }

    /// The names in the folder.
    fn names(&self) -> Vec<String> {
        // On Windows, a removed file keeps its name while a virus scanner has it open.
        let mut patience = if cfg!(windows) { 100 } else { 0 };
        while patience > 0 && names(&self.folder).iter().any(|name| name.starts_with(".tc_calendar.")) {
            std::thread::sleep(std::time::Duration::from_millis(10));
            patience -= 1;
        }
        names(&self.folder)
    }
}

#[test]
fn the_content_is_replaced_and_no_other_file_is_left() {
    for options in ALL_OPTIONS {
        let folder = Folder::new();
        check(&folder.file, options).unwrap();
        assert_eq!(folder.names(), ["config.json"], "checking leaves nothing behind");
        let backup = options.backup.then(|| "config.json.bak".into());
        assert_eq!(folder.replace(options).unwrap(), Replaced { backup, ..DONE });
        assert_eq!(folder.content(), "new");
        let names: &[_] = if options.backup { &["config.json", "config.json.bak"] } else { &["config.json"] };
        assert_eq!(folder.names(), names);
        if options.backup {
            assert_eq!(fs::read_to_string(folder.file.with_extension("json.bak")).unwrap(), "old content");
        }
    }
}

/// The name of the backup with this number.
fn backup_name(number: u32) -> String {
    if number == 1 { "config.json.bak".to_owned() } else { format!("config.json.bak.{number}") }
}

/// docs/config.md: "A backup is never replaced: the next one is `config.json.bak.2`, and so on up to `.bak.99`"
#[test]
fn each_backup_gets_the_next_name_and_none_is_replaced() {
    // In 2.0.0 the third replaced the second, and a text that only looked like a hash was replaced, too.
    let contents =
        ["$argon2id$v=hunter2$m=8,t=1,p=1$c2FsdHNhbHQ$dA", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$dA", "", "x"];
    for options in [BACKUP, IN_PLACE_BACKUP] {
        let folder = Folder::new();
        let mut old = folder.content();
        for (number, new) in (1..).zip(contents.iter().cycle().take(12)) {
            check(&folder.file, options).unwrap();
            let backup = replace(&folder.file, options, |_| Ok((*new).into())).unwrap().backup;
            assert_eq!(backup.unwrap(), *backup_name(number));
            assert_eq!(fs::read_to_string(folder.file.with_file_name(backup_name(number))).unwrap(), old);
            (*new).clone_into(&mut old);
        }
        assert_eq!(folder.names().len(), 13);
    }
}

/// docs/config.md: "After that, `--backup` is refused before a password is asked for."
#[test]
fn after_99_backups_the_next_is_refused() {
    for options in [BACKUP, IN_PLACE_BACKUP] {
        let folder = Folder::new();
        for number in 1..99 {
            fs::write(folder.file.with_file_name(backup_name(number)), "kept").unwrap();
        }
        assert_eq!(folder.replace(options).unwrap().backup.unwrap(), "config.json.bak.99");
        assert_eq!(check(&folder.file, options), Err(FileError::NoFreeName));
        let error = Error::from(replace(&folder.file, options, |_| Ok(b"newer".to_vec())).unwrap_err());
        assert_eq!(error.to_string(), "no name is left for a backup: all from .bak to .bak.99 are taken");
        let hint = "move the backups that you need elsewhere and remove the others, or leave out --backup";
        assert_eq!(error.hint().unwrap(), hint);
        assert_eq!(error.kind(), Kind::CONFIG_FILE);
        assert_eq!((folder.content().as_str(), folder.names().len()), ("new", 100));
    }
}

/// Whatever has the name, and whenever it got it. On Windows, the other program could not share what it has open.
#[test]
fn what_has_the_name_of_a_backup_is_left_alone() {
    let plant: [fn(&Path); 2] =
        [|path| fs::write(path, "another's").unwrap(), |path| fs::create_dir(path).unwrap()];
    for options in [BACKUP, IN_PLACE_BACKUP] {
        for plant in plant {
            let folder = Folder::new();
            plant(&folder.file.with_extension("json.bak"));
            check(&folder.file, options).unwrap();
            let replaced = replace(&folder.file, options, |_| {
                plant(&folder.file.with_file_name(backup_name(2)));
                Ok(b"new".to_vec())
            });
            assert_eq!(replaced.unwrap().backup.unwrap(), "config.json.bak.3");
            for number in [1, 2] {
                let path = folder.file.with_file_name(backup_name(number));
                assert!(path.is_dir() || fs::read_to_string(&path).unwrap() == "another's");
            }
            assert_eq!(
                fs::read_to_string(folder.file.with_file_name(backup_name(3))).unwrap(),
                "old content"
            );
            assert_eq!(folder.names().len(), 4);
        }
    }
}

#[test]
fn an_edit_that_changes_nothing_writes_nothing() {
    for options in ALL_OPTIONS {
        let folder = Folder::new();
        let replaced = replace(&folder.file, options, |old| Ok(old.to_vec())).unwrap();
        assert_eq!(replaced, Replaced { changed: false, ..DONE });
        assert_eq!(folder.names(), ["config.json"]);
    }
}

#[test]
fn content_that_would_be_too_large_is_refused_by_the_check() {
    let folder = Folder::new();
    let check = |bytes| replace::rehearse(&folder.file, PLAIN, &Wait::new(&|| ()), |_| Ok(vec![b' '; bytes]));
    let most = usize::try_from(MAX_CONFIG_BYTES).unwrap();
    assert_eq!(check(most), Ok(()));
    assert_eq!(check(most + 1), Err(FileError::WouldBeTooLarge));
}

/// docs/config.md: "After `kill -9` or a power cut, `.tc_calendar.tmp` or `.tc_calendar.bak.tmp` can remain.
/// The next run that writes in this folder removes it."
/// docs/config.md: "A signal ends the program at once. The next run removes what is left."
#[test]
fn leftovers_of_a_killed_run_are_removed() {
    for options in ALL_OPTIONS {
        let folder = Folder::new();
        let left: Vec<_> =
            LEFTOVERS.iter().chain(LEFTOVERS_ON_WINDOWS.iter().filter(|_| cfg!(windows))).collect();
        for name in &left {
            fs::write(folder.file.with_file_name(name), "half wri").unwrap();
        }
        folder.replace(options).unwrap();
        assert_eq!(folder.content(), "new");
        assert!(folder.names().iter().all(|name| name.starts_with("config.json")), "{:?}", folder.names());
    }
}

/// The next run, or this one, would remove such a config. Some file systems do not tell capital letters from small
/// ones.
#[test]
fn a_config_with_a_temporary_name_is_refused_and_kept() {
    for options in ALL_OPTIONS {
        let names = LEFTOVERS.into_iter().chain(LEFTOVERS_ON_WINDOWS);
        for name in names.chain([".TC_Calendar.tmp", ".tc_calendar.json"]) {
            let folder = Folder::new();
            let file = folder.file.with_file_name(name);
            fs::rename(&folder.file, &file).unwrap();
            assert_eq!(check(&file, options), Err(FileError::TemporaryName), "{name}");
            let replaced = replace(&file, options, |_| Ok(b"new".to_vec()));
            assert_eq!(replaced.unwrap_err(), FileError::TemporaryName, "{name}");
            assert_eq!(fs::read_to_string(&file).unwrap(), "old content");
            assert_eq!(read(&file).unwrap(), b"old content", "{name}");
        }
    }
    let error = Error::from(FileError::TemporaryName);
    assert_eq!(error.to_string(), "the config has a name that is kept for temporary files");
    assert_eq!(error.hint().unwrap(), "rename it: its name must not begin with .tc_calendar.");
    assert_eq!(error.kind(), Kind::CONFIG_FILE);
}

#[test]
fn a_folder_with_a_temporary_name_is_reported() {
    let folder = Folder::new();
    fs::create_dir(folder.file.with_file_name(LEFTOVERS[0])).unwrap();
    let reason = if cfg!(windows) { "it is a folder" } else { "is a directory" };
    let message = format!("a temporary file next to the config cannot be removed: {reason}");
    for result in [check(&folder.file, PLAIN), folder.replace(PLAIN).map(drop)] {
        assert_eq!(result.unwrap_err().to_string(), message);
    }
    assert_eq!(folder.content(), "old content");
}

#[test]
fn an_edit_that_fails_changes_nothing() {
    for options in ALL_OPTIONS {
        let folder = Folder::new();
        let error = replace(&folder.file, options, |_| Err(FileError::TooLarge)).unwrap_err();
        assert_eq!(error, FileError::TooLarge);
        assert_eq!((folder.content().as_str(), folder.names().len()), ("old content", 1));
    }
}

/// On Windows the other program gets an error instead.
/// docs/config.md: "If it differs, nothing is changed, and the status is 3."
#[cfg(not(windows))]
#[test]
fn a_change_by_a_program_without_a_lock_is_noticed_and_kept() {
    for options in ALL_OPTIONS {
        let folder = Folder::new();
        let result = replace(&folder.file, options, |_| {
            // The length stays, and the change comes too fast for the modification time to differ.
            fs::write(&folder.file, "OLD CONTENT").unwrap();
            Ok(b"new".to_vec())
        });
        assert_eq!(result.unwrap_err(), FileError::Changed(Role::Config));
        assert_eq!(folder.content(), "OLD CONTENT");
        assert!(folder.names().iter().all(|name| !name.contains(".tmp")), "{:?}", folder.names());
    }
}

/// On Windows the other program gets an error instead.
#[cfg(not(windows))]
#[test]
fn after_a_change_at_the_last_moment_there_is_no_backup() {
    for options in [BACKUP, IN_PLACE_BACKUP] {
        let folder = Folder::new();
        let result = replace(&folder.file, options, |_| {
            fs::write(&folder.file, "OLD CONTENT").unwrap();
            Ok(b"new".to_vec())
        });
        assert_eq!(result.unwrap_err(), FileError::Changed(Role::Config));
        assert_eq!(folder.names(), ["config.json"]);
    }
}

/// docs/config.md: "Runs in one folder wait for each other, with a lock file that is removed when it is closed."
/// docs/config.md: "Runs wait for each other by locking the folder."
#[test]
fn twenty_concurrent_runs_lose_nothing() {
    for options in [PLAIN, IN_PLACE] {
        let folder = Folder::new();
        fs::write(&folder.file, "").unwrap();
        std::thread::scope(|scope| {
            for letter in b'a'..=b't' {
                let file = &folder.file;
                scope.spawn(move || {
                    let append = || replace(file, options, |old| Ok([old, &[letter]].concat()));
                    // On a slow disk, a run may give up waiting for the lock.
                    while let Err(error) = append() {
                        assert_eq!(error, FileError::Locked(Role::Folder));
                    }
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
fn only_a_regular_file_is_accepted() {
    let folder = Folder::new();
    for options in ALL_OPTIONS {
        assert_eq!(check(folder.folder.path(), options).unwrap_err(), FileError::NotAFile);
        let missing = folder.file.with_extension("missing");
        assert!(matches!(check(&missing, options), Err(FileError::Unreadable(_))));
        assert!(matches!(check(&folder.file.join("x"), options), Err(FileError::Unreadable(_))));
        let none = |_: &[u8]| -> Result<Vec<u8>, FileError> { unreachable!() };
        assert_eq!(replace(folder.folder.path(), options, none).unwrap_err(), FileError::NotAFile);
    }
    let large = fs::File::create(&folder.file).unwrap();
    large.set_len(MAX_CONFIG_BYTES).unwrap();
    assert_eq!(read(&folder.file).unwrap().len() as u64, MAX_CONFIG_BYTES);
    large.set_len(MAX_CONFIG_BYTES + 1).unwrap();
    assert_eq!(read(&folder.file).unwrap_err(), FileError::TooLarge);
    large.set_len(MAX_CONFIG_BYTES).unwrap();
    drop(large);
    let longer = |old: &[u8]| Ok([old, b"x"].concat());
    assert_eq!(replace(&folder.file, PLAIN, longer).unwrap_err(), FileError::WouldBeTooLarge);
}

#[cfg(all(target_os = "linux", not(portable)))]
mod linux {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    use std::sync::mpsc::{self, TryRecvError};

    use super::*;

    #[cfg(not(portable))]
    /// An ACL that lets user 1000 read, in the kernel's format: version, then tag, permissions, id.
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
    fn as_many_symlinks_are_followed_as_the_kernel_follows() {
        let folder = Folder::new();
        let root = folder.folder.path().canonicalize().unwrap();
        let mut path = root.join("config.json");
        for number in 1..=41 {
            let link = root.join(format!("link{number}"));
            symlink(path, &link).unwrap();
            let replaced = replace(&link, PLAIN, |_| Ok(format!("new{number}").into()));
            assert_eq!(replaced.is_ok(), fs::read(&link).is_ok(), "{number}: {replaced:?}");
            path = link;
        }
        assert_eq!(folder.content(), "new40");
    }

    /// docs/config.md: "and the new file gets the old one's owner, group and mode."
    #[test]
    fn the_mode_stays() {
        for options in ALL_OPTIONS {
            for wanted in [0o600, 0o640, 0o644, 0o660, 0o666, 0o777, 0o2640] {
                let folder = Folder::new();
                fs::set_permissions(&folder.file, fs::Permissions::from_mode(wanted)).unwrap();
                folder.replace(options).unwrap();
                assert_eq!(mode(&folder.file), wanted);
                if options.backup {
                    assert_eq!(mode(&folder.file.with_extension("json.bak")), wanted);
                }
            }
        }
    }

    /// docs/config.md: "compared with what was read and copied, its metadata too."
    #[test]
    fn a_mode_that_is_narrowed_meanwhile_stays_narrow() {
        for options in ALL_OPTIONS {
            let folder = Folder::new();
            fs::set_permissions(&folder.file, fs::Permissions::from_mode(0o644)).unwrap();
            let result = replace(&folder.file, options, |_| {
                fs::set_permissions(&folder.file, fs::Permissions::from_mode(0o600)).unwrap();
                Ok(b"new".to_vec())
            });
            assert!(matches!(result, Ok(_) | Err(FileError::Changed(Role::Config))), "{result:?}");
            assert_eq!(folder.content(), if result.is_ok() { "new" } else { "old content" });
            for name in folder.names() {
                assert_eq!(mode(&folder.file.with_file_name(name)), 0o600);
            }
        }
    }

    /// docs/config.md: "Owner, group, mode, ACL and the extended attributes that the user can see are the old
    /// ones."
    #[test]
    #[ignore = "needs root"]
    fn owner_and_group_stay() {
        for options in ALL_OPTIONS {
            for (owner, group) in [(1_234, 4_321), (1_234, 0), (0, 4_321)] {
                let folder = Folder::new();
                chown(&folder.file, Some(owner), Some(group)).unwrap();
                fs::set_permissions(&folder.file, fs::Permissions::from_mode(0o4640)).unwrap();
                folder.replace(options).unwrap();
                let metadata = fs::metadata(&folder.file).unwrap();
                assert_eq!((metadata.uid(), metadata.gid()), (owner, group));
                // The kernel removes the set-user-ID bit when a file is written.
                assert_eq!(metadata.mode() & 0o777, 0o640);
            }
        }
    }

    /// docs/config.md: "Owner, group, mode, ACL and the extended attributes that the user can see are the old
    /// ones."
    #[cfg(not(portable))]
    #[test]
    #[ignore = "needs a file system with ACLs and attributes"]
    fn attributes_and_acl_stay_and_none_are_added() {
        for options in ALL_OPTIONS {
            let folder = Folder::new();
            xattr::set(&folder.file, "system.posix_acl_access", &acl()).unwrap();
            xattr::set(&folder.file, "user.note", b"kept").unwrap();
            folder.replace(options).unwrap();
            let mut paths = vec![folder.file.clone()];
            if options.backup {
                paths.push(folder.file.with_extension("json.bak"));
            }
            for path in paths {
                assert_eq!(xattr::get(&path, "user.note").unwrap().unwrap(), b"kept");
                assert_eq!(xattr::get(&path, "system.posix_acl_access").unwrap().unwrap(), acl());
                assert_eq!(mode(&path), 0o640);
            }

            // The default ACL of a folder is not added to a file that had no ACL.
            for attributes in [&[][..], &["user.note"]] {
                let folder = Folder::new();
                fs::set_permissions(&folder.file, fs::Permissions::from_mode(0o640)).unwrap();
                for attribute in attributes {
                    xattr::set(&folder.file, attribute, b"kept").unwrap();
                }
                xattr::set(folder.folder.path(), "system.posix_acl_default", &acl()).unwrap();
                folder.replace(options).unwrap();
                assert_eq!(xattr::list(&folder.file).unwrap().collect::<Vec<_>>(), attributes);
                assert_eq!(mode(&folder.file), 0o640);
            }
        }
    }

    /// docs/config.md: "If the config is a symlink, its backup is beside the file that it leads to."
    #[test]
    fn a_symlink_stays_and_its_target_is_replaced() {
        for options in ALL_OPTIONS {
            let folder = Folder::new();
            let elsewhere = tempfile::tempdir().unwrap();
            let (link, link_to_link) = (elsewhere.path().join("link"), elsewhere.path().join("link2"));
            symlink(&folder.file, &link).unwrap();
            symlink("link", &link_to_link).unwrap();
            replace(&link_to_link, options, |_| Ok(b"new".to_vec())).unwrap();
            assert_eq!(folder.content(), "new");
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert!(fs::symlink_metadata(&link_to_link).unwrap().is_symlink());
            assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 2, "all else is beside the file");
            fs::remove_file(&folder.file).unwrap();
            assert_eq!(check(&link, options).unwrap_err(), FileError::Dangling);
            let message = "the config cannot be read: no such file or directory";
            assert_eq!(folder.replace(options).unwrap_err().to_string(), message);
        }
    }

    /// docs/config.md: "`--in-place` writes into the file itself."
    /// docs/config.md: "Other names of the file (hard links) keep the old content"
    #[test]
    fn hard_links_keep_the_old_content_or_change_in_place() {
        let folder = Folder::new();
        let other = folder.folder.path().join("other");
        fs::hard_link(&folder.file, &other).unwrap();
        assert_eq!(folder.replace(PLAIN).unwrap(), Replaced { other_names: true, ..DONE });
        assert_eq!(fs::read_to_string(&other).unwrap(), "old content");

        let folder = Folder::new();
        let other = folder.folder.path().join("other");
        fs::hard_link(&folder.file, &other).unwrap();
        assert_eq!(folder.replace(IN_PLACE).unwrap(), DONE);
        assert_eq!(fs::read_to_string(&other).unwrap(), "new");
    }

    #[test]
    fn a_pipe_is_refused_without_waiting_for_a_writer() {
        let folder = Folder::new();
        let pipe = folder.folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(read(&pipe).unwrap_err(), FileError::NotAFile);
        assert_eq!(check(&pipe, PLAIN).unwrap_err(), FileError::NotAFile);
        assert_eq!(read("/dev/null".as_ref()).unwrap_err(), FileError::NotAFile);
    }

    /// README.md: "On Linux, a reader sees the old file or the new one, except with `--in-place`."
    /// docs/config.md: "**Old or new**, except with `--in-place`. A reader sees the old file or the new one."
    #[test]
    fn a_reader_never_sees_a_mixture() {
        let folder = Folder::new();
        let contents = [vec![b'a'; 1_000_000], vec![b'b'; 500_000]];
        fs::write(&folder.file, &contents[0]).unwrap();
        let (file, contents) = (&folder.file, &contents);
        std::thread::scope(|scope| {
            let (reading, ended) = mpsc::channel::<()>();
            let writer = scope.spawn(move || {
                for round in (0..2).cycle() {
                    replace(file, PLAIN, |_| Ok(contents[1 - round].clone())).unwrap();
                    if ended.try_recv() == Err(TryRecvError::Disconnected) {
                        break;
                    }
                }
            });
            // The reader goes on until it has read each content often, however slowly its turns come.
            let mut seen = [0; 2];
            while seen.into_iter().any(|times| times < 20) {
                assert!(!writer.is_finished(), "the writer has failed");
                let content = fs::read(file).unwrap();
                let which = contents.iter().position(|whole| *whole == content);
                seen[which.unwrap_or_else(|| panic!("a mixture of {} bytes", content.len()))] += 1;
            }
            drop(reading); // as a panic does, which ends the writer too
        });
    }
}

#[cfg(windows)]
mod windows {
    use std::os::windows::fs::OpenOptionsExt;
    use std::time::Duration;

    use tc_calendar::system::error::SystemError;

    use super::*;

    const NOBODY_ELSE: u32 = 0;
    const READ: u32 = 1;
    const READ_AND_WRITE: u32 = 3;
    const EVERYBODY: u32 = 7;

    /// Opens a file to read it, as an editor or a virus scanner does.
    fn reader(path: &Path, share: u32) -> fs::File {
        fs::OpenOptions::new().read(true).share_mode(share).open(path).unwrap()
    }

    fn open(path: &Path, share: u32) -> fs::File {
        fs::OpenOptions::new().read(true).write(true).share_mode(share).open(path).unwrap()
    }

    /// Opens the file like another program, writes to it after a while and closes it.
    fn held(
        path: &Path,
        share: u32,
        for_how_long: u64,
        written: Option<&'static str>,
    ) -> impl FnOnce() + use<> {
        let mut file = open(path, share);
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(for_how_long));
            if let Some(text) = written {
                std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            }
        });
        move || thread.join().unwrap()
    }

    /// docs/config.md: "A program that has it open is waited for, up to 15 seconds."
    #[test]
    fn a_run_waits_for_a_file_that_another_program_has_open() {
        for options in [PLAIN, IN_PLACE] {
            for share in [NOBODY_ELSE, EVERYBODY] {
                let folder = Folder::new();
                let released = held(&folder.file, share, 600, None);
                folder.replace(options).unwrap();
                released();
                assert_eq!(folder.content(), "new");
            }
        }
        let folder = Folder::new();
        let file = reader(&folder.file, READ);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(600));
                drop(file);
            });
            folder.replace(PLAIN).unwrap();
        });
        assert_eq!(folder.names(), ["config.json"]);
        // Nothing is done to an earlier backup, so nobody waits for it.
        let folder = Folder::new();
        fs::copy(&folder.file, folder.file.with_extension("json.bak")).unwrap();
        let _file = open(&folder.file.with_extension("json.bak"), NOBODY_ELSE);
        assert_eq!(folder.replace(BACKUP).unwrap().backup.unwrap(), "config.json.bak.2");
    }

    /// docs/config.md: "So is a virus scanner that reads a new file."
    #[test]
    fn a_file_that_another_program_keeps_open_is_refused() {
        std::thread::scope(|scope| {
            for options in [PLAIN, IN_PLACE] {
                scope.spawn(move || {
                    let folder = Folder::new();
                    let file = open(&folder.file, NOBODY_ELSE);
                    assert_eq!(folder.replace(options).unwrap_err(), FileError::InUse);
                    drop(file);
                    assert_eq!((folder.content().as_str(), folder.names().len()), ("old content", 1));
                });
            }
            // A program that reads it may not share what replacing it needs.
            for options in [PLAIN, BACKUP] {
                scope.spawn(move || {
                    let folder = Folder::new();
                    let file = reader(&folder.file, READ);
                    assert_eq!(folder.replace(options).unwrap_err(), FileError::InUse);
                    assert_eq!(folder.names(), ["config.json"]);
                    drop(file);
                    folder.replace(options).unwrap();
                    assert_eq!(folder.content(), "new");
                });
            }
        });
    }

    /// docs/config.md: "Nobody else can write to the config while it is replaced"
    /// docs/config.md: "One that writes into the file gets an error from Windows"
    #[test]
    fn other_programs_cannot_write_meanwhile() {
        for options in ALL_OPTIONS {
            let folder = Folder::new();
            let replaced = replace(&folder.file, options, |_| {
                fs::write(&folder.file, "OLD CONTENT").unwrap_err();
                assert_eq!(folder.content(), "old content", "reading is possible");
                Ok(b"new".to_vec())
            });
            assert!(replaced.unwrap().changed);
            assert_eq!(folder.content(), "new");
        }
    }

    /// docs/config.md: "The folder cannot be renamed while a run works in it."
    #[test]
    fn the_folder_cannot_be_renamed_meanwhile() {
        for options in ALL_OPTIONS {
            let folder = Folder::new();
            let moved = folder.folder.path().with_extension("moved");
            let rename = || fs::rename(folder.folder.path(), &moved);
            let replaced = replace(&folder.file, options, |_| {
                rename().unwrap_err();
                Ok(b"new".to_vec())
            });
            assert!(replaced.unwrap().changed);
            rename().unwrap();
            fs::rename(&moved, folder.folder.path()).unwrap();
        }
    }

    #[test]
    fn a_change_meanwhile_is_kept() {
        for options in [PLAIN, IN_PLACE] {
            let folder = Folder::new();
            let released = held(&folder.file, READ_AND_WRITE, 600, Some("OLD"));
            replace(&folder.file, options, |old| {
                assert_eq!(old, b"OLD content");
                Ok(b"new".to_vec())
            })
            .unwrap();
            released();
            assert_eq!((folder.content().as_str(), folder.names().len()), ("new", 1));
        }
    }

    /// Windows does not name the controlled folder that it keeps the program out of.
    #[test]
    fn a_folder_that_hides_from_the_program_gets_a_hint() {
        let reason = SystemError::of(&std::io::Error::from_raw_os_error(2));
        let error = Error::from(FileError::NoNewFile(Role::Config, reason));
        assert!(error.hint().unwrap().contains("controlled folder access"), "{error:?}");
    }

    #[test]
    fn hard_links_are_reported() {
        let folder = Folder::new();
        let other = folder.folder.path().join("other");
        fs::hard_link(&folder.file, &other).unwrap();
        assert_eq!(folder.replace(PLAIN).unwrap(), Replaced { other_names: true, ..DONE });
        assert_eq!(fs::read_to_string(other).unwrap(), "old content");
    }

    /// docs/config.md: "The config is the old or the new one, and the next run removes what is left"
    #[test]
    fn a_terminated_run_leaves_the_old_file_or_the_new_and_the_next_run_cleans_up() {
        let folder = Folder::new();
        fs::write(&folder.file, "{\"a\": \"\"}").unwrap();
        let run = || {
            let mut command = std::process::Command::new(common::PROGRAM);
            command.args(common::CHEAP).args(["--hash_pass=hunter2", "--key", "/a", "--backup", "--config"]);
            common::start(command.arg(&folder.file))
        };
        let start = std::time::Instant::now();
        assert!(run().wait().unwrap().success());
        let whole_run = start.elapsed();
        let mut ended = 0;
        for round in 0..30 {
            let mut child = run();
            std::thread::sleep(whole_run.mul_f64(f64::from(round) / 15.0));
            let _ = child.kill();
            ended += u32::from(child.wait().unwrap().success());
            let text = folder.content();
            assert!(text.starts_with("{\"a\": \"") && text.ends_with("\"}"), "{text:?}");
        }
        assert!(ended < 30, "none was killed");
        assert!(run().wait().unwrap().success());
        assert!(folder.names().iter().all(|name| name.starts_with("config.json")), "{:?}", folder.names());
    }
}
