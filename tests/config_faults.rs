//! Writing into the config despite faults: kills, full disks, mounts, files of other users.
// These faults come from Linux's permissions, mounts and signals; those of Windows are in
// config_replace.rs.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::terminal::Terminal;
use common::{CHEAP, Outcome, PROGRAM, copy_program, names, quoted, tc_calendar, verifies};
use tempfile::TempDir;

const BEFORE: &str = "{\n  \"password\": \"";
const AFTER: &str = "\" // the hash\n}\n";
/// The uid of a user who is not root.
const NOBODY: u32 = 65_534;

/// The ways to write.
const MODES: [&[&str]; 4] = [&[], &["--backup"], &["--in-place"], &["--in-place", "--backup"]];

/// The system calls at which faults are injected.
const ALL_CALLS: [&str; 19] = [
    "openat",
    "newfstatat",
    "fstat",
    "statx",
    "flock",
    "lseek",
    "read",
    "write",
    "pwrite64",
    "ftruncate",
    "fsync",
    "fchmod",
    "renameat",
    "renameat2",
    "unlinkat",
    "readlinkat",
    "flistxattr",
    "inotify_init1",
    "inotify_add_watch",
];

/// A folder with a config and a copy of the program that every user may run.
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
        // The mode does not depend on the umask.
        for (path, mode) in [(folder.path(), 0o755), (config.parent().unwrap(), 0o755), (&config, 0o644)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        Self { folder, config }
    }

    fn arguments(&self) -> Vec<String> {
        let config = self.config.to_str().unwrap();
        let mut arguments = CHEAP.map(str::to_owned).to_vec();
        arguments
            .extend(["--hash_pass=hunter2", "--config", config, "--key", "/password"].map(str::to_owned));
        arguments
    }

    /// Runs the program as a user who is not root.
    fn run_as_nobody(&self, more: &[&str]) -> Outcome {
        let mut command = Command::new(self.folder.path().join("tc_calendar"));
        command.args(self.arguments()).args(more).uid(NOBODY).gid(NOBODY).current_dir("/");
        outcome(&mut command)
    }

    /// Asserts that a run of another user fails before it asks for a password.
    #[track_caller]
    fn assert_refused_before_asking(&self, message: &str) {
        let program = self.folder.path().join("tc_calendar");
        let arguments = self.arguments().into_iter().map(|argument| argument.replace("=hunter2", ""));
        let user = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".into()];
        let mut terminal = Terminal::start(
            |setpriv| setpriv.args(user).arg(program).args(arguments).current_dir("/"),
            "setpriv",
        );
        assert_eq!(terminal.finish().code(), Some(3), "{}", terminal.text());
        assert!(
            terminal.messages().starts_with(&format!("error: {}: {message}\r\n", self.config.display())),
            "{}",
            terminal.text()
        );
    }

    /// Runs a script in the folder, in a mount namespace of its own. `$run` is the program with all its
    /// arguments, and `$ask` is the program without a password.
    fn run_with_mounts(&self, script: &str) -> Outcome {
        let asks = script.contains("$ask");
        let script = script.replace(if asks { "$ask" } else { "$run" }, "\"$0\" \"$@\"");
        let arguments = self
            .arguments()
            .into_iter()
            .map(|argument| if asks { argument.replace("=hunter2", "") } else { argument });
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-ec", &script, PROGRAM]).args(arguments);
        outcome(command.current_dir(self.folder.path()))
    }

    /// The arguments of a run that hashes the password of a file, and has no config.
    fn arguments_from_file(&self) -> Vec<String> {
        let password = self.folder.path().join("password");
        fs::write(&password, "hunter2\n").unwrap();
        let arguments = ["--hash_pass", "--password-file", password.to_str().unwrap()];
        CHEAP.iter().chain(&arguments).map(|argument| (*argument).to_owned()).collect()
    }

    /// The system calls that a run makes from the first step of `main` on, each with how many of them came before.
    fn calls(&self, arguments: &[String]) -> BTreeMap<String, usize> {
        let trace = self.folder.path().join("trace");
        let mut command = Command::new("strace");
        command.args(["-f", "-o", trace.to_str().unwrap(), PROGRAM]).args(arguments);
        assert_eq!(outcome(&mut command).status, Some(0));
        let trace = fs::read_to_string(trace).unwrap();
        let first_step = trace.find("/proc/self/mem").unwrap();
        let (before, after) = trace.split_at(trace[..first_step].rfind('\n').unwrap());
        let names = |text| {
            let calls = str::lines(text).filter_map(|line| line.split_once('('));
            calls.map(|(call, _)| call.split(' ').next_back().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let before = names(before);
        let count = |name: String| (before.iter().filter(|call| **call == name).count(), name);
        names(after).into_iter().map(count).map(|(count, name)| (name, count)).collect()
    }

    /// Runs the program under strace, which injects a fault. Also returns whether it was injected.
    fn run_with_fault(&self, fault: &str, options: &[&str]) -> (Outcome, bool) {
        let mut arguments = self.arguments();
        arguments.extend(options.iter().map(|&option| option.to_owned()));
        self.run_arguments_with_fault(fault, &arguments)
    }

    fn run_arguments_with_fault(&self, fault: &str, arguments: &[String]) -> (Outcome, bool) {
        let trace = self.folder.path().join("trace");
        // With signals as a login has them: `nohup` and others leave some ignored. And as in a sandbox, so that
        // messages say what one must allow.
        let strace = format!("env --default-signal setpriv --no-new-privs strace -f -o {}", quoted(&trace));
        let script = format!("{strace} -e inject={fault} \"$0\" \"$@\"; exit $?");
        let mut command = Command::new("bash");
        command.args(["-c", &script, PROGRAM]).args(arguments);
        let outcome = outcome(&mut command);
        let trace = fs::read_to_string(trace).unwrap();
        // strace marks injected errors, but not injected signals.
        let signal = fault.split_once("signal=").map(|(_, rest)| rest.split(':').next().unwrap());
        let injected = signal.map_or(trace.contains("(INJECTED)"), |signal| {
            trace.contains(&format!("--- {signal} ")) || trace.contains(&format!("+++ killed by {signal} "))
        });
        (outcome, injected)
    }

    /// Asserts that no temporary file is left beside the config.
    #[track_caller]
    fn assert_nothing_left(&self) {
        let names = names(self.config.parent().unwrap());
        assert!(names.iter().all(|name| name.starts_with("config.json")), "{names:?}");
    }

    /// Whether the config contains a hash. Fails if it is neither old nor new.
    #[track_caller]
    fn is_written(&self) -> bool {
        is_new(&fs::read_to_string(&self.config).unwrap())
    }

    /// As [`Self::is_written`], after a run with these options was killed: in place, the config may have line breaks
    /// at its end.
    #[track_caller]
    fn is_written_by_killed(&self, options: &[&str]) -> bool {
        let text = fs::read_to_string(&self.config).unwrap();
        let in_place = options.contains(&"--in-place");
        is_new(if in_place { text.trim_end_matches('\n').to_owned() + "\n" } else { text }.as_str())
    }

    /// Removes what earlier runs kept, so that no name is missing for a backup.
    fn remove_backups(&self) {
        for entry in fs::read_dir(self.config.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().starts_with("config.json.bak") {
                fs::remove_file(path).unwrap();
            }
        }
    }

    /// Asserts that the outcome tells correctly whether the file was written.
    #[track_caller]
    fn assert_message_is_true(&self, outcome: &Outcome, fault: &str) {
        let says_written = match outcome.status {
            Some(0) => true,
            Some(3) => outcome.stderr.contains("the config is written"),
            // A signal is delivered after the write; a run that fails to start exits with another
            // status.
            Some(status) => (129..192).contains(&status),
            None => panic!("{fault}: {outcome:?}"),
        };
        assert_eq!(self.is_written(), says_written, "{fault}: {outcome:?}");
    }

    /// Asserts that a run in which a system call was refused has told the truth, and has left nothing that it could
    /// remove.
    #[track_caller]
    fn assert_refusal(&self, outcome: &Outcome, call: &str, fault: &str, run: SandboxedRun) {
        if run.options.is_some() {
            self.assert_message_is_true(outcome, fault);
        } else if outcome.status == Some(0) {
            assert!(verifies(outcome.lines()[0], "hunter2"), "{fault}: {outcome:?}");
        } else {
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), ""), "{fault}: {outcome:?}");
        }
        if call != "unlinkat"
            || !outcome.stderr.contains("remove what is called .tc_calendar.* beside the config")
        {
            self.assert_nothing_left();
        }
    }

    /// Asserts that the config is the old one, and that nothing is beside it.
    #[track_caller]
    fn assert_untouched(&self) {
        assert!(!self.is_written());
        assert_eq!(fs::read_dir(self.config.parent().unwrap()).unwrap().count(), 1);
    }
}

/// Whether the text of a config contains a hash. Fails if it is neither old nor new.
#[track_caller]
fn is_new(text: &str) -> bool {
    let value = text.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(AFTER));
    let value = value.unwrap_or_else(|| panic!("neither old nor new: {text:?}"));
    assert!(value.is_empty() || tc_calendar::hash::diagnose::read(value.as_ref()).is_ok(), "{text:?}");
    !value.is_empty()
}

fn outcome(command: &mut Command) -> Outcome {
    tc_calendar([""; 0]).hiding("hunter2").check(command.stdin(Stdio::null()).output().unwrap())
}

/// Sets or clears a flag of a file.
#[track_caller]
fn chattr(flag: &str, path: &Path) {
    assert!(Command::new("chattr").arg(flag).arg(path).status().unwrap().success());
}

fn outcome_of(folder: &Folder, options: &[&str]) -> Outcome {
    outcome(Command::new(PROGRAM).args(folder.arguments()).args(options))
}

/// docs/config.md: "The same is true after an error, a full disk or a `kill -9`"
#[test]
fn a_killed_run_leaves_the_old_file_or_the_new_and_the_next_run_cleans_up() {
    kill(40);
}

#[test]
#[ignore = "needs minutes"]
fn five_hundred_killed_runs_leave_the_old_file_or_the_new() {
    kill(500);
}

/// Kills `rounds` runs in each mode, at times spread over more than a run.
fn kill(rounds: u32) {
    for options in MODES {
        let folder = Folder::new();
        let old = fs::read(&folder.config).unwrap();
        let run = || Command::new(PROGRAM).args(folder.arguments()).args(options).spawn().unwrap();
        let start = Instant::now();
        assert!(run().wait().unwrap().success());
        let whole_run = start.elapsed();
        for round in 0..rounds {
            fs::write(&folder.config, &old).unwrap();
            let mut child = run();
            std::thread::sleep(whole_run.mul_f64(2.0 * f64::from(round) / f64::from(rounds)));
            child.kill().unwrap();
            child.wait().unwrap();
            folder.is_written_by_killed(options);
            folder.remove_backups();
        }
        // Perhaps no kill came in time to leave anything.
        fs::write(folder.config.with_file_name(".tc_calendar.tmp"), "half wri").unwrap();
        fs::write(&folder.config, &old).unwrap();
        assert!(run().wait().unwrap().success());
        assert!(folder.is_written());
        folder.assert_nothing_left();
    }
}

/// Kills the program at every system call that changes something, so the test misses no step by chance.
/// docs/config.md: "After `kill -9` or a power cut, `.tc_calendar.tmp` or `.tc_calendar.bak.tmp` can remain.
/// The next run that writes in this folder removes it."
#[test]
#[ignore = "needs strace"]
fn after_a_kill_at_any_step_the_next_run_cleans_up() {
    kill_at_each_call(&["fchmod", "renameat", "renameat2", "unlinkat"], &[&[], &["--in-place", "--backup"]]);
}

#[test]
#[ignore = "needs strace, and minutes"]
fn after_a_kill_at_any_system_call_the_next_run_cleans_up() {
    let calls = [
        "openat",
        "flock",
        "write",
        "pwrite64",
        "ftruncate",
        "fchmod",
        "fsync",
        "renameat",
        "renameat2",
        "unlinkat",
    ];
    kill_at_each_call(&calls, &MODES);
}

fn kill_at_each_call(calls: &[&str], modes: &[&[&str]]) {
    common::needs("strace");
    let mut left_something = false;
    for options in modes {
        for call in calls {
            for nth in 1.. {
                let folder = Folder::new();
                fs::set_permissions(&folder.config, fs::Permissions::from_mode(0o640)).unwrap();
                let (outcome, injected) =
                    folder.run_with_fault(&format!("{call}:signal=SIGKILL:when={nth}"), options);
                if !injected {
                    assert_eq!(outcome.status, Some(0), "{call} {nth}: {outcome:?}");
                    break;
                }
                folder.is_written_by_killed(options);
                let left = fs::read_dir(folder.config.parent().unwrap()).unwrap().count();
                left_something |= left > 1;
                let again = outcome_of(&folder, options);
                assert_eq!(again.status, Some(0), "{call} {nth}: {again:?}");
                assert!(folder.is_written_by_killed(options));
                folder.assert_nothing_left();
            }
        }
    }
    assert!(left_something, "no kill came in time to leave anything");
}

/// docs/config.md: "A full disk leaves the old content."
#[test]
#[ignore = "needs mounts"]
fn a_full_disk_changes_nothing() {
    let folder = Folder::new();
    // Of the 64 KiB, less is left than a new file needs; or, in place, less than the file grows by.
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
        let message = ": the config cannot be written: no space left on device\nhint: ";
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
        assert!(outcome.stderr.ends_with("\nconfig.json fill "), "{}", outcome.stderr);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), ""));
    }
}

#[test]
fn a_full_disk_after_the_config_is_written_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let run = || {
        let target =
            ["--key", "/a", "--if-needed", "--format", "plain", "--config", config.to_str().unwrap()];
        let run = tc_calendar(CHEAP).args(target).args(["--hash_pass"]).secret("hunter2");
        run.run_into(fs::File::options().write(true).open("/dev/full").unwrap())
    };
    fs::write(&config, r#"{"a": ""}"#).unwrap();
    let full = "the output cannot be written: no space left on device";
    run().fails(3, &format!("the config is written, but {full}"));
    let text = fs::read_to_string(&config).unwrap();
    assert!(verifies(text.split('"').nth(3).unwrap(), "hunter2"), "{text}");
    // The hash is there already.
    run().fails(3, full);
    assert_eq!(fs::read_to_string(&config).unwrap(), text);
}

/// docs/config.md: "It is for a file that is mounted into a container by itself"
#[test]
#[ignore = "needs mounts"]
fn a_file_that_is_a_mount_point_is_written_only_in_place() {
    let folder = Folder::new();
    let script = "mount --bind mounted etc/config.json; $run";
    fs::copy(&folder.config, folder.folder.path().join("mounted")).unwrap();
    let outcome = folder.run_with_mounts(script);
    let message = "the config is a mount point, as in a container, and cannot be replaced";
    outcome.fails(3, message);
    assert!(outcome.stderr.contains("--in-place"));
    folder.assert_untouched();
    folder.run_with_mounts(&script.replace("$run", "$ask")).fails(3, message);
    let outcome = folder.run_with_mounts(&format!("{script} --in-place; cat mounted"));
    assert!(outcome.stdout.starts_with(&format!("{BEFORE}$argon2id$")), "{outcome:?}");
}

/// In 2.0.0 it was reported as a config that is one.
#[test]
#[ignore = "needs mounts"]
fn a_mount_point_with_the_name_of_a_backup_is_refused_before_a_password_is_asked_for() {
    for options in ["--backup", "--in-place --backup"] {
        let folder = Folder::new();
        let mounts =
            "cp etc/config.json mounted; touch etc/config.json.bak; mount --bind mounted etc/config.json.bak";
        let outcome = folder.run_with_mounts(&format!("{mounts}; $ask {options}"));
        let message = "the backup's name is a mount point, as in a container, and a backup is never replaced";
        outcome.fails(3, message);
        assert!(!outcome.stderr.contains("--in-place"), "{outcome:?}");
        assert!(!folder.is_written());
    }
}

/// docs/config.md: "a read-only or mounted file,"
#[test]
#[ignore = "needs mounts"]
fn a_read_only_file_system_is_refused() {
    let folder = Folder::new();
    for run in ["$run", "$ask"] {
        let script = format!("mount --bind etc etc; mount -o remount,bind,ro etc; {run}");
        let outcome = folder.run_with_mounts(&script);
        outcome.fails(3, "the config cannot be written: read-only file system");
        for way in ["mount its file system for writing", "ReadWritePaths=", "without :ro"] {
            assert!(outcome.stderr.contains(way), "{}", outcome.stderr);
        }
        folder.assert_untouched();
    }
}

#[test]
#[ignore = "needs mounts"]
fn a_file_system_without_extended_attributes_works() {
    let folder = Folder::new();
    // ramfs has no extended attributes.
    let script = "cp etc/config.json old; mount -t ramfs none etc; cp old etc/config.json
         $run; cat etc/config.json; ls -A etc >&2";
    let outcome = folder.run_with_mounts(script);
    assert!(outcome.stdout.starts_with(&format!("{BEFORE}$argon2id$")), "{outcome:?}");
    assert_eq!(outcome.stderr, "config.json\n");
}

/// docs/config.md: "reported before you type: a missing permission,"
/// docs/config.md: "for a folder in which you cannot create files,"
#[test]
#[ignore = "needs root"]
fn a_folder_that_allows_no_new_file_is_refused() {
    let folder = Folder::new();
    chown(&folder.config, Some(NOBODY), Some(NOBODY)).unwrap();
    let message = "cannot create a file next to the config: permission denied";
    // Leaving out the backup would not help, so the hint is not about it.
    folder.run_as_nobody(&["--backup"]).fails(3, message);
    let outcome = folder.run_as_nobody(&[]);
    outcome.fails(3, message);
    assert!(outcome.stderr.contains("--in-place"));
    folder.assert_untouched();
    folder.assert_refused_before_asking(message);
    let message = "the backup cannot be written: permission denied";
    folder.run_as_nobody(&["--in-place", "--backup"]).fails(3, message);
    folder.assert_untouched();
    assert_eq!(folder.run_as_nobody(&["--in-place"]).status, Some(0));
    assert!(folder.is_written());
}

/// Otherwise a backup that this run has made would be left, although the run fails.
#[test]
#[ignore = "needs root"]
fn a_folder_that_cannot_be_synced_is_refused_before_there_is_a_backup() {
    let folder = Folder::new();
    let etc = folder.config.parent().unwrap();
    for path in [etc, &folder.config] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    fs::set_permissions(etc, fs::Permissions::from_mode(0o300)).unwrap();
    for (options, message) in [
        (&["--backup"][..], "the config's folder cannot be synced: permission denied"),
        (&["--in-place", "--backup"], "the backup cannot be written: permission denied"),
    ] {
        folder.run_as_nobody(options).fails(3, message);
        folder.assert_untouched();
    }
    assert_eq!(folder.run_as_nobody(&["--in-place"]).status, Some(0));
}

/// docs/config.md: "Where the system does not let them be kept, nothing is written."
#[test]
#[ignore = "needs root"]
fn an_owner_that_cannot_be_kept_is_refused() {
    let folder = Folder::new();
    let all = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(folder.config.parent().unwrap(), all(0o777)).unwrap();
    fs::set_permissions(&folder.config, all(0o666)).unwrap();
    let outcome = folder.run_as_nobody(&[]);
    let message = "the config's owner, permissions or attributes cannot be kept: operation not permitted";
    outcome.fails(3, message);
    folder.assert_untouched();
    folder.assert_refused_before_asking(message);
    assert_eq!(folder.run_as_nobody(&["--in-place"]).status, Some(0));
    assert_eq!(fs::metadata(&folder.config).unwrap().uid(), 0);
}

/// Root in a user namespace, or in a service without capabilities, is not told to become root.
#[test]
#[ignore = "needs root"]
fn root_without_its_rights_is_told_who_has_them() {
    let without =
        [&["setpriv", "--bounding-set=-all", "--inh-caps=-all"][..], &["unshare", "--map-root-user"]];
    let new_file =
        ("cannot create a file next to the config: permission denied", "a user who can write to the folder");
    let owner = ("the config's owner, permissions or attributes cannot be kept: ", "the config's owner");
    for (folder_mode, wrapper, (message, who)) in [
        (0o755, without[0], new_file),
        (0o755, without[1], new_file),
        (0o777, without[0], owner),
        (0o777, without[1], owner),
    ] {
        let folder = Folder::new();
        let etc = folder.config.parent().unwrap();
        for (path, mode) in [(etc, folder_mode), (&folder.config, 0o666)] {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let mut command = Command::new(wrapper[0]);
        let outcome = outcome(command.args(&wrapper[1..]).arg(PROGRAM).args(folder.arguments()));
        assert!(
            outcome.stderr.starts_with(&format!("error: {}: {message}", folder.config.display())),
            "{wrapper:?}: {outcome:?}"
        );
        assert!(outcome.stderr.contains(&format!("run it as {who}: here root cannot")), "{outcome:?}");
        assert!(!outcome.stderr.contains("run it as root"), "{outcome:?}");
        folder.assert_untouched();
    }
}

#[test]
#[ignore = "needs root"]
fn a_user_need_not_list_the_folders_on_the_way_and_may_have_a_symlink() {
    let folder = Folder::new();
    let (root, etc) = (folder.folder.path(), folder.config.parent().unwrap());
    let link = root.join("link");
    symlink(&folder.config, &link).unwrap();
    lchown(&link, Some(NOBODY), Some(NOBODY)).unwrap();
    chown(&folder.config, Some(NOBODY), Some(NOBODY)).unwrap();
    fs::set_permissions(etc, fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(root, fs::Permissions::from_mode(0o711)).unwrap();
    for config in ["etc/config.json", "link"] {
        let mut command = Command::new(root.join("tc_calendar"));
        command.args(CHEAP).args(["--hash_pass=hunter2", "--config", config, "--key", "/password"]);
        let run = outcome(command.uid(NOBODY).gid(NOBODY).current_dir(root));
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{config}");
        assert!(folder.is_written());
        fs::write(&folder.config, format!("{BEFORE}{AFTER}")).unwrap();
    }
}

/// `sudo -u` and `su` leave the current folder as it is.
/// docs/config.md: "An absolute path needs nothing of the current folder."
#[test]
#[ignore = "needs root"]
fn the_current_folder_may_be_one_that_cannot_be_entered() {
    let folder = Folder::new();
    for path in [folder.config.parent().unwrap(), &folder.config] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let closed = folder.folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let user = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".into()];
    let run = |more: &[&str]| {
        let mut setpriv = Command::new("setpriv");
        setpriv.args(&user).arg(folder.folder.path().join("tc_calendar")).args(folder.arguments()).args(more);
        outcome(setpriv.current_dir(&closed))
    };
    for options in MODES {
        let run = run(options);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{options:?}");
        assert!(folder.is_written());
    }
    assert_eq!(run(&["--if-needed"]).status, Some(0));
}

#[test]
#[ignore = "needs root"]
fn a_file_that_may_not_be_read_or_written_is_refused() {
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
fn exceeding_the_file_size_limit_is_an_error_and_changes_nothing() {
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

/// docs/config.md: "If another program is in the way, this one waits"
/// docs/config.md: "They also wait for other programs that lock the file exclusively with flock(2)."
#[test]
fn a_run_waits_for_a_lock() {
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

/// A lock on a temporary name makes a run wait, and nothing is left when a signal ends it.
#[test]
fn a_signal_ends_a_run_that_waits_for_a_temporary_file() {
    use std::os::unix::process::ExitStatusExt;

    use nix::sys::signal::Signal;

    for (name, options, signal) in [
        (".tc_calendar.tmp", &[][..], Signal::SIGINT),
        (".tc_calendar.tmp", &["--backup"], Signal::SIGTERM),
        (".tc_calendar.bak.tmp", &["--in-place", "--backup"], Signal::SIGTERM),
    ] {
        let folder = Folder::new();
        let held = fs::File::create(folder.config.with_file_name(name)).unwrap();
        held.lock().unwrap();
        // With signals as a login has them: `nohup` and others leave some ignored.
        let mut command = Command::new("env");
        command.args(["--default-signal", PROGRAM]).args(folder.arguments()).args(options);
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(500));
        assert!(child.try_wait().unwrap().is_none(), "it waits");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id().cast_signed()), signal).unwrap();
        let start = Instant::now();
        assert_eq!(child.wait().unwrap().signal(), Some(signal as i32));
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert!(!folder.is_written());
        assert_eq!(fs::read_dir(folder.config.parent().unwrap()).unwrap().count(), 2);
    }
}

#[test]
fn a_deleted_file_is_refused_at_once() {
    let folder = Folder::new();
    let file = fs::File::open(&folder.config).unwrap();
    fs::remove_file(&folder.config).unwrap();
    let config = folder.config.to_str().unwrap();
    let arguments = folder.arguments();
    let arguments =
        arguments.iter().map(|argument| if argument == config { "/proc/self/fd/0" } else { argument });
    let start = Instant::now();
    let output = Command::new(PROGRAM).args(arguments).stdin(file).output().unwrap();
    let outcome = tc_calendar([""; 0]).hiding("hunter2").check(output);
    outcome.fails(3, "the config is a deleted file that a program still has open");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// docs/config.md: "keep the old content, and a note says so"
#[test]
fn a_hard_link_gets_a_note() {
    let folder = Folder::new();
    let other = folder.folder.path().join("other");
    fs::hard_link(&folder.config, &other).unwrap();
    let arguments: Vec<String> = folder.arguments().into_iter().filter(|argument| argument != "-q").collect();
    let outcome = tc_calendar(arguments).run();
    let note =
        "note: another name of the config (a hard link) has the old content; --in-place would change both\n";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
}

/// An editor saves between the last check and the rename, which strace delays.
/// docs/config.md: "The program sees it afterwards and ends with status 3"
#[test]
#[ignore = "needs strace"]
fn a_save_at_the_last_moment_is_noticed() {
    let message = "error: the config is written, but this overwrote a change by another program\nhint: make that change again, then run this again\n";
    for (save, status, message) in
        [("rename", 3, message), ("write", 3, message), ("chmod", 3, message), ("another file", 0, "")]
    {
        let folder = Folder::new();
        let trace = folder.folder.path().join("trace");
        let edited = format!("{BEFORE}{AFTER}// edited\n");
        let mut child = Command::new("strace")
            .args(["-f", "-o", trace.to_str().unwrap(), "-e", "inject=renameat:delay_enter=1500000:when=2"])
            .arg(PROGRAM)
            .args(folder.arguments())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Wait for the second rename, after the rehearsal's, which strace logs before the delay.
        let deadline = Instant::now() + Duration::from_secs(20);
        while fs::read_to_string(&trace).unwrap_or_default().matches("renameat(").count() < 2 {
            assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none());
        }
        let other = folder.config.with_file_name("other");
        fs::write(if save == "write" { &folder.config } else { &other }, &edited).unwrap();
        match save {
            "chmod" => fs::set_permissions(&folder.config, fs::Permissions::from_mode(0o600)).unwrap(),
            "rename" => fs::rename(&other, &folder.config).unwrap(),
            _ => {}
        }
        let _ = fs::remove_file(&other);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((stderr.as_str(), output.status.code()), (message, Some(status)), "{save}");
        assert!(folder.is_written());
        folder.assert_nothing_left();
    }
}

/// A read that fails after the renaming does not show that another program has saved.
#[test]
#[ignore = "needs strace"]
fn an_old_file_that_cannot_be_compared_is_not_called_overwritten() {
    let mut was_unchecked = false;
    for nth in 1.. {
        let folder = Folder::new();
        let fault = format!("read:error=EIO:when={nth}");
        let (outcome, injected) = folder.run_with_fault(&fault, &[]);
        if !injected {
            break;
        }
        assert!(!outcome.stderr.contains("overwrote"), "{fault}: {outcome:?}");
        let message = ": the config is written, but cannot be checked afterwards: input/output error\n";
        was_unchecked |= outcome.stderr.contains(message);
    }
    assert!(was_unchecked);
}

/// The last seek is the one before the new content is written. No new file exists then, but half of the content
/// would be lost.
#[test]
#[ignore = "needs strace"]
fn a_signal_waits_until_the_config_is_written_in_place() {
    for options in [&["--in-place"][..], &["--in-place", "--backup"]] {
        let mut was_written = false;
        for nth in 1.. {
            let folder = Folder::new();
            let (outcome, injected) =
                folder.run_with_fault(&format!("lseek:signal=SIGTERM:when={nth}"), options);
            if !injected {
                break;
            }
            assert_eq!(outcome.status, Some(143), "{nth}: {outcome:?}");
            was_written = folder.is_written();
        }
        assert!(was_written);
    }
}

/// What a power cut leaves depends on this order.
/// docs/config.md: "The new text is written to a new file beside it, `.tc_calendar.tmp`, with the old file's
/// metadata, and synced."
/// docs/config.md: "The new file gets the config's name, and the folder is synced."
/// docs/config.md: "after a power cut, if the file system and the disk keep what is synced"
#[test]
#[ignore = "needs strace"]
fn the_new_file_is_synced_before_it_gets_the_name_and_the_folder_afterwards() {
    let folder = Folder::new();
    let trace = folder.folder.path().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-e", "trace=fsync,renameat", "-o"]).arg(&trace);
    assert_eq!(outcome(command.arg(PROGRAM).args(folder.arguments())).status, Some(0));
    let trace = fs::read_to_string(trace).unwrap();
    let calls: Vec<&str> = trace.lines().filter(|line| line.contains('(')).collect();
    let is_last = |call: &&str| call.contains(" renameat(") && call.contains("\"config.json\"");
    let renamed = calls.iter().position(is_last).unwrap();
    assert!(calls[renamed].contains("\".tc_calendar.tmp\""), "{trace}");
    let (before, after) = (calls[renamed - 1], calls[renamed + 1]);
    assert!(before.contains(" fsync(") && before.contains("/etc/.tc_calendar.tmp>"), "{trace}");
    assert!(after.contains(" fsync(") && after.contains("/etc>"), "{trace}");
}

/// The file cannot be synced, and the old content cannot be written again. If the file cannot even be read any more,
/// the worst is said.
#[test]
#[ignore = "needs strace"]
fn a_write_in_place_that_cannot_be_undone_is_reported() {
    let run = |fault: &str| {
        let folder = Folder::new();
        let fault = format!("fsync:error=EIO -e inject={fault} -P {}", quoted(&folder.config));
        let (outcome, injected) = folder.run_with_fault(&fault, &["--in-place"]);
        assert!(injected, "{outcome:?}");
        (outcome, fs::read_to_string(&folder.config).unwrap())
    };
    let (outcome, text) = run("write:error=EIO:when=3+");
    outcome.fails(3, "the config is written, but cannot be synced to the disk: input/output error");
    assert!(text.starts_with(&format!("{BEFORE}$argon2id$")) && text.ends_with(AFTER), "{text:?}");
    let damaged = ": the config is damaged, because writing it failed half-way: input/output error\n";
    let said = (1..10).map(|nth| run(&format!("lseek:error=EIO:when={nth}+")).0.stderr);
    assert!(said.filter(|said| said.contains(damaged)).count() > 0);
}

/// strace injects the faults.
/// docs/config.md: "Signals that end the program wait while the new file exists."
/// docs/config.md: "A file system that does not lock is refused."
#[test]
#[ignore = "needs strace"]
fn failing_calls_are_worked_around_or_reported_and_leave_nothing_behind() {
    common::needs("strace");
    let unwritable = "the config cannot be written: input/output error\nhint: check the disk";
    for (fault, options, status, message) in [
        // Calls that some systems do not support.
        ("statx:error=ENOSYS", &[][..], 0, ""),
        ("inotify_init1:error=EMFILE", &[], 0, ""),
        ("fsync:error=EINVAL", &[], 0, ""),
        ("fsync:error=EOPNOTSUPP", &["--in-place", "--backup"], 0, ""),
        ("flistxattr:error=EOPNOTSUPP", &[], 0, ""),
        (
            "flock:error=ENOLCK",
            &[],
            3,
            "the config's folder cannot be locked: no locks available\nhint: copy the config to a local disk",
        ),
        // Errors.
        (
            "renameat:error=EIO",
            &[],
            3,
            "the config cannot be replaced: input/output error\nhint: check the disk",
        ),
        ("renameat2:error=EIO", &["--backup"], 3, "the backup cannot be written: input/output error"),
        // A file system that cannot refuse to replace, and one without hard links besides.
        ("renameat2:error=EINVAL", &["--backup"], 0, ""),
        ("renameat2,linkat:error=EINVAL", &["--in-place", "--backup"], 0, ""),
        ("fsync:error=EIO", &["--in-place"], 3, unwritable),
        ("fchmod:error=EPERM", &[], 3, "the config's owner, permissions or attributes cannot be kept: "),
        ("flistxattr:error=EIO", &[], 3, "the config's owner, permissions or attributes cannot be kept: "),
        // Signals are blocked while a temporary file exists. The first call of each kind belongs to the
        // rehearsal.
        ("renameat:signal=SIGTERM:when=2", &[], 143, ""),
        ("fchmod:signal=SIGINT:when=2", &[], 130, ""),
        ("fchmod:signal=SIGUSR1:when=2", &[], 138, ""),
        ("fchmod:signal=SIGALRM:when=2", &[], 142, ""),
        ("fchmod:signal=SIGXCPU:when=2", &[], 152, ""),
        ("fchmod:signal=SIGVTALRM:when=2", &[], 154, ""),
    ] {
        let folder = Folder::new();
        fs::set_permissions(&folder.config, fs::Permissions::from_mode(0o640)).unwrap();
        let (outcome, injected) = folder.run_with_fault(fault, options);
        assert!(injected, "{fault} did not happen: {outcome:?}");
        assert_eq!(outcome.status, Some(status), "{fault}: {outcome:?}");
        let named = format!("error: {}: ", folder.config.display());
        let said = outcome.stderr.strip_prefix(&named).unwrap_or_default();
        assert!(said.starts_with(message) && (status != 3 || !message.is_empty()), "{fault}: {outcome:?}");
        folder.assert_message_is_true(&outcome, fault);
        folder.assert_nothing_left();
    }
}

/// SMB and others do not replace a file that is open, and the run itself has it open.
/// docs/config.md: "Where a file system does not replace an open file, as SMB, the config is closed first."
#[test]
#[ignore = "needs strace"]
fn the_config_is_closed_where_an_open_file_cannot_be_replaced() {
    common::needs("strace");
    for error in ["EACCES", "EBUSY", "ETXTBSY", "EPERM"] {
        for options in [&[][..], &["--backup"]] {
            // The rehearsal renames once, then the config gets its name.
            for first in [1, 2] {
                let folder = Folder::new();
                let fault = format!("renameat:error={error}:when={first} -y -e trace=renameat,close");
                let (outcome, injected) = folder.run_with_fault(&fault, options);
                assert!(injected);
                assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{error} {first}");
                assert!(folder.is_written_by_killed(options));
                folder.assert_nothing_left();
                let trace = fs::read_to_string(folder.folder.path().join("trace")).unwrap();
                let calls: Vec<&str> =
                    trace.lines().skip_while(|line| !line.contains("(INJECTED)")).collect();
                let again = calls.iter().skip(1).position(|line| line.contains("renameat(")).unwrap();
                let closed = if first == 1 { "/.tc_calendar.bak.tmp>" } else { "/config.json>" };
                let is_closed = |line: &&str| line.contains("close(") && line.contains(closed);
                assert!(calls[..=again].iter().any(is_closed), "{trace}");
            }
        }
    }
}

/// docs/config.md: "a file system that replaces no file by renaming, as some sshfs mounts"
#[test]
#[ignore = "needs strace"]
fn a_file_system_that_replaces_no_file_is_named_before_asking() {
    common::needs("strace");
    let hint = "--in-place writes into the file itself, which is not safe against a crash\n";
    for (error, reason) in [
        ("EEXIST", "file exists"),
        ("EPERM", "operation not permitted"),
        ("ENOSYS", "function not implemented"),
    ] {
        for options in [&[][..], &["--backup"]] {
            let folder = Folder::new();
            let arguments = folder.arguments().into_iter().map(|word| word.replace("=hunter2", ""));
            let mut strace = Command::new("strace");
            strace.args(["-f", "-o", "/dev/null", "-e", &format!("inject=renameat:error={error}"), PROGRAM]);
            let outcome = outcome(strace.args(arguments).args(options));
            outcome.fails(3, &format!("the config cannot be replaced: {reason}"));
            assert!(outcome.stderr.ends_with(hint), "{}", outcome.stderr);
            folder.assert_untouched();
        }
    }
}

/// What changes owner, mode or attributes while the new file is written is no less a change than what an editor saves.
/// docs/config.md: "compared with what was read and copied, its metadata too."
#[test]
#[ignore = "needs root, strace, and a file system with attributes"]
fn metadata_that_changes_meanwhile_is_kept() {
    common::needs("strace");
    let changes: [fn(&Path); 4] = [
        |path| fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap(),
        |path| chown(path, Some(NOBODY), None).unwrap(),
        |path| chown(path, None, Some(NOBODY)).unwrap(),
        |path| xattr::set(path, "user.note", b"new").unwrap(),
    ];
    for change in changes {
        for options in [&[][..], &["--backup"]] {
            let folder = Folder::new();
            let trace = folder.folder.path().join("trace");
            // Two calls belong to the rehearsal, or three with a backup: the folder, and an empty file or two.
            let nth = 4 + options.len();
            let mut child = Command::new("strace")
                .args(["-f", "-o", trace.to_str().unwrap(), "-e", "trace=fsync"])
                .args(["-e", &format!("inject=fsync:delay_enter=1500000:when={nth}"), PROGRAM])
                .args(folder.arguments())
                .args(options)
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let deadline = Instant::now() + Duration::from_secs(20);
            while fs::read_to_string(&trace).unwrap_or_default().matches("fsync(").count() < nth {
                assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none());
            }
            change(&folder.config);
            let wanted = fs::metadata(&folder.config).unwrap();
            let output = child.wait_with_output().unwrap();
            let config = folder.config.display();
            let said =
                format!("error: {config}: another program has changed the config\nhint: run it again\n");
            assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
            assert!(!folder.is_written());
            let found = fs::metadata(&folder.config).unwrap();
            assert_eq!((found.mode(), found.uid(), found.gid()), (wanted.mode(), wanted.uid(), wanted.gid()));
            // No backup with what nobody else may read any more.
            folder.assert_untouched();
        }
    }
}

/// docs/config.md: "What cannot be cut off at the end, as in some sandboxes, is filled with line breaks."
#[test]
#[ignore = "needs strace"]
fn in_place_nothing_is_done_that_may_be_refused_later() {
    common::needs("strace");
    let short = format!("{BEFORE}{AFTER}");
    // The new hash is shorter than this one.
    let long = format!("{BEFORE}$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ${}{AFTER}", "A".repeat(86));
    let mut refused = 0;
    for call in ["write", "ftruncate", "fsync", "lseek", "fstat"] {
        for (old, error) in [(&short, "EPERM"), (&long, "EPERM"), (&long, "ENOSYS")] {
            // Once, and from then on.
            for (nth, more) in (1..6).flat_map(|nth| [(nth, ""), (nth, "+")]) {
                let folder = Folder::new();
                fs::write(&folder.config, old).unwrap();
                let fault = format!("{call}:error={error}:when={nth}{more} -P {}", quoted(&folder.config));
                let (outcome, injected) = folder.run_with_fault(&fault, &["--in-place"]);
                refused += u32::from(injected);
                let text = fs::read_to_string(&folder.config).unwrap();
                let is_old = text.trim_end() == old.trim_end();
                let new =
                    text.trim_end().strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(AFTER.trim_end()));
                let is_new = !is_old && new.is_some_and(|new| verifies(new, "hunter2"));
                assert!(is_old || is_new, "{fault}: {text:?}");
                let says_written =
                    outcome.status == Some(0) || outcome.stderr.contains("the config is written");
                assert_eq!(is_new, says_written, "{fault}: {outcome:?}");
            }
        }
    }
    assert!(refused > 40, "{refused}");
}

/// Injects each error at each call. The file is never a mixture, and the message is always true.
/// docs/config.md: "**Status 0 means written,**"
/// docs/config.md: "**An error says what is in the file.** This run has changed nothing in it, unless"
#[test]
#[ignore = "needs strace"]
fn the_message_is_true_after_any_fault() {
    let calls = [
        "flock",
        "write",
        "ftruncate",
        "fsync",
        "fchmod",
        "renameat",
        "renameat2",
        "unlinkat",
        "inotify_init1",
    ];
    fail_each_call(&calls, &["EIO"], &[&[], &["--in-place", "--backup"]]);
}

#[test]
#[ignore = "needs strace, and half an hour"]
fn the_message_is_true_after_every_error_of_every_call() {
    let errors =
        ["EIO", "ENOSPC", "EACCES", "EPERM", "ENOENT", "EMFILE", "EROFS", "EINTR", "ENOMEM", "EDQUOT"];
    fail_each_call(&ALL_CALLS, &errors, &MODES);
    for run in RUNS {
        refuse_each_call(run, true);
    }
}

/// docs/install.md: "A run fails without one of these, and its message says what the sandbox must allow."
/// docs/install.md: "Every other call that is refused makes no difference"
#[test]
#[ignore = "needs strace"]
fn a_system_call_that_a_sandbox_refuses_is_named_or_not_needed() {
    for run in RUNS {
        assert_eq!(refuse_each_call(run, false), needs_of(run, 2), "{run:?}");
    }
}

/// Landlock refuses rights where a filter refuses calls.
#[test]
#[ignore = "needs Python, and a kernel with Landlock"]
fn a_right_that_landlock_refuses_is_named_or_not_needed() {
    /// Refuses one right everywhere, by its bit in `landlock_access_fs` (linux/landlock.h), and runs a program.
    const REFUSE: &str = "import ctypes, os, sys
libc = ctypes.CDLL(None)
right = ctypes.c_uint64(1 << int(sys.argv[1]))
ruleset = libc.syscall(444, ctypes.byref(right), 8, 0)
libc.prctl(38, 1, 0, 0, 0)
if ruleset < 0 or libc.syscall(446, ruleset, 0): sys.exit('no Landlock')
os.execv(sys.argv[2], sys.argv[2:])";
    // The program itself could not be read without READ_FILE.
    let rights = ["WRITE_FILE", "READ_FILE", "READ_DIR", "", "REMOVE_FILE", "", "", "MAKE_REG"];
    for run in &RUNS[1..] {
        let mut needed = BTreeSet::from(["READ_FILE".to_owned()]);
        for (bit, right) in (1..).zip(rights).filter(|(_, right)| !["", "READ_FILE"].contains(right)) {
            let folder = Folder::new();
            let mut command = Command::new("python3");
            command.args(["-c", REFUSE, &bit.to_string(), PROGRAM]).args(run.arguments(&folder));
            let outcome = outcome(&mut command);
            assert_ne!(outcome.status, Some(1), "{outcome:?}");
            folder.assert_message_is_true(&outcome, right);
            if outcome.status == Some(3) {
                assert!(outcome.stderr.contains(&format!("(in Landlock, {right}")), "{right}: {outcome:?}");
                needed.insert(right.to_owned());
            }
        }
        assert_eq!(needed, needs_of(*run, 4), "{run:?}");
    }
}

/// A run whose needs docs/install.md lists.
#[derive(Debug, Clone, Copy)]
struct SandboxedRun {
    /// The first column of the table.
    name: &'static str,
    /// None for a run without a config.
    options: Option<&'static [&'static str]>,
}

const RUNS: [SandboxedRun; 3] = [
    SandboxedRun { name: "`--hash_pass`", options: None },
    SandboxedRun { name: "`--config`", options: Some(&[]) },
    SandboxedRun { name: "`--in-place`", options: Some(&["--in-place"]) },
];

impl SandboxedRun {
    fn arguments(self, folder: &Folder) -> Vec<String> {
        match self.options {
            None => folder.arguments_from_file(),
            Some(options) => folder
                .arguments()
                .into_iter()
                .chain(options.iter().map(|&option| option.to_owned()))
                .collect(),
        }
    }
}

/// What a run needs, from a column of the table in docs/install.md.
fn needs_of(run: SandboxedRun, column: usize) -> BTreeSet<String> {
    let page = include_str!("../docs/install.md");
    let row = page.lines().find(|line| line.starts_with(&format!("| {} |", run.name))).unwrap();
    row.split('|').nth(column).unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Refuses each system call that a run makes, once, or from the first step of `main` on, as a sandbox does. What the
/// loader and the runtime do before is not this program's. Returns those without which the run fails.
fn refuse_each_call(run: SandboxedRun, once: bool) -> BTreeSet<String> {
    common::needs("strace");
    let mut needed = BTreeSet::new();
    let folder = Folder::new();
    let mut calls = folder.calls(&run.arguments(&folder));
    // What cannot be closed stays locked, and neither the standard library nor any sandbox knows of that.
    calls.remove("close");
    for (call, before) in &calls {
        for error in ["EPERM", "ENOSYS"] {
            for nth in before + 1..=if once { usize::MAX } else { before + 1 } {
                let folder = Folder::new();
                fs::set_permissions(&folder.config, fs::Permissions::from_mode(0o640)).unwrap();
                let fault = format!("{call}:error={error}:when={nth}{}", if once { "" } else { "+" });
                let (outcome, injected) = folder.run_arguments_with_fault(&fault, &run.arguments(&folder));
                if !injected {
                    break;
                }
                folder.assert_refusal(&outcome, call, &fault, run);
                if !once && outcome.status == Some(3) {
                    // An error cannot be told without `write`.
                    let is_named = outcome.stderr.contains("allow") && outcome.stderr.contains(call);
                    assert!(is_named || call == "write", "{fault}: {outcome:?}");
                    needed.insert(call.clone());
                }
            }
        }
    }
    needed
}

fn fail_each_call(calls: &[&str], errors: &[&str], modes: &[&[&str]]) {
    common::needs("strace");
    let mut failed = 0;
    for options in modes {
        for call in calls {
            for error in errors {
                for nth in 1.. {
                    let folder = Folder::new();
                    fs::set_permissions(&folder.config, fs::Permissions::from_mode(0o640)).unwrap();
                    let fault = format!("{call}:error={error}:when={nth}");
                    let (outcome, injected) = folder.run_with_fault(&fault, options);
                    if !injected {
                        break;
                    }
                    failed += u32::from(outcome.status == Some(3));
                    folder.assert_message_is_true(&outcome, &fault);
                    let again = outcome_of(&folder, options);
                    assert_eq!(again.status, Some(0), "{fault}: {again:?}");
                    folder.assert_nothing_left();
                }
            }
        }
    }
    assert!(failed > 8, "{failed} faults were told of");
}

#[test]
#[ignore = "needs root, and a file system with chattr's flags"]
fn a_folder_that_is_append_only_is_refused() {
    let folder = Folder::new();
    let etc = folder.config.parent().unwrap();
    chattr("+a", etc);
    let outcome = tc_calendar(folder.arguments()).run();
    chattr("-a", etc);
    outcome.fails(3, "cannot create a file next to the config: its folder is append-only");
    assert!(outcome.stderr.contains("chattr -a"));
    folder.assert_untouched();
}

/// docs/config.md: "a flag of chattr(1),"
#[test]
#[ignore = "needs root, and a file system with chattr's flags"]
fn a_flag_of_chattr_is_reported_before_a_password_is_asked_for() {
    for (flag, options, message) in [
        ("i", &[][..], "the config cannot be written: it is immutable"),
        ("a", &["--in-place"], "the config cannot be written: it is append-only"),
    ] {
        let folder = Folder::new();
        chattr(&format!("+{flag}"), &folder.config);
        let arguments = folder.arguments().into_iter().map(|argument| argument.replace("=hunter2", ""));
        // Asking for a password would fail with another message, or wait at a terminal.
        let outcome = tc_calendar(arguments).args(options).run();
        chattr(&format!("-{flag}"), &folder.config);
        outcome.fails(3, message);
        assert!(outcome.stderr.contains(&format!("chattr -{flag}")), "{}", outcome.stderr);
    }
}

/// docs/config.md: "a name that is too long,"
#[test]
fn the_longest_file_names_work() {
    for (length, options, status) in [(255, &[][..], 0), (251, &["--backup"], 0), (252, &["--backup"], 3)] {
        let folder = Folder::new();
        let long = folder.config.with_file_name("x".repeat(length));
        fs::rename(&folder.config, &long).unwrap();
        let arguments = folder.arguments().into_iter().map(|argument| {
            if argument == folder.config.to_str().unwrap() {
                long.to_str().unwrap().to_owned()
            } else {
                argument
            }
        });
        // No password is given: a name that is too long is refused before asking.
        let arguments =
            arguments.map(|argument| if status == 0 { argument } else { argument.replace("=hunter2", "") });
        let outcome = tc_calendar(arguments).args(options).run();
        if status == 0 {
            assert_eq!(outcome.status, Some(0), "{length}: {outcome:?}");
        } else {
            outcome.fails(3, "the backup cannot be written: file name too long");
            assert!(outcome.stderr.contains("use a shorter name"));
        }
    }
}

/// docs/config.md: "Where the system does not let them be kept, nothing is written."
#[test]
#[ignore = "needs root"]
fn a_mode_that_cannot_be_kept_is_refused() {
    let folder = Folder::new();
    let etc = folder.config.parent().unwrap();
    // The folder's set-group-ID gives new files a group that the owner is not in.
    chown(etc, Some(NOBODY), Some(1_234)).unwrap();
    fs::set_permissions(etc, fs::Permissions::from_mode(0o2775)).unwrap();
    chown(&folder.config, Some(NOBODY), Some(1_234)).unwrap();
    fs::set_permissions(&folder.config, fs::Permissions::from_mode(0o2664)).unwrap();
    let message = "the config's owner, permissions or attributes cannot be kept: \
                   the system does not keep its set-user-ID or set-group-ID bit";
    folder.run_as_nobody(&[]).fails(3, message);
    folder.assert_untouched();
    assert_eq!(fs::metadata(&folder.config).unwrap().mode() & 0o7777, 0o2664);
}

/// docs/config.md: "a file that would become larger than 1 MiB"
#[test]
fn a_config_that_would_grow_too_large_is_refused_before_asking() {
    let folder = Folder::new();
    let text = format!("{BEFORE}{AFTER}");
    let padding = " "
        .repeat(usize::try_from(tc_calendar::config_file::replace::MAX_CONFIG_BYTES).unwrap() - text.len());
    fs::write(&folder.config, text + &padding).unwrap();
    let arguments = folder.arguments().into_iter().map(|argument| argument.replace("=hunter2", ""));
    tc_calendar(arguments).run().fails(3, "with the new hash, the config would be larger than 1 MiB");
}

/// docs/config.md: "The folder is locked, which keeps other runs out,"
/// docs/config.md: "They wait for each other, with `--in-place` too."
#[test]
fn concurrent_runs_lose_nothing() {
    run_concurrently(30);
}

#[test]
#[ignore = "needs minutes"]
fn a_thousand_concurrent_runs_lose_nothing() {
    run_concurrently(1_000);
}

/// Starts `runs` runs, ten at a time, each with its own key. Half of them write in place.
fn run_concurrently(runs: usize) {
    let folder = Folder::new();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if number >= runs {
                        return;
                    }
                    let key = format!("/k{number}");
                    let arguments = folder
                        .arguments()
                        .into_iter()
                        .map(|word| if word == "/password" { key.clone() } else { word });
                    let option: &[&str] = if number.is_multiple_of(2) { &[] } else { &["--in-place"] };
                    let mut command = Command::new(PROGRAM);
                    command.args(arguments).arg("--create-key").args(option);
                    // A run gives up after 15 seconds, which a busy machine may need for the others.
                    loop {
                        let outcome = outcome(&mut command);
                        if outcome.status == Some(0) {
                            break;
                        }
                        assert!(outcome.stderr.contains(" is locked by another program\n"), "{outcome:?}");
                    }
                }
            });
        }
    });
    let text = fs::read_to_string(&folder.config).unwrap();
    for number in 0..runs {
        assert!(text.contains(&format!("\"k{number}\": \"$argon2id$")), "/k{number} is lost");
    }
    folder.assert_nothing_left();
}

/// docs/config.md: "**What an editor saves is kept, or the message says that it was replaced.**"
#[test]
fn an_editor_loses_nothing_or_the_run_says_so() {
    edit_during_runs(60);
}

#[test]
#[ignore = "needs minutes"]
fn an_editor_loses_nothing_or_the_run_says_so_a_thousand_times() {
    edit_during_runs(1_000);
}

/// An editor saves at times spread over a run, by renaming or in place.
fn edit_during_runs(rounds: u32) {
    let folder = Folder::new();
    let old = format!("{BEFORE}{AFTER}");
    let start = Instant::now();
    assert_eq!(outcome_of(&folder, &[]).status, Some(0));
    let whole_run = start.elapsed();
    let (mut kept, mut noticed) = (0, 0);
    for round in 0..rounds {
        fs::write(&folder.config, &old).unwrap();
        let option: &[&str] = if round % 4 == 3 { &["--in-place"] } else { &[] };
        let child = Command::new(PROGRAM)
            .args(folder.arguments())
            .args(option)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(whole_run.mul_f64(1.5 * f64::from(round) / f64::from(rounds)));
        let edited = format!("{old}// edit {round}\n");
        // An editor that opened the old file before it was replaced, and writes to it afterwards,
        // cannot be protected.
        let mut has_saved = true;
        if round % 2 == 1 {
            let saved = folder.config.with_file_name("config.json.saved");
            fs::write(&saved, &edited).unwrap();
            fs::rename(&saved, &folder.config).unwrap();
        } else {
            let file = fs::File::options().write(true).open(&folder.config).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, edited.as_bytes(), 0).unwrap();
            has_saved = file.metadata().unwrap().ino() == fs::metadata(&folder.config).unwrap().ino();
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let text = fs::read_to_string(&folder.config).unwrap();
        kept += u32::from(text.contains(&format!("// edit {round}")));
        noticed += u32::from(!output.status.success());
        assert!(
            text.contains(&format!("// edit {round}")) || !output.status.success() || !has_saved,
            "the editor's text is lost: {text:?} {said:?}"
        );
    }
    assert!(kept > 0, "{kept} kept, {noticed} noticed");
    folder.assert_nothing_left();
}

/// docs/config.md: "after one second a note says so"
#[test]
fn a_note_says_that_the_run_waits() {
    let folder = Folder::new();
    let holder = fs::File::open(&folder.config).unwrap();
    holder.lock().unwrap();
    let arguments = folder.arguments().into_iter().filter(|argument| argument != "-q");
    let mut child = Command::new(PROGRAM).args(arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.ends_with("waiting for another program that uses the config\n") {
        let count = std::io::BufRead::read_line(&mut stderr, &mut said).unwrap();
        assert!(count > 0, "{said}");
    }
    holder.unlock().unwrap();
    std::io::Read::read_to_string(&mut stderr, &mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(folder.is_written());
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
    assert!(!folder.config.with_file_name("nowhere").exists());
}
