//! The locks of runs: readers of the config are let in, and runs and other writers keep each other out.
// They are those of Linux. The other systems lock the folder alone.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::cell::Cell;
use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{CHEAP, PROGRAM, copy_program, names};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tc_calendar::config_file::replace::{self, FileError, ReplaceOptions, Role, Wait};
use tempfile::TempDir;

const PLAIN: ReplaceOptions = ReplaceOptions { in_place: false, backup: false };
const BACKUP: ReplaceOptions = ReplaceOptions { in_place: false, backup: true };
const IN_PLACE: ReplaceOptions = ReplaceOptions { in_place: true, backup: false };
const IN_PLACE_BACKUP: ReplaceOptions = ReplaceOptions { in_place: true, backup: true };
const ALL_OPTIONS: [ReplaceOptions; 4] = [PLAIN, BACKUP, IN_PLACE, IN_PLACE_BACKUP];

/// A folder with a config in it.
struct Folder {
    folder: TempDir,
    config: PathBuf,
}

impl Folder {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.json");
        fs::write(&config, text).unwrap();
        Self { folder, config }
    }

    fn names(&self) -> Vec<String> {
        names(&self.folder)
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.config).unwrap()
    }

    /// Starts a run that puts a hash at `key`, with signals as a login has them: `nohup` and others leave some ignored.
    fn start(&self, key: &str, options: &[&str]) -> Child {
        let mut command = Command::new("env");
        command.args(["--default-signal", PROGRAM, "--hash_pass=hunter2", "--create-key", "--key", key]);
        command.args(CHEAP).arg("--config").arg(&self.config).args(options);
        command.stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// A file that is locked as a .NET program locks what it reads.
fn open_as_dotnet(path: &Path) -> Option<File> {
    let file = File::open(path).unwrap();
    match file.try_lock_shared() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock) => None,
        Err(TryLockError::Error(error)) => panic!("{error}"),
    }
}

fn append(path: &Path, options: ReplaceOptions, wait: &Wait<'_>, text: &str) -> Result<(), FileError> {
    replace::replace(path, options, wait, |old| Ok([old, text.as_bytes()].concat())).map(|_| ())
}

/// docs/config.md: "While the config is replaced, no run has one, so such a program is let in."
#[test]
fn a_reader_that_locks_is_let_in_while_the_config_is_replaced() {
    let folder = Folder::new(&"0".repeat(1_000));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                let mut text = String::new();
                let file = open_as_dotnet(&folder.config);
                file.expect("it is let in").read_to_string(&mut text).unwrap();
                assert!(text.len() == 1_000 && text.bytes().all(|byte| byte == text.as_bytes()[0]), "{text}");
                count += 1;
            }
            count
        });
        for (round, options) in (1..=50).zip([PLAIN, BACKUP].iter().cycle()) {
            let new = [b'0' + round % 10; 1_000];
            replace::replace(&folder.config, *options, &Wait::new(&|| ()), |_| {
                assert!(open_as_dotnet(&folder.config).is_some());
                Ok::<_, FileError>(new.to_vec())
            })
            .unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
}

/// Between the steps of a run, and in the rehearsal, in place too.
#[test]
fn a_reader_that_locks_is_let_in_and_a_writer_is_not() {
    for options in ALL_OPTIONS {
        let folder = Folder::new("old");
        let look = |_: &[u8]| {
            assert!(open_as_dotnet(&folder.config).is_some());
            let writer = File::open(&folder.config).unwrap();
            assert!(matches!(writer.try_lock(), Err(TryLockError::WouldBlock)));
            Ok::<_, FileError>(b"new".to_vec())
        };
        replace::rehearse(&folder.config, options, &Wait::new(&|| ()), look).unwrap();
        replace::replace(&folder.config, options, &Wait::new(&|| ()), look).unwrap();
    }
}

/// docs/config.md: "A lease on it, as file servers take, is waited for, too."
/// The kernel asks its holder to give it back (fcntl(2), `F_SETLEASE`).
#[test]
#[ignore = "needs Python"]
fn a_program_that_has_a_lease_on_the_config_is_waited_for() {
    const HOLD: &str = "import fcntl, signal, sys, time
file = open(sys.argv[1], 'r+')
def give_back(*_):
    time.sleep(0.3)
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
signal.signal(signal.SIGIO, give_back)
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('held', flush=True)
time.sleep(30)";
    common::needs("python3");
    for options in
        [&["--hash_pass=hunter2", "-q"][..], &["--hash_pass=hunter2", "-q", "--in-place"], &["--inspect"]]
    {
        let folder = Folder::new("{\"a\": \"\"}");
        let mut holder = Command::new("python3");
        holder.args(["-c", HOLD]).arg(&folder.config).stdout(Stdio::piped());
        let mut holder = holder.spawn().unwrap();
        holder.stdout.as_mut().unwrap().read_exact(&mut [0; 4]).unwrap();
        let run = common::tc_calendar(options).args(["--key", "/a", "--config"]).args([&folder.config]);
        let outcome = run.run();
        holder.kill().unwrap();
        holder.wait().unwrap();
        let expected = if options.len() == 1 { Some(1) } else { Some(0) };
        assert_eq!(outcome.status, expected, "{outcome:?}");
    }
}

/// docs/config.md: "One that keeps the config open keeps the old file."
#[test]
fn nothing_waits_for_a_program_that_keeps_the_config_open_to_read() {
    for options in ALL_OPTIONS {
        let folder = Folder::new("old");
        let mut held = open_as_dotnet(&folder.config).unwrap();
        let wait = Wait::new(&|| panic!("it waits"));
        replace::rehearse(&folder.config, options, &wait, |old| Ok::<_, FileError>(old.to_vec())).unwrap();
        if !options.in_place {
            append(&folder.config, options, &wait, " and new").unwrap();
            assert_eq!(folder.text(), "old and new");
            assert_eq!(std::io::read_to_string(&mut held).unwrap(), "old");
        }
    }
}

/// Another program may write as soon as no reader has the config open, sooner than the run that waits.
/// docs/config.md: "One that keeps the config open is waited for by the step that writes."
/// docs/config.md: "Only a run that had to wait after it had read the file begins again."
#[test]
fn writing_in_place_waits_for_readers_and_loses_nothing() {
    for options in [IN_PLACE, IN_PLACE_BACKUP] {
        for writes in [false, true] {
            let folder = Folder::new("old");
            let held = Cell::new(open_as_dotnet(&folder.config));
            let notice = || {
                assert_eq!(folder.text(), "old");
                assert_eq!(folder.names(), ["config.json"], "a backup is made after the wait");
                drop(held.take());
                if writes {
                    let mut writer = File::options().append(true).open(&folder.config).unwrap();
                    writer.lock().unwrap();
                    writer.write_all(b", another's").unwrap();
                }
            };
            append(&folder.config, options, &Wait::new(&notice), ", new").unwrap();
            assert_eq!(folder.text(), if writes { "old, another's, new" } else { "old, new" });
            let backup = options.backup.then_some("config.json.bak");
            assert_eq!(folder.names(), ["config.json"].into_iter().chain(backup).collect::<Vec<_>>());
        }
    }
}

/// docs/config.md: "such a program is refused while the bytes are written, but not while the disk syncs."
#[test]
#[ignore = "needs strace"]
fn a_reader_that_locks_is_let_in_while_the_disk_syncs() {
    common::needs("strace");
    for options in [&["--in-place"][..], &["--in-place", "--backup"]] {
        let folder = Folder::new(r#"{"a": ""}"#);
        let mut command = Command::new("strace");
        command.args(["-f", "-o", "/dev/null", "-e", "inject=fsync:delay_enter=2000000", PROGRAM]);
        command.args(["--hash_pass=hunter2", "--key=/a", "--config"]).arg(&folder.config).args(CHEAP);
        let mut run = command.args(options).spawn().unwrap();
        // It can be refused only until the hash is there.
        while !folder.text().contains("$argon2id$") || open_as_dotnet(&folder.config).is_none() {
            assert_eq!(run.try_wait().unwrap(), None, "it was refused until the end");
        }
        assert_eq!(run.try_wait().unwrap(), None, "the disk syncs");
        assert!(run.wait().unwrap().success());
    }
}

/// docs/config.md: "They wait for each other, with `--in-place` too."
#[test]
fn runs_and_writers_lose_nothing_though_some_are_killed() {
    let folder = Folder::new("{}\n");
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let modes: [&[&str]; 4] = [&[], &["--in-place"], &["--backup"], &["--in-place", "--backup"]];
    let put_hashes = || {
        let mut written = Vec::new();
        while let number @ ..60 = next.fetch_add(1, Ordering::Relaxed) {
            let key = format!("/k{number}");
            // A run gives up after 15 seconds, which a busy machine may need for the others.
            loop {
                let mut run = folder.start(&key, modes[number % 4]);
                let is_killed = number.is_multiple_of(3);
                if is_killed {
                    thread::sleep(Duration::from_millis(number as u64 / 2));
                    run.kill().unwrap();
                }
                let output = run.wait_with_output().unwrap();
                let said = String::from_utf8(output.stderr).unwrap();
                if output.status.success() {
                    written.push(key);
                } else if !is_killed {
                    assert!(said.contains(" is locked by another program\n"), "{said}");
                    continue;
                }
                break;
            }
        }
        written
    };
    let write_comments = || {
        let mut count = 0;
        while !is_over.load(Ordering::Relaxed) {
            let mut file = File::options().read(true).append(true).open(&folder.config).unwrap();
            file.lock().unwrap();
            if file.metadata().unwrap().ino() == fs::metadata(&folder.config).unwrap().ino() {
                writeln!(file, "// comment {count};").unwrap();
                count += 1;
            }
            drop(file);
            thread::sleep(Duration::from_millis(5));
        }
        count
    };
    thread::scope(|scope| {
        let writer = scope.spawn(write_comments);
        let runs: Vec<_> = (0..8).map(|_| scope.spawn(put_hashes)).collect();
        let written: Vec<_> = runs.into_iter().flat_map(|run| run.join().unwrap()).collect();
        is_over.store(true, Ordering::Relaxed);
        let (comments, text) = (writer.join().unwrap(), folder.text());
        assert!(written.len() >= 40 && comments > 0);
        for key in written {
            assert!(text.contains(&format!("\"{}\": \"$argon2id$", &key[1..])), "{key} is lost: {text}");
        }
        for number in 0..comments {
            assert!(text.contains(&format!("// comment {number};\n")), "comment {number} is lost: {text}");
        }
    });
}

/// Runs that share no folder, as in a container into which the file is mounted by itself.
#[test]
fn runs_in_two_folders_write_in_place_one_after_the_other() {
    for options in [IN_PLACE, IN_PLACE_BACKUP] {
        let (folder, other) = (Folder::new(""), tempfile::tempdir().unwrap());
        let paths = [folder.config.clone(), other.path().join("other.json")];
        fs::hard_link(&paths[0], &paths[1]).unwrap();
        let put_letter = |letter: u8, path: &Path| {
            // On a slow disk, a run may give up waiting.
            while let Err(error) =
                append(path, options, &Wait::new(&|| ()), str::from_utf8(&[letter]).unwrap())
            {
                assert!(matches!(error, FileError::Locked(_)), "{error}");
            }
        };
        thread::scope(|scope| {
            for (letter, path) in (b'a'..=b't').zip(paths.iter().cycle()) {
                scope.spawn(move || put_letter(letter, path));
            }
        });
        let mut letters = folder.text().into_bytes();
        letters.sort_unstable();
        assert_eq!(letters, b"abcdefghijklmnopqrst");
    }
}

#[test]
#[ignore = "needs root"]
fn runs_in_a_folder_that_cannot_be_read_write_in_place_one_after_the_other() {
    let folder = Folder::new("{}\n");
    let program = folder.folder.path().join("tc_calendar");
    copy_program(&program);
    fs::set_permissions(&folder.config, fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(folder.folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let run = |number: usize| {
        let mut command = Command::new(&program);
        command.args(["--hash_pass=hunter2", "--in-place", "--create-key", "--key", &format!("/k{number}")]);
        command.args(CHEAP).arg("--config").arg(&folder.config).uid(65_534).gid(65_534).current_dir("/");
        command.status().unwrap().success()
    };
    thread::scope(|scope| {
        // A run gives up after 15 seconds, which a busy machine may need for the others.
        let run = |number| (0..10).any(|_| run(number));
        let runs: Vec<_> = (0..10).map(|number| scope.spawn(move || run(number))).collect();
        assert!(runs.into_iter().all(|run| run.join().unwrap()));
    });
    assert_eq!(folder.text().matches("$argon2id$").count(), 10, "{}", folder.text());
}

/// Where a file system replaces no file that is open, the runs that wait must not have it open.
#[test]
fn a_run_that_waits_for_the_folder_has_no_file_open_and_ends_by_a_signal() {
    let folder = Folder::new("{}");
    let held = File::open(folder.folder.path()).unwrap();
    held.lock().unwrap();
    let mut run = folder.start("/a", &[]);
    let start = Instant::now();
    let mut closed_since = start;
    // Before it waits, it may look into the file.
    while closed_since.elapsed() < Duration::from_millis(500) {
        for descriptor in fs::read_dir(format!("/proc/{}/fd", run.id())).unwrap() {
            let is_config = |target: PathBuf| target.starts_with(folder.folder.path()) && target.is_file();
            if fs::read_link(descriptor.unwrap().path()).is_ok_and(is_config) {
                closed_since = Instant::now();
            }
        }
        assert!(start.elapsed() < Duration::from_secs(10), "it waits with the file open");
    }
    assert_ends_by(&mut run, Signal::SIGINT);
    assert_eq!((folder.text().as_str(), fs::read_dir(folder.folder.path()).unwrap().count()), ("{}", 1));
}

/// docs/config.md: "A run then ends after 15 seconds with status 3, and has changed nothing."
#[test]
#[ignore = "needs 15 seconds"]
fn a_lock_on_the_folder_ends_in_an_error() {
    let folder = Folder::new("old");
    let held = File::open(folder.folder.path()).unwrap();
    held.lock_shared().unwrap();
    let error = append(&folder.config, PLAIN, &Wait::new(&|| ()), "new").unwrap_err();
    assert_eq!(error, FileError::Locked(Role::Folder));
    assert_eq!(error.to_string(), "the config's folder is locked by another program");
    assert_eq!(folder.text(), "old");
}

#[test]
fn a_signal_ends_a_run_that_waits_to_write_in_place() {
    for options in [&["--in-place"][..], &["--in-place", "--backup"]] {
        let folder = Folder::new("{}");
        let _held = open_as_dotnet(&folder.config).unwrap();
        let mut run = folder.start("/a", options);
        thread::sleep(Duration::from_millis(500));
        assert_eq!(run.try_wait().unwrap(), None, "it waits");
        assert_ends_by(&mut run, Signal::SIGTERM);
        assert_eq!(folder.text(), "{}");
        assert!(folder.names().iter().all(|name| name.starts_with("config.json")));
    }
}

#[track_caller]
fn assert_ends_by(run: &mut Child, signal: Signal) {
    kill(Pid::from_raw(run.id().cast_signed()), signal).unwrap();
    let start = Instant::now();
    assert_eq!(run.wait().unwrap().signal(), Some(signal as i32));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
