//! The man page: complete, without a warning, readable at 80 columns, and its examples run.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use common::tc_calendar;
use tc_calendar::cli::options;
use tc_calendar::hash::params::{Kib, Profile};
use tc_calendar::status::Kind;
use tc_calendar::status::Status;

fn page() -> String {
    let outcome = tc_calendar(["--generate", "man"]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    outcome.stdout
}

/// A section of the page, with dashes as users see them.
fn section(title: &str) -> String {
    let page = page().replace("\\-", "-");
    let start = format!("\"{title}\"\n");
    page.split("\n.SH ").find(|section| section.starts_with(&start)).unwrap().to_owned()
}

#[test]
fn its_title_has_the_version_and_its_date() {
    let version = env!("CARGO_PKG_VERSION");
    let entry = format!("\n## [{version}] - ");
    let changes = include_str!("../CHANGELOG.md").split_once(&entry).unwrap().1;
    let date = changes.lines().next().unwrap();
    let title = format!("\n.TH TC_CALENDAR 1 {date} \"tc_calendar {version}\" \"User Commands\"\n");
    assert!(page().contains(&title), "{title}");
}

#[test]
fn its_kinds_are_those_of_the_program() {
    let section = section("ERRORS");
    let listed: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("\\fB")).collect();
    let kinds: Vec<&str> = listed.iter().filter_map(|line| line.strip_suffix("\\fR")).collect();
    assert_eq!(kinds, Kind::ALL.map(|kind| kind.name));
    let flat = section.replace('\n', " ");
    for kind in Kind::ALL {
        let line = format!("{}\\fR {} ({})", kind.name, kind.meaning, kind.status as u8);
        assert!(flat.contains(&line), "{line}");
    }
    let meanings = Kind::ALL.map(|kind| kind.meaning);
    assert_eq!(BTreeSet::from(meanings).len(), meanings.len(), "two mean the same");
}

#[test]
fn its_exit_statuses_are_those_of_the_program() {
    let section = section("EXIT STATUS");
    for status in Status::ALL {
        let entry = format!("\\fB{}\\fR\n{}\n", status as u8, status.meaning());
        assert!(section.contains(&entry), "{entry}");
    }
}

/// The members of the JSON that a run prints.
fn members(arguments: &[&str]) -> BTreeSet<String> {
    let run = tc_calendar(["--format", "json", "--quiet"]).args(arguments);
    let asks = arguments.iter().any(|argument| ["--hash_pass", "--verify"].contains(argument));
    let printed = if asks { run.piped("hunter2").run() } else { run.run() }.stdout;
    assert_eq!(printed.lines().count(), 1, "{arguments:?}: {printed}");
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&printed).unwrap();
    object.keys().cloned().collect()
}

fn set(members: &[&str]) -> BTreeSet<String> {
    members.iter().map(ToString::to_string).collect()
}

#[test]
fn its_results_have_the_members_that_are_printed() {
    const HASH: &str = "encoded, variant, version, memory_kib, iterations, parallelism";
    let section = section("RESULTS").replace('\n', " ");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    std::fs::write(&file, r#"{"a": ""}"#).unwrap();
    let config = ["--config", file.to_str().unwrap(), "--key", "/a"];
    let documented = |what: &str| {
        let from = section.split_once(&format!(" {what} ")).unwrap().1;
        let text = from.split(" .TP").next().unwrap();
        let text = text.replace(" (null if there is no hash yet, with its reason)", "");
        text.replace("and the members of a hash", HASH)
            .trim()
            .split(", ")
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(members(&[&common::CHEAP[..], &["--hash_pass"]].concat()), documented("A hash"));
    assert_eq!(members(&[&["--inspect"], &config[..]].concat()), set(&["variant", "reason"]));
    assert_eq!(members(&[&["--verify"], &config[..]].concat()), set(&["match", "reason"]));
    let answer =
        section.split_once(" An answer of --verify ").unwrap().1.split(" .TP").next().unwrap().trim();
    assert_eq!(answer, "match; with reason if there is no hash yet: empty-string, null or missing-member");
    let written = members(&[&common::CHEAP[..], &["--hash_pass"], &config].concat());
    assert_eq!(written, documented("A hash in a config"));
    assert_eq!(members(&[&["--verify"], &config[..]].concat()), set(&["match"]));
    assert_eq!(members(&[&["--inspect"], &config[..]].concat()), documented("An answer of --inspect"));
    assert_eq!(members(&["--calibrate", "1ms"]), documented("A calibration"));
}

#[test]
fn its_options_are_those_of_the_program_with_their_values() {
    let section =
        ["\\fB", "\\fI", "\\fR"].into_iter().fold(section("OPTIONS"), |text, font| text.replace(font, ""));
    let section = section.replace("\\(aq", "'").replace("\\(ti", "~");
    for header in [
        "--hash_pass [PASSWORD]...",
        "--verify [ENCODED]",
        "--inspect [ENCODED]",
        "--calibrate [TIME]",
        "--generate TEXT",
        "--password-file FILE",
        "-m, --memory SIZE",
        "--backup",
        "-q, --quiet",
        "-h, --help",
    ] {
        assert!(section.contains(&format!(".TP \"7\"\n{header}\n")), "{header}");
    }
    let groups: Vec<&str> =
        section.split("\n.SS \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let expected = [
        "Modes",
        "Where passwords come from (--hash_pass, --verify)",
        "Hashing (--hash_pass)",
        "The hash (--verify, --inspect)",
        "The config (--hash_pass, --verify, --inspect)",
        "Writing into the config (--hash_pass)",
        "Cost (--hash_pass, --inspect)",
        "Output (--hash_pass, --verify, --inspect, --calibrate)",
        "Help",
    ];
    assert_eq!(groups, expected);
    assert!(section.contains("\n.SS \"Hashing (--hash_pass)\"\n.TP \"7\"\n--random\n"));
    let values = ".RS\n.TP \"9\"\nplain\nthe hash, or the answer\n.TP \"9\"\nlabel\n";
    assert!(section.contains(values));
    assert!(section.contains(".RS\n.TP \"21\"\nman\nthe man page\n.TP \"21\"\ncomplete-bash\n"));
    assert_eq!(section.matches("\n.RS\n").count(), section.matches("\n.RE\n").count());
    // The profiles have a table.
    assert!(!section.contains("\nrfc9106-low\n"));
    let words = section.split_whitespace().collect::<Vec<_>>().join(" ");
    for option in options::command().get_arguments().filter(|option| !option.is_hide_set()) {
        let long = format!("--{}", option.get_long().unwrap());
        let entry = words.split(".TP \"7\" ").find(|entry| entry.split(' ').take(2).any(|word| word == long));
        let text = option.get_long_help().or(option.get_help()).unwrap().to_string();
        let (line, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
        let text = format!("{line}. {rest}").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(entry.is_some_and(|entry| entry.contains(&text)), "{entry:?} has not {text:?}");
    }
}

#[test]
fn its_table_has_the_profiles_of_the_program() {
    let section = section("PROFILES");
    let rows: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.contains('\t'))
        .skip(1)
        .map(|line| line.split('\t').collect())
        .collect();
    let profiles = Profile::ALL.map(|profile| {
        let params = profile.params();
        [
            profile.name().to_owned(),
            Kib(params.memory_kib().into()).to_string(),
            params.iterations().to_string(),
            params.parallelism().to_string(),
            profile.source().to_owned(),
        ]
    });
    assert_eq!(rows, profiles);
    assert!(section.contains(&format!("The default is {}.", Profile::default().name())));
}

#[cfg(target_os = "linux")]
mod rendered {
    use std::process::{Command, Output};

    use super::{common, page};
    use common::terminal::Terminal;
    use tc_calendar::cli::help::{EXAMPLES, Example};

    /// Runs a tool on the page.
    fn run(tool: &str, arguments: &[&str]) -> Output {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tc_calendar.1");
        std::fs::write(&file, page()).unwrap();
        let run = Command::new(tool)
            .args(arguments)
            .arg(&file)
            .env("MANWIDTH", "80")
            .env("LC_ALL", "C.UTF-8")
            .output();
        run.unwrap()
    }

    /// The text without bold and underlined letters, which are printed over each other.
    fn plain(output: Vec<u8>) -> String {
        let mut text = String::new();
        let output = String::from_utf8(output).unwrap();
        for letter in output.chars() {
            if letter == '\u{8}' {
                text.pop();
            } else {
                text.push(letter);
            }
        }
        text
    }

    fn assert_readable(text: &str) {
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
            assert!(!line.ends_with('\u{2010}'), "hyphenated: {line}");
        }
        for part in ["0   done, or it matches", "-m, --memory SIZE", "rfc9106-high   2 GiB    1    4 "] {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
    }

    #[test]
    #[ignore = "needs mandoc"]
    fn mandoc_has_no_complaint() {
        let output = run("mandoc", &["-Tlint"]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert!(output.status.success());
    }

    #[test]
    #[ignore = "needs mandoc"]
    fn mandoc_shows_it_in_80_columns() {
        let output = run("mandoc", &["-Tutf8"]);
        assert_readable(&plain(output.stdout));
    }

    #[test]
    #[ignore = "needs man"]
    fn man_shows_it_in_80_columns_without_a_warning() {
        let output = run("man", &["--warnings", "-l"]);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_readable(&plain(output.stdout));
    }

    /// Whether a line is printed as the page shows it. A line that the page cuts off with `...` may go on,
    /// and the numbers of a calibration may be those of another machine.
    fn is_shown(printed: &str, shown: &str) -> bool {
        let without_numbers = |text: &str| text.replace(|letter: char| letter.is_ascii_digit(), "");
        match shown.strip_suffix("...") {
            Some(start) => printed.starts_with(start),
            None if shown.starts_with("--cost=") => without_numbers(printed) == without_numbers(shown),
            None => printed.trim_end() == shown,
        }
    }

    #[test]
    fn its_examples_print_what_it_shows() {
        let path = common::path_with_program();
        let hash = common::tc_calendar(["--quiet", "--hash_pass", "hunter2"]).run().lines()[0].to_owned();
        for Example { command, output, .. } in EXAMPLES {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("config.json"), r#"{"admin": {"password": ""}}"#).unwrap();
            let command = command.replace("$argon2id$v=19$...", &hash);
            let mut terminal = Terminal::start(
                |shell| {
                    let shell = shell.args(["-c", &command]).env("PATH", &path).env("PW", "hunter2");
                    shell.current_dir(&folder)
                },
                "sh",
            );
            for question in output.lines().filter(|line| line.ends_with("assword:")) {
                terminal.expect(question).send("hunter2\n");
            }
            assert_eq!(terminal.finish().code(), Some(0), "{command}");
            let text = terminal.text().replace("\r\n", "\n");
            let (printed, shown): (Vec<_>, Vec<_>) = (text.lines().collect(), output.lines().collect());
            assert_eq!(printed.len(), shown.len(), "{command}: {text}");
            for (printed, shown) in printed.into_iter().zip(shown) {
                assert!(is_shown(printed, shown), "{command}: {printed:?} is not {shown:?}");
            }
        }
    }
}
