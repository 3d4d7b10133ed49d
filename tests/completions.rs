//! Completions: each shell is run, and the Tab key pressed. PowerShell's are compared by their text.
#![allow(clippy::unwrap_used)]

mod common;

use common::tc_calendar;

fn script(shell: &str) -> String {
    let outcome = tc_calendar(["--generate", &format!("complete-{shell}")]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    outcome.stdout
}

#[test]
fn powershell_knows_the_values() {
    let script = script("powershell");
    for line in [
        "'--profile' = 'rfc9106-low', 'rfc9106-high', 'owasp'",
        "'--format' = 'plain', 'label', 'json'",
        "$files = '--password-file', '--config'",
        "'--memory' = 'Memory instead of the profile''s: KiB, or 64MiB'",
    ] {
        assert!(script.contains(&format!("    {line}\n")), "{line} in {script}");
    }
    for place in ["{options}", "{values}", "{files}"] {
        assert!(!script.contains(place), "{place} is not filled");
    }
}

#[cfg(target_os = "linux")]
mod in_shells {
    use std::path::Path;
    use std::process::Command;

    use super::{common, script};
    use common::terminal::Terminal;

    /// Where bash-completion is installed, on every Linux.
    const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

    /// What is typed after the command, and which arguments the command then gets.
    const COMPLETED: [(&str, &str); 12] = [
        ("--profile ow\t", "<--profile><owasp>"),
        ("--profile=ow\t", "<--profile=owasp>"),
        ("--format j\t", "<--format><json>"),
        ("--format=j\t", "<--format=json>"),
        ("--generate m\t", "<--generate><man>"),
        ("--hash_pass --conf\t", "<--hash_pass><--config>"),
        ("--hash_pass one --qu\t", "<--hash_pass><one><--quiet>"),
        // The first Tab completes the folder, the second the file in it.
        ("--config \t\t", "<--config><my dir/config one.json>"),
        ("--config=\t\t", "<--config=my dir/config one.json>"),
        ("--password-file m\t\t", "<--password-file><my dir/config one.json>"),
        ("--hash_pass --config m\t\t", "<--hash_pass><--config><my dir/config one.json>"),
        ("--config my\\ dir/c\t", "<--config><my dir/config one.json>"),
    ];

    /// What is typed where nothing can be offered.
    const NOT_COMPLETED: [&str; 14] = [
        "--hash_pass ",
        "--hash_pass=",
        "--hash_pass one ",
        "--hash_pass --quiet ",
        "--hash_pass -- ",
        "--hash_pass -- --conf",
        "--hash_pass m",
        "--verify ",
        "--calibrate ",
        "--key ",
        "--key=",
        "-m ",
        "--cost ",
        "--password-env ",
    ];

    /// A folder with one file, in a folder; both names have a space.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("my dir")).unwrap();
        std::fs::write(folder.path().join("my dir/config one.json"), "").unwrap();
        folder
    }

    /// Types a command, and returns what the terminal shows up to its end. The command prints its arguments.
    fn typed(shell: &mut Terminal, arguments: &str) -> String {
        shell.expect("ready> ");
        let before = shell.transcript.len();
        shell.send(format!("tc_calendar {arguments}\n")).expect(" end");
        String::from_utf8_lossy(&shell.transcript[before..]).into_owned()
    }

    fn assert_completes(mut shell: Terminal) {
        for (arguments, expected) in COMPLETED {
            let shown = typed(&mut shell, arguments);
            assert!(shown.contains(&format!("{expected} end")), "{arguments:?}: {shown:?}");
        }
        for arguments in NOT_COMPLETED {
            let shown = typed(&mut shell, &format!("{arguments}\t\t"));
            let words: Vec<&str> = arguments.split_whitespace().collect();
            assert!(shown.contains(&format!("<{}> end", words.join("><"))), "{arguments:?}: {shown:?}");
            for offer in ["my dir", "my\\ dir", "owasp", "--backup"] {
                assert!(!shown.contains(offer), "{arguments:?}: {shown:?}");
            }
        }
        for arguments in ["--profile ", "--profile="] {
            let shown = typed(&mut shell, &format!("{arguments}\t\t"));
            for profile in ["rfc9106-low", "rfc9106-high", "owasp"] {
                assert!(shown.contains(profile), "{arguments:?}: {shown:?}");
            }
        }
    }

    #[test]
    #[ignore = "needs bash-completion"]
    fn bash_completes() {
        assert!(Path::new(BASH_COMPLETION).exists(), "bash-completion is not installed");
        let (work, settings) = (folder(), tempfile::tempdir().unwrap());
        let file = settings.path().join("bashrc");
        let show = "tc_calendar() { printf '<%s>' \"$@\"; printf ' end\\n'; }";
        std::fs::write(&file, format!("PS1='ready> '\n. {BASH_COMPLETION}\n{}\n{show}\n", script("bash")))
            .unwrap();
        assert_completes(Terminal::start(
            |bash| {
                let bash = bash.args(["--noprofile", "--rcfile"]).arg(&file).arg("-i");
                bash.current_dir(&work)
            },
            "bash",
        ));
    }

    #[test]
    #[ignore = "needs zsh"]
    fn zsh_completes() {
        let (work, settings) = (folder(), tempfile::tempdir().unwrap());
        std::fs::write(settings.path().join("_tc_calendar"), script("zsh")).unwrap();
        let lines = "PS1='ready> '\nfpath=($ZDOTDIR $fpath)\nautoload -U compinit\ncompinit -u -D\n\
            tc_calendar() { printf '<%s>' \"$@\"; printf ' end\\n'; }\n";
        std::fs::write(settings.path().join(".zshrc"), lines).unwrap();
        assert_completes(Terminal::start(
            |zsh| {
                let zsh = zsh.args(["-d", "-i"]).env("ZDOTDIR", settings.path());
                zsh.current_dir(&work)
            },
            "zsh",
        ));
    }

    /// What fish offers, without the descriptions.
    fn offered_by_fish(work: &Path, arguments: &str) -> Vec<String> {
        let question = format!("{}\ncomplete -C \"tc_calendar $argv[1]\"", script("fish"));
        let run = Command::new("fish")
            .args(["--no-config", "-c", &question, "--", arguments])
            .current_dir(work)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(run.stderr).unwrap(), "");
        let offers = String::from_utf8(run.stdout).unwrap();
        offers.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
    }

    #[test]
    #[ignore = "needs fish"]
    fn fish_completes() {
        let work = folder();
        let offered = |arguments: &str| offered_by_fish(work.path(), arguments);
        for (arguments, expected) in [
            ("--profile ", &["owasp", "rfc9106-high", "rfc9106-low"][..]),
            ("--profile=", &["--profile=owasp", "--profile=rfc9106-high", "--profile=rfc9106-low"]),
            ("--format ", &["json", "label", "plain"]),
            ("--format=j", &["--format=json"]),
            ("--hash_pass --conf", &["--config"]),
            // fish puts no space after what ends in a slash.
            ("--config ", &["my dir/"]),
            ("--config=", &["--config=my dir/"]),
            ("--config my\\ dir/", &["my dir/config one.json"]),
            ("--password-file \"my dir/", &["my dir/config one.json"]),
        ] {
            assert_eq!(offered(arguments), expected, "{arguments:?}");
        }
        for arguments in NOT_COMPLETED {
            assert_eq!(offered(arguments), [""; 0], "{arguments:?}");
        }
    }
}
