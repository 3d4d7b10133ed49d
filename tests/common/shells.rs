//! Runs the shell scripts of `examples/` in dash, bash and busybox.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Outcome, PROGRAM, needs, path_with_program, tc_calendar};

/// A shell, the PATH of its scripts, and a folder for them.
pub struct Shell {
    program: PathBuf,
    pub path: String,
    folder: TempDir,
}

/// Dash, bash and busybox, which also brings every other tool that a script needs.
pub fn shells() -> Vec<Shell> {
    ["dash", "bash", "busybox"].map(shell).into()
}

pub fn shell(name: &str) -> Shell {
    needs(name);
    let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("temporary")).unwrap();
    let (program, path) = if name == "busybox" {
        let tools = folder.path().join("tools");
        fs::create_dir(&tools).unwrap();
        assert!(Command::new(name).args(["--install", "-s"]).arg(&tools).status().unwrap().success());
        std::os::unix::fs::symlink(PROGRAM, tools.join("tc_calendar")).unwrap();
        (tools.join("sh"), tools.display().to_string())
    } else {
        (String::from_utf8(found.stdout).unwrap().trim().into(), path_with_program())
    };
    Shell { program, path, folder }
}

impl Shell {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Runs a script of `examples/` in the folder. It must not print the secrets, nor leave anything in
    /// the folder for temporary files.
    pub fn run(&self, script: &str, arguments: &[&str], stdin: &str, secrets: &[&str]) -> Outcome {
        self.finish(self.command(script).args(arguments), stdin, secrets)
    }

    /// The same with a shell that prints each command before it runs it.
    pub fn trace(&self, script: &str, arguments: &[&str], stdin: &str, secrets: &[&str]) -> Outcome {
        self.finish(self.start(&["-x"], script).args(arguments), stdin, secrets)
    }

    fn finish(&self, command: &mut Command, stdin: &str, secrets: &[&str]) -> Outcome {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The script may end before it has read anything.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let run = secrets.iter().fold(tc_calendar([""; 0]), |run, secret| run.hiding(*secret));
        let outcome = run.check(child.wait_with_output().unwrap());
        self.assert_nothing_left();
        outcome
    }

    pub fn command(&self, script: &str) -> Command {
        self.start(&[], script)
    }

    fn start(&self, options: &[&str], script: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(options).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(script));
        command.current_dir(&self.folder).env("PATH", &self.path).env("TMPDIR", self.path("temporary"));
        command
    }

    pub fn assert_nothing_left(&self) {
        assert_eq!(fs::read_dir(self.path("temporary")).unwrap().count(), 0);
    }
}
