//! System limits, and costs at and beyond each bound.
// Windows has no ulimit and no cgroups, and the program does not query job objects.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{CHEAP, limited, quoted, verifies};

/// 50 MiB of address space. A refusal must not need more.
const LITTLE_MEMORY: &str = "ulimit -v 51200";

/// SECURITY.md: "Memory, iterations and the size of a file are limited before memory is taken for them."
#[test]
fn encoded_strings_beyond_a_bound_are_refused_in_little_memory() {
    let policy = "maximum is";
    let none = "invalid parameters in the hash: ";
    for (cost, status, message) in [
        ("m=4294967295,t=1,p=1", 2, policy),
        ("m=4194305,t=1,p=1", 2, policy),
        ("m=4194304,t=17,p=1", 2, policy),
        ("m=4194304,t=16,p=1", 3, "not enough memory: this needs 4 GiB, and "),
        ("m=65536,t=1,p=1", 3, "not enough memory: this needs 64 MiB, and "),
        ("m=8,t=1001,p=1", 2, policy),
        ("m=8,t=4294967295,p=1", 2, policy),
        ("m=67108865,t=1,p=1", 2, policy),
        ("m=520,t=1,p=65", 2, policy),
        ("m=4294967295,t=4294967295,p=16777215", 2, policy),
        ("m=4294967296,t=1,p=1", 2, none),
        ("m=7,t=1,p=1", 2, none),
        ("m=15,t=1,p=2", 2, none),
        ("m=8,t=0,p=1", 2, none),
        ("m=8,t=4294967296,p=1", 2, none),
        ("m=8,t=1,p=0", 2, none),
        ("m=4294967295,t=1,p=16777216", 2, none),
        ("m=99999999999999999999999999,t=1,p=1", 2, none),
    ] {
        let encoded = format!("$argon2id$v=19${cost}$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE");
        let outcome = limited(LITTLE_MEMORY, &["--verify", &encoded, "--password-stdin"], "hunter2");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), ""), "{cost}: {outcome:?}");
        assert!(outcome.stderr.lines().next().unwrap().contains(message), "{cost}: {outcome:?}");
    }
}

#[test]
fn encoded_strings_at_a_bound_are_computed() {
    for (cost, limit) in [
        ("m=8,t=1,p=1", LITTLE_MEMORY),
        ("m=16,t=1,p=2", LITTLE_MEMORY),
        ("m=8,t=1000,p=1", LITTLE_MEMORY),
        ("m=512,t=1,p=64", ":"),
    ] {
        let encoded = format!("$argon2id$v=19${cost}$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE");
        let outcome = limited(limit, &["--verify", &encoded, "--password-stdin"], "hunter2");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), "no match\n"), "{cost}: {outcome:?}");
    }
}

/// If there is room for a thread's stack and for no more, the thread must not be started: it would abort or
/// hang.
#[test]
fn every_size_of_the_address_space_gives_a_hash_or_an_error() {
    let runs = |kib: u32| {
        let limit = format!("ulimit -v {kib}");
        // The least memory for which threads are started.
        let arguments = ["-q", "-m", "8192", "-t", "1", "-p", "8", "--hash_pass", "--password-stdin"];
        let outcome = limited(&limit, &arguments, "hunter2");
        // The status is 127 if there is not even room for the C library.
        assert!(matches!(outcome.status, Some(0 | 3 | 127)), "{kib} KiB: {outcome:?}");
        outcome.status == Some(0)
    };
    let mut sizes = 4_096..102_400;
    assert!(runs(sizes.end));
    while sizes.len() > 4 {
        let middle = u32::midpoint(sizes.start, sizes.end);
        if runs(middle) { sizes.end = middle } else { sizes.start = middle }
    }
    // This range is as large as the stacks of two threads.
    for kib in (sizes.end..sizes.end + 4_096).step_by(32) {
        assert!(runs(kib), "{kib} KiB");
    }
}

/// SECURITY.md: "Memory, iterations and the size of a file are limited before memory is taken for them."
#[test]
fn costs_beyond_a_bound_are_refused_in_little_memory() {
    for (options, status) in [
        (["-m", "4194305", "-t", "1"], 2),
        (["-m", "4GiB", "-t", "17"], 2),
        (["-m", "4GiB", "-t", "16"], 3),
        (["-m", "8", "-t", "1001"], 2),
        (["-m", "520", "-p", "65"], 2),
        (["-m", "64MiB", "-t", "1"], 3),
    ] {
        let arguments = [&["--hash_pass", "--password-stdin"][..], &["-p", "1"], &options].concat();
        let arguments: Vec<&str> = if options.contains(&"-p") {
            [&["--hash_pass", "--password-stdin"][..], &options].concat()
        } else {
            arguments
        };
        let outcome = limited(LITTLE_MEMORY, &arguments, "hunter2");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), ""), "{options:?}: {outcome:?}");
        assert!(outcome.stderr.contains("\nhint: "), "{outcome:?}");
    }
}

/// SECURITY.md: "Memory, iterations and the size of a file are limited before memory is taken for them."
#[test]
fn endless_input_is_refused_in_little_memory() {
    let endless = "exec < <(head -c 100000000 /dev/zero | tr '\\0' x); ulimit -v 51200";
    let outcome = limited(endless, &[&CHEAP[..], &["--hash_pass", "--password-stdin"]].concat(), "");
    outcome.fails(2, "the password is longer than 4096 bytes");
    let encoded = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE";
    let outcome = limited(endless, &["--verify", encoded, "--password-stdin"], "");
    outcome.fails(2, "the password is longer than 4096 bytes");
}

/// Hashes a password where the program may have `count` descriptors.
fn with_descriptors(count: u32, more: &[&str]) -> common::Outcome {
    // Whoever runs the test may have left descriptors open.
    let close = "for fd in /proc/$$/fd/*; do fd=${fd##*/}; ((fd < 3)) || eval \"exec $fd>&-\"; done";
    let arguments = [&CHEAP[..], &["--hash_pass", "--password-stdin"], more].concat();
    limited(&format!("{close}; ulimit -n {count}"), &arguments, "hunter2")
}

/// What needs a descriptor at the end has it from the start.
/// docs/config.md: "a limit on open files,"
#[test]
fn a_limit_on_open_files_is_reported_before_anything_is_written() {
    let old = r#"{"password": ""}"#;
    for options in [&[][..], &["--backup"], &["--in-place"], &["--in-place", "--backup"]] {
        let written = |count: u32| {
            let folder = tempfile::tempdir().unwrap();
            let config = folder.path().join("config.json");
            fs::write(&config, old).unwrap();
            let target = ["--config", config.to_str().unwrap(), "--key", "/password"];
            let outcome = with_descriptors(count, &[&target[..], options].concat());
            if outcome.status != Some(0) {
                assert!(!outcome.stderr.contains("is written"), "{count}, {options:?}: {outcome:?}");
                assert!(outcome.stderr.contains(": too many open files\nhint: "), "{count}: {outcome:?}");
                assert_eq!(fs::read_to_string(&config).unwrap(), old);
                assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "{count}, {options:?}");
            }
            outcome.status == Some(0)
        };
        assert!((4..=10).filter(|&count| written(count)).count() > 1, "{options:?}");
    }
}

#[test]
fn stdin_and_stdout_need_no_descriptor_and_the_config_needs_some() {
    let run = with_descriptors;
    // A program that is linked to shared libraries opens those one after the other, and without a descriptor for
    // them its status is 127.
    for count in [3, 4] {
        let outcome = run(count, &[]);
        let not_loaded = count == 3 && outcome.status == Some(127);
        assert!(not_loaded || verifies(outcome.lines()[0], "hunter2"), "{count}");
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    fs::write(&config, r#"{"password": ""}"#).unwrap();
    let outcome = run(4, &["--config", config.to_str().unwrap(), "--key", "/password"]);
    outcome.fails(3, "the config cannot be read: too many open files");
    assert!(outcome.stderr.ends_with("ulimit -n, or fs.file-max for all programs\n"), "{}", outcome.stderr);
}

#[test]
fn exceeding_the_file_size_limit_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let limit = format!("cd {}; ulimit -f 0; exec > out", quoted(folder.path()));
    let outcome = limited(&limit, &[&CHEAP[..], &["--hash_pass", "--password-stdin"]].concat(), "hunter2");
    outcome.fails(3, "the output cannot be written: file too large");
}

/// docs/config.md: "If writing fails after the backup was made, the backup stays."
#[test]
fn a_backup_stays_if_writing_in_place_fails() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    // The config has 1000 bytes, and with a hash it would have more than the 1024 of the limit.
    let old = format!("{{\"a\": \"\"{}}}", " ".repeat(990));
    fs::write(&config, &old).unwrap();
    let target = ["--config", config.to_str().unwrap(), "--key", "/a", "--in-place", "--backup"];
    let arguments = [&CHEAP[..], &["--hash_pass", "--password-stdin"], &target].concat();
    limited("ulimit -f 1", &arguments, "hunter2").fails(3, "the config cannot be written: file too large");
    assert_eq!(fs::read_to_string(&config).unwrap(), old);
    assert_eq!(fs::read_to_string(folder.path().join("config.json.bak")).unwrap(), old);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

/// Makes a cgroup with this limit on memory, in bytes. `runs` gets the command that joins it.
fn in_a_cgroup<T>(bytes: u32, runs: impl FnOnce(&str) -> T) -> T {
    // The memory controller of cgroup v1, and cgroup v2.
    let names = [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];
    let cgroup = names.into_iter().find_map(|(root, limit)| {
        let folder = format!("{root}/tc_calendar-{}-{bytes}", std::process::id());
        std::fs::create_dir(&folder).ok()?;
        // In a cgroup the file exists already, so it is not created.
        let file = std::fs::OpenOptions::new().write(true).open(format!("{folder}/{limit}"));
        let set =
            file.and_then(|mut file| std::io::Write::write_all(&mut file, bytes.to_string().as_bytes()));
        if set.is_err() {
            let _ = std::fs::remove_dir(&folder);
        }
        set.ok().map(|()| folder)
    });
    // None where no cgroup with a limit on memory can be made.
    let cgroup = cgroup.unwrap();
    let join = format!("echo $$ > {cgroup}/cgroup.procs");
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runs(&join)));
    std::fs::remove_dir(&cgroup).unwrap();
    outcome.unwrap()
}

#[test]
#[ignore = "needs root, and cgroups"]
fn exceeding_a_cgroup_memory_limit_is_an_error_not_a_kill() {
    let (outcome, fits) = in_a_cgroup(64 << 20, |join| {
        let too_much = limited(join, &["--hash_pass", "--password-stdin"], "hunter2");
        (too_much, limited(join, &["--hash_pass", "--password-stdin", "--profile", "owasp"], "hunter2"))
    });
    assert!(outcome.stderr.starts_with("error: not enough memory: this needs 64 MiB, and "), "{outcome:?}");
    assert_eq!(outcome.status, Some(3));
    assert_eq!(fits.lines().len(), 1);
}

/// docs/batches.md: "it is at most that of the largest hash so far, or 32 MiB if that is more"
#[test]
#[ignore = "needs root, and cgroups"]
fn a_batch_that_verifies_stays_within_a_cgroup() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (passwords, hashes) = (path("passwords"), path("hashes"));
    fs::write(&passwords, "hunter2\n".repeat(100)).unwrap();
    let costs = ["m=8192,t=1,p=1", "m=20480,t=1,p=1", "m=31744,t=1,p=1"];
    let hash = |cost| limited("true", &["--hash_pass", "-q", "--password-stdin", "--cost", cost], "hunter2");
    let of_each_cost = costs.map(|cost| hash(cost).stdout);
    fs::write(&hashes, (0..100).map(|line| &*of_each_cost[line % 3]).collect::<String>()).unwrap();
    let cross_check = ["--hash_pass", "--cross-check", "--lines", "--profile", "owasp", "--password-file"];
    let cross_check = [&cross_check[..], &[&*passwords]].concat();
    let verify = ["--verify", "--lines", "--encoded-file", &hashes, "--password-file", &passwords];
    // What a run takes depends on which thread comes first.
    for arguments in [&cross_check[..], &verify, &verify, &verify, &verify] {
        let outcome = in_a_cgroup(150 << 20, |join| limited(join, arguments, ""));
        assert_eq!((outcome.lines().len(), outcome.status), (100, Some(0)), "{}", outcome.stderr);
    }
}

/// A limit that the program may raise does not matter, and the deepest config that is read fits into what it needs.
#[test]
fn a_small_stack_is_made_larger_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let depth = 255;
    fs::write(&config, format!("{}\"\"{}", "{\"a\":".repeat(depth), "}".repeat(depth))).unwrap();
    let (config, key) = (config.to_str().unwrap(), "/a".repeat(depth));
    let hash = [&CHEAP[..], &["--hash_pass", "-q", "--password-stdin"]].concat();
    let into_config = [&hash[..], &["--config", config, "--replace", "--key", &key]].concat();
    for limit in ["ulimit -S -s 64", "ulimit -s 1024"] {
        assert_eq!(limited(limit, &into_config, "hunter2").status, Some(0), "{limit}");
    }
    for kib in [64, 255] {
        let message = format!("the stack is limited to {kib} KiB, and this program needs 256 KiB");
        limited(&format!("ulimit -s {kib}"), &hash, "hunter2").fails(3, &message);
    }
}
