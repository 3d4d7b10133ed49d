//! Runs the examples of the README and docs, and compares their tables, options and links with the
//! program and the files.
#![allow(clippy::unwrap_used)]

mod common;

use common::masked;
#[cfg(unix)]
use common::{blocks, path_with_program};
use tc_calendar::hash::params::{Kib, Profile};
use tc_calendar::status::Status;

const README: &str = include_str!("../README.md");
/// The pages whose examples are run.
const PAGES: [&str; 7] = [
    README,
    include_str!("../docs/shells.md"),
    include_str!("../docs/cost.md"),
    include_str!("../docs/exchange.md"),
    include_str!("../docs/config.md"),
    include_str!("../docs/batches.md"),
    INSTALL,
];
/// packaging/check runs the commands of this page that are marked `sh`.
const INSTALL: &str = include_str!("../docs/install.md");

#[test]
fn masking_changes_only_salt_and_tag() {
    let line = "x $argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\"}\n";
    assert_eq!(masked(line), "x $argon2id$v=19$m=8,t=1,p=1$22 letters of salt$tag\"}\n");
}

/// Runs each block as a script that prints the block again: each command after `$ `, then its output.
/// Its folder contains the config that the README shows, and a password if it is used.
#[cfg(unix)]
#[test]
fn examples_print_what_the_pages_say() {
    let config = blocks(README, "jsonc")[0];
    let blocks: Vec<_> = PAGES.into_iter().flat_map(|page| blocks(page, "console")).collect();
    assert!(blocks.len() >= 6);
    for block in blocks {
        let commands = block.lines().filter_map(|line| line.strip_prefix("$ "));
        let script: Vec<String> = commands
            .map(|command| {
                let shown = command.replace('\'', r"'\''");
                format!("printf '$ %s\\n' '{shown}'\n(exit ${{status:-0}})\n{command}\nstatus=$?\n")
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        if block.contains(" password.txt") {
            std::fs::write(folder.path().join("password.txt"), "correct horse\n").unwrap();
        }
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{}", script.concat())])
            .env("PATH", path_with_program())
            .current_dir(&folder)
            .output()
            .unwrap();
        assert_eq!(
            masked(&common::without_emulators_note(&String::from_utf8(output.stdout).unwrap())),
            masked(block)
        );
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
        for question in ["Password: ", "Repeat password: "] {
            terminal.expect(question).send("hunter2\n");
        }
        assert_eq!(terminal.finish().code(), Some(0));
        assert_eq!(masked(&terminal.text().replace("\r\n", "\n")), masked(shown));
    }
}

/// docs/cost.md: "| `rfc9106-low` (default) | 64 MiB | 3 | 4 |"
/// docs/cost.md: "| `rfc9106-high` | 2 GiB | 1 | 4 |"
/// docs/cost.md: "| `owasp` | 19 MiB | 2 | 1 |"
#[test]
fn the_table_of_profiles_matches_the_program() {
    for profile in Profile::ALL {
        let params = profile.params();
        let default = if profile == Profile::default() { " (default)" } else { "" };
        let row = format!(
            "| `{}`{default} | {} | {} | {} | {} |",
            profile.name(),
            Kib(params.memory_kib().into()),
            params.iterations(),
            params.parallelism(),
            profile.source()
        );
        assert!(PAGES[2].contains(&row), "{row}");
    }
}

/// README.md: "1.89 or later and a C linker"
#[test]
fn the_rust_version_is_that_of_the_manifest() {
    assert!(README.contains(concat!(" ", env!("CARGO_PKG_RUST_VERSION"), " or later")));
}

/// The quoting that the page shows for each shell, and its way to write a quote.
/// docs/shells.md: "safe in single quotes; write `'` as `'\''`"
/// docs/shells.md: "in single quotes, write `'` as `\'` and `\` as `\\`"
#[cfg(unix)]
#[test]
#[ignore = "needs bash, zsh and fish"]
fn passwords_arrive_with_the_quoting_that_the_page_says() {
    for (shells, row, with_quote, password) in [
        ("sh bash zsh", "| sh, bash, zsh | `--hash_pass ", r"'$a!`b\'\''c'", r"$a!`b\'c"),
        ("fish", "| fish | `--hash_pass ", r"'$a!`b\\\'c'", r"$a!`b\'c"),
    ] {
        let shown = PAGES[1].split(row).nth(1).unwrap().split("` |").next().unwrap();
        for shell in shells.split(' ') {
            for (word, password) in [(shown, shown.trim_matches('\'')), (with_quote, password)] {
                let command = format!("tc_calendar {} --hash_pass {word}", common::CHEAP.join(" "));
                let mut run = std::process::Command::new(shell);
                let output = run.args(["-c", &command]).env("PATH", path_with_program()).output().unwrap();
                let outcome = common::tc_calendar([""; 0]).check(output);
                assert!(common::verifies(outcome.lines()[0], password), "{shell}: {word}");
            }
        }
    }
}

/// A reader who goes no further knows what it does, for whom, and how to get it.
#[test]
fn the_first_screen_leads_from_what_it_does_to_how_to_get_it() {
    let mut rest = README.lines().take(40).collect::<Vec<_>>().join("\n");
    for text in [
        "Hashes passwords with Argon2id",
        "$ tc_calendar --hash_pass\n",
        "argon2-cffi",
        "Vaultwarden",
        "**Do not give a hash to a program that logs in",
        "\n## Install\n",
        "\npackaging/release\nsudo install tc_calendar-",
        "\ncargo run --release --locked -- --hash_pass hunter2\ncargo test --locked\n",
    ] {
        rest = rest.split_once(text).unwrap_or_else(|| panic!("{text} is not where it belongs")).1.to_owned();
    }
}

#[test]
fn the_readme_is_short() {
    assert!(README.lines().count() <= 190, "{} lines", README.lines().count());
}

#[test]
fn the_release_files_are_those_of_this_version() {
    let mut named = 0;
    for start in ["tc_calendar-", "tc-calendar_", "tc-calendar-"] {
        for rest in INSTALL.split(start).skip(1) {
            if rest.starts_with(|first: char| first.is_ascii_digit()) {
                let name = rest.lines().next().unwrap();
                assert!(rest.starts_with(env!("CARGO_PKG_VERSION")), "{start}{name}");
                named += 1;
            }
        }
    }
    assert!(named > 15);
}

/// What the page says that building a release installs.
#[test]
fn the_tools_of_a_release_are_all_named() {
    let script = include_str!("../packaging/release");
    let tools = script.split_once("tools=(").unwrap().1.split_once(')').unwrap().0;
    for tool in tools.split_whitespace() {
        assert!(INSTALL.contains(&format!("`{tool}`")), "{tool}");
    }
}

#[test]
fn links_lead_to_files_that_exist() {
    let mut links = 0;
    for (folder, page) in [""].into_iter().chain(std::iter::repeat("docs")).zip(PAGES) {
        for link in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if !link.starts_with("https://") {
                let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(link);
                assert!(file.exists(), "{link}");
                links += 1;
            }
        }
    }
    assert!(links > 10, "{links}");
}

#[test]
fn the_readme_links_to_every_example() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(README.contains(&format!("[{name}](examples/{name})")), "{name}");
    }
}

#[test]
fn the_tests_of_the_examples_name_each() {
    let tests = concat!(
        include_str!("batches.rs"),
        include_str!("examples.rs"),
        include_str!("examples_deploy.rs"),
        include_str!("examples_packages.rs"),
        include_str!("examples_powershell.rs"),
        include_str!("examples_users.rs")
    );
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(tests.contains(&format!("{name}\"")), "{name}");
    }
}

/// Every option that a page names exists.
#[test]
fn options_in_the_pages_exist() {
    let is_of_a_name = |c: char| c.is_ascii_lowercase() || c == '-' || c == '_';
    let help = common::tc_calendar(["--help"]).run().stdout;
    let names: Vec<&str> = help.split(|c| !is_of_a_name(c)).collect();
    for page in PAGES {
        for (at, _) in page.match_indices("`--") {
            let name = page[at + 1..].split(|c| !is_of_a_name(c)).next().unwrap();
            assert!(name == "--" || names.contains(&name), "{name}");
        }
    }
}

/// README.md: "| 0 | done, or it matches |"
#[test]
fn the_exit_statuses_match_the_program() {
    let help = common::tc_calendar(["--help"]).run().stdout;
    for status in Status::ALL {
        let (number, meaning) = (status as u8, status.meaning());
        assert!(README.contains(&format!("| {number} | {meaning} |")), "README: {number} {meaning}");
        assert!(help.contains(&format!("  {number}  {meaning}\n")), "--help: {number} {meaning}");
    }
    let table = README.split("| status | meaning |").nth(1).unwrap().split("\n\n").next().unwrap();
    assert_eq!(table.trim().lines().count(), 1 + Status::ALL.len());
}
