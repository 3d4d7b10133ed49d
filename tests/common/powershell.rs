//! Runs commands in PowerShell for Linux. A start takes half a second, so a test gives it all its commands at once.
//! `.ci/run` leaves out the tests with `_ps1_` or `in_powershell` in their names where there is no PowerShell.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{PROGRAM, needs, path_with_program};

/// Stands between the outputs of two commands.
const SEPARATOR: char = '\u{1e}';

/// A folder with the program, under the name that it has on Windows too.
pub fn folder() -> TempDir {
    needs("pwsh");
    let folder = tempfile::tempdir().unwrap();
    symlink(PROGRAM, folder.path().join("tc_calendar.exe")).unwrap();
    folder
}

/// PowerShell with these commands, in a folder that is also its home and the first place of programs.
pub fn powershell(folder: &Path, commands: &str) -> Command {
    let mut command = Command::new("pwsh");
    command
        .args(["-NoProfile", "-NonInteractive", "-Command", commands])
        .current_dir(folder)
        .env("HOME", folder)
        .env("NO_COLOR", "1")
        .env("PATH", format!("{}:{}", folder.display(), path_with_program()));
    command
}

/// What each of the commands prints to stdout and stderr, as they come, if they are typed in one session.
pub fn transcript<S: AsRef<str>>(folder: &Path, commands: &[S]) -> Vec<String> {
    let separate = format!("[Console]::Write([char]{})", u32::from(SEPARATOR));
    // A command of several lines ends with an empty one.
    let typed = commands.iter().map(|command| format!("{}\n\n{separate}\n", command.as_ref()));
    let file = folder.join("typed");
    fs::write(&file, typed.collect::<String>()).unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = powershell(folder, "-");
    command.stdin(File::open(&file).unwrap()).stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    // It holds the end of the pipe for writing, too.
    drop(command);
    let mut printed = String::new();
    reader.read_to_string(&mut printed).unwrap();
    child.wait().unwrap();
    // A program may wait for a second before a busy PowerShell writes to it.
    let printed =
        printed.replace("note: waiting for another program to write to stdin, or to close it\n", "");
    let mut outputs: Vec<String> = printed.split(SEPARATOR).map(|text| text.trim().to_owned()).collect();
    assert_eq!((outputs.pop().as_deref(), outputs.len()), (Some(""), commands.len()), "{printed}");
    outputs
}

/// A text as a word of a PowerShell command, whatever characters it has.
pub fn quoted(text: &str) -> String {
    // PowerShell takes typographic quotes for quotes, too.
    let doubled = text.chars().flat_map(|letter| {
        let times = if matches!(letter, '\'' | '\u{2018}'..='\u{201b}') { 2 } else { 1 };
        std::iter::repeat_n(letter, times)
    });
    format!("'{}'", doubled.collect::<String>())
}

/// Commands that print what PowerShell offers to complete each of these lines, one a line, separated by bars.
pub fn completions<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<String> = lines.map(quoted).collect();
    // Where nothing is typed and there is nothing to offer, TabExpansion2 throws up to PowerShell 7.6.
    format!(
        "foreach ($line in {}) {{
            try {{ @((TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object CompletionText) -join '|' }}
            catch {{ '' }}
        }}\n",
        lines.join(", ")
    )
}
