//! The README's examples are run, and its tables compared with the program.
#![allow(clippy::unwrap_used)]

mod common;

#[cfg(unix)]
use common::PROGRAM;
use common::masked;
use tc_calendar::cost::Profile;
use tc_calendar::error::Status;
use tc_calendar::size;

const README: &str = include_str!("../README.md");
#[cfg(unix)]
const DOCS: &str = include_str!("../docs/config.md");

/// The contents of the fenced blocks with this info string.
#[cfg(unix)]
fn blocks(text: &'static str, info: &str) -> Vec<&'static str> {
    let fence = format!("```{info}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[cfg(unix)]
fn path_with_program() -> String {
    let folder = std::path::Path::new(PROGRAM).parent().unwrap().display().to_string();
    format!("{folder}:{}", std::env::var("PATH").unwrap())
}

#[test]
fn masking_leaves_all_but_salt_and_tag() {
    let line = "x $argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\"}\n";
    assert_eq!(masked(line), "x $argon2id$v=19$m=8,t=1,p=1$22 letters of salt$tag\"}\n");
}

/// A script that prints what the block holds: each command after its `$ `, then its output. In its
/// folder is the config that the README shows.
#[cfg(unix)]
#[test]
fn examples_print_what_the_readme_says() {
    let config = blocks(README, "jsonc")[0];
    let (own, others) = (blocks(README, "console"), blocks(DOCS, "console"));
    assert!(own.len() >= 5 && others.len() == 1);
    for block in own.into_iter().chain(others) {
        let commands = block.lines().filter_map(|line| line.strip_prefix("$ "));
        let script: Vec<String> = commands
            .map(|command| {
                let shown = command.replace('\'', r"'\''");
                format!("printf '$ %s\\n' '{shown}'\n(exit ${{status:-0}})\n{command}\nstatus=$?\n")
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{}", script.concat())])
            .env("PATH", path_with_program())
            .current_dir(&folder)
            .output()
            .unwrap();
        assert_eq!(masked(&String::from_utf8(output.stdout).unwrap()), masked(block));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_terminal_example_looks_as_the_readme_says() {
    let blocks = blocks(README, "console terminal");
    assert_eq!(blocks.len(), 1);
    for block in blocks {
        let (command, shown) = block.strip_prefix("$ ").unwrap().split_once('\n').unwrap();
        let mut terminal = common::terminal::Terminal::start(
            |shell| shell.args(["-c", command]).env("PATH", path_with_program()),
            "sh",
        );
        for question in ["Password: ", "Confirm password: "] {
            terminal.expect(question).send("hunter2\n");
        }
        assert_eq!(terminal.finish().code(), Some(0));
        assert_eq!(masked(&terminal.text().replace("\r\n", "\n")), masked(shown));
    }
}

#[test]
fn profiles_are_the_programs() {
    for profile in Profile::ALL {
        let cost = profile.cost();
        let default = if profile == Profile::default() { " (default)" } else { "" };
        let row = format!(
            "| `{}`{default} | {} | {} | {} | {} |",
            profile.name(),
            size::display(cost.memory_kib().into()),
            cost.iterations(),
            cost.parallelism(),
            profile.source()
        );
        assert!(README.contains(&row), "{row}");
    }
}

#[test]
fn exit_statuses_are_the_programs() {
    let help = common::tc_calendar(["--help"]).run().stdout;
    for status in Status::ALL {
        let (number, meaning) = (status as u8, status.meaning());
        assert!(README.contains(&format!("| {number} | {meaning} |")), "README: {number} {meaning}");
        assert!(help.contains(&format!("  {number}  {meaning}\n")), "--help: {number} {meaning}");
    }
    let table = README.split("| status | meaning |").nth(1).unwrap().split("\n\n").next().unwrap();
    assert_eq!(table.trim().lines().count(), 1 + Status::ALL.len());
}
