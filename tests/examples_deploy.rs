//! Runs what `examples/` has for Ansible, systemd and Docker, as far as that can be done on one machine, and parses the
//! PowerShell scripts. `tests/examples_packages.rs` goes on with copies of this machine.
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

/// Runs the playbook on this machine, with variables that override its own.
fn ansible(folder: &Path, variables: &serde_json::Value, arguments: &[&str]) -> Outcome {
    // Ansible would look for a Python of its own choice.
    let interpreter = python("import sys; print(sys.executable)", "");
    let run = Command::new("ansible-playbook")
        .args(["-i", "localhost,", "-c", "local", "-e", "@admin.yml", "-e"])
        .arg(variables.to_string())
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

/// What Ansible has printed, in one line.
fn said(outcome: &Outcome) -> String {
    format!("{} {}", outcome.stdout, outcome.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `tests/examples_packages.rs` has a service that it restarts.
/// README.md: "they change it only if the hash is missing, wrong or too weak"
/// README.md: "the same with Ansible"
#[test]
#[ignore = "needs root and ansible-core"]
fn the_playbook_changes_once() {
    let folder = folder_with_config();
    let folder = folder.path();
    let config = folder.join("config.json");
    // JSON is YAML.
    let quoted = serde_json::to_string(PASSWORD).unwrap();
    fs::write(folder.join("admin.yml"), format!("admin_password: !unsafe {quoted}\n")).unwrap();
    let variables = json!({ "calendar_config": config, "calendar_service": "" });

    let dry = ansible(folder, &variables, &["--check"]);
    assert!(dry.status == Some(0) && dry.stdout.contains("changed=0 "), "{}", dry.stdout);
    assert_eq!(fs::read_to_string(&config).unwrap(), CONFIG);

    let first = ansible(folder, &variables, &["-vvv"]);
    assert!(first.status == Some(0) && first.stdout.contains("changed=1 "), "{}", first.stdout);
    assert!(first.stdout.contains("note: wrote the hash to /admin/password"), "{}", first.stdout);
    let written = config_with_hash_of(PASSWORD, &config);

    let second = ansible(folder, &variables, &[]);
    assert!(second.status == Some(0) && second.stdout.contains("changed=0 "), "{}", second.stdout);
    assert_eq!(fs::read_to_string(&config).unwrap(), written);

    fs::write(folder.join("other.json"), "{\"login\":\"\"}").unwrap();
    let other = json!({ "calendar_config": folder.join("other.json"), "calendar_key": "/login", "calendar_service": "" });
    assert!(ansible(folder, &other, &[]).stdout.contains("changed=1 "));
}

/// The program's error is text, and not JSON in the JSON of Ansible.
#[test]
#[ignore = "needs root and ansible-core"]
fn the_playbook_says_why_it_failed() {
    let folder = folder_with_config();
    let folder = folder.path();
    fs::write(folder.join("admin.yml"), "admin_password: !unsafe \"battery {{ x\"\n").unwrap();
    let mut variables = json!({ "calendar_config": folder.join("no config"), "calendar_service": "" });
    let failed = ansible(folder, &variables, &[]);
    assert_eq!(failed.status, Some(2), "{}", failed.stdout);
    let shown = format!(
        r#"{{"changed": false, "msg": "error: {}: the config cannot be read: no such file or directory\nhint: "#,
        variables["calendar_config"].as_str().unwrap()
    );
    assert!(said(&failed).contains(&shown), "{failed:?}");

    variables["calendar_config"] = json!(folder.join("config.json"));
    let text = "admin_password is not set, not text, or has {{ or {% in it: name its file with -e @admin.yml; there, \
                write it in single quotes, as in admin_password: '...', with !unsafe before them if it has {{ or {%";
    for password in ["0012345", "yes", "[battery]", "\"battery {{ x\"", "'battery {{ x }}'"] {
        fs::write(folder.join("vaulted"), format!("admin_password: {password}\n")).unwrap();
        fs::write(folder.join("key"), "a key").unwrap();
        let vault = Command::new("ansible-vault")
            .args(["encrypt", "--vault-password-file", "key", "--output", "admin.yml", "vaulted"])
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(vault.status.success(), "{vault:?}");
        let failed = ansible(folder, &variables, &["--vault-password-file", "key"]);
        assert_eq!(failed.status, Some(2), "{password}: {}", failed.stdout);
        assert!(said(&failed).contains(text), "{password}: {failed:?}");
    }
    fs::write(folder.join("admin.yml"), "another: text\n").unwrap();
    let failed = ansible(folder, &variables, &[]);
    assert!(failed.status == Some(2) && said(&failed).contains(text), "{failed:?}");
    assert_eq!(fs::read_to_string(folder.join("config.json")).unwrap(), CONFIG);

    // As the message says. Without the quotes, YAML makes a number of it.
    fs::write(folder.join("admin.yml"), "admin_password: '0012345'\n").unwrap();
    assert_eq!(ansible(folder, &variables, &[]).status, Some(0));
    config_with_hash_of("0012345", &folder.join("config.json"));
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

/// Builds the image with Buildah, on an image that has a shell and nothing else.
/// README.md: "puts a hash into the config of an image; the password is a build secret"
#[test]
#[ignore = "needs root and Buildah"]
fn the_dockerfile_puts_the_hash_into_the_image() {
    common::needs("buildah");
    let context = folder_with_config();
    let at = |name: &str| context.path().join(name);
    let buildah = |command: &str| {
        let storage = "--storage-driver vfs --root \"$PWD/images\" --runroot \"$PWD/run\"";
        let script = format!("set -eu; buildah() {{ command buildah {storage} \"$@\"; }}; {command}");
        let run = Command::new("sh").args(["-c", &script]).current_dir(&context).output();
        check(run.unwrap(), PASSWORD)
    };
    copy_into_root("/bin/sh", &at("base"), "bin/sh");
    copy_into_root(PROGRAM, &at("base"), "program");
    fs::rename(at("base/program"), at("tc_calendar")).unwrap();
    fs::write(at("Dockerfile"), example("Dockerfile")).unwrap();
    let base = buildah(
        "container=$(buildah from scratch); buildah add -q $container base / >/dev/null
        buildah commit -q $container docker.io/library/debian:12-slim",
    );
    assert_eq!(base.status, Some(0), "{}", base.stderr);

    let build = "buildah build --isolation chroot --pull-never --secret id=admin-password,src=admin-password.txt -t calendar .";
    let failed = buildah(build);
    assert!(failed.status != Some(0) && !buildah("buildah images").stdout.contains("calendar"), "{failed:?}");
    fs::write(at("admin-password.txt"), PASSWORD).unwrap();
    let image = buildah(build);
    assert_eq!(image.status, Some(0), "{}", image.stderr);
    let unpacked = buildah(
        "container=$(buildah from --pull-never calendar); root=$(buildah mount $container)
        cp -p \"$root/etc/calendar/config.json\" written.json
        ! grep -rl battery \"$root\" || exit 1
        buildah inspect --type image calendar >image.json; ! grep battery image.json",
    );
    assert_eq!(unpacked.status, Some(0), "{}", unpacked.stderr);
    config_with_hash_of(PASSWORD, &at("written.json"));
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
#[test]
fn the_arguments_in_the_powershell_script_write_once() {
    let folder = folder_with_config();
    fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let script = example("install.ps1");
    let (arguments, _) = script.split_once("$arguments = @(").unwrap().1.split_once("\n    )\n").unwrap();
    let command = format!(
        "cd {} && PasswordFile=password Config=config.json Key=/admin/password && tc_calendar {}",
        quoted(folder.path()),
        arguments.replace([',', '\n'], " ")
    );
    let run = || {
        let run = sh(&command, PASSWORD);
        assert_eq!(run.status, Some(0));
        config_with_hash_of(PASSWORD, &folder.path().join("config.json"))
    };
    assert_eq!(run(), run());
}
