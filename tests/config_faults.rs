//! Writing into the config while things go wrong: kills, full disks, mounts, other people's files.
// The faults are those of Unix' permissions, mounts and signals; those of Windows are in
// config_replace.rs.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::terminal::Terminal;
use common::{CHEAP, Outcome, PROGRAM, copy_program, skipped, tc_calendar};
use nix::unistd::geteuid;
use tempfile::TempDir;

const BEFORE: &str = "{\n  \"password\": \"";
const AFTER: &str = "\" // the hash\n}\n";
/// Somebody who is not root.
const NOBODY: u32 = 65_534;

/// A folder with a config in it, and with the program, where everybody may run it.
struct Folder {
    folder: TempDir,
    config: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("etc/config.json");
        fs::create_dir(folder.path().join("etc")).unwrap();
        fs::write(&config, format!("{BEFORE}{AFTER}")).unwrap();
        copy_program(&folder.path().join("tc_calendar"));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder, config }
    }

    fn arguments(&self) -> Vec<String> {
        let config = self.config.to_str().unwrap();
        let mut arguments = CHEAP.map(str::to_owned).to_vec();
        arguments
            .extend(["--hash_pass=hunter2", "--config", config, "--key", "/password"].map(str::to_owned));
        arguments
    }

    /// Runs the program as somebody who is not root.
    fn run_as_nobody(&self, more: &[&str]) -> Outcome {
        let mut command = Command::new(self.folder.path().join("tc_calendar"));
        command.args(self.arguments()).args(more).uid(NOBODY).gid(NOBODY).current_dir("/");
        outcome(&mut command)
    }

    /// That somebody who is not root is not even asked for a password.
    #[track_caller]
    fn refuses_before_asking(&self, message: &str) {
        let program = self.folder.path().join("tc_calendar");
        let arguments = self.arguments().join(" ").replace("--hash_pass=hunter2", "--hash_pass");
        let script = format!(
            "exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups {} {arguments}",
            program.display()
        );
        let mut terminal = Terminal::start(|shell| shell.args(["-c", &script]).current_dir("/"), "sh");
        assert_eq!(terminal.finish().code(), Some(3), "{}", terminal.text());
        assert!(terminal.text().starts_with(&format!("error: {message}\r\n")), "{}", terminal.text());
    }

    /// Runs a script with mounts of its own, in the folder; `$run` is the program with its arguments.
    fn run_with_mounts(&self, script: &str) -> Outcome {
        let run = format!("{PROGRAM} {}", self.arguments().join(" "));
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-ec", script]);
        outcome(command.env("run", run).current_dir(self.folder.path()))
    }

    /// Whether the config is whole: as it was, or with a hash in it.
    #[track_caller]
    fn is_written(&self) -> bool {
        let text = fs::read_to_string(&self.config).unwrap();
        let value = text.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(AFTER));
        let value = value.unwrap_or_else(|| panic!("neither old nor new: {text:?}"));
        assert!(value.is_empty() || tc_calendar::hash::diagnose::read(value.as_ref()).is_ok(), "{text:?}");
        !value.is_empty()
    }

    /// That nothing has happened: the config is the old one, and nothing stands beside it.
    #[track_caller]
    fn assert_untouched(&self) {
        assert!(!self.is_written());
        assert_eq!(fs::read_dir(self.config.parent().unwrap()).unwrap().count(), 1);
    }
}

fn outcome(command: &mut Command) -> Outcome {
    tc_calendar([""; 0]).hiding("hunter2").check(command.stdin(Stdio::null()).output().unwrap())
}

/// Whether this test can be run: only root can be somebody else.
fn is_root() -> bool {
    let is_root = geteuid().is_root();
    if !is_root {
        skipped("only root can give files away and run programs as somebody else");
    }
    is_root
}

/// Whether this test can be run.
fn can_mount() -> bool {
    let works = Command::new("unshare").args(["--mount", "--map-root-user", "true"]).status();
    let works = works.is_ok_and(|status| status.success());
    if !works {
        skipped("mounts are not allowed here");
    }
    works
}

/// Whether this test can be run.
fn has_strace() -> bool {
    let found = Command::new("strace").arg("-V").output().is_ok();
    if !found {
        skipped("strace is not installed");
    }
    found
}

#[test]
fn two_hundred_kills_leave_the_old_file_or_the_new() {
    let folder = Folder::new();
    let old = fs::read(&folder.config).unwrap();
    let run = || Command::new(PROGRAM).args(folder.arguments()).spawn().unwrap();
    let start = Instant::now();
    assert!(run().wait().unwrap().success());
    let whole_run = start.elapsed();
    let mut written = 0;
    for round in 0..200 {
        fs::write(&folder.config, &old).unwrap();
        let mut child = run();
        // Up to three times as long, since other tests may make it slower meanwhile.
        std::thread::sleep(whole_run.mul_f64(f64::from(round) / 66.0));
        child.kill().unwrap();
        child.wait().unwrap();
        written += u32::from(folder.is_written());
    }
    assert!((1..200).contains(&written), "{written} of 200 came to their end");
}

#[test]
fn a_full_disk_changes_nothing() {
    if !can_mount() {
        return;
    }
    let folder = Folder::new();
    // What is left on the 64 KiB is less than the new file needs; in place, less than it grows by.
    for (fill, option) in
        [("head -c 45000 /dev/zero > etc/fill", ""), ("cat /dev/zero > etc/fill", "--in-place")]
    {
        let outcome = folder.run_with_mounts(&format!(
            "mkdir -p keep; cp etc/config.json keep/; mount -t tmpfs -o size=64k none etc
             cp keep/config.json etc; head -c $((16380 - $(stat -c %s etc/config.json))) /dev/zero | tr '\\0' ' ' >> etc/config.json
             cp etc/config.json keep/; {fill} 2>/dev/null || true
             status=0; $run {option} || status=$?
             cmp etc/config.json keep/config.json; ls -A etc | tr '\\n' ' ' >&2; exit $status"
        ));
        let message = "error: the config cannot be written: no space left on device\nhint: ";
        assert!(outcome.stderr.starts_with(message), "{}", outcome.stderr);
        assert!(outcome.stderr.ends_with("\nconfig.json fill "), "{}", outcome.stderr);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), ""));
    }
}

#[test]
fn a_file_that_is_mounted_by_itself_is_written_in_place_if_at_all() {
    if !can_mount() {
        return;
    }
    let folder = Folder::new();
    let script = "touch mounted; mount --bind mounted etc/config.json; cp etc/../mounted /dev/null; $run";
    fs::copy(&folder.config, folder.folder.path().join("mounted")).unwrap();
    let outcome = folder.run_with_mounts(script);
    outcome.fails(3, "the config is mounted by itself, as into a container, and cannot be replaced");
    assert!(outcome.stderr.contains("--in-place"));
    folder.assert_untouched();
    let outcome = folder.run_with_mounts(&format!("{script} --in-place; cat mounted"));
    assert!(outcome.stdout.starts_with(&format!("{BEFORE}$argon2id$")), "{outcome:?}");
}

#[test]
fn a_read_only_file_system_is_refused() {
    if !can_mount() {
        return;
    }
    let folder = Folder::new();
    let script = "mount --bind etc etc; mount -o remount,bind,ro etc; $run";
    folder.run_with_mounts(script).fails(3, "the config cannot be written: read-only file system");
    folder.assert_untouched();
}

#[test]
fn a_file_system_without_attributes_or_nameless_files_will_do() {
    if !can_mount() {
        return;
    }
    let folder = Folder::new();
    // ramfs has neither extended attributes nor files without a name.
    let script = "cp etc/config.json old; mount -t ramfs none etc; cp old etc/config.json
         $run; cat etc/config.json; ls -A etc >&2";
    let outcome = folder.run_with_mounts(script);
    if outcome.stderr.contains("mount:") {
        skipped("ramfs cannot be mounted here");
        return;
    }
    assert!(outcome.stdout.starts_with(&format!("{BEFORE}$argon2id$")), "{outcome:?}");
    assert_eq!(outcome.stderr, "config.json\n");
}

#[test]
fn a_folder_that_takes_no_new_file_is_refused() {
    if !is_root() {
        return;
    }
    let folder = Folder::new();
    chown(&folder.config, Some(NOBODY), Some(NOBODY)).unwrap();
    let message = "no new file can be made beside the config: permission denied";
    let outcome = folder.run_as_nobody(&[]);
    outcome.fails(3, message);
    assert!(outcome.stderr.contains("--in-place"));
    folder.assert_untouched();
    folder.refuses_before_asking(message);
    let message = "the backup cannot be written: permission denied";
    folder.run_as_nobody(&["--in-place", "--backup"]).fails(3, message);
    folder.assert_untouched();
    assert_eq!(folder.run_as_nobody(&["--in-place"]).status, Some(0));
    assert!(folder.is_written());
}

#[test]
fn an_owner_that_cannot_be_kept_is_refused() {
    if !is_root() {
        return;
    }
    let folder = Folder::new();
    let all = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(folder.config.parent().unwrap(), all(0o777)).unwrap();
    fs::set_permissions(&folder.config, all(0o666)).unwrap();
    let outcome = folder.run_as_nobody(&[]);
    let message = "the config's owner, permissions or attributes cannot be kept: operation not permitted";
    outcome.fails(3, message);
    folder.assert_untouched();
    folder.refuses_before_asking(message);
    assert_eq!(folder.run_as_nobody(&["--in-place"]).status, Some(0));
    assert_eq!(fs::metadata(&folder.config).unwrap().uid(), 0);
}

#[test]
fn a_file_that_may_not_be_read_or_written_is_refused() {
    if !is_root() {
        return;
    }
    let folder = Folder::new();
    fs::set_permissions(folder.config.parent().unwrap(), fs::Permissions::from_mode(0o777)).unwrap();
    for (mode, message) in [
        (0o600, "the config cannot be read: permission denied"),
        (0o644, "the config cannot be written: permission denied"),
    ] {
        fs::set_permissions(&folder.config, fs::Permissions::from_mode(mode)).unwrap();
        for more in [&[][..], &["--in-place"], &["--backup"]] {
            folder.run_as_nobody(more).fails(3, message);
        }
        folder.assert_untouched();
    }
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_undone() {
    if common::is_emulated() {
        return;
    }
    let folder = Folder::new();
    let text = format!("{BEFORE}\",{}\n  \"b\": \"{AFTER}", " ".repeat(974 - BEFORE.len() - AFTER.len()));
    fs::write(&folder.config, &text).unwrap();
    for (limit, option) in [(1, "--in-place"), (0, "--in-place"), (0, "--backup"), (1, "")] {
        let script = format!("ulimit -f {limit}; exec \"$0\" \"$@\" {option}");
        let mut command = Command::new("bash");
        let outcome = outcome(command.args(["-c", &script, PROGRAM]).args(folder.arguments()));
        assert!(
            outcome
                .stderr
                .ends_with(": file too large\nhint: raise the limit on the size of files: ulimit -f\n"),
            "{outcome:?}"
        );
        assert_eq!(outcome.status, Some(3));
        assert_eq!(fs::read_to_string(&folder.config).unwrap(), text);
        assert_eq!(fs::read_dir(folder.config.parent().unwrap()).unwrap().count(), 1);
    }
}

#[test]
fn a_lock_that_is_held_is_waited_for() {
    let folder = Folder::new();
    let holder = fs::File::open(&folder.config).unwrap();
    holder.lock().unwrap();
    let mut child = Command::new(PROGRAM).args(folder.arguments()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    assert!(!folder.is_written());
    holder.unlock().unwrap();
    assert!(child.wait().unwrap().success());
    assert!(folder.is_written());
}

#[test]
fn a_hard_link_gets_a_note() {
    let folder = Folder::new();
    let other = folder.folder.path().join("other");
    fs::hard_link(&folder.config, &other).unwrap();
    let arguments: Vec<String> = folder.arguments().into_iter().filter(|argument| argument != "-q").collect();
    let outcome = tc_calendar(arguments).run();
    let note = "note: the config has another name (a hard link), which still leads to the old content; \
                --in-place would change both\n";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
}

/// An editor's file comes between the last look and the renaming: under strace, which delays it.
#[test]
fn what_is_saved_in_the_last_moment_is_noticed_and_kept() {
    if common::is_emulated() {
        return;
    }
    if !has_strace() {
        return;
    }
    let folder = Folder::new();
    let edited = format!("{BEFORE}{AFTER}// edited\n");
    let mut child = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "-e", "inject=renameat2:delay_enter=1500000:when=1"])
        .arg(PROGRAM)
        .args(folder.arguments())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let beside = |name: &str| folder.config.with_file_name(name);
    let deadline = Instant::now() + Duration::from_secs(20);
    // Until the new file has its name, which is the last thing before.
    while fs::read_dir(folder.config.parent().unwrap()).unwrap().count() < 2 {
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none());
    }
    fs::write(beside("saved"), &edited).unwrap();
    fs::rename(beside("saved"), &folder.config).unwrap();
    let output = child.wait_with_output().unwrap();
    let message = "error: another program has changed the config\nhint: run it again\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), message);
    assert_eq!(fs::read_to_string(&folder.config).unwrap(), edited);
    assert_eq!(fs::read_dir(folder.config.parent().unwrap()).unwrap().count(), 1);
}

/// Faults of the system, which strace makes up.
#[test]
fn calls_that_fail_are_got_around_or_told_of_and_nothing_stays_behind() {
    if common::is_emulated() {
        return;
    }
    if !has_strace() {
        return;
    }
    let unwritable = "the config cannot be written: input/output error";
    for (fault, options, status, message) in [
        // What not every file system can.
        ("renameat2:error=EINVAL", &[][..], 0, ""),
        ("linkat:error=EPERM", &[], 0, ""),
        ("fsync:error=EINVAL:when=2", &[], 0, ""),
        ("statx:error=ENOSYS", &[], 0, ""),
        ("flock:error=ENOLCK", &[], 3, "the config cannot be locked: no locks available"),
        // What goes wrong.
        ("/^rename:error=EBUSY", &[], 3, "the config is mounted by itself, as into a container"),
        ("/^rename:error=EIO", &[], 3, unwritable),
        ("fsync:error=EIO:when=1", &[], 3, unwritable),
        ("fsync:error=EIO:when=1", &["--in-place"], 3, unwritable),
        ("fsync:error=EIO:when=2", &[], 3, "the config is written, but cannot be synced to the disk: "),
        ("fchmod:error=EPERM", &[], 3, "the config's owner, permissions or attributes cannot be kept: "),
        // Signals wait until the file has its name for good.
        ("linkat:signal=SIGINT", &[], 130, ""),
        ("renameat2:signal=SIGTERM", &[], 143, ""),
    ] {
        let folder = Folder::new();
        fs::set_permissions(&folder.config, fs::Permissions::from_mode(0o640)).unwrap();
        let script = format!("strace -f -o /dev/null -e inject={fault} \"$0\" \"$@\"; exit $?");
        let mut command = Command::new("bash");
        command.args(["-c", &script, PROGRAM]).args(folder.arguments()).args(options);
        let outcome = outcome(&mut command);
        assert_eq!(outcome.status, Some(status), "{fault}: {outcome:?}");
        let said = outcome.stderr.strip_prefix("error: ").unwrap_or_default();
        assert!(said.starts_with(message) && (status != 3 || !message.is_empty()), "{fault}: {outcome:?}");
        let written = status != 3 || message.contains("is written");
        assert_eq!(folder.is_written(), written, "{fault}");
        assert_eq!(fs::read_dir(folder.config.parent().unwrap()).unwrap().count(), 1, "{fault}");
    }
}

#[test]
fn a_folder_that_lets_no_file_go_is_refused() {
    let folder = Folder::new();
    let etc = folder.config.parent().unwrap();
    let chattr = |flag: &str| Command::new("chattr").arg(flag).arg(etc).stderr(Stdio::null()).status();
    if !chattr("+a").is_ok_and(|status| status.success()) {
        skipped("no folder can be made append-only here");
        return;
    }
    let outcome = tc_calendar(folder.arguments()).run();
    chattr("-a").unwrap();
    outcome.fails(3, "no new file can be made beside the config: it is append-only");
    folder.assert_untouched();
}

#[test]
fn a_pipe_is_refused_at_once() {
    let folder = Folder::new();
    fs::remove_file(&folder.config).unwrap();
    nix::unistd::mkfifo(&folder.config, nix::sys::stat::Mode::S_IRWXU).unwrap();
    tc_calendar(folder.arguments()).run().fails(3, "the config is not a regular file");
    fs::remove_file(&folder.config).unwrap();
    std::os::unix::fs::symlink("nowhere", &folder.config).unwrap();
    tc_calendar(folder.arguments()).run().fails(3, "the config is a symlink to a file that does not exist");
    assert!(!Path::new("nowhere").exists());
}
