//! Batches: the order of their results, errors among them, and their use of memory and threads.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CHEAP, tc_calendar, verifies};

/// `password 1`, `password 2` and so on, one per line.
fn numbered(count: usize) -> String {
    (1..=count).map(|number| format!("password {number}\n")).collect::<Vec<_>>().concat()
}

/// README.md: "With `--lines` each line is hashed, in order,"
#[test]
fn results_are_in_the_order_of_the_lines() {
    for options in [&CHEAP[..], &[&CHEAP[..], &["--cross-check"]].concat()] {
        let outcome = tc_calendar(options).args(["--hash_pass"]).lines(numbered(500)).run();
        let lines = outcome.lines();
        assert_eq!(lines.len(), 500);
        for (index, line) in lines.iter().enumerate() {
            assert!(verifies(line, format!("password {}", index + 1)), "line {}", index + 1);
        }
    }
}

#[test]
fn json_lines_are_in_the_order_of_the_lines() {
    let outcome = tc_calendar(CHEAP).args(["--format", "json", "--hash_pass"]).lines(numbered(100)).run();
    assert_eq!(outcome.lines().len(), 100);
    for (index, line) in outcome.lines().iter().enumerate() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(verifies(object["encoded"].as_str().unwrap(), format!("password {}", index + 1)));
    }
}

/// docs/batches.md: "The hashes of the lines before it are printed, and no others."
#[test]
fn a_bad_line_ends_the_run_after_the_results_of_earlier_lines() {
    for bad in [1, 2, 3, 4, 50, 51] {
        let mut lines: Vec<String> = numbered(100).lines().map(str::to_owned).collect();
        lines[bad - 1].clear();
        let mut outcome = tc_calendar(CHEAP).args(["--hash_pass"]).lines(lines.join("\n")).run();
        assert_eq!(outcome.stdout.lines().count(), bad - 1);
        outcome.stdout.clear();
        outcome.fails(2, &format!("line {bad}: the password is empty"));
    }
}

#[test]
fn notes_are_in_order() {
    let text = numbered(20).replace('\n', " \n");
    let outcome = tc_calendar(["--profile", "owasp", "--hash_pass"]).lines(text).run();
    let numbers: Vec<String> = (1..=20).map(|number| format!("note: line {number}:")).collect();
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 20);
    assert!(lines.iter().zip(&numbers).all(|(line, number)| line.starts_with(number)), "{lines:?}");
}

#[cfg(all(target_os = "linux", not(portable)))]
mod limits {
    use std::fs::{self, File, Permissions};
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::process::{Command, Stdio};

    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::{Pid, Uid};

    use super::common::PROGRAM;
    use super::*;

    /// Peak memory of a batch that hashes, in KiB.
    fn peak_kib(count: usize, options: &[&str]) -> u64 {
        peak_kib_of(numbered(count), &[&["--hash_pass"], options].concat())
    }

    /// Peak memory of a batch in KiB, read when all results are printed and the program waits for more
    /// input: what the system reports after its end includes the memory of the process that started it.
    fn peak_kib_of(lines: String, options: &[&str]) -> u64 {
        let count = lines.lines().count();
        let mut child = Command::new(PROGRAM)
            .args(["--password-stdin", "--lines"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            stdin.write_all(lines.as_bytes()).unwrap();
            stdin
        });
        let results = BufReader::new(child.stdout.take().unwrap()).lines().take(count);
        assert_eq!(results.map_while(Result::ok).count(), count);
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        drop(writer.join().unwrap());
        assert!(child.wait().unwrap().success());
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Calls a function in a thread that has, with the programs that it starts, at most two of the
    /// processors that it may use. The function gets how many: a container may have still fewer.
    fn on_two_processors<T: Send + 'static>(call: impl FnOnce(u64) -> T + Send + 'static) -> T {
        let thread = std::thread::spawn(|| {
            let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap();
            let mut chosen = CpuSet::new();
            for number in (0..CpuSet::count()).filter(|&number| allowed.is_set(number).unwrap()).take(2) {
                chosen.set(number).unwrap();
            }
            sched_setaffinity(Pid::from_raw(0), &chosen).unwrap();
            call(std::thread::available_parallelism().unwrap().get() as u64)
        });
        thread.join().unwrap()
    }

    /// docs/batches.md: "the program needs a few MiB, however many lines there are"
    #[test]
    fn memory_does_not_grow_with_the_input() {
        let (few, many) = on_two_processors(|_| (peak_kib(2_000, &CHEAP), peak_kib(30_000, &CHEAP)));
        // Less than 24 bytes a line, and malloc gives no less.
        assert!(many < few + 650, "{many} KiB for 30,000 lines, {few} KiB for 2,000");
    }

    /// docs/exchange.md: "Both files are read as it goes on"
    #[test]
    fn verifying_keeps_neither_hashes_nor_passwords() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hashes");
        let hash = hash("8", "hunter2");
        let peak = |count| {
            fs::write(&file, format!("{hash}\n").repeat(count)).unwrap();
            peak_kib_of("hunter2\n".repeat(count), &["--verify", "--encoded-file", file.to_str().unwrap()])
        };
        let [few, many] = [2_000, 30_000].map(peak);
        assert!(many < few + 650, "{many} KiB for 30,000 lines, {few} KiB for 2,000");
    }

    /// The hash of a password, with so much memory.
    fn hash(memory: &str, password: &str) -> String {
        let cost = ["-q", "-m", memory, "-t", "1", "-p", "1", "--hash_pass"];
        tc_calendar(cost).secret(password).run().lines()[0].to_owned()
    }

    /// The first hash is small, and two of the large ones do not fit into the address space at once.
    #[test]
    fn verifying_waits_for_memory_where_hashes_are_of_several_sizes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hashes");
        let (small, large) = (hash("1MiB", "hunter2"), hash("120MiB", "hunter2"));
        let huge = small.replace("m=1024", "m=614400");
        let verify = move |hashes: &[&String]| {
            let lines: Vec<&str> = hashes.iter().map(|hash| hash.as_str()).collect();
            fs::write(&file, lines.join("\n")).unwrap();
            let arguments = ["--verify", "--lines", "--password-stdin", "--encoded-file"];
            let arguments = [&arguments[..], &[file.to_str().unwrap()]].concat();
            common::limited("ulimit -v 450000", &arguments, &"hunter2\n".repeat(hashes.len()))
        };
        on_two_processors(move |_| {
            let mixed = verify(&[&small, &small, &large, &large, &large, &small, &large, &large]);
            assert_eq!((mixed.stdout.as_str(), mixed.status), (&*"match\n".repeat(8), Some(0)), "{mixed:?}");
            for line in [1, 2, 5] {
                let mut hashes = [&small; 6];
                hashes[line - 1] = &huge;
                let outcome = verify(&hashes);
                assert_eq!((outcome.stdout, outcome.status), ("match\n".repeat(line - 1), Some(3)));
                let message = format!("error: line {line}: not enough memory: this needs 600 MiB, and ");
                assert!(outcome.stderr.contains(&message), "{}", outcome.stderr);
            }
        });
        drop(folder);
    }

    #[test]
    fn a_batch_uses_little_more_memory_than_its_workers() {
        let (workers, peak) = on_two_processors(|workers| (workers, peak_kib(40, &["--profile", "owasp"])));
        assert!(peak > workers * 19_456, "{peak} KiB for {workers} workers");
        assert!(peak <= workers * 19_456 + (8 << 10), "{peak} KiB for {workers} workers");
    }

    /// The hasher keeps its memory while the verifier fills as much again.
    /// docs/batches.md: "with `--cross-check` twice as much"
    #[test]
    fn a_cross_check_computes_the_hash_again() {
        let options = ["-m", "64MiB", "-t", "1", "-p", "1"];
        let (once, twice) =
            (peak_kib(1, &options), peak_kib(1, &[&options[..], &["--cross-check"]].concat()));
        assert!(once < 2 * 65_536 && twice > 2 * 65_536, "{once} KiB, and {twice} KiB with the check");
    }

    /// Hashes 20 passwords under a limit.
    fn limited(limit: &str, options: &[&str]) -> common::Outcome {
        common::limited(
            limit,
            &[&["--hash_pass", "--password-stdin", "--lines"], options].concat(),
            &numbered(20),
        )
    }

    /// Its threads need address space too, and what takes it away comes at another time in each run.
    #[test]
    fn a_cross_check_finds_room_in_any_address_space_that_has_it() {
        let hash = ["--hash_pass", "--password-stdin", "--lines", "-q", "--cross-check"];
        for kib in [90_000, 190_000, 300_000, 360_000] {
            let arguments = [&hash[..], &["-m", "32MiB", "-t", "1", "-p", "4"]].concat();
            let outcome = common::limited(&format!("ulimit -v {kib}"), &arguments, &numbered(3));
            assert_eq!(outcome.lines().len(), 3, "{kib}");
        }
    }

    /// README.md: "on as many cores as memory allows"
    /// docs/batches.md: "uses only as many cores as have room"
    #[test]
    fn fewer_workers_run_in_a_small_address_space() {
        for kib in [100_000, 200_000, 400_000] {
            let outcome = limited(&format!("ulimit -v {kib}"), &["--profile", "owasp"]);
            assert_eq!(outcome.lines().len(), 20, "{kib}");
            assert!(verifies(outcome.lines()[19], "password 20"));
        }
    }

    #[test]
    fn too_little_memory_for_one_hash_is_an_error_with_the_amount_available() {
        let outcome = limited("ulimit -v 500000", &["-m", "1GiB"]);
        assert!(
            outcome.stderr.starts_with("error: not enough memory: this needs 1 GiB, and "),
            "{outcome:?}"
        );
        assert!(
            outcome
                .stderr
                .contains(" is available\nhint: free memory, or raise its limit; a lower cost needs less: a smaller --memory, or m in --cost\n")
        );
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), ""));
        let crossed = limited("ulimit -v 500000", &["-m", "300MiB", "-t", "1", "-p", "1", "--cross-check"]);
        assert!(
            crossed.stderr.starts_with("error: not enough memory: this needs 600 MiB, and "),
            "{crossed:?}"
        );
        assert!(crossed.stderr.ends_with("limit; less is needed without --cross-check\n"), "{crossed:?}");
    }

    #[test]
    fn a_process_limit_means_fewer_threads() {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let mut program = PathBuf::from(PROGRAM);
        let mut become_another = String::new();
        // Process limits do not apply to root, so root becomes a user who has no process yet, and who may
        // not enter the folder of the program.
        if Uid::effective().is_root() {
            become_another =
                format!("setpriv --reuid={} --clear-groups", 60_000 + std::process::id() % 5_000);
            fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
            program = folder.path().join("tc_calendar");
            common::copy_program(&program);
        }
        let limited = |command: &str| {
            let mut bash = Command::new("bash");
            bash.arg("-c").arg(format!("ulimit -u 1; exec {become_another} {command}")).arg(&program);
            bash
        };
        // A command that needs a second process fails.
        assert_eq!(limited("timeout 60 true").output().unwrap().status.code(), Some(125));
        let input = folder.path().join("passwords");
        fs::write(&input, numbered(10)).unwrap();
        let hash = "\"$0\" --hash_pass --password-stdin --lines --profile owasp -p 4 --cross-check";
        let output = limited(hash).stdin(File::open(&input).unwrap()).output().unwrap();
        let outcome = tc_calendar([] as [&str; 0]).hiding("password 10").check(output);
        assert_eq!(outcome.lines().len(), 10);
        assert!(verifies(outcome.lines()[9], "password 10"));
    }
}
