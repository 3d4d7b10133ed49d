//! What `--help` and the man page say besides the options.

use super::status::Status;
use crate::hash::params::{Kib, Profile};

/// Examples, the most frequent first. Long strings are shortened, and notes omitted.
pub(super) const EXAMPLES: [&str; 6] = [
    "\
$ tc_calendar --hash_pass
Password:
Confirm password:
$argon2id$v=19$m=65536,t=3,p=4$bE79429Oq2f+9cioEcY+9A$IsY5imZ/fTvS...",
    "\
$ tc_calendar --hash_pass --config config.json --key /admin/password
Password:
Confirm password:",
    "\
$ printf %s \"$PW\" | tc_calendar --hash_pass --password-stdin
$argon2id$v=19$m=65536,t=3,p=4$bBTsrhY51E5lNyCvXJ3PJg$RVc0YPmRrWhP...",
    "\
$ tc_calendar --verify '$argon2id$v=19$m=65536,t=3,p=4$bE79429Oq2f...'
Password:
match",
    "\
$ tc_calendar --inspect '$argon2id$v=19$m=19456,t=2...' --profile rfc9106-low
...
requested: not met (memory 19456 KiB, needs 65536 KiB)",
    "\
$ tc_calendar --calibrate 250ms --quiet
--cost=m=239616,t=1,p=2",
];

pub(super) const ONE_WAY: &str = "\
A hash is one-way: it can check a password, but nobody gets the password back.
A program that must log in needs the password itself, not a hash.";

pub(super) const ARGUMENTS: &str = "\
Passwords on the command line can be seen in the process list, the shell's
history and sudo's log. The prompt, a file and stdin do not have this problem.";

/// The text after the options in `--help`.
pub(super) fn after_options() -> String {
    let examples = EXAMPLES.map(|example| format!("  {}\n\n", example.replace('\n', "\n  "))).concat();
    let statuses = Status::ALL.map(|status| format!("  {}  {}\n", status as u8, status.meaning())).concat();
    format!("Examples:\n{examples}Exit statuses:\n{statuses}\n{ONE_WAY}\n\n{ARGUMENTS}")
}

/// The help text of `--profile`.
pub(super) fn profiles() -> String {
    let line = |profile: Profile| {
        let params = profile.params();
        let memory = Kib(params.memory_kib().into()).to_string();
        let (t, p) = (params.iterations(), params.parallelism());
        format!("{:12}  {memory:>6}, t={t}, p={p}  {}\n", profile.name(), profile.source())
    };
    let lines = Profile::ALL.map(line).concat();
    format!("Cost by name (default: {})\n\n{}", Profile::default().name(), lines.trim_end())
}
