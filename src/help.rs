//! What `--help` and the man page say beyond the options themselves.

use crate::cost::Profile;
use crate::error::Status;
use crate::size;

/// Examples, each a session, with long strings cut off and notes left out.
pub(crate) const EXAMPLES: [&str; 6] = [
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
requested: not met (memory 19456 KiB, wants 65536 KiB)",
    "\
$ tc_calendar --calibrate 250 --quiet
--memory 234MiB --iterations 1 --parallelism 2",
];

/// What a hash is good for, and what it is not.
pub(crate) const ONE_WAY: &str = "\
A hash is one-way: whoever reads it can check a password against it, and cannot get
the password back. A program that must log in with the password cannot use it.";

/// What everybody on the machine can see.
pub(crate) const ARGUMENTS: &str = "\
Passwords on the command line can be seen in the process list, in the shell's history
and in sudo's log. The prompt, a file and stdin do not have this problem.";

/// What follows the options in `--help`.
pub(crate) fn after_options() -> String {
    let examples = EXAMPLES.map(|example| format!("  {}\n\n", example.replace('\n', "\n  "))).concat();
    let statuses = Status::ALL.map(|status| format!("  {}  {}\n", status as u8, status.meaning())).concat();
    format!("Examples:\n{examples}Exit statuses:\n{statuses}\n{ONE_WAY}\n\n{ARGUMENTS}")
}

/// The help text of `--profile`.
pub(crate) fn profiles() -> String {
    let line = |profile: Profile| {
        let cost = profile.cost();
        let memory = size::display(cost.memory_kib().into());
        let (name, t, p, source) = (profile.name(), cost.iterations(), cost.parallelism(), profile.source());
        let default = if profile == Profile::default() { " (default)" } else { "" };
        format!("{name:12}  {memory:>6}, t={t}, p={p}  {source}{default}\n")
    };
    format!("Cost by name\n\n{}", Profile::ALL.map(line).concat().trim_end())
}
