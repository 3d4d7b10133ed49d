//! The generated texts and the help: complete and readable.
#![allow(clippy::unwrap_used)]

mod common;

use common::tc_calendar;
use tc_calendar::cli;
use tc_calendar::cli::status::Status;

fn generated(text: &str) -> String {
    let outcome = tc_calendar(["--generate", text]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    outcome.stdout
}

/// Every visible option, as in `--config`.
fn options() -> Vec<String> {
    let command = cli::options::command_to_show();
    let named = command.get_arguments().filter(|argument| !argument.is_hide_set());
    named.filter_map(|argument| argument.get_long()).map(|long| format!("--{long}")).collect()
}

#[test]
fn every_option_is_in_the_man_page_the_help_and_the_completions() {
    let plain = |text: String| text.replace("\\-", "-");
    let help = tc_calendar(["--help"]).run().stdout;
    let mut texts = vec![("man", plain(generated("man"))), ("--help", help)];
    for shell in ["complete-bash", "complete-zsh"] {
        texts.push((shell, generated(shell)));
    }
    assert!(options().len() > 15);
    for option in options() {
        for (name, text) in &texts {
            assert!(text.contains(&option), "{option} in {name}");
        }
        let fish = format!("-l {}", &option[2..]);
        assert!(generated("complete-fish").contains(&fish), "{fish}");
        assert!(generated("complete-powershell").contains(&format!("'{option}'")), "{option}");
    }
}

#[test]
fn the_man_page_has_all_sections_the_version_and_every_exit_status() {
    let page = generated("man").replace("\\-", "-");
    for section in [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "\"EXIT STATUS\"",
        "ERRORS",
        "EXAMPLES",
        "FILES",
        "SECURITY",
    ] {
        assert!(page.contains(&format!("\n.SH {section}\n")), "{section}");
    }
    let version = env!("CARGO_PKG_VERSION");
    let entry = format!("\n## [{version}] - ");
    let changes = include_str!("../CHANGELOG.md").split_once(&entry).unwrap().1;
    let date = changes.lines().next().unwrap();
    let title = format!(".TH tc_calendar 1 {date} \"tc_calendar {version}\" \"User Commands\"");
    assert!(page.contains(&title), "{title}");
    for status in Status::ALL {
        assert!(page.contains(status.meaning()), "{status:?}");
    }
}

#[test]
fn the_long_help_is_at_most_80_columns_wide() {
    for line in tc_calendar(["--help"]).run().stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// A terminal of 80 by 24 shows it without scrolling.
#[test]
fn the_short_help_fits_a_screen() {
    let help = tc_calendar(["-h"]).run().stdout;
    assert!(help.lines().count() <= 24, "{} lines", help.lines().count());
    for line in help.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for mode in ["--hash_pass", "--verify", "--inspect", "--calibrate", "--generate"] {
        assert!(help.contains(mode));
    }
}

#[test]
fn unknown_texts_and_other_options_are_refused() {
    tc_calendar(["--generate=s3cret"]).hiding("s3cret").run().fails(2, "invalid value for --generate");
    tc_calendar(["--generate"]).run().fails(2, "--generate needs a value");
    for option in [&["--quiet"][..], &["--config", "x"], &["--format", "plain"]] {
        let message = format!("{} cannot be used with --generate", option[0]);
        tc_calendar(["--generate", "man"]).args(option).run().fails(2, &message);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn bash_completes_options() {
    let script = "eval \"$(\"$0\" --generate complete-bash)\"; COMP_WORDS=(tc_calendar --h) COMP_CWORD=1
        _tc_calendar tc_calendar --h tc_calendar; echo \"${COMPREPLY[@]}\"";
    let output = std::process::Command::new("bash").args(["-c", script, common::PROGRAM]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "--hash_pass --help\n");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs man"]
fn man_formats_the_page_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("tc_calendar.1");
    std::fs::write(&page, generated("man")).unwrap();
    let run = std::process::Command::new("man")
        .args(["--warnings", "-l"])
        .arg(&page)
        .env("MANWIDTH", "80")
        .env("LC_ALL", "C.UTF-8")
        .output();
    let output = run.unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("EXIT STATUS") && text.contains("0   done, or it matches"), "{text}");
}
