//! Runs what the README and docs/shells.md show for PowerShell, in PowerShell for Linux.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;

use common::powershell::{self, transcript};
use common::{CHEAP, blocks, masked, verifies};
use tempfile::TempDir;

const README: &str = include_str!("../README.md");
const SHELLS: &str = include_str!("../docs/shells.md");
const PASSWORD: &str = "correct horse";

/// A folder with everything that the pages name.
fn folder() -> TempDir {
    let folder = powershell::folder();
    for (name, content) in [
        ("config.json", blocks(README, "jsonc")[0]),
        ("password.txt", "correct horse\n"),
        ("users.csv", "\"user\",\"password\"\r\n\"ann\",\"first\"\r\n\"bob\",\"second\"\r\n"),
        ("users-to-hashes.ps1", include_str!("../examples/users-to-hashes.ps1")),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

/// The cells of the rows of a table, with `|` as it is meant, and the texts in them that are marked as code.
fn table(page: &'static str, header: &str) -> Vec<Vec<String>> {
    let table = page.split_once(header).unwrap().1.split_once("\n\n").unwrap().0;
    let cells = |row: &str| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    table.lines().skip(2).map(cells).collect()
}

fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Each command follows `PS> `, and its output is below.
#[test]
#[ignore = "needs PowerShell"]
fn examples_print_what_the_pages_say_in_powershell() {
    for page in [README, SHELLS] {
        let shown = blocks(page, "console powershell").concat();
        let (commands, outputs): (Vec<&str>, Vec<&str>) =
            shown.split("PS> ").skip(1).map(|example| example.split_once('\n').unwrap()).unzip();
        assert!(commands.len() >= 3);
        let printed = transcript(folder().path(), &commands);
        for ((command, output), printed) in commands.iter().zip(outputs).zip(printed) {
            assert_eq!(masked(&printed), masked(output.trim()), "{command}");
        }
    }
}

#[test]
#[ignore = "needs PowerShell"]
fn the_commands_without_output_work_in_powershell() {
    let commands = blocks(SHELLS, "powershell");
    assert_eq!(commands.len(), 4);
    let printed = transcript(folder().path(), &commands);
    assert!(verifies(&printed[0], PASSWORD), "{}", printed[0]);
    assert_eq!(printed[1..], [""; 3]);
}

#[test]
#[ignore = "needs PowerShell"]
fn a_password_arrives_from_everywhere_in_powershell() {
    let folder = folder();
    let mut commands = vec![
        "function Read-Host([switch] $MaskInput) { if ($MaskInput) { 'correct horse' } }
        $secret = ConvertTo-SecureString 'correct horse' -AsPlainText -Force
        $credential = [pscredential]::new('admin', $secret)"
            .to_owned(),
    ];
    let rows = table(SHELLS, "| the password is | pipe |");
    for row in &rows {
        // An option is named where one is needed, and one that needs no pipe.
        let (pipe, options) = (code(&row[1])[0], code(&row[1])[1..].concat());
        let run = format!("tc_calendar {} --hash_pass", CHEAP.join(" "));
        commands.push(if options.starts_with("--password-file") {
            format!("{pipe} | {run} --password-stdin; {run} {options}")
        } else {
            format!("{pipe} | {run} --password-stdin {options}")
        });
    }
    let printed = transcript(folder.path(), &commands);
    assert_eq!(printed[0], "");
    for (row, printed) in rows.iter().zip(&printed[1..]) {
        let passwords = match row[0].as_str() {
            "in a column of a CSV file" => &["first", "second"][..],
            "in a file" => &[PASSWORD; 2],
            _ => &[PASSWORD],
        };
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines.len(), passwords.len(), "{row:?}: {printed}");
        for (hash, password) in lines.iter().zip(passwords) {
            assert!(verifies(hash, password), "{row:?}");
        }
    }
}

/// docs/shells.md: "in a pipe it becomes a table, which is refused for its blank line"
/// docs/shells.md: "so are those after a hash, as in `--verify (Get-Content -Raw hash.txt)`"
#[test]
#[ignore = "needs PowerShell"]
fn what_is_lost_on_the_way_is_refused_in_powershell() {
    let folder = folder();
    let commands = [
        "$secret = ConvertTo-SecureString 'correct horse' -AsPlainText -Force
        $credential = [pscredential]::new('admin', $secret)",
        "$secret | tc_calendar --hash_pass --password-stdin",
        "tc_calendar --hash_pass $secret",
        "tc_calendar --hash_pass $credential",
        "$credential | tc_calendar --hash_pass --password-stdin",
        "$credential | tc_calendar --hash_pass --password-stdin --lines",
        "Get-Content password.txt | tc_calendar --hash_pass --password-stdin > hash.txt",
        "Get-Content password.txt | tc_calendar --verify --password-stdin (Get-Content -Raw hash.txt)",
    ];
    let printed = transcript(folder.path(), &commands);
    for (command, printed) in commands.iter().zip(&printed).take(6).skip(1) {
        assert!(printed.contains("error: ") && !printed.contains("$argon2id"), "{command}: {printed}");
    }
    assert_eq!(printed[6..], ["", "match"]);
}

/// Commands that hash passwords, and the passwords that have to arrive.
#[derive(Default)]
struct Arguments(Vec<(String, Vec<String>)>);

impl Arguments {
    /// Each way to write what follows `--hash_pass`, which may stand in front of it.
    fn arrive(&mut self, before: &str, ways: &[&str], passwords: &[&str]) {
        for written in ways {
            let option = if written.starts_with("--hash_pass=") { "" } else { "--hash_pass " };
            let command = format!("{before}; tc_calendar {} {option}{written}", CHEAP.join(" "));
            self.0.push((command, passwords.iter().map(|&password| password.to_owned()).collect()));
        }
    }
}

/// Only what is said of Windows PowerShell 5.1 is not run. What versions before 7.3 do with arguments, 7.6 does on
/// request.
#[test]
#[ignore = "needs PowerShell"]
fn arguments_arrive_as_the_page_says_in_powershell() {
    let folder = folder();
    fs::write(folder.path().join("a.x"), "").unwrap();
    let in_home = folder.path().join("x").display().to_string();
    let rows = table(SHELLS, "| after `--hash_pass` | arrives as | write |");
    let meant = ["p$ss", "pa\u{2019}ss\u{2019}word", "-a.b", "-a:b", "", "a\"b", "", "a b\\"];
    assert_eq!(rows.len(), meant.len());
    let mut arguments = Arguments::default();
    let passing = |style: &str| format!("$PSNativeCommandArgumentPassing = '{style}'");
    for (row, meant) in rows.iter().zip(meant).filter(|(row, _)| !row[0].contains("in 5.1")) {
        let (written, instead) = (code(&row[0]), code(&row[2]));
        let before = passing(if row[0].contains("before 7.3") { "Legacy" } else { "Standard" });
        if written[0] == "$p" {
            for (value, expanded) in [("~/x", in_home.as_str()), ("*.x", "a.x")] {
                assert!(written.contains(&value));
                let before = format!("{before}; $p = '{value}'");
                arguments.arrive(&before, &["$p"], &[expanded]);
                arguments.arrive(&before, &instead, &[value]);
            }
        } else {
            arguments.arrive(&before, &written, &code(&row[1]));
            arguments.arrive(&before, &instead, &[meant]);
        }
    }
    let in_a_table = code(SHELLS.split_once("| PowerShell |").unwrap().1)[0];
    let in_a_table = in_a_table.strip_prefix("--hash_pass ").unwrap();
    arguments.arrive(&passing("Standard"), &[in_a_table], &["p$ss!w^rd%"]);
    let joined = SHELLS.split_once("\n`Start-Process ").unwrap().1.split_once('`').unwrap().0;
    let joined = format!("Start-Process -NoNewWindow -Wait {joined}");
    arguments.0.push((joined, vec!["a".to_owned(), "b".to_owned()]));

    let commands: Vec<&str> = arguments.0.iter().map(|(command, _)| command.as_str()).collect();
    let printed = transcript(folder.path(), &commands);
    for ((command, passwords), printed) in arguments.0.iter().zip(&printed) {
        let hashes: Vec<&str> = printed.lines().filter(|line| line.starts_with('$')).collect();
        assert_eq!(hashes.len(), passwords.len(), "{command}: {printed}");
        for (hash, password) in hashes.iter().zip(passwords) {
            assert!(verifies(hash, password), "{command}: {password}");
        }
    }
}
