//! `--verify --lines`: hashes on the lines of a file, each with the password on the line of the same number.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{CHEAP, Outcome, tc_calendar};
use tempfile::TempDir;

/// The hash of each of these passwords.
fn hashes(passwords: &[&str]) -> Vec<String> {
    let run = tc_calendar(CHEAP).args(["--hash_pass"]).lines(passwords.join("\n")).run();
    run.lines().into_iter().map(str::to_owned).collect()
}

/// A file of hashes and one of passwords.
struct Files(TempDir);

impl Files {
    fn new(hashes: impl AsRef<[u8]>, passwords: impl AsRef<[u8]>) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        fs::write(files.hashes(), hashes).unwrap();
        fs::write(files.passwords(), passwords).unwrap();
        files
    }

    fn hashes(&self) -> PathBuf {
        self.0.path().join("hashes")
    }

    fn passwords(&self) -> PathBuf {
        self.0.path().join("passwords")
    }

    fn verify(&self, options: &[&str]) -> Outcome {
        let run = tc_calendar(["--verify", "--lines"]).args(options).args(["--encoded-file"]);
        run.args([self.hashes()]).args(["--password-file"]).args([self.passwords()]).run()
    }

    /// With one of the two from stdin.
    fn verify_piped(&self) -> [Outcome; 2] {
        let run = tc_calendar(["--verify", "--lines"]);
        let passwords_piped = run.clone().args(["--password-stdin", "--encoded-file"]).args([self.hashes()]);
        let hashes_piped = run.args(["--encoded-file", "-", "--password-file"]).args([self.passwords()]);
        [(passwords_piped, self.passwords()), (hashes_piped, self.hashes())].map(|(run, file)| {
            let mut child = run.spawn(Stdio::piped(), Stdio::piped());
            let (mut stdin, bytes) = (child.stdin.take().unwrap(), fs::read(file).unwrap());
            // The program may end before it has read everything.
            let writer = std::thread::spawn(move || drop(std::io::Write::write_all(&mut stdin, &bytes)));
            let outcome = run.check(child.wait_with_output().unwrap());
            writer.join().unwrap();
            outcome
        })
    }

    fn verify_each_way(&self) -> [Outcome; 3] {
        let [one, other] = self.verify_piped();
        [self.verify(&[]), one, other]
    }
}

/// Checks an error, and that the answers before it are these.
#[track_caller]
fn assert_error(outcome: &Outcome, answers: &str, status: i32, message: &str) {
    assert_eq!((outcome.stdout.as_str(), outcome.status), (answers, Some(status)), "{outcome:?}");
    let printed = answers.lines().count();
    let note = format!("note: answers printed before the error: {printed}\n");
    let error = outcome.stderr.strip_prefix(if printed > 0 { &*note } else { "" }).unwrap_or_default();
    let error = error.strip_prefix("error: ").unwrap_or_default();
    assert_eq!(error.lines().next(), Some(message), "{outcome:?}");
    assert_eq!(error.lines().count(), 2, "one cause, one hint: {outcome:?}");
}

/// README.md: "With `--lines`, a file of hashes is verified with a file of passwords, line by line."
/// docs/exchange.md: "It prints `match` or `no match` for each line, in order"
/// docs/exchange.md: "The status is 0 if all match, and 1 otherwise"
#[test]
fn answers_are_in_the_order_of_the_lines_and_the_status_says_whether_all_match() {
    let passwords: Vec<String> = (1..=300).map(|number| format!("password {number}")).collect();
    let passwords: Vec<&str> = passwords.iter().map(String::as_str).collect();
    let hashes = hashes(&passwords).join("\n");
    let all = Files::new(&hashes, passwords.join("\n"));
    for outcome in all.verify_each_way() {
        assert_eq!((outcome.stdout, outcome.status), ("match\n".repeat(300), Some(0)));
        assert_eq!(outcome.stderr, "");
    }
    for wrong in [&[1][..], &[2], &[300], &[7, 8, 100]] {
        let typed = |index: usize| if wrong.contains(&(index + 1)) { "hunter2" } else { passwords[index] };
        let typed: Vec<&str> = (0..300).map(typed).collect();
        let answer = |number| if wrong.contains(&number) { "no match\n" } else { "match\n" };
        let answers: String = (1..=300).map(answer).collect();
        for outcome in Files::new(&hashes, typed.join("\n")).verify_each_way() {
            assert_eq!((outcome.stdout.as_str(), outcome.status), (&*answers, Some(1)), "{wrong:?}");
        }
    }
}

/// The example of docs/exchange.md, and what `grep` shows of it.
/// docs/exchange.md: "the numbers of the lines that do not match"
#[cfg(unix)]
#[test]
fn the_page_shows_what_is_printed() {
    let page = include_str!("../docs/exchange.md");
    let example = common::blocks(page, "text")[0];
    let (command, shown) = example.strip_prefix("$ ").unwrap().split_once('\n').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let hashes = hashes(&["first", "second", "third"]).join("\n");
    fs::write(folder.path().join("hashes.txt"), hashes).unwrap();
    fs::write(folder.path().join("passwords.txt"), "first\nother\nthird\n").unwrap();
    assert!(page.contains("`| grep -n no`"));
    for (more, shown) in [("", shown), (" | grep -n no", "2:no match\n")] {
        let mut shell = std::process::Command::new("sh");
        let shell = shell.args(["-c", &format!("{command}{more}")]).current_dir(&folder);
        let output = common::output(shell.env("PATH", common::path_with_program()));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), shown);
    }
}

#[test]
fn a_single_line_is_a_pair_too_and_json_has_an_object_for_each() {
    let hashes = hashes(&["hunter2", "hunter3"]);
    for outcome in Files::new(&hashes[0], "hunter2").verify_each_way() {
        assert_eq!((outcome.stdout.as_str(), outcome.status), ("match\n", Some(0)), "{outcome:?}");
    }
    let files = Files::new(hashes.join("\n"), "hunter2\nother");
    let outcome = files.verify(&["--format", "json"]);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("{\"match\":true}\n{\"match\":false}\n", Some(1)));
    let error = Files::new(hashes.join("\n"), "hunter2").verify(&["--format", "json", "-q"]);
    assert!(error.stderr.contains("\"kind\":\"password-count\",\"status\":2"), "{error:?}");
}

/// Hashes of other programs, with other costs, labels, marks and ends of lines.
#[test]
fn each_line_may_have_another_cost_and_what_surrounds_a_hash_in_a_file() {
    let cheap = &hashes(&["hunter2"])[0];
    let lines = [
        "\u{feff}$argon2i$v=16$m=512,t=2,p=2$c2FsdHNhbHQ$+8dxpSCIznS+kgaJeLCXMVxDKGgRgcBE",
        "$argon2d$v=19$m=512,t=2,p=2$c2FsdHNhbHQ$0QRyQ/l6LUTM+EVx1Ic0UX6jqdQsdEi3\r",
        &format!("Your encrypted data: {cheap}"),
        "$argon2id$v=19$m=19456,t=2,p=1$FU7S0VhwUUIReO4hnMuKWQ$NnDHfWmm0zbiNPSPW4OrTesarjBMfAI7W9V4m13eAe4\r",
        "\u{feff}$argon2id$v=19$m=512,t=2,p=2$c2FsdHNhbHQ$4MMqw1VmguP+XhAnmYR9fzDcNMA+htLa",
    ];
    for outcome in Files::new(lines.join("\n"), "hunter2\r\n".repeat(5)).verify_each_way() {
        assert_eq!(
            (outcome.stdout.as_str(), outcome.status),
            (&*"match\n".repeat(5), Some(0)),
            "{outcome:?}"
        );
    }
}

/// docs/exchange.md: "As many passwords as hashes are needed"
#[test]
fn unequal_numbers_of_lines_are_an_error_with_the_first_line_that_has_only_one() {
    let hash = &hashes(&["hunter2"])[0];
    for (hash_count, password_count) in [(1, 2), (2, 1), (3, 2), (2, 5), (40, 30), (30, 40)] {
        let text = |line: &str, count| format!("{line}\n").repeat(count);
        let files = Files::new(text(hash, hash_count), text("hunter2", password_count));
        let line = hash_count.min(password_count) + 1;
        let (has, lacks) =
            if hash_count > password_count { ("hash", "password") } else { ("password", "hash") };
        let message = format!("line {line} has a {has} and no {lacks}");
        for outcome in files.verify_each_way() {
            assert_error(&outcome, &"match\n".repeat(line - 1), 2, &message);
        }
    }
}

/// A stream without an end is not read to its end.
#[cfg(unix)]
#[test]
fn passwords_without_an_end_are_refused_after_the_last_hash() {
    let files = Files::new(hashes(&["hunter2"]).join("\n"), "");
    let mut shell = std::process::Command::new("sh");
    let script = "yes hunter2 | \"$0\" --verify --lines --password-stdin --encoded-file \"$1\"";
    let output = common::output(shell.args(["-c", script, common::PROGRAM]).arg(files.hashes()));
    let outcome = tc_calendar([""; 0]).check(output);
    assert_error(&outcome, "match\n", 2, "line 2 has a password and no hash");
}

#[test]
fn a_password_file_that_cannot_be_read_is_found_before_a_hash_is_waited_for() {
    let missing = ["--encoded-file", "-", "--password-file", "missing"];
    let run = tc_calendar(["--verify", "--lines"]).args(missing);
    // Nothing is written to stdin, and it stays open.
    let mut child = run.spawn(Stdio::piped(), Stdio::piped());
    let stdin = child.stdin.take();
    let outcome = run.check(child.wait_with_output().unwrap());
    drop(stdin);
    assert_eq!(outcome.status, Some(3), "{outcome:?}");
}

/// It would read what it prints.
#[cfg(unix)]
#[test]
fn a_stdout_that_is_read_is_refused() {
    let files = Files::new(hashes(&["hunter2"]).join("\n"), "hunter2\n");
    let verify = "--verify --lines --encoded-file \"$1\" --password-file \"$2\"";
    let hash = "--hash_pass --lines --password-file \"$2\"";
    for script in [format!("{verify} >>\"$1\""), format!("{verify} >>\"$2\""), format!("{hash} >>\"$2\"")] {
        let mut shell = std::process::Command::new("sh");
        let shell = shell.args(["-c", &format!("exec \"$0\" {script}"), common::PROGRAM]);
        let before = [files.hashes(), files.passwords()].map(|file| fs::read(file).unwrap());
        let outcome =
            tc_calendar([""; 0]).check(common::output(shell.args([files.hashes(), files.passwords()])));
        outcome.fails(3, "the output cannot be written: stdout is a file that is read");
        assert_eq!(
            [files.hashes(), files.passwords()].map(|file| fs::read(file).unwrap()),
            before,
            "{script}"
        );
    }
}

/// docs/batches.md: "Under a limit on the address space (`ulimit -v`), one core works"
#[cfg(all(target_os = "linux", not(portable)))]
#[test]
fn under_a_limit_a_later_hash_has_as_much_memory_as_alone() {
    let hash = |cost: &str| {
        let run =
            tc_calendar(["--hash_pass", "-q", "--password-stdin", "--cost", cost]).stdin("hunter2").run();
        run.stdout
    };
    let files = Files::new(
        [hash("m=19456,t=1,p=1"), hash("m=65536,t=1,p=4"), hash("m=8,t=1,p=1")].concat(),
        "hunter2\n".repeat(3),
    );
    let (hashes, passwords) = (files.hashes(), files.passwords());
    let arguments = ["--verify", "--lines", "--encoded-file", hashes.to_str().unwrap(), "--password-file"];
    let arguments = [&arguments[..], &[passwords.to_str().unwrap()]].concat();
    for kib in [120_000, 200_000, 280_000, 300_000, 400_000] {
        let outcome = common::limited(&format!("ulimit -v {kib}"), &arguments, "");
        assert_eq!(
            (outcome.stdout.as_str(), outcome.status),
            (&*"match\n".repeat(3), Some(0)),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_file_without_a_line_is_an_error() {
    let hash = &hashes(&["hunter2"])[0];
    for outcome in Files::new("", "hunter2").verify_each_way() {
        outcome.fails(2, "the hash is empty");
    }
    let [from_file, piped, _] = Files::new(hash, "").verify_each_way();
    from_file.fails(2, "the password file is empty: there is no password to read");
    piped.fails(2, "stdin is empty: there is no password to read");
}

/// What a line is called that cannot be read is said as of a single hash.
#[test]
fn a_line_that_is_no_hash_is_an_error_that_names_it_and_what_happened_to_it() {
    let hash = &hashes(&["hunter2"])[0];
    for damaged in [
        hash.replace('$', "$$"),
        format!("'{hash}'"),
        format!("ann:{hash}"),
        format!("argon2{hash}"),
        hash[..40].to_owned(),
        hash[..hash.len() - 3].to_owned(),
        "not a hash at all".to_owned(),
        "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy".to_owned(),
        "x".repeat(10_000),
        " ".to_owned(),
    ] {
        let alone = tc_calendar(["-q", "--verify", &damaged]).piped("hunter2").run();
        let message = alone.stderr.lines().next().unwrap().strip_prefix("error: ").unwrap();
        for number in [1, 2, 3, 20] {
            let mut lines = vec![hash.as_str(); 20];
            lines[number - 1] = &damaged;
            for outcome in Files::new(lines.join("\n"), "hunter2\n".repeat(20)).verify_each_way() {
                let message = format!("line {number}: {message}");
                assert_error(&outcome, &"match\n".repeat(number - 1), 2, &message);
            }
        }
    }
}

/// A tag may have a length that other programs choose, and then a wrong password is one.
#[test]
fn a_tag_that_was_cut_is_an_error_only_if_the_password_is_right() {
    let hash = &hashes(&["hunter2"])[0];
    let cut = &hash[..hash.len() - 3];
    let text = [hash, hash, cut].join("\n");
    let right = Files::new(&text, "hunter2\nother\nhunter2").verify(&[]);
    assert_error(&right, "match\nno match\n", 2, "line 3: the hash is cut off");
    let wrong = Files::new(&text, "hunter2\nother\nother").verify(&[]);
    assert_eq!((wrong.stdout.as_str(), wrong.status), ("match\nno match\nno match\n", Some(1)));
    let note = "note: line 3: the tag has 30 bytes, and most have 32: the end of the hash may be cut off\n";
    assert_eq!(wrong.stderr, note);
}

/// docs/cost.md: "there are limits, for hashing and for verifying"
#[test]
fn a_cost_beyond_the_policy_is_refused_with_its_line() {
    let hash = &hashes(&["hunter2"])[0];
    let dear = hash.replace("m=8,t=1,p=1", "m=8,t=1001,p=1");
    for outcome in Files::new([hash, &*dear].join("\n"), "hunter2\nhunter2").verify_each_way() {
        let message = "line 2: the hash needs 1001 iterations; the maximum is 1000";
        assert_error(&outcome, "match\n", 2, message);
    }
}

/// The rule is that of `--hash_pass --lines`.
#[test]
fn empty_lines_at_the_end_are_left_out_with_a_note_and_others_are_errors() {
    let hash = &hashes(&["hunter2"])[0];
    let two = format!("{hash}\n{hash}\n");
    let passwords = "hunter2\nhunter2\n";
    let note = |of, count| format!("note: empty lines left out at the end of the {of}: {count}\n");
    for (hashes, passwords, notes) in [
        (format!("{two}\n\r\n"), passwords.to_owned(), note("hashes", 2)),
        (two.clone(), format!("{passwords}\n"), note("passwords", 1)),
        (format!("{two}\n"), format!("{passwords}\n\n"), note("passwords", 2) + &note("hashes", 1)),
    ] {
        for outcome in Files::new(hashes, passwords).verify_each_way() {
            assert_eq!((outcome.stdout.as_str(), outcome.status), ("match\nmatch\n", Some(0)));
            assert_eq!(outcome.stderr, notes);
        }
    }
    for outcome in Files::new(format!("{hash}\n\n{hash}\n"), "hunter2\n".repeat(3)).verify_each_way() {
        assert_error(&outcome, "match\n", 2, "line 2: the hash is empty");
    }
    for outcome in Files::new(two.repeat(2), "hunter2\n\n\nhunter2\n").verify_each_way() {
        assert_error(&outcome, "match\n", 2, "line 2 has a hash and no password");
    }
    for outcome in Files::new(format!("\n{hash}"), "hunter2\n").verify_each_way() {
        assert_error(&outcome, "", 2, "line 1: the hash is empty");
    }
}

#[test]
fn notes_name_the_line_and_come_in_order() {
    let hash = &hashes(&["hunter2"])[0];
    let files = Files::new(format!("{hash}\n").repeat(3), "e\u{301}\n hunter2\nhunter2 \n");
    let outcome = files.verify(&[]);
    let white = "the password starts or ends with white space, which is kept\n";
    let nfc = "the password is not in Unicode form NFC; the same letters typed elsewhere may not match\n";
    assert_eq!(outcome.stderr, format!("note: line 1: {nfc}note: line 2: {white}note: line 3: {white}"));
    assert_eq!(files.verify(&["-q"]).stderr, "");
}

#[test]
fn a_password_that_is_refused_is_an_error_with_its_line() {
    let hash = &hashes(&["hunter2"])[0];
    let files = Files::new(format!("{hash}\n").repeat(3), b"hunter2\nhunter\xFF\nhunter2");
    for outcome in files.verify_each_way() {
        assert_error(&outcome, "match\n", 2, "line 2: the password is not UTF-8");
    }
}

#[test]
fn what_makes_no_pairs_is_refused() {
    let hash = &hashes(&["hunter2"])[0];
    let verify = || tc_calendar(["--verify", "--lines"]);
    for source in [&["--password-stdin"][..], &["--password-file", "-"]] {
        let both = verify().args(["--encoded-file", "-"]).args(source).run();
        both.fails(2, "the hash and the password are both to come from stdin");
        verify().args(source).run().fails(2, "--verify with --lines needs --encoded-file");
        let single = "--lines cannot be used with a single hash";
        verify().args(source).args([hash]).run().fails(2, single);
        verify().args(source).args(["--config", "c", "--key", "/a"]).run().fails(2, single);
    }
    for source in [&[][..], &["--password-env", "PW"]] {
        for file in ["hashes", "-"] {
            let outcome = verify().args(["--encoded-file", file]).args(source).run();
            outcome.fails(2, "--lines needs --password-file or --password-stdin");
        }
    }
    for inspected in [&[hash.as_str()][..], &["--encoded-file", "hashes"]] {
        let inspect = tc_calendar(["--inspect", "--lines"]).args(inspected).run();
        inspect.fails(2, "--lines cannot be used with --inspect");
    }
}

#[test]
fn a_file_of_hashes_that_cannot_be_read_is_a_failure_and_is_not_named() {
    let missing = Path::new("missing-hunter2");
    let run = tc_calendar(["--verify", "--lines", "--password-stdin", "--encoded-file"]).secret(missing);
    let outcome = run.run();
    assert!(outcome.stderr.starts_with("error: the hash cannot be read: "), "{outcome:?}");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(3), ""));
}

/// Each answer comes as soon as its pair is there. An error in a hash does not wait for the password.
#[test]
fn the_first_answer_comes_before_the_last_password() {
    use std::io::{BufRead, BufReader, Write};

    let hash = &hashes(&["hunter2"])[0];
    let files = Files::new(format!("{hash}\n{hash}\n{hash}\nnot a hash\n"), "");
    let run = tc_calendar(["--verify", "--lines", "--password-stdin", "--encoded-file"]).hiding("hunter2");
    let mut child = run.args([files.hashes()]).spawn(Stdio::piped(), Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for (password, expected) in
        [("hunter2\n", "match\n"), ("other\n", "no match\n"), ("hunter2\n", "match\n")]
    {
        stdin.write_all(password.as_bytes()).unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, expected);
    }
    // Stdin is still open.
    assert_eq!(child.wait().unwrap().code(), Some(2));
    drop(stdin);
}

/// Not all were verified, so the status does not say that all match.
/// docs/exchange.md: "also where `head` ended the run early"
#[test]
fn a_closed_pipe_ends_the_run_and_is_no_match() {
    let hash = &hashes(&["hunter2"])[0];
    let files = Files::new(format!("{hash}\n").repeat(5_000), "hunter2\n".repeat(5_000));
    let run = tc_calendar(["--verify", "--lines", "--encoded-file"]).args([files.hashes()]);
    let run = run.args(["--password-file"]).args([files.passwords()]);
    let mut child = run.spawn(Stdio::null(), Stdio::piped());
    drop(child.stdout.take());
    let outcome = run.check(child.wait_with_output().unwrap());
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(1), ""));
}

#[cfg(target_os = "linux")]
mod at_a_terminal {
    use std::ffi::OsStr;

    use super::*;
    use common::terminal::Terminal;

    #[test]
    fn hashes_may_be_pasted_and_passwords_may_not() {
        let hash = &hashes(&["hunter2"])[0];
        let files = Files::new(hash, "hunter2\nother\n");
        let start = |hashes: &Path, passwords: &[&OsStr]| {
            let options = ["--verify", "--lines", "--encoded-file"];
            Terminal::start(|command| command.args(options).arg(hashes).args(passwords), common::PROGRAM)
        };
        let passwords = files.passwords();
        let mut terminal = start("-".as_ref(), &["--password-file".as_ref(), passwords.as_ref()]);
        terminal
            .expect("note: waiting for hashes: paste them, one per line, then press Enter and Ctrl-D\r\n");
        terminal.send(format!("{hash}\n")).expect("\r\nmatch\r\n");
        terminal.send(format!("{hash}\n")).expect("\r\nno match\r\n").send("\u{4}");
        assert_eq!(terminal.finish().code(), Some(1));

        let mut terminal = start(&files.hashes(), &["--password-stdin".as_ref()]);
        terminal.expect("error: lines cannot be read from a terminal\r\n");
        terminal.expect("hint: use --password-file; a terminal is asked for one password, without --lines");
        assert_eq!(terminal.finish().code(), Some(2));
    }
}
