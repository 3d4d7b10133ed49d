//! What the program does after errors of Windows that Wine never reports: a library in Wine reports them instead.
#![cfg(windows)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::os::windows::fs::OpenOptionsExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use common::{CHEAP, Outcome, PROGRAM, names, output, tc_calendar};
use tempfile::TempDir;

const NEW: &str = "[\"$argon2id$v=19$m=8,t=1,p=1$";
const HASH: &str = "[\"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\"]";

/// A folder with a config, and the path of the config.
fn config_of(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// A run for this config, with a failure that `.ci/windows_rules.c` explains.
fn run(path: &str, arguments: &[&str], failure: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).args(["--key", "/0", "--config", path]);
    command.env("WINDOWS_RULES", "0").env("WINDOWS_FAILURE", failure);
    command
}

fn write_with(options: &[&str], path: &str, failure: &str) -> Outcome {
    let arguments = [&CHEAP[..], &["--hash_pass=hunter2"], options].concat();
    tc_calendar([""; 0]).hiding("hunter2").check(output(&mut run(path, &arguments, failure)))
}

fn is_written(options: &[&str], failure: &str) {
    let (folder, path) = config_of("[\"\"]");
    let outcome = write_with(options, &path, failure);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{failure}");
    assert!(fs::read_to_string(&path).unwrap().starts_with(NEW), "{failure}");
    assert_eq!(names(&folder), ["config.json"], "{failure}");
}

#[track_caller]
fn is_refused(failure: &str, message: &str, hint: &str) {
    let (folder, path) = config_of("[\"\"]");
    let outcome = write_with(&[], &path, failure);
    assert!(
        outcome.stderr.starts_with(&format!("error: {path}: {message}")),
        "{failure}: {}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains(hint), "{failure}: {}", outcome.stderr);
    assert_eq!(outcome.status, Some(3), "{failure}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "[\"\"]", "{failure}");
    assert_eq!(names(&folder), ["config.json"], "{failure}");
}

/// docs/windows.md: "after 33 (a part of the file is locked, [LockFileEx]; reading and writing fail then, not opening)"
#[test]
#[ignore = "needs .ci/windows_rules.c in Wine"]
fn a_locked_part_of_the_config_is_waited_for() {
    is_written(&[], "NtReadFile 33 3");
    is_written(&["--in-place"], "NtReadFile 33 3");
    is_written(&["--in-place"], "NtWriteFile 33 1");
    let (_folder, path) = config_of(HASH);
    let inspected = output(&mut run(&path, &["--inspect"], "NtReadFile 33 3"));
    assert_eq!(inspected.status.code(), Some(0), "{inspected:?}");
}

/// docs/windows.md: "An ACL that denies access is error 5, too. The attributes tell the two apart"
#[test]
#[ignore = "needs .ci/windows_rules.c in Wine"]
fn a_config_that_denies_everything_is_not_said_to_be_in_use() {
    is_refused("CreateFileW 5 9999 config.json", "the config cannot be read: access", "permissions");
}

#[test]
#[ignore = "needs .ci/windows_rules.c in Wine"]
fn a_folder_that_refuses_files_or_links_gets_a_hint() {
    let no_file = "cannot create a file next to the config: ";
    is_refused("CreateFileW 2 9 .tc_calendar.empty", no_file, "controlled folder access");
    for error in [1, 50, 396] {
        let failure = format!("CreateHardLinkW {error} 1");
        let no_link =
            "the config's owner, permissions or attributes cannot be kept: files cannot have hard links";
        is_refused(&failure, no_link, "--in-place");
    }
}

/// docs/windows.md: "Errors 1175 and 1176 leave both names, and the step is repeated"
#[test]
#[ignore = "needs .ci/windows_rules.c in Wine"]
fn a_replacement_that_left_both_names_is_repeated() {
    is_written(&[], "ReplaceFileW 1175 2");
    is_written(&[], "ReplaceFileW 1176 2");
}

/// docs/windows.md: "`--verify`, `--inspect` and a path without symlinks do without"
#[test]
#[ignore = "needs .ci/windows_rules.c in Wine"]
fn a_config_on_a_volume_without_a_name_is_read_and_written() {
    for options in [&[][..], &["--in-place"]] {
        is_written(options, "GetFinalPathNameByHandleW 1 99");
    }
    let (_folder, path) = config_of(HASH);
    let inspected = output(&mut run(&path, &["--inspect"], "GetFinalPathNameByHandleW 1 99"));
    assert_eq!(inspected.status.code(), Some(0), "{inspected:?}");
}

/// docs/config.md: "What another program has mapped into its memory cannot be made shorter: `--in-place` leaves line
/// breaks at its end."
#[test]
#[ignore = "needs .ci/windows_rules.c in Wine"]
fn a_mapped_config_keeps_its_length() {
    let (_folder, path) = config_of(&format!("[\"{}\"]", "x".repeat(200)));
    let outcome = write_with(&["--in-place", "--replace"], &path, "SetFileInformationByHandle 1224 1");
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(NEW) && text.trim_end().ends_with("\"]") && text.len() == 204, "{text:?}");
}

/// A run that tries to rename the new file, in vain for a while. Open files can be replaced then, as on NTFS.
fn renaming(folder: &TempDir, path: &str) -> Child {
    let arguments = [&CHEAP[..], &["--hash_pass=hunter2"]].concat();
    let mut command = run(path, &arguments, "MoveFileExW 32 40 config.json");
    let child = common::start(command.env("WINDOWS_POSIX", "1").stdin(Stdio::null()));
    while !is_filled(folder) {
        thread::sleep(Duration::from_millis(1));
    }
    child
}

/// Whether the new file is there, and can be renamed. Before, the name is one of the config, which is shorter.
fn is_filled(folder: &TempDir) -> bool {
    let new = fs::symlink_metadata(folder.path().join(".tc_calendar.tmp"));
    new.is_ok_and(|new| new.len() > 50)
}

/// Renaming fails by itself, and then because of a reader that does not share deletion.
/// docs/windows.md: "If that is error 32, another program does not share D, and is waited for while writers stay away."
#[test]
#[ignore = "needs .ci/windows_rules.c in Wine"]
fn writers_are_kept_away_while_renaming_is_tried_again() {
    let (folder, path) = config_of("[\"\"]");
    let mut child = renaming(&folder, &path);
    let mut reader = Some(OpenOptions::new().read(true).share_mode(3).open(&path).unwrap());
    let (mut attempts, mut writers) = (0, 0);
    while child.try_wait().unwrap().is_none() {
        attempts += 1;
        let writer = OpenOptions::new().write(true).open(&path);
        // While this is open, the run cannot keep writers away; so the new file must not be there any more.
        writers += u32::from(writer.is_ok() && is_filled(&folder));
        drop(writer);
        thread::sleep(Duration::from_millis(1));
        reader = reader.filter(|_| attempts < 500);
    }
    assert!(child.wait().unwrap().success() && fs::read_to_string(&path).unwrap().starts_with(NEW));
    assert!(attempts > 500 && writers == 0, "{writers} of {attempts}");
}

/// docs/windows.md: "The POSIX kind lets handles keep the old file, and whoever opens the name gets the new one"
#[test]
#[ignore = "needs .ci/windows_rules.c in Wine"]
fn a_reader_that_shares_all_is_not_waited_for() {
    let (folder, path) = config_of("[\"\"]");
    let mut child = renaming(&folder, &path);
    let mut reader = fs::File::open(&path).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(fs::read_to_string(&path).unwrap().starts_with(NEW));
    let mut old = String::new();
    reader.read_to_string(&mut old).unwrap();
    assert_eq!(old, "[\"\"]");
}
