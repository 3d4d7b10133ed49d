//! Runs the shell scripts of `examples/` in dash, bash and busybox, as an administrator would.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{CHEAP, Outcome, PROGRAM, path_with_program, tc_calendar, verifies};
use tempfile::TempDir;

const CONFIG: &str = "{ \"admin\": { \"password\": \"\" } } // settings\n";
const PASSWORD: &str = "correct horse, \u{43b}\u{43e}\u{448}\u{430}\u{434}\u{44c}";

/// A shell, the PATH of its scripts, and a folder for them.
struct Shell {
    program: PathBuf,
    path: String,
    folder: TempDir,
}

/// Dash, bash and busybox, which also brings every other tool that a script needs.
fn shells() -> Vec<Shell> {
    let mut shells = Vec::new();
    for name in ["dash", "bash", "busybox"] {
        common::needs(name);
        let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("temporary")).unwrap();
        let (program, path) = if name == "busybox" {
            let tools = folder.path().join("tools");
            fs::create_dir(&tools).unwrap();
            assert!(Command::new(name).args(["--install", "-s"]).arg(&tools).status().unwrap().success());
            std::os::unix::fs::symlink(PROGRAM, tools.join("tc_calendar")).unwrap();
            (tools.join("sh"), tools.display().to_string())
        } else {
            (String::from_utf8(found.stdout).unwrap().trim().into(), path_with_program())
        };
        shells.push(Shell { program, path, folder });
    }
    shells
}

impl Shell {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn config(&self) -> String {
        fs::read_to_string(self.path("con fig.json")).unwrap()
    }

    /// Runs a script of `examples/` in the folder. It must not print the secrets, nor leave anything in
    /// the folder for temporary files.
    fn run(&self, script: &str, arguments: &[&str], stdin: &str, secrets: &[&str]) -> Outcome {
        let mut child = self
            .command(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The script may end before it has read anything.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let run = secrets.iter().fold(tc_calendar([""; 0]), |run, secret| run.hiding(*secret));
        let outcome = run.check(child.wait_with_output().unwrap());
        self.assert_nothing_left();
        outcome
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(script));
        command.current_dir(&self.folder).env("PATH", &self.path).env("TMPDIR", self.path("temporary"));
        command
    }

    fn assert_nothing_left(&self) {
        assert_eq!(fs::read_dir(self.path("temporary")).unwrap().count(), 0);
    }

    fn install(&self, arguments: &[&str], stdin: &str) -> Outcome {
        self.run("install.sh", arguments, stdin, &[PASSWORD, "$argon2id"])
    }

    fn users(&self, csv: impl AsRef<[u8]>) -> Outcome {
        self.write("a=b users.csv", csv);
        self.users_from("a=b users.csv", "")
    }

    fn users_from(&self, file: &str, stdin: &str) -> Outcome {
        self.run("users-to-hashes.sh", &[&[file], &CHEAP[..]].concat(), stdin, &["secret"])
    }
}

/// The only string of the config that is a hash.
fn hash_in(config: &str) -> &str {
    config.split('"').find(|text| text.starts_with("$argon2id$")).unwrap()
}

/// README.md: "they change it only if the hash is missing, wrong or too weak"
/// README.md: "puts a hash into the config; restarts a service after a change"
#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_writes_once_and_restarts_only_after_a_change() {
    for shell in shells() {
        shell.write("con fig.json", CONFIG);
        fs::set_permissions(shell.path("con fig.json"), fs::Permissions::from_mode(0o640)).unwrap();
        shell.write("pass word", format!("{PASSWORD}\n"));
        let arguments = ["con fig.json", "pass word", "echo", "two  words"];

        let first = shell.install(&arguments, "");
        assert_eq!(first.lines(), ["changed: con fig.json", "two  words"]);
        let written = shell.config();
        assert!(verifies(hash_in(&written), PASSWORD));
        assert_eq!(written.replace(hash_in(&written), ""), CONFIG);
        assert_eq!(fs::metadata(shell.path("con fig.json")).unwrap().permissions().mode() & 0o7777, 0o640);

        assert_eq!(shell.install(&arguments, "").lines(), ["unchanged: con fig.json"]);
        assert_eq!(shell.config(), written);

        assert_eq!(shell.install(&["con fig.json", "-"], "another").lines(), ["changed: con fig.json"]);
        assert!(verifies(hash_in(&shell.config()), "another"));
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_fails_with_the_status_of_what_failed() {
    for shell in shells() {
        shell.write("password", PASSWORD);
        let fails = |arguments: &[&str], status, message: &str| {
            let outcome = shell.install(arguments, "");
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(status), ""));
            assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
        };
        fails(&[], 2, "usage: install.sh");
        fails(&["con fig.json", "password", "echo"], 3, "the config cannot be read");
        shell.write("con fig.json", "{\"admin\":{\"password\":\"plain text\"}}");
        fails(&["con fig.json", "password", "echo"], 2, "text that is not a hash");
        assert_eq!(shell.config(), "{\"admin\":{\"password\":\"plain text\"}}");

        shell.write("con fig.json", CONFIG);
        fails(&["con fig.json", "no password", "echo"], 3, "the password file cannot be read");
        fails(&["con fig.json", "no password"], 3, "the password file cannot be read");
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_makes_up_for_a_failed_command() {
    for shell in shells() {
        shell.write("password", PASSWORD);
        shell.write("con fig.json", CONFIG);
        let arguments = ["con fig.json", "password", "sh", "-c", "test -e works || exit 7; echo restarted"];
        for result in ["changed: con fig.json\n", "unchanged: con fig.json\n"] {
            let failed = shell.install(&arguments, "");
            assert_eq!((failed.status, failed.stdout.as_str()), (Some(7), result));
            assert!(failed.stderr.starts_with("the hash is in the config, but this failed with status 7;"));
            assert!(verifies(hash_in(&shell.config()), PASSWORD));
        }
        // Without a command nothing is made up for, and nothing is forgotten.
        assert_eq!(shell.install(&arguments[..2], "").lines(), ["unchanged: con fig.json"]);
        shell.write("works", "");
        assert_eq!(shell.install(&arguments, "").lines(), ["unchanged: con fig.json", "restarted"]);
        assert_eq!(shell.install(&arguments, "").lines(), ["unchanged: con fig.json"]);
        assert!(!shell.path("con fig.json.restart-due").exists());
        // A run that fails may have written the hash, so the next one does not rely on it.
        assert_eq!(shell.install(&["con fig.json", "absent", "true"], "").status, Some(3));
        assert_eq!(shell.install(&arguments, "").lines(), ["unchanged: con fig.json", "restarted"]);
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn install_sh_fails_without_the_program() {
    for mut shell in shells() {
        shell.write("password", PASSWORD);
        shell.write("con fig.json", CONFIG);
        shell.path = "/nowhere".to_owned();
        assert_eq!(shell.install(&["con fig.json", "password"], "").status, Some(127));
        assert_eq!(shell.config(), CONFIG);
    }
}

/// README.md: "hashes the passwords of a CSV file"
#[test]
#[ignore = "needs dash, bash and busybox"]
fn users_to_hashes_keeps_the_users_and_hashes_the_passwords() {
    let users = [
        ("ann", "secret-1", "secret-1"),
        ("\u{416}\u{430}\u{43d}\u{43d}\u{430}", "secret \u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}; $x`", ""),
        ("\"Lee, \"\"Bo\"\"\"", "\"secret,\"\"3\"\"\"", "secret,\"3\""),
        ("\"quoted\"", " secret spaces\\n%s ", ""),
    ];
    let rows: Vec<String> = users.iter().map(|(user, password, _)| format!("{user},{password}")).collect();
    for shell in shells() {
        for (header, end) in [
            ("user,password", "\n"),
            ("\u{feff}user,password", "\r\n"),
            ("\u{feff}#TYPE System.Object\r\n\"user\",\"password\"", "\r\n"),
        ] {
            let csv = format!("{header}{end}{end}{}", rows.join(end));
            for csv in [csv.clone(), csv + end] {
                let outcome = shell.users(csv);
                let lines = outcome.lines();
                assert_eq!((lines[0], lines.len()), ("user,hash", users.len() + 1));
                for ((user, field, password), line) in users.iter().zip(&lines[1..]) {
                    let hash = line.strip_prefix(&format!("{user},\"")).unwrap().strip_suffix('"').unwrap();
                    assert!(verifies(hash, if password.is_empty() { field } else { password }));
                }
            }
        }
        let outcome = shell.users("\"user\";\"password\"\n\"Lee, Bo\";\"secret;1\"\nann;secret,2\n");
        let [header, first, second] = outcome.lines()[..] else { panic!("{outcome:?}") };
        assert_eq!(header, "user;hash");
        for (line, user, password) in [(first, "\"Lee, Bo\"", "secret;1"), (second, "ann", "secret,2")] {
            let hash = line.strip_prefix(&format!("{user};\"")).unwrap().strip_suffix('"').unwrap();
            assert!(verifies(hash, password));
        }
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn users_to_hashes_refuses_a_file_as_a_whole() {
    const FIELDS: &str =
        "expected a user and a password; a field with a separator or a quote must be in quotes";
    for shell in shells() {
        let refuses = |rows: &[u8], message: &str| {
            let outcome = shell.users(rows);
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
            assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
        };
        for header in ["", "ann,secret\n", "user, password\nann, secret\n", "\nuser,password\n"] {
            refuses(
                header.as_bytes(),
                "users-to-hashes.sh: line 1: expected the header user,password or user;password\n",
            );
        }
        for row in [
            "bob",
            ",secret",
            "bob;secret",
            "bob,secret,3",
            "bob,sec\"ret",
            "bob,secret\"",
            "bob,\"secret",
            "bob,\"sec\"ret\"",
            "bob, \"secret\"",
            "bob,\"secret\nnext\"",
            "b\"ob,secret",
        ] {
            let csv = format!("user,password\nann,secret\n{row}\n");
            refuses(csv.as_bytes(), &format!("users-to-hashes.sh: line 3: {FIELDS}\n"));
        }
        for row in ["bob,", "bob,\"\"", "\"bob\",\"\""] {
            let csv = format!("user,password\nann,secret\n{row}\n");
            refuses(csv.as_bytes(), "users-to-hashes.sh: line 3: the password is empty\n");
        }
        refuses(b"user,password\nann,secret\0\n", "the file contains NUL characters");
        refuses(b"user,password\n", "there is no user in the file");
        // tc_calendar says that it is the second password.
        refuses(b"user,password\n\nann,secret\nbob,secret\xe9\n", "error: line 4: the password is not UTF-8");
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn users_to_hashes_needs_a_file_that_can_be_read_again() {
    for shell in shells() {
        let refuses = |file: &str, stdin: &str, message: &str| {
            let outcome = shell.users_from(file, stdin);
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
            assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
        };
        refuses("/dev/stdin", "user,password\nann,secret\n", "not a file: /dev/stdin");
        refuses("no file", "", "not a file: no file");
        let outcome = shell.run("users-to-hashes.sh", &[], "", &[]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
        assert!(outcome.stderr.starts_with("usage: "));
        shell.write("users.csv", "user,password\nann,secret\n");
        let json = shell.run("users-to-hashes.sh", &["users.csv", "--format", "json"], "", &["secret"]);
        let not_csv = "users-to-hashes.sh: without --format: only the plain form fits into CSV\n";
        assert_eq!((json.status, json.stdout.as_str(), json.stderr.as_str()), (Some(2), "", not_csv));
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn users_to_hashes_leaves_nothing_if_its_reader_closes_the_pipe() {
    for shell in shells() {
        shell.write("users.csv", "user,password\nann,secret\n");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output =
            shell.command("users-to-hashes.sh").arg("users.csv").args(CHEAP).stdout(writer).output().unwrap();
        assert!(!output.status.success() && output.stderr.is_empty(), "{output:?}");
        shell.assert_nothing_left();
    }
}
