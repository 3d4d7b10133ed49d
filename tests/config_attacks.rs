//! Attacks by a folder's owner on a run of root in that folder: nothing outside the folder changes.
//! Each attack happens in the edit between reading and writing, so its timing is fixed.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::PathBuf;

use common::names;
use nix::sys::stat::Mode;
use nix::unistd::{geteuid, mkfifo};
use tc_calendar::config_file::replace::{self, FileError, ReplaceOptions, Replaced, Role, Wait};
use tempfile::TempDir;

const PLAIN: ReplaceOptions = ReplaceOptions { in_place: false, backup: false };
const IN_PLACE: ReplaceOptions = ReplaceOptions { in_place: true, backup: false };
const ALL_OPTIONS: [ReplaceOptions; 4] = [
    PLAIN,
    IN_PLACE,
    ReplaceOptions { in_place: false, backup: true },
    ReplaceOptions { in_place: true, backup: true },
];
const TEMPORARY: [&str; 2] = [".tc_calendar.tmp", ".tc_calendar.bak.tmp"];
/// The uid of a user who is not root.
const ATTACKER: u32 = 65_534;
const OLD: &str = "attacker's text";
const NEW: &str = "attacker's text and the hash";

/// `theirs/etc/config.json` belongs to the attacker; `ours` does not, with all that is in it.
struct Setup {
    _root: TempDir,
    theirs: PathBuf,
    etc: PathBuf,
    config: PathBuf,
    ours: PathBuf,
    /// A file in `ours` that no attack may change.
    target: PathBuf,
}

impl Setup {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let (theirs, ours) = (root.path().join("theirs"), root.path().join("ours"));
        let etc = theirs.join("etc");
        let (config, target) = (etc.join("config.json"), ours.join("passwd"));
        fs::create_dir_all(&etc).unwrap();
        fs::create_dir(&ours).unwrap();
        fs::write(&config, OLD).unwrap();
        fs::write(&target, "root").unwrap();
        fs::set_permissions(&target, Permissions::from_mode(0o600)).unwrap();
        if geteuid().is_root() {
            for path in [&theirs, &etc, &config] {
                chown(path, Some(ATTACKER), Some(ATTACKER)).unwrap();
            }
        }
        Self { _root: root, theirs, etc, config, ours, target }
    }

    /// Replaces the config, and runs an attack between reading and writing.
    fn replace(&self, options: ReplaceOptions, attack: impl Fn()) -> Result<Replaced, FileError> {
        let edit = |old: &[u8]| {
            attack();
            Ok::<_, FileError>([old, &NEW.as_bytes()[OLD.len()..]].concat())
        };
        replace::replace(&self.config, options, &Wait::new(&|| ()), edit)
    }

    /// Asserts that nothing outside the attacker's folder was written, created, replaced or changed
    /// owner.
    #[track_caller]
    fn assert_ours_untouched(&self) {
        assert_eq!(fs::read_to_string(&self.target).unwrap(), "root");
        let found = fs::metadata(&self.target).unwrap();
        assert_eq!((found.mode() & 0o7777, found.uid()), (0o600, geteuid().as_raw()));
        assert_eq!(names(&self.ours), ["passwd"]);
    }
}

/// docs/config.md: "Run by root, the program changes nothing outside of that folder"
#[test]
fn exchanging_the_config_does_no_harm() {
    for options in ALL_OPTIONS {
        for with in ["symlink", "hard link", "pipe", "folder", "nothing"] {
            let setup = Setup::new();
            let result = setup.replace(options, || {
                fs::remove_file(&setup.config).unwrap();
                match with {
                    "symlink" => symlink(&setup.target, &setup.config).unwrap(),
                    "hard link" => fs::hard_link(&setup.target, &setup.config).unwrap(),
                    "pipe" => mkfifo(&setup.config, Mode::S_IRWXU).unwrap(),
                    "folder" => fs::create_dir(&setup.config).unwrap(),
                    _ => (),
                }
            });
            assert_eq!(result, Err(FileError::Changed(Role::Config)), "{with}");
            setup.assert_ours_untouched();
            assert!(names(&setup.etc).iter().all(|name| !name.contains("tmp")), "{:?}", names(&setup.etc));
        }
    }
}

/// docs/config.md: "The path is followed once. From then on the program works in the folder it has opened,
/// even if it is renamed or replaced by a symlink."
#[test]
fn exchanging_the_folder_does_no_harm() {
    for options in ALL_OPTIONS {
        for is_replaced in [true, false] {
            let setup = Setup::new();
            let moved = setup.theirs.join("moved");
            let result = setup.replace(options, || {
                fs::rename(&setup.etc, &moved).unwrap();
                if is_replaced {
                    symlink(&setup.ours, &setup.etc).unwrap();
                }
            });
            // The file is written in the folder where it was read, whatever has that folder's name now.
            assert!(result.unwrap().changed);
            assert_eq!(fs::read_to_string(moved.join("config.json")).unwrap(), NEW);
            setup.assert_ours_untouched();
        }
    }
}

/// docs/config.md: "What has a temporary name is removed, what has a backup's name stays, and neither is followed as
/// a symlink."
#[test]
fn planted_files_at_temporary_and_backup_names_do_no_harm() {
    for options in ALL_OPTIONS {
        for name in [TEMPORARY[0], TEMPORARY[1], "config.json.bak"] {
            for with in ["symlink", "dangling symlink", "hard link", "pipe"] {
                for before in [true, false] {
                    let setup = Setup::new();
                    let planted = setup.etc.join(name);
                    let plant = || match with {
                        "symlink" => symlink(&setup.target, &planted).unwrap(),
                        "dangling symlink" => symlink(setup.ours.join("made"), &planted).unwrap(),
                        "hard link" => fs::hard_link(&setup.target, &planted).unwrap(),
                        _ => mkfifo(&planted, Mode::S_IRWXU).unwrap(),
                    };
                    if before {
                        plant();
                        let keep = |old: &[u8]| Ok::<_, FileError>(old.to_vec());
                        replace::rehearse(&setup.config, options, &Wait::new(&|| ()), keep).unwrap();
                        setup.assert_ours_untouched();
                        setup.replace(options, || ()).unwrap();
                    } else {
                        setup.replace(options, plant).unwrap();
                    }
                    assert_eq!(fs::read_to_string(&setup.config).unwrap(), NEW, "{name}: {with}");
                    assert!(fs::symlink_metadata(&setup.config).unwrap().is_file());
                    setup.assert_ours_untouched();
                    let is_there = fs::symlink_metadata(&planted).is_ok();
                    if name == "config.json.bak" {
                        assert!(is_there, "{with} stays");
                        let backup = setup.etc.join("config.json.bak.2");
                        assert_eq!(
                            fs::symlink_metadata(backup).is_ok_and(|found| found.is_file()),
                            options.backup
                        );
                    } else {
                        assert!(!before || !is_there, "{name} is removed");
                    }
                }
            }
        }
    }
}

#[test]
#[ignore = "needs 15 seconds"]
fn a_planted_lock_on_a_temporary_name_ends_in_an_error() {
    std::thread::scope(|scope| {
        for (options, name) in [(PLAIN, TEMPORARY[0]), (ALL_OPTIONS[2], TEMPORARY[1])] {
            scope.spawn(move || {
                let setup = Setup::new();
                let planted = File::create(setup.etc.join(name)).unwrap();
                planted.lock().unwrap();
                let error = setup.replace(options, || ()).unwrap_err();
                assert_eq!(error, FileError::Locked(Role::Temporary));
                let message = "a temporary file next to the config is locked by another program";
                assert_eq!(error.to_string(), message);
                assert_eq!(fs::read_to_string(&setup.config).unwrap(), OLD);
                assert_eq!(names(&setup.etc), [name, "config.json"]);
            });
        }
    });
}

/// docs/config.md: "A symlink on the path is followed if it belongs to root or to the user who runs the
/// program. One of another user is followed only if the file and its folder belong to that user too."
#[test]
#[ignore = "needs root"]
fn a_symlink_of_another_user_is_followed_only_to_what_is_theirs() {
    for options in ALL_OPTIONS {
        // The symlink leads to a file of ours, as the last name or as a folder on the way.
        for is_last in [true, false] {
            let setup = Setup::new();
            let ours = setup.ours.join("config.json");
            fs::write(&ours, OLD).unwrap();
            let link = if is_last { &setup.config } else { &setup.etc };
            if is_last {
                fs::remove_file(link).unwrap();
            } else {
                fs::remove_dir_all(link).unwrap();
            }
            symlink(if is_last { &ours } else { &setup.ours }, link).unwrap();
            lchown(link, Some(ATTACKER), Some(ATTACKER)).unwrap();
            assert_eq!(setup.replace(options, || ()), Err(FileError::ForeignSymlink));
            assert_eq!(fs::read_to_string(&ours).unwrap(), OLD);
            assert_eq!(names(&setup.ours), ["config.json", "passwd"]);
            // A symlink that belongs to us is followed.
            lchown(link, Some(0), Some(0)).unwrap();
            assert!(setup.replace(options, || ()).unwrap().changed);
            assert_eq!(fs::read_to_string(&ours).unwrap(), NEW);
        }
        // A symlink of theirs needs a file and a folder of theirs; a symlink of ours may lead to both.
        for (owner, folder, file, is_refused) in [
            (ATTACKER, ATTACKER, ATTACKER, false),
            (0, ATTACKER, ATTACKER, false),
            (ATTACKER, 0, ATTACKER, true),
            (ATTACKER, ATTACKER, 0, true),
        ] {
            let setup = Setup::new();
            let link = setup.theirs.join("link");
            symlink("etc", &link).unwrap();
            lchown(&link, Some(owner), None).unwrap();
            chown(&setup.etc, Some(folder), None).unwrap();
            chown(&setup.config, Some(file), None).unwrap();
            let path = link.join("config.json");
            let wait = Wait::new(&|| ());
            let replaced = replace::replace(&path, options, &wait, |_| Ok::<_, FileError>(NEW.into()));
            let expected = if is_refused { Err(FileError::ForeignSymlink) } else { Ok(true) };
            assert_eq!(replaced.map(|replaced| replaced.changed), expected, "{owner} {folder} {file}");
            assert_eq!(fs::read_to_string(&setup.config).unwrap(), if is_refused { OLD } else { NEW });
        }
    }
}

/// docs/config.md: "`--in-place` refuses a file with several names (hard links) if others than its owner and
/// root can write to its folder."
#[test]
#[ignore = "needs root"]
fn a_hard_link_to_a_file_of_ours_is_not_written_in_place() {
    let setup = Setup::new();
    fs::remove_file(&setup.config).unwrap();
    fs::hard_link(&setup.target, &setup.config).unwrap();
    assert_eq!(setup.replace(IN_PLACE, || ()), Err(FileError::ForeignLink));
    setup.assert_ours_untouched();
    // Replacing is safe: it gives the name to another file.
    assert!(setup.replace(PLAIN, || ()).unwrap().other_names);
    setup.assert_ours_untouched();

    // What counts is whose the folder is, and who else can write to it.
    for (folder, file, mode, is_refused) in [
        (0, 0, 0o777, true),
        (0, 0, 0o775, true),
        (0, 0, 0o755, false),
        (0, ATTACKER, 0o755, false),
        (ATTACKER, ATTACKER, 0o755, false),
        (ATTACKER, ATTACKER, 0o775, true),
        (ATTACKER, 0, 0o755, true),
    ] {
        let setup = Setup::new();
        fs::remove_file(&setup.config).unwrap();
        fs::hard_link(&setup.target, &setup.config).unwrap();
        chown(&setup.target, Some(file), None).unwrap();
        chown(&setup.etc, Some(folder), Some(0)).unwrap();
        fs::set_permissions(&setup.etc, Permissions::from_mode(mode)).unwrap();
        let replaced = setup.replace(IN_PLACE, || ()).map(|replaced| replaced.changed);
        let expected = if is_refused { Err(FileError::ForeignLink) } else { Ok(true) };
        assert_eq!(replaced, expected, "{folder} {file} {mode:o}");
    }
}
