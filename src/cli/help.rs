//! What `--help` and the man page say besides the options.

use crate::hash::params::{Kib, Profile};
use crate::status::Status;

/// What a user wants to do, how, and what the terminal then shows.
pub struct Example {
    pub caption: &'static str,
    pub command: &'static str,
    /// A line that ends in `...` is cut off there. The numbers of `--calibrate` are one machine's.
    pub output: &'static str,
}

/// The most frequent first.
pub const EXAMPLES: [Example; 6] = [
    Example {
        caption: "Hash a password that you type",
        command: "tc_calendar --hash_pass",
        output: "Password:\nRepeat password:\n$argon2id$v=19$m=65536,t=3,p=4$...",
    },
    Example {
        caption: "Write the hash of a password that you type into the config",
        command: "tc_calendar --hash_pass --config config.json --key /admin/password",
        output: "\
Password:
Repeat password:
note: wrote the hash to /admin/password in config.json
note: restart the program that reads the config, so that it...",
    },
    Example {
        caption: "Hash a password in a script",
        #[cfg(not(windows))]
        command: "printf %s \"$PW\" | tc_calendar --hash_pass --password-stdin",
        // Every shell of Windows can run it.
        #[cfg(windows)]
        command: "tc_calendar --hash_pass --password-file password.txt",
        output: "$argon2id$v=19$m=65536,t=3,p=4$...",
    },
    Example {
        caption: "Say whether a password that you type matches a hash",
        command: "tc_calendar --verify '$argon2id$v=19$...'",
        output: "Password:\nmatch",
    },
    Example {
        caption: "Say whether a hash is as strong as a profile; the exit status is 0 if it is",
        command: "tc_calendar --inspect '$argon2id$v=19$...' --profile owasp",
        output: "\
variant: argon2id
version: 19
memory: 65536 KiB (64 MiB)
iterations: 3
parallelism: 4
salt: 16 bytes
tag: 32 bytes
rfc9106-low: met
rfc9106-high: not met (memory 65536 KiB, needs 2097152 KiB)
owasp: met
requested: met",
    },
    Example {
        caption: "Find the strongest cost that this machine verifies in 250 ms",
        command: "tc_calendar --calibrate 250ms --quiet",
        output: "--cost=m=239616,t=1,p=2",
    },
];

pub(super) const ONE_WAY: &str = "\
A hash is one-way: it can check a password, but nobody gets the password back.
A program that must log in needs the password itself, not a hash.";

#[cfg(not(windows))]
pub(super) const ARGUMENTS: &str = "\
Passwords on the command line can be seen in the process list, the shell's
history and sudo's log. The prompt, a file and stdin do not have this problem.";
#[cfg(windows)]
pub(super) const ARGUMENTS: &str = "\
Passwords on the command line can be seen in the process list and the shell's
history. The prompt, a file and stdin do not have this problem.";

#[cfg(not(windows))]
const MORE: &str = "\
The man page says more: tc_calendar --generate man | man -l -
The licences of all that is in the program: tc_calendar --generate licenses";
#[cfg(windows)]
const MORE: &str = "\
manual.txt in the release's .zip file says more.
The licences of all that is in the program: tc_calendar --generate licenses";

/// The text after the options in `--help`.
pub(super) fn after_options() -> String {
    let indented = |line: String| format!("  {line}\n");
    let profiles = Profile::ALL.map(|profile| {
        let [name, memory, iterations, parallelism, source] = row(profile);
        indented(format!("{name:12}  {memory:>6}, t={iterations}, p={parallelism}  {source}"))
    });
    let examples = EXAMPLES.map(|example| indented(example.command.to_owned()));
    let statuses = Status::ALL.map(|status| indented(format!("{}  {}", status as u8, status.meaning())));
    let tables = [
        ("Profiles", profiles.concat()),
        ("Examples", examples.concat()),
        ("Exit statuses", statuses.concat()),
    ];
    let tables = tables.map(|(title, lines)| format!("{title}:\n{lines}\n")).concat();
    format!("{tables}{ONE_WAY}\n\n{ARGUMENTS}\n\n{MORE}")
}

/// A profile's name, memory, iterations, parallelism and source.
pub(super) fn row(profile: Profile) -> [String; 5] {
    let params = profile.params();
    [
        profile.name().to_owned(),
        Kib(params.memory_kib().into()).to_string(),
        params.iterations().to_string(),
        params.parallelism().to_string(),
        profile.source().to_owned(),
    ]
}
