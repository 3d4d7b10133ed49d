//! A folder's owner against the one who runs the program there: nothing outside the folder changes.
//! Each attack happens at a fixed step, in the edit between reading and writing, so none is a race.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use nix::unistd::{geteuid, mkfifo};
use tc_calendar::config_file::replace::{self, FileError, ReplaceOptions, Replaced};
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
/// Somebody who is not root.
const ATTACKER: u32 = 65_534;
const OLD: &str = "attacker's text";
const NEW: &str = "attacker's text and the hash";

/// `theirs/etc/config.json` belongs to the attacker; `ours` does not, with all that is in it.
struct Ground {
    _root: TempDir,
    theirs: PathBuf,
    etc: PathBuf,
    config: PathBuf,
    ours: PathBuf,
    /// A file in `ours`.
    target: PathBuf,
}

impl Ground {
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

    /// Replaces, while something happens between reading and writing.
    fn replace(&self, options: ReplaceOptions, attack: impl FnOnce()) -> Result<Replaced, FileError> {
        replace::replace(&self.config, options, &|| (), |old| {
            attack();
            Ok([old, &NEW.as_bytes()[OLD.len()..]].concat())
        })
    }

    /// That nothing outside the attacker's folder was written, created, replaced or given away.
    #[track_caller]
    fn assert_ours_untouched(&self) {
        assert_eq!(fs::read_to_string(&self.target).unwrap(), "root");
        let found = fs::metadata(&self.target).unwrap();
        assert_eq!((found.mode() & 0o7777, found.uid()), (0o600, geteuid().as_raw()));
        assert_eq!(names(&self.ours), ["passwd"]);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn is_root() -> bool {
    let is_root = geteuid().is_root();
    if !is_root {
        common::skipped("only root can be attacked by another user");
    }
    is_root
}

#[test]
fn the_config_becomes_a_symlink_or_another_file() {
    for options in ALL_OPTIONS {
        for with in ["symlink", "hard link", "pipe", "folder", "nothing"] {
            let ground = Ground::new();
            let result = ground.replace(options, || {
                fs::remove_file(&ground.config).unwrap();
                match with {
                    "symlink" => symlink(&ground.target, &ground.config).unwrap(),
                    "hard link" => fs::hard_link(&ground.target, &ground.config).unwrap(),
                    "pipe" => mkfifo(&ground.config, Mode::S_IRWXU).unwrap(),
                    "folder" => fs::create_dir(&ground.config).unwrap(),
                    _ => (),
                }
            });
            assert_eq!(result, Err(FileError::Changed), "{with}");
            ground.assert_ours_untouched();
            assert!(names(&ground.etc).iter().all(|name| !name.contains("tmp")), "{:?}", names(&ground.etc));
        }
    }
}

#[test]
fn the_folder_becomes_a_symlink_or_moves_away() {
    for options in ALL_OPTIONS {
        for is_replaced in [true, false] {
            let ground = Ground::new();
            let moved = ground.theirs.join("moved");
            let result = ground.replace(options, || {
                fs::rename(&ground.etc, &moved).unwrap();
                if is_replaced {
                    symlink(&ground.ours, &ground.etc).unwrap();
                }
            });
            // The file is written where it was read.
            assert!(result.unwrap().changed);
            assert_eq!(fs::read_to_string(moved.join("config.json")).unwrap(), NEW);
            ground.assert_ours_untouched();
        }
    }
}

#[test]
fn temporary_names_and_the_backups_name_are_planted() {
    for options in ALL_OPTIONS {
        for name in [TEMPORARY[0], TEMPORARY[1], "config.json.bak"] {
            for with in ["symlink", "dangling symlink", "hard link", "pipe"] {
                for before in [true, false] {
                    let ground = Ground::new();
                    let planted = ground.etc.join(name);
                    let plant = || match with {
                        "symlink" => symlink(&ground.target, &planted).unwrap(),
                        "dangling symlink" => symlink(ground.ours.join("made"), &planted).unwrap(),
                        "hard link" => fs::hard_link(&ground.target, &planted).unwrap(),
                        _ => mkfifo(&planted, Mode::S_IRWXU).unwrap(),
                    };
                    if before {
                        plant();
                        replace::check(&ground.config, options, &|| (), |old| {
                            Ok::<_, FileError>(old.to_vec())
                        })
                        .unwrap();
                        ground.assert_ours_untouched();
                        ground.replace(options, || ()).unwrap();
                    } else {
                        ground.replace(options, plant).unwrap();
                    }
                    assert_eq!(fs::read_to_string(&ground.config).unwrap(), NEW, "{name}: {with}");
                    assert!(fs::symlink_metadata(&ground.config).unwrap().is_file());
                    ground.assert_ours_untouched();
                    if before && name != "config.json.bak" {
                        assert!(!names(&ground.etc).contains(&name.to_owned()), "{name} is removed");
                    }
                }
            }
        }
    }
}

#[test]
fn a_planted_lock_on_a_temporary_name_ends_in_an_error() {
    let ground = Ground::new();
    let planted = File::create(ground.etc.join(TEMPORARY[0])).unwrap();
    planted.lock().unwrap();
    assert_eq!(ground.replace(PLAIN, || ()), Err(FileError::Locked));
    assert_eq!(fs::read_to_string(&ground.config).unwrap(), OLD);
    assert_eq!(names(&ground.etc), [TEMPORARY[0], "config.json"]);
}

#[test]
fn a_symlink_of_another_user_is_followed_only_to_what_is_theirs() {
    if !is_root() {
        return;
    }
    for options in ALL_OPTIONS {
        // To a file of ours, as the last name and as a folder on the way.
        for is_last in [true, false] {
            let ground = Ground::new();
            let ours = ground.ours.join("config.json");
            fs::write(&ours, OLD).unwrap();
            let (link, path) = if is_last {
                (ground.config.clone(), ground.config.clone())
            } else {
                (ground.etc.clone(), ground.config.clone())
            };
            if is_last {
                fs::remove_file(&link).unwrap();
            } else {
                fs::remove_dir_all(&link).unwrap();
            }
            symlink(if is_last { &ours } else { &ground.ours }, &link).unwrap();
            lchown(&link, Some(ATTACKER), Some(ATTACKER)).unwrap();
            assert_eq!(path, ground.config);
            assert_eq!(ground.replace(options, || ()), Err(FileError::ForeignSymlink));
            assert_eq!(fs::read_to_string(&ours).unwrap(), OLD);
            assert_eq!(names(&ground.ours), ["config.json", "passwd"]);
            // One of ours is followed.
            lchown(&link, Some(0), Some(0)).unwrap();
            assert!(ground.replace(options, || ()).unwrap().changed);
            assert_eq!(fs::read_to_string(&ours).unwrap(), NEW);
        }
        // To a file and a folder of theirs.
        let ground = Ground::new();
        let link = ground.theirs.join("link");
        symlink("etc", &link).unwrap();
        lchown(&link, Some(ATTACKER), Some(ATTACKER)).unwrap();
        let path = link.join("config.json");
        replace::replace(&path, options, &|| (), |_| Ok::<_, FileError>(NEW.into())).unwrap();
        assert_eq!(fs::read_to_string(&ground.config).unwrap(), NEW);
    }
}

#[test]
fn a_hard_link_to_a_file_of_ours_is_not_written_in_place() {
    if !is_root() {
        return;
    }
    let ground = Ground::new();
    fs::remove_file(&ground.config).unwrap();
    fs::hard_link(&ground.target, &ground.config).unwrap();
    assert_eq!(ground.replace(IN_PLACE, || ()), Err(FileError::ForeignLink));
    ground.assert_ours_untouched();
    // Replacing gives the name to another file.
    assert!(ground.replace(PLAIN, || ()).unwrap().other_names);
    ground.assert_ours_untouched();
}
