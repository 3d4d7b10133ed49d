//! Gives the same CSV files to users-to-hashes.sh, in dash, bash, busybox and with each awk, and to users-to-hashes.ps1.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use common::powershell::{self, quoted};
use common::shells::{Shell, shells};
use common::{CHEAP, Outcome, verifies};

const HEADER: &str = "expected a header with the columns user and password, with commas or semicolons";
const QUOTING: &str = "a field with a separator or a quote must be in quotes, and its own quotes doubled";
const UTF8: &str = "this is not UTF-8; in Excel, save it as CSV UTF-8";

/// The users of a file and their passwords, or the number of the line at fault and what is wrong with it.
type Expected = Result<Vec<(&'static str, &'static str)>, (usize, String)>;

/// Files as people and programs write them, and what both scripts make of them.
fn files() -> Vec<(&'static [u8], Expected)> {
    let users = |users: &[(&'static str, &'static str)]| Ok(users.to_vec());
    let fault = |line: usize, fault: &str| Err((line, fault.to_owned()));
    let fields = |line, number| Err((line, format!("expected {number} fields; {QUOTING}")));
    let cyrillic: &[u8] =
        "user,password\nЖанна,secret пароль; $x`\n\"ann\", secret spaces\\n%s \n".as_bytes();
    vec![
        (b"user,password\nann,secret-1\nbob,secret-2\n", users(&[("ann", "secret-1"), ("bob", "secret-2")])),
        (cyrillic, users(&[("Жанна", "secret пароль; $x`"), ("ann", " secret spaces\\n%s ")])),
        // As a spreadsheet writes it, with a byte order mark; and without a line end in the last line.
        (b"\xef\xbb\xbfuser;password\r\nann;secret,1\r\na:b;secret-2", users(&[("ann", "secret,1"), ("a:b", "secret-2")])),
        // As Windows PowerShell writes it.
        (
            b"\xef\xbb\xbf#TYPE System.Object\r\n\"user\",\"password\"\r\n\"Lee, \"\"Bo\"\"\",\"secret,\"\"3\"\"\"\r\n",
            users(&[("Lee, \"Bo\"", "secret,\"3\"")]),
        ),
        // Other columns, of which one may have lines of its own.
        (
            b"\nMail;PASSWORD;\"User\";\n\n\"a\nb;\r\n\";\"secret;1\";\"Lee; Bo\";\nx;secret-2;ann;\n",
            users(&[("Lee; Bo", "secret;1"), ("ann", "secret-2")]),
        ),
        (b"user,password\nann,\"\"\"secret\"\"\"\n", users(&[("ann", "\"secret\"")])),
        (b"user,password\nann,secret\nAnn,secret\n", users(&[("ann", "secret"), ("Ann", "secret")])),
        (b"ann,secret\n", fault(1, HEADER)),
        (b"\nuser, password\nann, secret\n", fault(2, HEADER)),
        (b"user,user,password\nann,ann,secret\n", fault(1, HEADER)),
        (b"user\tpassword\nann\tsecret\n", fault(1, HEADER)),
        (b"us\"er,password\"\nann,secret\n", fault(1, HEADER)),
        (b"user,password\rann,secret\r", fault(1, HEADER)),
        (b"\"user,password\nann,secret\n", fault(1, &format!("a quote is not closed; {QUOTING}"))),
        (b"user,password\nann,secret\nbob\n", fields(3, 2)),
        (b"user,password\nann;secret\n", fields(2, 2)),
        (b"user;password;mail\nann;secret;3;4\n", fields(2, 3)),
        (b"user,password\nann,\"sec\"ret\"\"\n", fields(2, 2)),
        (b"user,password\nann, \"secret\"\n", fields(2, 2)),
        (b"user,password\nann,sec\"ret\nb\"ob,secret\n", fields(2, 2)),
        (b"user,password\nann,secret\n\nbob,sec\"ret\ncy,secret\n", fault(4, &format!("a quote is not closed; {QUOTING}"))),
        (b"user,password\nann,secret\n,secret\n", fault(3, "the user is empty")),
        (b"user;password\nann;secret\n;\n;;\n", users(&[("ann", "secret")])),
        (b"user;password;mail\n;;m\n", fault(2, "the user is empty")),
        (b"\"user\";\"password\"\nann;secret\nbob;\n", fault(3, "the password is empty")),
        (b"user,password\r\n\"ann\",\"\"\r\n", fault(2, "the password is empty")),
        (b"user,password\nann,\"secret\nnext\"\n", fault(2, "the user or the password contains a line end")),
        (b"user,password\n\"ann\nbob\",secret\n", fault(2, "the user or the password contains a line end")),
        (b"user,password\nann,secret\n\n\"ann\",secret\n", fault(4, "this user is in line 2, too")),
        (b"user,password,mail\n\nann,secret,\"x\ny\"\nbob,secret,\xcf\n", fault(5, UTF8)),
        (b"user,password\nann,secret\0\n", fault(2, UTF8)),
        (b"user,password\na\0nn,secret\n", fault(2, UTF8)),
        // tc_calendar says that it is the first password.
        (b"user,password\n\nann,sec\rret\n", fault(3, "the password contains a line end\nhint: remove the carriage return in it")),
        (b"", Err((0, "there is no user in the file".to_owned()))),
        (b"user,password\n\n", Err((0, "there is no user in the file".to_owned()))),
    ]
}

/// What a script must print for such a file.
fn message((line, fault): &(usize, String)) -> String {
    if *line == 0 { fault.clone() } else { format!("line {line}: {fault}") }
}

/// The users and hashes of a CSV file that the shell script has printed.
fn rows(csv: &str) -> Vec<(String, String)> {
    let (header, rows) = csv.split_once('\n').unwrap();
    let separator = header.strip_prefix("user").unwrap().strip_suffix("hash").unwrap();
    let row = |row: &str| {
        let (user, hash) = row.strip_suffix('"').unwrap().rsplit_once(&format!("{separator}\"")).unwrap();
        let quoted = user.strip_prefix('"').and_then(|user| user.strip_suffix('"'));
        (quoted.map_or(user.to_owned(), |user| user.replace("\"\"", "\"")), hash.to_owned())
    };
    rows.lines().map(row).collect()
}

#[track_caller]
fn assert_are_hashes_of(users: &[(&str, &str)], rows: &[(String, String)], file: &str) {
    assert_eq!(rows.len(), users.len(), "{file}");
    for ((user, password), (found, hash)) in users.iter().zip(rows) {
        assert!(user == found && verifies(hash, password), "{file}: {found}");
    }
}

fn many_users() -> String {
    let rows = (1..=10_000).map(|number| format!("user-{number},secret-{number}"));
    std::iter::once("user,password".to_owned()).chain(rows).collect::<Vec<_>>().join("\n")
}

fn run(shell: &Shell, file: &str, stdin: &str) -> Outcome {
    shell.run("users-to-hashes.sh", &[&[file], &CHEAP[..]].concat(), stdin, &["secret"])
}

/// The three shells, and dash once more with each other awk of this machine.
fn shells_and_awks() -> Vec<Shell> {
    let mut shells = shells();
    for awk in ["gawk", "original-awk", "mawk"] {
        let found = Command::new("sh").args(["-c", &format!("command -v {awk}")]).output().unwrap();
        if found.status.success() {
            let mut shell = common::shells::shell("dash");
            let tools = shell.path("tools");
            fs::create_dir(&tools).unwrap();
            symlink(String::from_utf8(found.stdout).unwrap().trim(), tools.join("awk")).unwrap();
            shell.path = format!("{}:{}", tools.display(), shell.path);
            shells.push(shell);
        }
    }
    shells
}

/// README.md: "hashes the passwords of a CSV file"
#[test]
#[ignore = "needs dash, bash and busybox"]
fn users_to_hashes_sh_takes_these_files_and_refuses_the_others() {
    for shell in shells_and_awks() {
        for (content, expected) in files() {
            let file = String::from_utf8_lossy(content);
            shell.write("a=b users.csv", content);
            let outcome = run(&shell, "a=b users.csv", "");
            match expected {
                Ok(users) => {
                    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{file}");
                    assert_are_hashes_of(&users, &rows(&outcome.stdout), &file);
                }
                Err(fault) => {
                    let told = outcome.stderr.trim_end();
                    let told = told.strip_prefix("users-to-hashes.sh: ").or(told.strip_prefix("error: "));
                    assert_eq!(told, Some(message(&fault).as_str()), "{file}");
                    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""), "{file}");
                }
            }
        }
        let rows = rows(&run(&shell, "/dev/stdin", &many_users()).stdout);
        assert_eq!(rows.len(), 10_000);
        assert_are_hashes_of(&[("user-10000", "secret-10000")], &rows[9_999..], "many users");
    }
}

/// README.md: "hashes the passwords of a CSV file"
#[test]
#[ignore = "needs PowerShell"]
fn users_to_hashes_ps1_takes_these_files_and_refuses_the_others() {
    let folder = powershell::folder();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/users-to-hashes.ps1");
    let mut files = files();
    // PowerShell also writes UTF-16.
    let utf16: Vec<u8> =
        "\u{feff}user,password\r\nann,secret\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    files.push((utf16.leak(), Ok(vec![("ann", "secret")])));
    let mut commands = vec![format!(
        "$script = {}
        function Show($file) {{
            try {{ & $script $file -Cost --cost=m=8,t=1,p=1 3>$null | ForEach-Object {{ \"$($_.user)=$($_.hash)\" }} }}
            catch {{ $_.Exception.Message }}
        }}",
        quoted(script.to_str().unwrap())
    )];
    for (number, (content, _)) in files.iter().enumerate() {
        fs::write(folder.path().join(format!("{number}.csv")), content).unwrap();
        commands.push(format!("Show {number}.csv"));
    }
    fs::write(folder.path().join("many.csv"), many_users()).unwrap();
    commands.push("$rows = Show many.csv; $rows.Count; $rows[-1]".to_owned());
    // What PowerShell keeps of the errors must not show a password.
    commands.push("$Error | Format-List -Force | Out-String".to_owned());

    let printed = powershell::transcript(folder.path(), &commands);
    for ((content, expected), printed) in files.iter().zip(&printed[1..]) {
        let file = String::from_utf8_lossy(content);
        match expected {
            Ok(users) => {
                let rows: Vec<_> = printed.lines().map(|line| line.trim().split_once('=').unwrap()).collect();
                let rows: Vec<_> =
                    rows.iter().map(|(user, hash)| ((*user).to_owned(), (*hash).to_owned())).collect();
                assert_are_hashes_of(users, &rows, &file);
            }
            Err(fault) => {
                assert_eq!(printed.strip_prefix("error: ").unwrap_or(printed), message(fault), "{file}");
            }
        }
    }
    let [many, errors] = &printed[files.len() + 1..] else { panic!("{printed:?}") };
    let (count, last) = many.split_once('\n').unwrap();
    assert_eq!(count.trim(), "10000");
    assert!(verifies(last.strip_prefix("user-10000=").unwrap(), "secret-10000"));
    assert!(errors.contains("the password is empty") && !errors.contains("secret"), "{errors}");
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn users_to_hashes_sh_says_how_it_is_called() {
    for shell in shells() {
        let refuses = |arguments: &[&str], message: &str| {
            let outcome = shell.run("users-to-hashes.sh", arguments, "", &["secret"]);
            assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
            assert_eq!(outcome.stderr, format!("{message}\n"));
        };
        refuses(&[], "usage: users-to-hashes.sh FILE [OPTIONS FOR THE COST]");
        refuses(&["no file"], "users-to-hashes.sh: not a file that can be read: no file");
        refuses(&["."], "users-to-hashes.sh: not a file that can be read: .");
        shell.write("users.csv", "user,password\nann,secret\n");
        refuses(
            &["users.csv", "--format", "json"],
            "users-to-hashes.sh: without --format: only the plain form fits into CSV",
        );
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn users_to_hashes_sh_keeps_its_secrets_from_the_trace_of_the_shell() {
    for shell in shells() {
        shell.write("users.csv", "user,password\nann,secret-1\n");
        let traced =
            shell.trace("users-to-hashes.sh", &[&["users.csv"], &CHEAP[..]].concat(), "", &["secret-1"]);
        assert!(traced.status == Some(0) && traced.stderr.contains("+ file=users.csv"), "{}", traced.stderr);
        assert_are_hashes_of(&[("ann", "secret-1")], &rows(&traced.stdout), "traced");
    }
}

#[test]
#[ignore = "needs dash, bash and busybox"]
fn users_to_hashes_sh_leaves_nothing_if_its_reader_closes_the_pipe() {
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
