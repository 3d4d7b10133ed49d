//! Batches as docs/batches.md shows them: one that is killed goes on, and many-machines.sh of `examples/` spreads one
//! over two ssh servers that run on this machine.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::shells::{Shell, shell, shells};
use common::{CHEAP, Outcome, PROGRAM, blocks, needs, path_with_program, quoted, tc_calendar, verifies};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, Uid};

const PAGE: &str = include_str!("../docs/batches.md");

/// `password 1`, `password 2` and so on, one per line.
fn passwords(count: usize) -> String {
    (1..=count).map(|number| format!("password {number}\n")).collect::<Vec<_>>().concat()
}

/// Waits until the condition holds.
#[track_caller]
fn wait_until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < deadline, "it does not come to this");
        sleep(Duration::from_millis(1));
    }
}

fn size(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// Checks that a file has the hashes of the first `count` passwords, all of them different, in their order. Verifies one
/// in a hundred, and those next to the lines at which something happened.
#[track_caller]
fn assert_has_hashes(file: &Path, count: usize, joints: &[usize]) {
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() == count && text.ends_with('\n'), "{} lines", lines.len());
    assert_eq!(lines.iter().collect::<HashSet<_>>().len(), count);
    for (index, line) in lines.iter().enumerate() {
        if index % 100 == 0 || index + 1 == count || joints.iter().any(|joint| joint.abs_diff(index) < 4) {
            assert!(verifies(line, format!("password {}", index + 1)), "line {}", index + 1);
        }
    }
}

/// Two kills come in the middle, and after one of them a line is cut. Then a line is refused.
/// docs/batches.md: "These commands start a batch, and they also go on with it: they cut off a last line that has no
/// end, and hash the passwords that have no hash yet."
/// docs/batches.md: "When a batch goes on, the message counts lines from there: add the number of hashes that were there
/// already, which is `$hashed`."
/// docs/batches.md: "If every line has its hash, the program ends with status 2, because no password is left."
#[test]
#[ignore = "needs ten seconds"]
fn a_batch_that_was_killed_goes_on() {
    const COUNT: usize = 20_000;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("passwords.txt"), passwords(COUNT)).unwrap();
    let hashes = folder.path().join("hashes.txt");
    let [commands] =
        blocks(PAGE, "sh").into_iter().filter(|block| block.contains("tail")).collect::<Vec<_>>()[..]
    else {
        panic!("the page has these commands once")
    };
    // A hash takes long enough for the kill to come in between.
    let commands = commands.replace("--profile owasp", "-q -m 1024 -t 1 -p 1");
    let start = || {
        let mut sh = Command::new("sh");
        sh.args(["-c", &commands]).current_dir(&folder).env("PATH", path_with_program()).process_group(0);
        sh.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut joints = Vec::new();
    for part in [COUNT as u64 / 4, COUNT as u64 / 2] {
        let run = start();
        wait_until(|| size(&hashes) > part * 70);
        killpg(Pid::from_raw(run.id().try_into().unwrap()), Signal::SIGKILL).unwrap();
        run.wait_with_output().unwrap();
        if joints.is_empty() {
            let file = OpenOptions::new().write(true).open(&hashes).unwrap();
            file.set_len(size(&hashes) - 30).unwrap();
        }
        joints.push(fs::read_to_string(&hashes).unwrap().matches('\n').count());
    }
    assert!(joints[0] > 0 && joints[0] < joints[1] && joints[1] < COUNT, "{joints:?}");

    let right = passwords(COUNT);
    fs::write(folder.path().join("passwords.txt"), right.replace("password 19000\n", "\u{FFFD}\n")).unwrap();
    let refused = start().wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let message = format!("error: line {}: ", 19_000 - joints[1]);
    assert!(refused.stderr.starts_with(message.as_bytes()), "{message}{refused:?}");
    assert_has_hashes(&hashes, 18_999, &joints);

    fs::write(folder.path().join("passwords.txt"), right).unwrap();
    let last = start().wait_with_output().unwrap();
    assert!(last.status.success() && last.stderr.is_empty(), "{last:?}");
    assert_has_hashes(&hashes, COUNT, &joints);

    let done = start().wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(done.stderr.starts_with(b"error: stdin is empty"), "{done:?}");
    assert_has_hashes(&hashes, COUNT, &joints);
}

/// Two machines, `one` and `two`: an ssh server each, with a PATH of its own.
struct Machines {
    shell: Shell,
    servers: Vec<Child>,
}

impl Drop for Machines {
    fn drop(&mut self) {
        self.servers.drain(..).for_each(end);
    }
}

/// Kills a server and the processes of its connections.
fn end(mut server: Child) {
    let with_children = |process: u32| {
        let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().map(|child| child.parse().unwrap());
        std::iter::once(process).chain(children).collect::<Vec<u32>>()
    };
    let processes: Vec<u32> = with_children(server.id()).into_iter().flat_map(with_children).collect();
    for process in processes {
        let _ = kill(Pid::from_raw(process.try_into().unwrap()), Signal::SIGKILL);
    }
    server.wait().unwrap();
}

/// Puts what Busybox does not have into the PATH of a shell. Returns the folder.
fn add_tools(shell: &mut Shell, tools: &[&str]) -> PathBuf {
    let folder = shell.path("tools of others");
    fs::create_dir(&folder).unwrap();
    for tool in tools {
        needs(tool);
        symlink(format!("/usr/bin/{tool}"), folder.join(tool)).unwrap();
    }
    shell.path = format!("{}:{}", folder.display(), shell.path);
    folder
}

/// A shell script that can be run at once: `sh` writes it, because while this process has a file open for writing, so may
/// a process that another test starts, and the file cannot be executed.
fn write_program(path: &Path, script: &str) {
    let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod 755 \"$0\"";
    assert!(Command::new("sh").args(["-c", write]).arg(path).arg(script).status().unwrap().success());
}

/// Starts a server in a folder that has the keys. Its `tc_calendar` notes how it is called. Returns the server and its
/// port.
fn serve(folder: &Path) -> (Child, u16) {
    let at = |name: &str| folder.join(name).display().to_string();
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    fs::create_dir(at("bin")).unwrap();
    let program = quoted(Path::new(PROGRAM));
    let script = format!("echo \"$*\" >>{}; exec {program} \"$@\"", at("calls"));
    write_program(Path::new(&at("bin/tc_calendar")), &script);
    let config = format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
         PidFile none\nSetEnv PATH={}:/usr/bin:/bin\n",
        at("key"),
        at("../key.pub"),
        at("bin")
    );
    fs::write(at("config"), config).unwrap();
    let mut server = Command::new("/usr/sbin/sshd");
    server.args(["-D", "-E", &at("log"), "-f", &at("config")]).stdin(Stdio::null());
    let server = server.spawn().unwrap();
    wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
    (server, port)
}

impl Machines {
    fn start(mut shell: Shell) -> Self {
        for program in ["ssh", "ssh-keygen", "/usr/sbin/sshd"] {
            needs(program);
        }
        if Uid::effective().is_root() {
            // Debian's service makes this folder, without which the server does not start.
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let make_key = |path: &Path| {
            let mut keygen = Command::new("ssh-keygen");
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path);
            assert!(keygen.status().unwrap().success());
        };
        let tools = add_tools(&mut shell, &["flock", "parallel", "perl"]);
        let mut machines = Self { shell, servers: Vec::new() };
        let at = |name: &str| machines.shell.path(name).display().to_string();
        make_key(Path::new(&at("key")));
        let (identity, known_hosts, calls) = (at("key"), at("known_hosts"), at("calls"));
        let mut config =
            format!("IdentityFile {identity}\nIdentitiesOnly yes\nUserKnownHostsFile {known_hosts}\n");
        let mut known = String::new();
        for name in ["one", "two"] {
            let folder = machines.shell.path(name);
            fs::create_dir(&folder).unwrap();
            make_key(&folder.join("key"));
            let (server, port) = serve(&folder);
            machines.servers.push(server);
            config.extend([format!("Host {name}\n    HostName 127.0.0.1\n    Port {port}\n")]);
            let key = fs::read_to_string(folder.join("key.pub")).unwrap();
            known.extend([format!("[127.0.0.1]:{port} {key}")]);
        }
        fs::write(known_hosts, known).unwrap();
        machines.shell.write("config", config);
        let config = machines.shell.path("config");
        let script = format!("echo \"$*\" >>{calls}; exec /usr/bin/ssh -F {} \"$@\"", config.display());
        write_program(&tools.join("ssh"), &script);
        machines
    }

    fn command(&self, hosts: &str, options: &[&str]) -> Command {
        let mut command = self.shell.command("many-machines.sh");
        // GNU parallel keeps files in the home folder.
        command.args([hosts, "passwords.txt", "hashes.txt"]).args(options).env("HOME", self.shell.path("."));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Hashes passwords.txt into hashes.txt. What is printed must not have the passwords.
    fn run(&self, hosts: &str, options: &[&str]) -> Outcome {
        checked(self.command(hosts, options).output().unwrap())
    }

    /// How often a machine's program was started.
    fn calls(&self, name: &str) -> usize {
        fs::read_to_string(self.shell.path(name).join("calls")).unwrap_or_default().lines().count()
    }

    #[track_caller]
    fn assert_has_hashes(&self, count: usize, joints: &[usize]) {
        assert_has_hashes(&self.shell.path("hashes.txt"), count, joints);
        self.shell.assert_nothing_left();
        let calls = ["calls", "one/calls", "two/calls"].map(|file| fs::read_to_string(self.shell.path(file)));
        assert!(!calls.into_iter().any(|calls| calls.unwrap_or_default().contains("password 1")));
    }
}

fn checked(output: Output) -> Outcome {
    tc_calendar([""; 0]).hiding("password 1").check(output)
}

/// README.md: "hashes the lines of a file on several machines"
#[test]
#[ignore = "needs GNU parallel, an ssh server, dash, bash and busybox"]
fn many_machines_sh_hashes_each_line_once_and_in_order() {
    for shell in shells() {
        let machines = Machines::start(shell);
        machines
            .shell
            .write("passwords.txt", passwords(4_500).replace("password 3050\n", "password 3050 \n"));
        let outcome = machines.run("one,two", &CHEAP[1..]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), ""), "{outcome:?}");
        assert!(outcome.stderr.contains("note: line 3050: "), "{outcome:?}");
        machines.assert_has_hashes(4_500, &[1_000, 2_000, 3_000, 4_000]);
        assert_eq!(machines.calls("one") + machines.calls("two"), 5);
        assert!(machines.calls("one") > 1 && machines.calls("two") > 1);

        // Nothing is left to do.
        assert_eq!(machines.run("one,two", &CHEAP).status, Some(0));
        assert_eq!(machines.calls("one") + machines.calls("two"), 5);
    }
}

/// docs/batches.md: "It ends if a machine fails or a line is refused, and says which. The same command goes on after the
/// last hash in the file, also with other machines."
#[test]
#[ignore = "needs GNU parallel and an ssh server"]
fn many_machines_sh_goes_on_after_a_machine_has_failed() {
    const COUNT: usize = 20_000;
    let cost = ["-q", "-m", "256", "-t", "1", "-p", "1"];
    let mut machines = Machines::start(shell("dash"));
    machines.shell.write("passwords.txt", passwords(COUNT));
    let hashes = machines.shell.path("hashes.txt");
    let whole_pieces = || {
        let count = fs::read_to_string(&hashes).unwrap().lines().count();
        assert!(count.is_multiple_of(1_000) && count < COUNT, "{count}");
        count
    };

    let run = machines.command("one,two", &cost).spawn().unwrap();
    wait_until(|| size(&hashes) > 200_000);
    end(machines.servers.pop().unwrap());
    let failed = checked(run.wait_with_output().unwrap());
    assert_eq!((failed.status, failed.stdout.as_str()), (Some(255), ""), "{failed:?}");
    assert!(
        failed.stderr.contains("many-machines.sh: two: status 255; no hash is kept from line "),
        "{failed:?}"
    );
    let mut joints = vec![whole_pieces()];
    assert!(joints[0] > 0);
    machines.assert_has_hashes(joints[0], &joints);

    let failed = machines.run("one,two", &cost);
    assert_eq!(failed.status, Some(255), "{failed:?}");
    assert!(failed.stderr.contains("Connection refused"), "{failed:?}");
    joints.push(whole_pieces());
    machines.assert_has_hashes(joints[1], &joints);

    let last = machines.run("one", &cost);
    assert_eq!((last.status, last.stderr.as_str()), (Some(0), ""));
    machines.assert_has_hashes(COUNT, &joints);
}

#[test]
#[ignore = "needs GNU parallel and an ssh server"]
fn many_machines_sh_goes_on_after_a_kill() {
    const COUNT: usize = 20_000;
    let cost = ["-q", "-m", "256", "-t", "1", "-p", "1"];
    let machines = Machines::start(shell("dash"));
    machines.shell.write("passwords.txt", passwords(COUNT));
    let hashes = machines.shell.path("hashes.txt");
    let mut run = machines.command("one,two", &cost).spawn().unwrap();
    wait_until(|| size(&hashes) > 200_000);
    run.kill().unwrap();
    run.wait().unwrap();
    // The others of its processes go on, and end with what it has begun.
    wait_until(|| {
        let next = machines.run("one,two", &cost);
        assert!(
            next.status == Some(0) || next.stderr.contains("another run is still writing to hashes.txt"),
            "{next:?}"
        );
        next.status == Some(0)
    });
    assert_has_hashes(&hashes, COUNT, &[]);
}

/// docs/batches.md: "It ends if a machine fails or a line is refused, and says which."
#[test]
#[ignore = "needs GNU parallel and an ssh server"]
fn many_machines_sh_names_the_line_that_was_refused() {
    let machines = Machines::start(shell("dash"));
    let right = passwords(5_000);
    machines.shell.write("passwords.txt", right.replace("password 2345\n", "password \u{FFFD}\n"));
    for _ in 0..2 {
        let refused = machines.run("one,two", &CHEAP);
        assert_eq!((refused.status, refused.stdout.as_str()), (Some(2), ""), "{refused:?}");
        assert!(refused.stderr.contains("error: line 2345: "), "{refused:?}");
        machines.assert_has_hashes(2_000, &[1_000]);
    }
    machines.shell.write("passwords.txt", right.replace("password 3000\n", "\r\n"));
    let refused = machines.run("one,two", &CHEAP);
    assert_eq!(
        (refused.status, refused.stderr.as_str()),
        (Some(2), "many-machines.sh: line 3000: the password is empty\n")
    );

    machines.shell.write("passwords.txt", right.trim_end().to_owned() + "\n\r\n\n");
    let last = machines.run("two,one", &CHEAP);
    assert_eq!((last.status, last.stderr.as_str()), (Some(0), ""));
    machines.assert_has_hashes(5_000, &[2_000]);
}

#[test]
#[ignore = "needs GNU parallel, dash, bash and busybox"]
fn many_machines_sh_says_how_it_is_called() {
    for mut shell in shells() {
        add_tools(&mut shell, &["flock", "parallel", "perl", "ssh"]);
        shell.write("passwords.txt", "password 1\npassword 2\n");
        shell.write("hashes of another file.txt", "$argon2id$1\n$argon2id$2\n$argon2id$3\n");
        shell.write("empty.txt", "");
        shell.write("text.txt", "$argon2id$1\nadmin:$argon2id$2\n");
        shell.write("end.txt", "$argon2id$1\nnot a hash");
        for (arguments, status, message) in [
            (&[][..], 2, "usage: many-machines.sh HOSTS PASSWORDS HASHES [OPTIONS FOR THE COST]"),
            (
                &["one", "passwords.txt", "hashes.txt", "-m", "$(reboot)"],
                2,
                "many-machines.sh: only options for the cost: letters, digits and =.,_-",
            ),
            (
                &["one", "no file", "hashes.txt"],
                2,
                "many-machines.sh: not a regular file that can be read: no file",
            ),
            (&["one", ".", "hashes.txt"], 2, "many-machines.sh: not a regular file that can be read: ."),
            (&["one", "empty.txt", "hashes.txt"], 2, "many-machines.sh: there is no password in the file"),
            (
                &["one", "hashes of another file.txt", "passwords.txt"],
                2,
                "many-machines.sh: these are not the hashes of the first lines: passwords.txt",
            ),
            (
                &["one", "passwords.txt", "text.txt"],
                2,
                "many-machines.sh: these are not the hashes of the first lines: text.txt",
            ),
            (
                &["one", "passwords.txt", "end.txt"],
                2,
                "many-machines.sh: these are not the hashes of the first lines: end.txt",
            ),
            (
                &["one", "passwords.txt", "hashes of another file.txt"],
                2,
                "many-machines.sh: these are not the hashes of the first lines: hashes of another file.txt",
            ),
        ] {
            let outcome = shell.run("many-machines.sh", arguments, "", &["password 1"]);
            assert_eq!(
                (outcome.status, outcome.stderr.as_str()),
                (Some(status), format!("{message}\n").as_str())
            );
        }
        assert_eq!(fs::read_to_string(shell.path("passwords.txt")).unwrap(), "password 1\npassword 2\n");

        // moreutils has a program with this name.
        let tools = shell.path("other tools");
        fs::create_dir(&tools).unwrap();
        write_program(&tools.join("parallel"), "exit 1");
        shell.path = format!("{}:{}", tools.display(), shell.path);
        let outcome =
            shell.run("many-machines.sh", &["one", "passwords.txt", "hashes.txt"], "", &["password 1"]);
        assert_eq!(
            (outcome.status, outcome.stderr.as_str()),
            (Some(1), "many-machines.sh: the parallel in PATH is not GNU parallel\n")
        );
    }
}
