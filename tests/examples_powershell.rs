//! Runs the PowerShell scripts of `examples/`, and the commands of docs/install.md, in PowerShell for Linux, with
//! functions in the place of the commands that need Windows.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::powershell::{self, quoted};
use common::{Outcome, blocks, tc_calendar, verifies};
use tempfile::TempDir;

const CONFIG: &str = "{ \"admin\": { \"password\": \"\" } } // settings\n";
const PASSWORD: &str = "correct horse, \u{43b}\u{43e}\u{448}\u{430}\u{434}\u{44c}";
/// The service restarts unless there is a file `broken` in the folder.
const SERVICE: &str = "function global:Restart-Service($Name) {
    if (Test-Path broken) { throw \"$Name is broken\" } else { \"restarted $Name\" }
}
";
const INSTALL: &str = "& $script -Config './con [fig].json' -PasswordFile password -Service Calendar";
const CHANGED: [&str; 2] = ["changed: ./con [fig].json", "restarted Calendar"];
const LEFT: &str = "an earlier run has left this to do: restart Calendar";
const UNCHANGED: &str = "unchanged: ./con [fig].json";

/// A folder with the program, a config and a password.
fn folder() -> TempDir {
    let folder = powershell::folder();
    fs::write(folder.path().join("con [fig].json"), CONFIG).unwrap();
    fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
    folder
}

/// The path of an example, as a word of a command.
fn example(name: &str) -> String {
    quoted(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).to_str().unwrap())
}

/// Runs commands in PowerShell. `$script` is the path of install.ps1, and the status is that of the last program.
fn run(folder: &Path, commands: &str) -> Outcome {
    let script = example("install.ps1");
    let commands = format!("{SERVICE}$script = {script}\n{commands}\nexit $LASTEXITCODE");
    let run = powershell::powershell(folder, &commands).output();
    tc_calendar([""; 0]).hiding(PASSWORD).hiding("$argon2id").check(run.unwrap())
}

fn is_due(folder: &Path) -> bool {
    folder.join("con [fig].json.restart-due").exists()
}

/// README.md: "puts a hash into the config; restarts a service after a change"
#[test]
#[ignore = "needs PowerShell"]
fn install_ps1_writes_once_and_restarts_only_after_a_change() {
    let folder = folder();
    let folder = folder.path();
    let first = run(folder, INSTALL);
    assert_eq!((first.status, first.lines()), (Some(0), CHANGED.to_vec()));
    assert!(first.stderr.lines().all(|line| line.starts_with("note: ")), "{}", first.stderr);
    let written = fs::read_to_string(folder.join("con [fig].json")).unwrap();
    let hash = written.split('"').find(|text| text.starts_with("$argon2id$")).unwrap();
    assert!(verifies(hash, PASSWORD));
    assert_eq!(written.replace(hash, ""), CONFIG);
    assert!(!is_due(folder));

    assert_eq!(run(folder, INSTALL).lines(), [UNCHANGED]);
    assert_eq!(fs::read_to_string(folder.join("con [fig].json")).unwrap(), written);
    assert!(!is_due(folder));

    fs::write(folder.join("other.json"), "{\"login\":\"\"}").unwrap();
    fs::write(folder.join("placeholder"), "{{ admin_password }}").unwrap();
    let other = run(folder, "& $script -Config other.json -PasswordFile placeholder -Key /login");
    assert_eq!((other.status, other.lines()), (Some(0), vec!["changed: other.json"]));
    assert!(other.stderr.contains("looks like a placeholder"), "{}", other.stderr);
}

#[test]
#[ignore = "needs PowerShell"]
fn install_ps1_makes_up_for_a_failed_restart() {
    let folder = folder();
    let folder = folder.path();
    fs::write(folder.join("broken"), "").unwrap();
    for results in [format!("{}\n", CHANGED[0]), format!("{UNCHANGED}\n{LEFT}\n")] {
        let failed = run(folder, INSTALL);
        assert_eq!((failed.status, &failed.stdout), (Some(1), &results));
        let expected = "the hash is in the config, but Calendar did not restart; run this script again";
        // PowerShell wraps it, with a line in front.
        let words: Vec<&str> = failed.stderr.split_whitespace().filter(|word| *word != "|").collect();
        assert!(words.join(" ").contains(expected), "{}", failed.stderr);
        assert!(is_due(folder));
    }
    fs::remove_file(folder.join("broken")).unwrap();
    let healed = run(folder, INSTALL);
    assert_eq!((healed.status, healed.lines()), (Some(0), vec![UNCHANGED, LEFT, CHANGED[1]]));
    assert_eq!(run(folder, INSTALL).lines(), [UNCHANGED]);
}

/// A failed restart would be forgotten.
#[test]
#[ignore = "needs PowerShell"]
fn install_ps1_changes_nothing_where_it_cannot_remember_the_restart() {
    let folder = folder();
    let folder = folder.path();
    let refused = run(folder, &format!("function global:New-Item {{ throw 'refused' }}\n{INSTALL}"));
    assert_eq!((refused.status, refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.contains("nothing is changed"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(folder.join("con [fig].json")).unwrap(), CONFIG);
}

#[test]
#[ignore = "needs PowerShell"]
fn install_ps1_ends_with_the_programs_status_whatever_the_preferences() {
    let folder = folder();
    let folder = folder.path();
    let absent = "-Config './con [fig].json' -PasswordFile absent -Service Calendar";
    for preferences in [
        "",
        "$ErrorActionPreference = 'Stop'; $PSNativeCommandUseErrorActionPreference = $true;",
        "$ErrorActionPreference = 'SilentlyContinue'; $PSNativeCommandUseErrorActionPreference = $true;",
    ] {
        let failed = run(folder, &format!("{preferences} & $script {absent}"));
        assert_eq!((failed.status, failed.stdout.as_str()), (Some(3), ""), "{preferences}");
        assert!(failed.stderr.contains("error: the password file cannot be read"), "{}", failed.stderr);
        let redirected = run(folder, &format!("{preferences} & $script {absent} 2> errors"));
        assert_eq!((redirected.status, redirected.stderr.as_str()), (Some(3), ""), "{preferences}");
        let errors = fs::read_to_string(folder.join("errors")).unwrap();
        assert!(errors.contains("the password file cannot be read"), "{errors}");
    }
    // It is not known whether a run that failed has written.
    assert_eq!(run(folder, INSTALL).lines(), CHANGED);

    fs::remove_file(folder.join("tc_calendar.exe")).unwrap();
    for preference in ["Continue", "SilentlyContinue"] {
        let commands = format!("/bin/true; $ErrorActionPreference = '{preference}'; {INSTALL}");
        let failed = run(folder, &commands);
        assert_eq!((failed.status, failed.stdout.as_str()), (Some(1), ""), "{preference}");
        assert!(failed.stderr.contains("there is no tc_calendar.exe in PATH"), "{}", failed.stderr);
        assert!(!is_due(folder));
    }
}

#[test]
#[ignore = "needs PowerShell"]
fn install_ps1_has_help_and_leaves_no_preference_behind() {
    let folder = folder();
    let settings = "\"$ErrorActionPreference $PSNativeCommandUseErrorActionPreference $undefined\"";
    let sourced = INSTALL.replace('&', ".");
    let outcome = run(folder.path(), &format!("{settings}\n{sourced}\n{settings}"));
    let [before, changed, restarted, after] = outcome.lines()[..] else { panic!("{outcome:?}") };
    assert_eq!([changed, restarted], CHANGED);
    assert_eq!(before, after);

    let help = run(folder.path(), "Get-Help $script -Full").stdout;
    for text in [
        "Puts the hash of the administrator's password into the config",
        "Run it as often as you like",
        "The name of the service.",
        ".\\install.ps1 -Config C:\\Calendar\\config.json",
    ] {
        assert!(help.contains(text), "{help}");
    }
}

/// README.md: "hashes the passwords of a CSV file"
#[test]
#[ignore = "needs PowerShell"]
fn users_to_hashes_ps1_returns_each_user_with_a_hash_in_order() {
    const USERS: [(&str, &str); 4] = [
        ("ann", "secret-1"),
        ("\u{416}\u{430}\u{43d}\u{43d}\u{430}", "secret \u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}; $x`"),
        ("Lee, \"Bo\"", "secret,\"3\""),
        ("a;b", "secret \u{2019}4\\n%s"),
    ];
    let folder = powershell::folder();
    let people: Vec<String> = USERS
        .iter()
        .map(|(user, password)| {
            format!("[pscustomobject]@{{ user = {}; password = {} }}", quoted(user), quoted(password))
        })
        .collect();
    // The function shows every start of the program and its arguments.
    let mut commands = vec![format!(
        "$people = {}
        $script = {}
        function tc_calendar {{ [Console]::WriteLine(\"started $args\"); $input | ./tc_calendar.exe -q @args }}
        function show {{ $input | ForEach-Object {{ \"$($_.user)=$($_.hash)\" }} }}",
        people.join(", "),
        example("users-to-hashes.ps1")
    )];
    let files = [
        "",
        "-Delimiter ';'",
        "-Encoding utf8BOM",
        "-Encoding utf8BOM -Delimiter ';' -IncludeTypeInformation",
        "-Encoding unicode",
        "-UseQuotes AsNeeded",
    ];
    let run = "-Cost --cost=m=8,t=1,p=1 | show";
    commands.extend(
        files.map(|file| format!("$people | Export-Csv users.csv {file}; & $script users.csv {run}")),
    );
    commands.push(format!(
        "$ErrorActionPreference = 'Stop'; $PSNativeCommandUseErrorActionPreference = $true
        $OutputEncoding = [Text.Encoding]::ASCII
        . $script ./users.csv {run}
        \"$ErrorActionPreference $($OutputEncoding.WebName) $users $password\""
    ));
    let printed = powershell::transcript(folder.path(), &commands);
    for (printed, file) in printed[1..].iter().zip(files.iter().chain(&["dot-sourced"])) {
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(
            lines[0], "started --hash_pass --password-stdin --lines --format plain --cost=m=8,t=1,p=1",
            "{file}: {printed}"
        );
        for ((user, password), line) in USERS.iter().zip(&lines[1..]) {
            let hash = line.strip_prefix(user).and_then(|rest| rest.strip_prefix('='));
            assert!(
                verifies(hash.unwrap_or_else(|| panic!("{file}: {printed}")), password),
                "{file}: {user}"
            );
        }
        let after: &[&str] = if *file == "dot-sourced" { &["Stop us-ascii"] } else { &[] };
        assert_eq!(
            lines[USERS.len() + 1..].iter().map(|line| line.trim()).collect::<Vec<_>>(),
            after,
            "{file}"
        );
    }
}

#[test]
#[ignore = "needs PowerShell"]
fn users_to_hashes_ps1_says_what_is_missing_and_has_help() {
    let folder = powershell::folder();
    fs::write(folder.path().join("users.csv"), "user,password\nann,secret\n").unwrap();
    let commands = [
        &format!("$script = {}", example("users-to-hashes.ps1")),
        "Get-Help $script -Full | Out-String -Width 200",
        "try { & $script absent.csv } catch { $_.Exception.Message }",
        "Remove-Item tc_calendar.exe; $env:PATH = ''; try { & $script users.csv } catch { $_.Exception.Message }",
    ];
    let printed = powershell::transcript(folder.path(), &commands);
    let [_, help, absent, no_program] = &printed[..] else { panic!("{printed:?}") };
    for text in
        ["names the columns, in any order", "Commas or semicolons", "must be in UTF-8", "--profile=owasp"]
    {
        assert!(help.split_whitespace().collect::<Vec<_>>().join(" ").contains(text), "{help}");
    }
    assert!(absent.starts_with("Cannot find path"), "{absent}");
    assert_eq!(no_program, "there is no tc_calendar in PATH: docs/install.md says how it gets there");
}

/// docs/install.md: "To replace the program, delete the folder and repeat the first three lines."
#[test]
#[ignore = "needs PowerShell"]
fn the_commands_for_installing_work_in_powershell() {
    let folder = folder();
    let folder = folder.path();
    let unpacked = folder.join(concat!("tc_calendar-", env!("CARGO_PKG_VERSION")));
    fs::create_dir(&unpacked).unwrap();
    let completions = tc_calendar(["--generate", "complete-powershell"]).run().stdout;
    fs::write(unpacked.join("completions.ps1"), completions).unwrap();
    // What is unpacked is a folder with the name of the .zip up to the version, as in packaging/release.
    let windows = "function Unblock-File($Path) { \"unblocked $Path\" }
        function Expand-Archive($Path, $DestinationPath) {
            Copy-Item -Recurse ($Path -replace '-windows-x86_64.zip$') $DestinationPath
        }
        function Set-ExecutionPolicy($Policy) { \"policy $Policy\" }
        $null = New-Item -ItemType Directory ($env:ProgramFiles = \"$PWD/Program Files\")
        $PROFILE = \"$PWD/new/profile.ps1\"\n";
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/install.md")).unwrap();
    let complete = "\n. $PROFILE; (TabExpansion2 'tc_calendar.exe --prof' 22).CompletionMatches.CompletionText; /bin/true";
    let commands = format!("{windows}{}{complete}", blocks(&page, "powershell").concat());
    let outcome = run(folder, &commands);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    let lines = outcome.lines();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(lines[0], format!("unblocked tc_calendar-{version}-windows-x86_64.zip"));
    assert!(lines.contains(&"policy RemoteSigned"), "{lines:?}");
    assert_eq!(lines.last(), Some(&"--profile"));
    assert!(folder.join("Program Files/tc_calendar/completions.ps1").exists());
}
