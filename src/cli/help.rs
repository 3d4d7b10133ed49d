//! What `--help` and the man page say besides the options.

use super::status::Status;
use crate::hash::params::{Kib, Profile};

/// Examples. Long strings are cut off, and notes left out.
pub(super) const EXAMPLES: [&str; 6] = [
    "\
$ tc_calendar --hash_pass
Password:
Confirm password:
$argon2id$v=19$m=65536,t=3,p=4$bE79429Oq2f+9cioEcY+9A$IsY5imZ/fTvSWG5GqO8QUeA61Ljx...",
    "\
$ printf %s \"$PW\" | tc_calendar --hash_pass --format label
Your encrypted data: $argon2id$v=19$m=65536,t=3,p=4$bBTsrhY51E5lNyCvXJ3PJg$RVc0YPm...",
    "\
$ tc_calendar --verify '$argon2id$v=19$m=65536,t=3,p=4$bE79429Oq2f+9cioEcY+9A$IsY...'
Password:
match",
    "\
$ tc_calendar --hash_pass --password-file pw --config config.json --key /admin/password
$ tc_calendar --verify --password-file pw --config config.json --key /admin/password
match",
    "\
$ tc_calendar --inspect '$argon2id$v=19$m=19456,t=2,p=1$...' --profile rfc9106-low | tail -1
requested: not met (memory 19456 KiB, needs 65536 KiB)",
    "\
$ tc_calendar --calibrate 250 --quiet
--memory 234MiB --iterations 1 --parallelism 2",
];

pub(super) const ONE_WAY: &str = "\
A hash is one-way: it can check a password, and nobody can get the password back from it.
A program that must log in needs the password itself, not a hash.";

pub(super) const ARGUMENTS: &str = "\
Passwords on the command line can be seen in the process list, in the shell's history
and in sudo's log. The prompt, a file and stdin do not have this problem.";

/// What follows the options in `--help`.
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
        let default = if profile == Profile::default() { " (default)" } else { "" };
        format!("{:12}  {memory:>6}, t={t}, p={p}  {}{default}\n", profile.name(), profile.source())
    };
    format!("Cost by name\n\n{}", Profile::ALL.map(line).concat().trim_end())
}
