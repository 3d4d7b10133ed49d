//! PowerShell for Windows runs the Windows program, under Wine. `TC_CALENDAR_EXE` names the program.
//!
//! The parser, the quoting, the completions, the encodings and the policies are PowerShell's own here. Wine divides a
//! command line as `CommandLineToArgvW` is documented to, and has services; it finds no program by its name in PATH.
#![cfg(all(target_os = "linux", not(portable)))]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::powershell::{completions, quoted};
use common::terminal::Terminal;
use common::wine::{program, windows};
use common::{CHEAP, needs, verifies};

const ARGUMENTS: [&str; 3] = ["-NoProfile", "-ExecutionPolicy", "RemoteSigned"];

/// Writes the commands into a script in the folder, and returns its path. They run in the folder.
fn script(folder: &Path, commands: &str) -> String {
    let script = folder.join("commands.ps1");
    let [program, here] = [quoted(&windows(program())), quoted(&windows(folder))];
    let begin = format!("Set-Alias tc_calendar.exe {program}\nSet-Location {here}\n");
    let cheap = format!("$cheap = -split '{}'\n", CHEAP.join(" "));
    fs::write(&script, format!("{begin}{cheap}{commands}")).unwrap();
    windows(script)
}

/// What the commands print, line by line, without the notes.
fn run(folder: &Path, commands: &str) -> Vec<String> {
    needs("pwsh-windows");
    // The terminal would wrap it.
    let printed = format!("& {{\n{commands}\n}} 2>&1 | ForEach-Object {{ \"$_\" }} > printed");
    let run = Command::new("pwsh-windows")
        .args(ARGUMENTS)
        .args(["-File", &script(folder, &printed)])
        // .NET's garbage collection crashes under Wine at times. With 512 MiB to fill first, none is due.
        .env("DOTNET_GCgen0size", "0x20000000")
        .output()
        .unwrap();
    let printed = fs::read_to_string(folder.join("printed")).unwrap_or_default();
    assert!(run.status.success(), "{printed}{}", String::from_utf8_lossy(&run.stdout));
    printed.lines().filter(|line| !line.starts_with("note: ")).map(str::to_owned).collect()
}

/// Microsoft's `about_Parsing` has the modes: `Legacy` is that of PowerShell before 7.3, which adds quotes to an
/// argument with white space, and leaves those that are in it, and an empty one, as they are. How a program finds its
/// arguments in the command line stands at `CommandLineToArgvW`: a backslash counts before a quote only.
/// docs/shells.md: "before PowerShell 7.3, write `"` as `\"`"
#[test]
#[ignore = "needs Wine, PowerShell, and the Windows program in TC_CALENDAR_EXE"]
fn powershell_for_windows_passes_passwords_as_they_are_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let in_any_mode = ["a b\\", "a\\", "a b\\\\", "p$ss", "a'b", "a^b&c|d<e>", "%PATH%", "*", "пароль"];
    let words = in_any_mode.map(quoted).join(" ");
    let results = run(
        folder.path(),
        &format!(
            "foreach ($mode in 'Windows', 'Standard', 'Legacy') {{
                $PSNativeCommandArgumentPassing = $mode
                \"mode $mode\"
                tc_calendar.exe @cheap --hash_pass {words} a,b 'x\\\"y' 'say \"hi\"' '\"x\"'
                tc_calendar.exe @cheap --hash_pass -- '-a.b'
                tc_calendar.exe @cheap --hash_pass=-a.b
                tc_calendar.exe @cheap --hash_pass -- -a.b
                tc_calendar.exe @cheap --hash_pass one ''
            }}"
        ),
    );
    let quoted_words = ["x\\\"y", "say \"hi\"", "\"x\""];
    let mut lines = results.iter();
    for (mode, others, after_empty) in [
        ("Windows", quoted_words, "error: password 2: the password is empty"),
        ("Standard", quoted_words, "error: password 2: the password is empty"),
        ("Legacy", ["x\"y", "say hi", "x"], ""),
    ] {
        assert_eq!(lines.next().unwrap(), &format!("mode {mode}"));
        let words = in_any_mode.iter().chain(&["a,b"]).chain(&others).chain(&["-a.b", "-a.b", "-a", ".b"]);
        for word in words {
            assert!(verifies(lines.next().unwrap(), word), "{mode}: {word:?} in {results:?}");
        }
        if after_empty.is_empty() {
            assert!(verifies(lines.next().unwrap(), "one"));
        } else {
            assert_eq!(lines.next().unwrap(), after_empty);
            assert!(lines.next().unwrap().starts_with("hint: "));
        }
    }
    assert_eq!(lines.next(), None);
}

/// In 7 a pipe is UTF-8. `US-ASCII` is the default of Windows PowerShell 5.1 by Microsoft's
/// `about_Character_Encoding`; it sends a question mark for each letter that it lacks. What a program prints is read
/// in the code page of the console, here 437; JSON is ASCII, which all of them have.
#[test]
#[ignore = "needs Wine, PowerShell, and the Windows program in TC_CALENDAR_EXE"]
fn powershell_for_windows_pipes_and_reads_text_in_its_encodings() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    fs::write(&config, r#"{"Имя": ""}"#).unwrap();
    let lines = run(
        folder.path(),
        "'пароль' | tc_calendar.exe @cheap --hash_pass --password-stdin
        $OutputEncoding = [Text.Encoding]::ASCII
        'пароль' | tc_calendar.exe @cheap --hash_pass --password-stdin
        $OutputEncoding = [Text.Encoding]::GetEncoding(1251)
        'пароль' | tc_calendar.exe @cheap --hash_pass --password-stdin
        $env:PW = 'пароль'
        $hash = '--hash_pass', '--password-env', 'PW', '--config', 'config.json', '--key', '/Имя', '--format', 'json'
        (tc_calendar.exe @cheap @hash | ConvertFrom-Json).key -eq '/Имя'
        [Console]::OutputEncoding = [Text.Encoding]::UTF8
        (tc_calendar.exe @cheap @hash | ConvertFrom-Json).key -eq '/Имя'",
    );
    let [utf8, ascii, windows_1251, hint, in_437, in_utf8] = &lines[..] else { panic!("{lines:?}") };
    assert!(verifies(utf8, "пароль"));
    assert!(verifies(ascii, "??????"));
    assert_eq!(windows_1251, "error: the password is not UTF-8");
    assert!(hint.contains("Set-Content -Encoding utf8"));
    assert_eq!((in_437.as_str(), in_utf8.as_str()), ("True", "True"));
    let config = fs::read_to_string(config).unwrap();
    assert!(verifies(config.split('"').nth(3).unwrap(), "пароль"), "{config}");
}

/// The completions are asked for as the console does, through `TabExpansion2`.
#[test]
#[ignore = "needs Wine, PowerShell, and the Windows program in TC_CALENDAR_EXE"]
fn completions_work_in_powershell_for_windows() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a dir")).unwrap();
    for file in ["a dir/config one.json", "con [fig].json", "mine.json"] {
        fs::write(folder.path().join(file), "").unwrap();
    }
    let here = windows(folder.path());
    let [in_home, absolute] =
        [format!("--config='{here}\\mine.json'"), format!("--config={here}\\mine.json")];
    let typed_absolute = format!("tc_calendar --config={here}\\mi");
    let expected = [
        ("tc_calendar.exe ", "--hash_pass|--verify|--inspect|--calibrate|--generate"),
        ("tc_calendar --prof", "--profile"),
        (".\\tc_calendar.exe --prof", "--profile"),
        ("C:\\tools\\tc_calendar.exe --prof", "--profile"),
        ("& 'C:\\Program Files\\tc_calendar\\tc_calendar.exe' --profile=o", "--profile=owasp"),
        ("tc_calendar --password-env MY_P", "MY_PASSWORD"),
        ("tc_calendar.exe --password-env=my_p", "--password-env=MY_PASSWORD"),
        ("tc_calendar.exe --config mi", ".\\mine.json"),
        ("tc_calendar.exe --config=mi", "--config=.\\mine.json"),
        ("tc_calendar.exe --config='a d", "--config='.\\a dir'"),
        ("tc_calendar.exe --config='.\\a dir\\", "--config='.\\a dir\\config one.json'"),
        ("tc_calendar.exe --config=con", "--config='.\\con [fig].json'"),
        ("tc_calendar.exe --config=~\\mi", &in_home),
        ("tc_calendar.exe --config='~/mi", &in_home),
        (&typed_absolute, &absolute),
        ("tc_calendar.exe --hash_pass ", ""),
        ("tc_calendar.exe --hash_pass mi", "mi"),
        ("tc_calendar.exe --hash_pass=mi", "--hash_pass=mi"),
        ("tc_calendar.exe --hash_pass -- --config mi", "mi"),
    ];
    let commands = format!(
        "Set-Variable HOME {} -Force
        $env:MY_PASSWORD = 'tests'
        tc_calendar.exe --generate complete-powershell | Out-String | Invoke-Expression\n{}",
        quoted(&here),
        completions(expected.iter().map(|(line, _)| *line))
    );
    let offered = run(folder.path(), &commands);
    assert_eq!(offered.len(), expected.len(), "{offered:?}");
    for ((line, expected), offered) in expected.iter().zip(offered) {
        assert_eq!(offered, *expected, "{line:?}");
    }
}

/// Microsoft's `about_Execution_Policies`: `Restricted` runs no script, and is the default on a Windows client, for
/// Windows PowerShell 5.1 at least. `RemoteSigned`, which docs/install.md sets, runs those that are written there.
#[test]
#[ignore = "needs Wine, PowerShell, and the Windows program in TC_CALENDAR_EXE"]
fn install_ps1_restarts_a_service_once_in_powershell_for_windows() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("password"), "пароль\n").unwrap();
    fs::write(folder.path().join("config.json"), r#"{"admin": {"password": ""}}"#).unwrap();
    fs::copy("examples/install.ps1", folder.path().join("install.ps1")).unwrap();
    let lines = run(
        folder.path(),
        "Set-ExecutionPolicy -Scope Process Restricted
        .\\install.ps1 -Config config.json -PasswordFile password -Service Spooler
        Set-ExecutionPolicy -Scope Process RemoteSigned
        foreach ($service in 'Calendar', 'Calendar', 'Spooler', 'Spooler') {
            Stop-Service Spooler
            .\\install.ps1 -Config config.json -PasswordFile password -Service $service
            \"$LASTEXITCODE $((Get-Service Spooler).Status) $(Test-Path config.json.restart-due)\"
        }
        .\\install.ps1 -Config config.json -PasswordFile absent -Service Spooler
        $LASTEXITCODE",
    );
    let failed = "the hash is in the config, but Calendar did not restart; run this script again: \
        Cannot find any service with service name 'Calendar'.";
    assert!(lines[0].contains("running scripts is disabled on this system"), "{lines:?}");
    let expected = [
        "changed: config.json",
        failed,
        "1 Stopped True",
        "unchanged: config.json",
        "an earlier run has left this to do: restart Calendar",
        failed,
        "1 Stopped True",
        "unchanged: config.json",
        "an earlier run has left this to do: restart Spooler",
        "0 Running False",
        "unchanged: config.json",
        "0 Stopped False",
    ];
    let (told, refused) = lines[1..].split_at(expected.len());
    assert_eq!(told, expected);
    assert!(refused[0].contains("the password file cannot be read"), "{refused:?}");
    assert_eq!(refused.last().unwrap(), "3");
}

/// PowerShell for Windows leaves the console to the program. Its code page is 437, which has no Cyrillic.
#[test]
#[ignore = "needs Wine, PowerShell, and the Windows program in TC_CALENDAR_EXE"]
fn powershell_for_windows_shows_questions_in_cyrillic() {
    needs("pwsh-windows");
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    fs::write(&config, r#"{"Имя": "", "Ключ": ""}"#).unwrap();
    let commands =
        "tc_calendar.exe @cheap --hash_pass --config config.json --key /Имя --key /Ключ --format json
        \"status $LASTEXITCODE\".ToUpper()";
    // It stands beside the program that makes a terminal of its own.
    let start = "home=$(\"$(dirname \"$(command -v pwsh-windows)\")/unpack\" windows); exec wine \"$home/pwsh.exe\" \"$@\"";
    let script = script(folder.path(), commands);
    let mut terminal =
        Terminal::start(|sh| sh.args(["-c", start, "sh"]).args(ARGUMENTS).args(["-File", &script]), "sh");
    for question in ["/Имя:", "Repeat", "/Ключ:", "Repeat"] {
        terminal.expect(question).wait_for(|terminal| !terminal.echoes()).send("пароль\r");
    }
    terminal.expect(r"/\u0418\u043c\u044f").expect(r"/\u041a\u043b\u044e\u0447").expect("STATUS 0");
    let config = fs::read_to_string(config).unwrap();
    assert!(verifies(config.split('"').nth(3).unwrap(), "пароль"), "{config}");
}
