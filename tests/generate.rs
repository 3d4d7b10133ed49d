//! The help, and that each generated text has every option.
#![allow(clippy::unwrap_used)]

mod common;

use common::tc_calendar;
use tc_calendar::cli;
use tc_calendar::cli::help::EXAMPLES;

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

/// README.md: "`--help` has all options and some examples. The man page explains each:"
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
fn the_long_help_is_at_most_80_columns_wide() {
    for line in tc_calendar(["--help"]).run().stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn the_examples_of_the_help_are_those_of_the_man_page() {
    let help = tc_calendar(["--help"]).run().stdout;
    let commands = EXAMPLES.map(|example| format!("  {}\n", example.command)).concat();
    assert!(help.contains(&format!("\nExamples:\n{commands}\n")), "{help}");
    let page = tc_calendar(["--generate", "man"]).run().stdout;
    let page = page.replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\");
    for example in EXAMPLES {
        assert!(page.contains(&format!("\n$ {}\n", example.command)), "{}", example.command);
    }
}

/// A terminal of 80 by 24 shows the short help without scrolling.
#[test]
fn the_short_help_fits_a_screen() {
    let help = tc_calendar(["-h"]).run().stdout;
    assert!(help.lines().count() <= 24, "{} lines", help.lines().count());
    for line in help.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let modes = ["--hash_pass", "--verify", "--inspect", "--calibrate", "--generate"];
    let frequent = ["--password-file", "--password-stdin", "--config", "--key", "--profile", "--quiet"];
    for option in modes.into_iter().chain(frequent) {
        assert!(help.contains(option), "{option}");
    }
}

#[test]
fn unknown_texts_and_other_options_are_refused() {
    let refused = tc_calendar(["--generate=s3cret"]).hiding("s3cret").run();
    refused.fails(2, "invalid value for --generate");
    let all =
        "hint: use one of: man, complete-bash, complete-zsh, complete-fish, complete-powershell, licenses\n";
    assert!(refused.stderr.ends_with(all), "{}", refused.stderr);
    tc_calendar(["--generate"]).run().fails(2, "--generate needs a value");
    for option in [&["--quiet"][..], &["--config", "x"], &["--format", "plain"]] {
        let message = format!("{} cannot be used with --generate", option[0]);
        tc_calendar(["--generate", "man"]).args(option).run().fails(2, &message);
    }
}
