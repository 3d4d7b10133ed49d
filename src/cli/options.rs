//! The options, as clap's definitions.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::EnumValueParser;
use clap::{Arg, ArgAction, Command, CommandFactory, Parser, ValueHint};
use jsonptr::PointerBuf;

use super::help;
use super::modes::{Mode, describe, is_mode, is_rare};
use super::request::GenerateTarget;
use super::values::{cost, memory, number, pointer};
use crate::hash::params::Profile;
use crate::output::formats::HashFormat;

/// clap's own text would depend on whether there is a long help.
const HELP: &str = "Print help; -h prints a summary";

// No `Debug`, because it would print passwords. The outer `Option` of a mode says whether it is given,
// the inner one whether it has a value.
#[derive(Parser)]
#[allow(clippy::option_option, clippy::struct_excessive_bools)]
#[allow(clippy::doc_markdown)] // --help prints the first line of each doc comment, the man page all of it
#[group(skip)]
#[command(
    name = "tc_calendar",
    version,
    about = "Hashes passwords with Argon2id for the config of a calendar connector",
    override_usage = "tc_calendar --hash_pass [PASSWORD]... [OPTIONS]
       tc_calendar --hash_pass [PASSWORD] --config FILE --key POINTER [OPTIONS]
       tc_calendar --verify {ENCODED | --config FILE --key POINTER} [OPTIONS]
       tc_calendar --inspect {ENCODED | --config FILE --key POINTER} [OPTIONS]
       tc_calendar --calibrate [TIME] [OPTIONS]
       tc_calendar --generate TEXT"
)]
pub(super) struct Cli {
    /// Hash passwords; print a string for each
    ///
    /// There are other ways to give a password: see Where passwords come from.
    /// If PASSWORD starts with a dash: --hash_pass=-secret.
    #[arg(long = "hash_pass", alias = "hash-pass", value_name = "PASSWORD", value_hint = ValueHint::Other, num_args = 0..=1, require_equals = true, verbatim_doc_comment)]
    pub(super) hash_pass: Option<Option<OsString>>,

    /// Say whether a password matches ENCODED
    ///
    /// Prints match or no match; no hash if there is none at --key yet. Put
    /// ENCODED in single quotes, which keep its dollar signs; in cmd, use
    /// double quotes.
    #[arg(long, value_name = "ENCODED", value_hint = ValueHint::Other, num_args = 0..=1, require_equals = true, verbatim_doc_comment)]
    pub(super) verify: Option<Option<OsString>>,

    /// Show the contents and strength of ENCODED
    ///
    /// With --profile, or a cost, the exit status is 1 if it is weaker than
    /// that: its password should be hashed again. Parallelism makes a hash
    /// faster, not stronger, and is not compared.
    #[arg(long, value_name = "ENCODED", value_hint = ValueHint::Other, num_args = 0..=1, require_equals = true, verbatim_doc_comment)]
    pub(super) inspect: Option<Option<OsString>>,

    /// Find the strongest cost for this machine
    ///
    /// It is the strongest that this machine verifies within TIME (default:
    /// 500ms), but never below OWASP's minimum, and is printed as an option
    /// to paste. It uses at most half of the available memory. It is
    /// measured with the library that verifies.
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, num_args = 0..=1, require_equals = true, verbatim_doc_comment)]
    pub(super) calibrate: Option<Option<OsString>>,

    /// Print the man page or shell completions
    #[arg(long, value_name = "TEXT", value_hint = ValueHint::Other, num_args = 0..=1, require_equals = true, verbatim_doc_comment)]
    pub(super) generate: Option<Option<OsString>>,

    /// Passwords, an encoded string or a time, wherever they stand
    #[arg(hide = true, value_hint = ValueHint::Other)]
    pub(super) words: Vec<OsString>,

    /// Read the password from FILE; - is stdin
    ///
    /// The file is one password. One line ending at its end is removed. A
    /// second line is refused; see --lines.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, verbatim_doc_comment)]
    pub(super) password_file: Option<PathBuf>,

    /// Read the password from stdin
    ///
    /// All of stdin is one password. If stdin is a terminal, you are asked
    /// without echo.
    #[arg(long, verbatim_doc_comment)]
    pub(super) password_stdin: bool,

    /// Read it from the environment variable NAME
    ///
    /// Use it in PowerShell, whose pipes may change letters. Other programs
    /// of the same user can read the variable too.
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other, verbatim_doc_comment)]
    pub(super) password_env: Option<OsString>,

    /// Read one password per line, and hash each
    ///
    /// From --password-file or --password-stdin. Lines are hashed in order,
    /// on every core, as they are read.
    #[arg(long, verbatim_doc_comment)]
    pub(super) lines: bool,

    /// Verify each hash with a second library before use
    #[arg(long, verbatim_doc_comment)]
    pub(super) cross_check: bool,

    /// Write the string into FILE, or read it from there
    ///
    /// FILE is JSON that may have comments. With
    /// --hash_pass the hash is written to the location that --key names, and
    /// printed only if --format is given. The rest of the file stays the
    /// same, comments included. An empty string, null or an Argon2 string is
    /// replaced, and nothing else; see --replace. --verify and --inspect
    /// read the string from there.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, verbatim_doc_comment)]
    pub(super) config: Option<PathBuf>,

    /// Where in FILE, as a JSON pointer: /admin/password
    ///
    /// A JSON pointer (RFC 6901) is the names on the way to a string or null,
    /// with / before each. An element of a list is its number, from 0. Write
    /// ~1 for a / in a name, and ~0 for a ~. Give one --key per password, in
    /// the same order.
    #[arg(long, value_name = "POINTER", value_hint = ValueHint::Other, value_parser = pointer, action = ArgAction::Append, verbatim_doc_comment)]
    pub(super) key: Vec<PointerBuf>,

    /// Write only if the hash is missing, wrong or too weak
    ///
    /// Says whether the file has changed. A script can run it at every boot.
    #[arg(long, verbatim_doc_comment)]
    pub(super) if_needed: bool,

    /// Replace a string even if it is not a hash
    ///
    /// A password in plain text, or the connector's own form (dGNf...), may
    /// be the only copy of what a login needs. A hash cannot take its place.
    #[arg(long, verbatim_doc_comment)]
    pub(super) replace: bool,

    /// Add the last name of --key if it is missing
    #[arg(long, verbatim_doc_comment)]
    pub(super) create_key: bool,

    /// Keep the old file as FILE.bak
    ///
    /// If FILE is a symlink, the backup is beside the file that it leads to.
    #[arg(long, verbatim_doc_comment)]
    pub(super) backup: bool,

    /// Write into the file itself instead of replacing it
    ///
    /// For a file that is mounted into a container by itself. A reader or a
    /// crash may see it half written.
    #[arg(long, verbatim_doc_comment)]
    pub(super) in_place: bool,

    /// Cost: rfc9106-low (default), rfc9106-high, owasp
    ///
    /// PROFILES below has their numbers.
    #[arg(long, value_name = "NAME", hide_possible_values = true, verbatim_doc_comment)]
    pub(super) profile: Option<Profile>,

    /// Cost as --calibrate prints it: m=65536,t=3,p=4
    #[arg(long, value_name = "COST", value_hint = ValueHint::Other, value_parser = cost, verbatim_doc_comment)]
    pub(super) cost: Option<[u64; 3]>,

    /// Memory instead of the profile's: KiB, or 64MiB
    #[arg(short, long, value_name = "SIZE", value_hint = ValueHint::Other, value_parser = memory, allow_negative_numbers = true, verbatim_doc_comment)]
    pub(super) memory: Option<u64>,

    /// Iterations instead of the profile's
    #[arg(short = 't', long, value_name = "N", value_hint = ValueHint::Other, value_parser = number, allow_negative_numbers = true, verbatim_doc_comment)]
    pub(super) iterations: Option<u64>,

    /// Parallelism, in lanes, instead of the profile's
    #[arg(short, long, value_name = "N", value_hint = ValueHint::Other, value_parser = number, allow_negative_numbers = true, verbatim_doc_comment)]
    pub(super) parallelism: Option<u64>,

    /// Print as plain (default), label or json
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, verbatim_doc_comment)]
    pub(super) format: Option<HashFormat>,

    /// Suppress notes; errors are still printed
    #[arg(short, long, verbatim_doc_comment)]
    pub(super) quiet: bool,
}

/// The definitions as the parser uses them.
#[must_use]
pub fn command() -> Command {
    describe(Cli::command())
}

/// The definitions as help, man page and completions show them: each mode followed by its words.
#[must_use]
pub fn command_to_show() -> Command {
    let show = |argument: Arg| match Mode::ALL.into_iter().find(|mode| argument.get_id() == mode.id()) {
        None => argument,
        Some(Mode::HashPass) => argument.require_equals(false).num_args(0..),
        Some(Mode::Generate) => argument
            .require_equals(false)
            .num_args(1)
            .value_parser(EnumValueParser::<GenerateTarget>::new())
            .hide_possible_values(true),
        Some(Mode::Verify | Mode::Inspect | Mode::Calibrate) => argument.require_equals(false),
    };
    let mut command = command().mut_args(show);
    // This adds --help and --version to the arguments.
    command.build();
    command
        .mut_arg("help", |argument| argument.help(HELP).long_help(HELP).help_heading("Help"))
        .mut_arg("version", |argument| argument.help_heading("Help"))
}

/// What `--help` prints: a line for each option, and examples. The man page has the long texts.
pub(super) fn help() -> String {
    command_to_show().after_help(help::after_options()).render_help().to_string()
}

/// What `-h` prints, which fits on one screen: the modes and the frequent options.
pub(super) fn short_help() -> String {
    let on_one_screen = |argument: Arg| {
        if is_mode(&argument) {
            return argument;
        }
        let rare = is_rare(&argument);
        argument.help_heading("Options").hide_short_help(rare)
    };
    let command = command_to_show().override_usage("tc_calendar MODE [OPTIONS]");
    let mut command = command.mut_args(on_one_screen);
    command = command.mut_arg("help", |argument| argument.help("Print help; --help prints all options"));
    command.render_help().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_accepts_the_definitions() {
        command().debug_assert();
        command_to_show().debug_assert();
    }
}
