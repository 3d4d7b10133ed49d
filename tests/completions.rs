//! Completions: each shell is run, and the Tab key pressed. PowerShell and fish are asked what they offer.
#![allow(clippy::unwrap_used)]

mod common;

use common::tc_calendar;

fn script(shell: &str) -> String {
    let outcome = tc_calendar(["--generate", &format!("complete-{shell}")]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    outcome.stdout
}

#[test]
fn every_place_in_the_templates_is_filled() {
    for script in [script("bash"), script("powershell")] {
        for place in ["{modes}", "{options}", "{values}", "{files}", "{others}"] {
            assert!(!script.contains(place), "{place} is not filled");
        }
    }
    let help = "'--memory' = 'Memory instead of the profile''s: KiB, or 64MiB'";
    assert!(script("powershell").contains(help));
}

#[cfg(target_os = "linux")]
mod in_shells {
    use std::path::Path;
    use std::process::Command;

    use super::{common, script};
    use common::powershell;
    use common::terminal::Terminal;

    /// Where bash-completion is installed, on every Linux.
    const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

    /// What is typed after the command, and which arguments the command then gets.
    const COMPLETED: [(&str, &str); 19] = [
        ("--profile ow\t", "<--profile><owasp>"),
        ("--profile=ow\t", "<--profile=owasp>"),
        ("--format j\t", "<--format><json>"),
        ("--format=j\t", "<--format=json>"),
        ("--format ch\t", "<--format><change>"),
        ("--generate m\t", "<--generate><man>"),
        ("--password-env MY_P\t", "<--password-env><MY_PASSWORD>"),
        ("--password-env=MY_P\t", "<--password-env=MY_PASSWORD>"),
        ("--hash_pass --password-env MY_P\t", "<--hash_pass><--password-env><MY_PASSWORD>"),
        ("--hash_pass --conf\t", "<--hash_pass><--config>"),
        ("--hash_pass one --qu\t", "<--hash_pass><one><--quiet>"),
        // The first Tab completes the folder, the second the file in it.
        ("--config \t\t", "<--config><my dir/config one.json>"),
        ("--config=\t\t", "<--config=my dir/config one.json>"),
        ("--hash_pass --ra\t", "<--hash_pass><--random>"),
        ("--verify --li\t", "<--verify><--lines>"),
        ("--encoded-file m\t\t", "<--encoded-file><my dir/config one.json>"),
        ("--password-file m\t\t", "<--password-file><my dir/config one.json>"),
        ("--hash_pass --config m\t\t", "<--hash_pass><--config><my dir/config one.json>"),
        ("--config my\\ dir/c\t", "<--config><my dir/config one.json>"),
    ];

    /// What is typed where nothing can be offered.
    const NOT_COMPLETED: [&str; 16] = [
        "--hash_pass ",
        "--hash_pass=",
        "--hash_pass one ",
        "--hash_pass --quiet ",
        "--hash_pass -- ",
        "--hash_pass -- --conf",
        "--hash_pass -- --config m",
        "--hash_pass -- --password-env MY_P",
        "--hash_pass m",
        "pass",
        "--verify ",
        "--calibrate ",
        "--key ",
        "--key=",
        "-m ",
        "--cost ",
    ];

    const MODES: [&str; 5] = ["--calibrate", "--generate", "--hash_pass", "--inspect", "--verify"];

    /// A variable whose name is offered.
    const VARIABLE: (&str, &str) = ("MY_PASSWORD", "tests");

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
            for offer in ["my dir", "my\\ dir", "owasp", "--backup", "MY_PASSWORD"] {
                assert!(!shown.contains(offer), "{arguments:?}: {shown:?}");
            }
        }
        let profiles = &["rfc9106-low", "rfc9106-high", "owasp"][..];
        for (arguments, offers) in [("--profile ", profiles), ("--profile=", profiles), ("", &MODES)] {
            // The first Tab may insert what all begin with, and the second only ring the bell.
            let shown = typed(&mut shell, &format!("{arguments}\t\t\t"));
            for offer in offers {
                assert!(shown.contains(offer), "{arguments:?}: {shown:?}");
            }
            assert!(!shown.contains("--backup"), "{arguments:?}: {shown:?}");
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
                bash.current_dir(&work).env(VARIABLE.0, VARIABLE.1)
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
                zsh.current_dir(&work).env(VARIABLE.0, VARIABLE.1)
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
            .env(VARIABLE.0, VARIABLE.1)
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
            ("--format ", &["change", "compose", "json", "label", "plain"]),
            ("--format=j", &["--format=json"]),
            ("--password-env MY_P", &["MY_PASSWORD"]),
            ("--password-env=MY_P", &["--password-env=MY_PASSWORD"]),
            ("--hash_pass --conf", &["--config"]),
            ("", &MODES),
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

    /// The rule of Register-ArgumentCompleter: where a completer returns nothing, PowerShell offers files. So where
    /// there is nothing to offer, the word that is typed is its own completion.
    #[test]
    #[ignore = "needs PowerShell"]
    fn completions_work_in_powershell() {
        let work = powershell::folder();
        let work = work.path();
        std::fs::create_dir(work.join("a dir")).unwrap();
        for file in ["a dir/config one.json", "con [fig].json", "it's.json", "mine.json", "more.json"] {
            std::fs::write(work.join(file), "").unwrap();
        }
        let home = work.to_str().unwrap();
        let in_home = format!("--config='{home}/mine.json'");
        let expected = [
            ("tc_calendar ", "--hash_pass|--verify|--inspect|--calibrate|--generate"),
            ("tc_calendar --prof", "--profile"),
            ("tc_calendar.exe --prof", "--profile"),
            ("./tc_calendar.exe --prof", "--profile"),
            ("& '/my dir/tc_calendar' --prof", "--profile"),
            ("tc_calendar --hash_pass one --qu", "--quiet"),
            ("tc_calendar --profile ", "rfc9106-low|rfc9106-high|owasp"),
            ("tc_calendar --profile=", "--profile=rfc9106-low|--profile=rfc9106-high|--profile=owasp"),
            ("tc_calendar --profile='O", "--profile=owasp"),
            ("tc_calendar --format j", "json"),
            ("tc_calendar --generate m", "man"),
            ("tc_calendar --password-env MY_P", "MY_PASSWORD"),
            ("tc_calendar --password-env=MY_P", "--password-env=MY_PASSWORD"),
            ("tc_calendar --hash_pass --password-env 'MY_P", "MY_PASSWORD"),
            ("tc_calendar --config mi", "./mine.json"),
            ("tc_calendar --config 'a d", "'./a dir'"),
            ("tc_calendar --config=m", "--config=./mine.json|--config=./more.json"),
            ("tc_calendar --config='m", "--config='./mine.json'|--config='./more.json'"),
            ("tc_calendar --config=\"a d", "--config=\"./a dir\""),
            ("tc_calendar '--config=a d", "--config='./a dir'"),
            ("tc_calendar --config='a dir/", "--config='./a dir/config one.json'"),
            ("tc_calendar --config=con", "--config='./con [fig].json'"),
            ("tc_calendar --config=it", "--config='./it''s.json'"),
            ("tc_calendar --config=~/mi", &in_home),
            ("tc_calendar --config='~/mi", &in_home),
            ("tc_calendar --config=nothing", "--config=nothing"),
            ("tc_calendar --password-file=mi", "--password-file=./mine.json"),
            ("tc_calendar --verify --config=mi", "--config=./mine.json"),
            ("tc_calendar --hash_pass a,mi", "mi"),
            ("tc_calendar --hash_pass 'mi", "'mi"),
            ("tc_calendar --hash_pass=mi", "--hash_pass=mi"),
            ("tc_calendar --hash_pass='mi", "--hash_pass='mi"),
        ];
        let not_completed = NOT_COMPLETED.map(|arguments| format!("tc_calendar {arguments}"));
        let own = |line: &'static str| line.rsplit(' ').next().unwrap();
        let expected = expected.into_iter().map(|(line, offers)| (line.to_owned(), offers));
        let expected: Vec<_> =
            expected.chain(not_completed.into_iter().zip(NOT_COMPLETED.map(own))).collect();
        let ask = powershell::completions(expected.iter().map(|(line, _)| line.as_str()));
        let commands = format!("{}\nSet-StrictMode -Version Latest\n{ask}", script("powershell"));
        let run = powershell::powershell(work, &commands).env(VARIABLE.0, VARIABLE.1).output().unwrap();
        assert_eq!(String::from_utf8(run.stderr).unwrap(), "");
        let stdout = String::from_utf8(run.stdout).unwrap();
        let offered: Vec<_> = stdout.lines().collect();
        assert_eq!(offered.len(), expected.len(), "{stdout}");
        for ((line, expected), offered) in expected.iter().zip(offered) {
            assert_eq!(offered, *expected, "{line:?}");
        }
    }
}
