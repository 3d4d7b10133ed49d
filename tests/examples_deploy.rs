//! Runs what `examples/` has for Ansible, systemd, Docker and cloud-init, as far as that can be done on one
//! machine, and parses the PowerShell scripts.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use common::{Outcome, PROGRAM, path_with_program, quoted, tc_calendar, verifies};
use serde_json::json;
use tempfile::TempDir;

const CONFIG: &str = "{ \"admin\": { \"password\": \"\" } } // settings\n";
/// A password with all characters that YAML, Jinja and a shell could take for their own.
const PASSWORD: &str = "p\u{e4}ss: battery {{ x }} {% \"$y' # -";
/// The part of the password that is not changed by escaping.
const PLAIN_PART: &str = "battery";

fn example(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)).unwrap()
}

/// A folder with a config that only its owner and group can read.
fn folder_with_config() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    fs::write(&config, CONFIG).unwrap();
    fs::set_permissions(config, fs::Permissions::from_mode(0o640)).unwrap();
    folder
}

/// The config, after a look at its mode and at what must have stayed in it.
#[track_caller]
fn config_with_hash_of(password: &str, config: &Path) -> String {
    let text = fs::read_to_string(config).unwrap();
    let hash = text.split('"').find(|text| text.starts_with("$argon2id$")).unwrap();
    assert!(verifies(hash, password));
    assert_eq!(text.replace(hash, ""), CONFIG);
    assert_eq!(fs::metadata(config).unwrap().permissions().mode() & 0o7777, 0o640);
    text
}

/// Searches what a run printed for the password and hashes.
fn check(output: Output, password: &str) -> Outcome {
    tc_calendar([""; 0]).hiding(password).hiding(PLAIN_PART).hiding("$argon2id").check(output)
}

/// Runs a shell script with the program on its PATH.
fn sh(script: &str, password: &str) -> Outcome {
    let run = Command::new("sh").args(["-c", script]).env("PATH", path_with_program()).output();
    check(run.unwrap(), password)
}

fn python(script: &str, argument: &str) -> String {
    let run = Command::new("python3").args(["-c", script, argument]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// Runs the playbook on this machine.
fn ansible(folder: &Path, config: &str, arguments: &[&str]) -> Outcome {
    // Ansible would look for a Python of its own choice.
    let interpreter = python("import sys; print(sys.executable)", "");
    let run = Command::new("ansible-playbook")
        .args(["-i", "localhost,", "-c", "local", "-e", "@admin.yml", "-e"])
        .arg(json!({ "calendar_config": folder.join(config) }).to_string())
        .args(arguments)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/playbook.yml"))
        .current_dir(folder)
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .env("ANSIBLE_REMOTE_TMP", folder.join("temporary"))
        .env("ANSIBLE_PYTHON_INTERPRETER", interpreter.trim())
        .env("PATH", path_with_program())
        .output();
    check(run.unwrap(), PASSWORD)
}

/// README.md: "they change it only if the hash is missing, wrong or too weak"
/// README.md: "the same with Ansible"
#[test]
#[ignore = "needs ansible-core"]
fn the_playbook_changes_once() {
    let folder = folder_with_config();
    let folder = folder.path();
    let config = folder.join("config.json");
    // JSON is YAML.
    let quoted = serde_json::to_string(PASSWORD).unwrap();
    fs::write(folder.join("admin.yml"), format!("admin_password: !unsafe {quoted}\n")).unwrap();

    let dry = ansible(folder, "config.json", &["--check"]);
    assert!(dry.status == Some(0) && dry.stdout.contains("changed=0 "), "{}", dry.stdout);
    assert_eq!(fs::read_to_string(&config).unwrap(), CONFIG);

    let first = ansible(folder, "config.json", &["-vvv"]);
    assert!(first.status == Some(0) && first.stdout.contains("changed=1 "), "{}", first.stdout);
    assert!(first.stdout.contains("RUNNING HANDLER [Restart the calendar]"), "{}", first.stdout);
    let written = config_with_hash_of(PASSWORD, &config);

    let second = ansible(folder, "config.json", &[]);
    assert!(second.status == Some(0) && second.stdout.contains("changed=0 "), "{}", second.stdout);
    assert!(!second.stdout.contains("HANDLER"), "{}", second.stdout);
    assert_eq!(fs::read_to_string(&config).unwrap(), written);

    let failed = ansible(folder, "no config", &[]);
    assert_eq!(failed.status, Some(2), "{}", failed.stdout);
    let shown = failed.stdout + &failed.stderr;
    assert!(shown.contains("the config cannot be read"), "{shown}");
}

/// README.md: "the same before a systemd service starts; the password is a credential"
#[test]
#[ignore = "needs systemd-analyze"]
fn systemd_takes_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    // systemd looks whether the programs exist.
    let unit = example("tc_calendar.service")
        .replace("+tc_calendar", &format!("+{PROGRAM}"))
        .replace("/usr/local/bin/calendar", "/bin/true");
    let verify = |unit: &str| {
        let path = folder.path().join("calendar.service");
        fs::write(&path, unit).unwrap();
        let run = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(path).output().unwrap();
        (run.status.success(), String::from_utf8(run.stderr).unwrap().contains("calendar.service"))
    };
    assert_eq!(verify(&unit), (true, false));
    assert!(verify(&unit.replace("LoadCredential=", "LoadCredentials=")).1);
    assert!(verify(&unit.replace(PROGRAM, "/nowhere/tc_calendar")).1);
}

/// README.md: "the same before a systemd service starts; the password is a credential"
#[test]
fn the_command_of_the_unit_writes_once() {
    let folder = folder_with_config();
    fs::write(folder.path().join("admin-password"), PASSWORD).unwrap();
    let config = folder.path().join("config.json");
    let unit = example("tc_calendar.service").replace("\\\n", "");
    let commands: Vec<&str> = unit.lines().filter_map(|line| line.strip_prefix("ExecStartPre=+")).collect();
    let [command] = commands[..] else { panic!("{commands:?}") };
    // systemd does not split a variable in braces, and sh would.
    let command = command
        .replace("${CREDENTIALS_DIRECTORY}", "\"$CREDENTIALS_DIRECTORY\"")
        .replace("/etc/calendar/config.json", "\"$CREDENTIALS_DIRECTORY\"/config.json");
    let start = || sh(&format!("CREDENTIALS_DIRECTORY={}; {command}", quoted(folder.path())), PASSWORD);

    let first = start();
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    let written = config_with_hash_of(PASSWORD, &config);
    assert_eq!(start().status, Some(0));
    assert_eq!(fs::read_to_string(&config).unwrap(), written);
    fs::remove_file(folder.path().join("admin-password")).unwrap();
    assert_eq!(start().status, Some(3), "the service must not start");
}

/// Copies a program into a folder that becomes `/`, and the libraries that it needs.
fn copy_into_root(program: &str, root: &Path, to: &str) {
    let copy = "set -eu
        mkdir -p \"$2/$(dirname \"$3\")\"
        cp \"$1\" \"$2/$3\"
        for library in $(ldd \"$1\" | grep -o '/[^ ]*'); do cp -L --parents \"$library\" \"$2\"; done";
    let copied = Command::new("sh").args(["-c", copy, "sh", program]).arg(root).arg(to).status().unwrap();
    assert!(copied.success());
}

/// Does the steps of the Dockerfile in a folder with a shell and nothing else, and runs its commands there.
/// README.md: "puts a hash into the config of an image; the password is a build secret"
#[test]
#[ignore = "needs root"]
fn the_dockerfile_puts_the_hash_into_the_image() {
    let text = example("Dockerfile").replace("\\\n", " ");
    let context = folder_with_config();
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    copy_into_root("/bin/sh", root, "bin/sh");
    let mut commands = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("COPY") => {
                let words: Vec<&str> = words.filter(|word| !word.starts_with("--")).collect();
                let [from, to] = words[..] else { panic!("{line}") };
                if from == "tc_calendar" {
                    copy_into_root(PROGRAM, root, &to[1..]);
                } else {
                    let to = root.join(&to[1..]);
                    fs::create_dir_all(to.parent().unwrap()).unwrap();
                    fs::copy(context.path().join(from), to).unwrap();
                }
            }
            Some("RUN") => {
                commands
                    .push(words.skip_while(|word| word.starts_with("--mount")).collect::<Vec<_>>().join(" "));
            }
            Some("FROM" | "#") | None => {}
            Some(other) => panic!("{other}"),
        }
    }
    let [command] = &commands[..] else { panic!("{commands:?}") };
    let build = || {
        let run = Command::new("chroot")
            .arg(root)
            .args(["/bin/sh", "-c", command])
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .output();
        check(run.unwrap(), PASSWORD)
    };
    assert_eq!(build().status, Some(3), "there is no secret yet");
    fs::create_dir_all(root.join("run/secrets")).unwrap();
    fs::write(root.join("run/secrets/admin-password"), PASSWORD).unwrap();
    let outcome = build();
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    config_with_hash_of(PASSWORD, &root.join("etc/calendar/config.json"));
}

/// README.md: "makes a random password on a new machine, and puts its hash into the config"
#[test]
#[ignore = "needs Python with PyYAML"]
fn cloud_init_makes_a_password_and_keeps_it() {
    let text = example("cloud-init.yml");
    // Without this first line, cloud-init takes the text for something else.
    assert!(text.starts_with("#cloud-config\n"));
    // cloud-init joins the lines to one script.
    let script = python(
        "import sys, yaml; data = yaml.safe_load(sys.argv[1]); assert list(data) == ['runcmd']
print('\\n'.join(data['runcmd']))",
        &text,
    );
    let folder = folder_with_config();
    let at = |name: &str| folder.path().join(name);
    let script = script
        .replace("/root/admin-password", at("admin-password").to_str().unwrap())
        .replace("/etc/calendar/config.json", at("config.json").to_str().unwrap());

    let first = sh(&script, "unknown");
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    let password = fs::read_to_string(at("admin-password")).unwrap();
    assert!(!(first.stdout + &first.stderr).contains(password.trim()));
    assert_eq!(password.trim_end().len(), 32);
    assert_eq!(fs::metadata(at("admin-password")).unwrap().permissions().mode() & 0o7777, 0o600);
    let written = config_with_hash_of(password.trim_end(), &at("config.json"));

    assert_eq!(sh(&script, password.trim_end()).status, Some(0));
    assert_eq!(fs::read_to_string(at("config.json")).unwrap(), written);
    assert_eq!(fs::read_to_string(at("admin-password")).unwrap(), password);

    fs::remove_file(at("config.json")).unwrap();
    assert_eq!(sh(&script, password.trim_end()).status, Some(3));
}

/// The scripts are parsed here for machines that have no PowerShell.
#[test]
#[ignore = "needs Python with tree-sitter-powershell"]
fn the_powershell_scripts_can_be_parsed() {
    let errors = |script: &str| {
        python(
            "import sys, tree_sitter as t, tree_sitter_powershell as p
print(t.Parser(t.Language(p.language())).parse(sys.argv[1].encode()).root_node.has_error)",
            script,
        )
    };
    assert_eq!(errors(&example("users-to-hashes.ps1")), "False\n");
    let script = example("install.ps1");
    assert_eq!(errors(&script), "False\n");
    assert_eq!(errors(script.trim_end().trim_end_matches('}')), "True\n");
    assert_eq!(errors(&script.replace("[string] $Config,", "[string $Config,")), "True\n");
}

/// Here sh gives the program the arguments in the PowerShell script, because both write variables alike.
/// README.md: "To act only on a change, use `--format json`"
#[test]
fn the_arguments_in_the_powershell_script_get_the_answer_that_it_looks_for() {
    let folder = folder_with_config();
    let config = folder.path().join("config.json");
    fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let script = example("install.ps1");
    let (arguments, _) = script.split_once("$arguments = @(").unwrap().1.split_once("\n    )\n").unwrap();
    let command = format!(
        "cd {} && PasswordFile=password Config=config.json Key=/admin/password && tc_calendar {} >answer",
        quoted(folder.path()),
        arguments.replace([',', '\n'], " ")
    );
    for changed in [true, false] {
        let run = sh(&command, PASSWORD);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        let answer = fs::read_to_string(folder.path().join("answer")).unwrap();
        assert_eq!(answer.contains("\"changed\":true"), changed);
        config_with_hash_of(PASSWORD, &config);
    }
    assert!(script.contains("-match '\"changed\":true'"));
}
