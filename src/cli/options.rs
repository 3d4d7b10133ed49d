//! The options, as clap's definitions. An option belongs to the modes that its heading in the help names.
//!
//! `--help` prints the first line of each doc comment, and the man page all of it.
#![allow(clippy::doc_markdown)] // users read the doc comments

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::EnumValueParser;
use clap::{Arg, ArgAction, Args, Command, CommandFactory, Parser, ValueEnum, ValueHint};
use jsonptr::PointerBuf;

use super::help;
use super::modes::{MODES, Mode, WRITING, is_mode};
use super::values::{cost, memory, number, pointer};
use crate::hash::params::Profile;

/// clap's own text would depend on whether there is a long help.
const HELP: &str = "Print help; -h prints a summary";

// Nothing here is `Debug`, because it would print passwords.
#[derive(Parser)]
#[group(skip)]
#[command(
    name = "tc_calendar",
    version,
    about = "Hashes passwords with Argon2id, puts the hashes into configs, and verifies them",
    override_usage = "tc_calendar --hash_pass [PASSWORD]... [OPTIONS]
       tc_calendar --hash_pass [PASSWORD] --config FILE --key POINTER [OPTIONS]
       tc_calendar --verify {ENCODED | --encoded-file FILE} [OPTIONS]
       tc_calendar --inspect {ENCODED | --encoded-file FILE} [OPTIONS]
       tc_calendar {--verify | --inspect} --config FILE --key POINTER [OPTIONS]
       tc_calendar --calibrate [TIME] [OPTIONS]
       tc_calendar --generate TEXT"
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) modes: ModeOptions,

    /// Passwords, a hash or a time, in one place
    #[arg(hide = true, help_heading = "Words (--hash_pass, --verify, --inspect, --calibrate, --generate)")]
    pub(super) words: Vec<OsString>,

    #[command(flatten)]
    pub(super) source: SourceOptions,
    #[command(flatten)]
    pub(super) hashing: HashingOptions,
    #[command(flatten)]
    pub(super) encoded: EncodedOptions,
    #[command(flatten)]
    pub(super) config: ConfigOptions,
    #[command(flatten)]
    pub(super) writing: WritingOptions,
    #[command(flatten)]
    pub(super) cost: CostOptions,
    #[command(flatten)]
    pub(super) output: OutputOptions,
}

/// The outer `Option` says whether the mode is given, the inner one whether a word follows after `=`.
#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = MODES)]
#[allow(clippy::option_option)]
pub(super) struct ModeOptions {
    /// Hash passwords; print a hash for each
    ///
    /// There are other ways to give a password: see Where passwords come from. Several stand side by side. If
    /// PASSWORD starts with a dash: --hash_pass=-secret.
    #[arg(long = "hash_pass", alias = "hash-pass", value_name = "PASSWORD")]
    pub(super) hash_pass: Option<Option<OsString>>,

    /// Say whether a password matches ENCODED
    ///
    /// Prints match or no match; no hash if there is none at --key yet. Put ENCODED in single quotes, which
    /// keep its dollar signs; in cmd, use double quotes.
    #[arg(long, value_name = "ENCODED")]
    pub(super) verify: Option<Option<OsString>>,

    /// Show the contents and strength of ENCODED
    ///
    /// With --profile, or a cost, the exit status is 1 if it is weaker than that: its password should be
    /// hashed again. Parallelism makes a hash faster, not stronger, and is not compared.
    #[arg(long, value_name = "ENCODED")]
    pub(super) inspect: Option<Option<OsString>>,

    /// Find the strongest cost for this machine
    ///
    /// It is the strongest that this machine verifies within TIME (default: 500ms), but never below OWASP's
    /// minimum, and is printed as an option to paste. A number without a unit is in milliseconds. At most half of
    /// the available memory is used. The library that verifies is measured, for at most six times TIME.
    #[arg(long, value_name = "TIME")]
    pub(super) calibrate: Option<Option<OsString>>,

    /// Print the man page, completions or licences
    #[arg(long, value_name = "TEXT")]
    pub(super) generate: Option<Option<OsString>>,
}

/// A text that the program has in it. The doc comments are printed in the man page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GenerateTarget {
    /// the man page
    Man,
    /// completions for bash, which needs bash-completion
    CompleteBash,
    /// completions for zsh
    CompleteZsh,
    /// completions for fish
    CompleteFish,
    /// completions for PowerShell
    CompletePowershell,
    /// the licences of the program and of all that is linked into it
    Licenses,
}

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Where passwords come from (--hash_pass, --verify)")]
#[allow(clippy::struct_field_names)] // each is an option
pub(super) struct SourceOptions {
    /// Read the password from FILE; - is stdin
    ///
    /// The file is one password. Line ends at its end are removed. A second line is refused; see --lines.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) password_file: Option<PathBuf>,

    /// Read the password from stdin
    ///
    /// All of stdin is one password. If nothing comes for a second, a note says so. If stdin is a terminal, you
    /// are asked without echo.
    #[arg(long)]
    pub(super) password_stdin: bool,

    /// Read it from the environment variable NAME
    ///
    /// Use it in PowerShell, whose pipes may change letters. Other programs of the same user can read the
    /// variable too.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub(super) password_env: Option<OsString>,

    /// Read one password per line; hash or verify each
    ///
    /// From --password-file or --password-stdin. Lines are hashed in order, on every core, as they are read.
    /// Empty lines at the very end are left out. With --verify, --encoded-file has one hash per line, and each
    /// password is verified with the hash on the line of the same number: an answer for each is printed, and the
    /// exit status is 0 only if all match. There must be as many passwords as hashes.
    #[arg(long, hide_short_help = true)]
    pub(super) lines: bool,
}

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Hashing (--hash_pass)")]
pub(super) struct HashingOptions {
    /// Make a random password, print it, and hash it
    ///
    /// It has 24 letters and digits, without those that look alike: 132 bits from the system's randomness. The
    /// password and its hash are printed, a line each. With --config only the password is, unless --format is given,
    /// and one is made for each --key, in the same order. All that is printed is printed before the config is
    /// replaced; if it cannot be printed, nothing is replaced. Whoever sees the output has the password: keep it out of
    /// logs. This cannot be used with --if-needed, --lines or --format change.
    #[arg(long)]
    pub(super) random: bool,

    /// Verify each hash with a second library before use
    #[arg(long, hide_short_help = true)]
    pub(super) cross_check: bool,
}

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "The hash (--verify, --inspect)")]
pub(super) struct EncodedOptions {
    /// Read the hash from FILE; - is stdin
    ///
    /// The file is one hash, or one per line: see --lines. A byte order mark at its start and line ends at its end are
    /// removed. No shell, make or Compose changes its dollar signs. If stdin is a terminal, paste the hash, then press
    /// Enter and Ctrl-D (on Windows Ctrl-Z and Enter). A password must then come from elsewhere.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub(super) encoded_file: Option<PathBuf>,
}

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "The config (--hash_pass, --verify, --inspect)")]
pub(super) struct ConfigOptions {
    /// Write the hash into FILE, or read it from there
    ///
    /// FILE is JSON that may have comments. With --hash_pass the hash is written to the location that --key
    /// names, and printed only if --format is given. The rest of the file stays the same, comments included.
    /// An empty string, null or an Argon2 hash is replaced, and nothing else; see --replace. --verify and
    /// --inspect read the hash from there.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,

    /// Where in FILE, as a JSON pointer: /admin/password
    ///
    /// A JSON pointer (RFC 6901) is the names on the way to a string or null, with / before each. An element
    /// of a list is its number, from 0. Write ~1 for a / in a name, and ~0 for a ~. Give one --key per
    /// password, in the same order.
    #[arg(long, value_name = "POINTER", value_parser = pointer, action = ArgAction::Append)]
    pub(super) key: Vec<PointerBuf>,
}

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = WRITING)]
#[allow(clippy::struct_excessive_bools)] // each is an option
pub(super) struct WritingOptions {
    /// Write only if the hash is missing, wrong or too weak
    ///
    /// Says whether the file has changed. A script can run it at every boot.
    #[arg(long, hide_short_help = true)]
    pub(super) if_needed: bool,

    /// Replace text that is not a hash
    ///
    /// A password in plain text, or the connector's own form (dGNf...), may be the only copy of what a login
    /// needs. A hash cannot take its place.
    #[arg(long, hide_short_help = true)]
    pub(super) replace: bool,

    /// Add the last name of --key if it is missing
    #[arg(long, hide_short_help = true)]
    pub(super) create_key: bool,

    /// Keep the old file as FILE.bak
    ///
    /// A backup is never replaced: the next is FILE.bak.2, and so on. If FILE is a symlink, the backup is beside
    /// the file that it leads to.
    #[arg(long, hide_short_help = true)]
    pub(super) backup: bool,

    /// Write into the file itself instead of replacing it
    ///
    /// For a file that is mounted into a container by itself, and for a folder in which you cannot create files. A
    /// reader may see the file half written, and a crash may leave it so.
    #[arg(long, hide_short_help = true)]
    pub(super) in_place: bool,
}

// A negative number is allowed so that it is refused as a value, and not as an unknown option.
// A cost may begin with dashes, because `--calibrate` prints `--cost=` before it.
#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Cost (--hash_pass, --inspect)")]
pub(super) struct CostOptions {
    /// Cost: rfc9106-low (default), rfc9106-high, owasp
    ///
    /// PROFILES below has their numbers.
    #[arg(long, value_name = "NAME", hide_possible_values = true, ignore_case = true)]
    pub(super) profile: Option<Profile>,

    /// Cost as --calibrate prints it: m=65536,t=3,p=4
    #[arg(long, value_name = "COST", value_parser = cost, allow_hyphen_values = true, hide_short_help = true)]
    pub(super) cost: Option<[u64; 3]>,

    /// Memory instead of the profile's: KiB, or 64MiB
    #[arg(short, long, value_name = "SIZE", value_parser = memory, allow_negative_numbers = true)]
    pub(super) memory: Option<u64>,

    /// Iterations instead of the profile's
    #[arg(short = 't', long, value_name = "N", value_parser = number, allow_negative_numbers = true, hide_short_help = true)]
    pub(super) iterations: Option<u64>,

    /// Parallelism, in lanes, instead of the profile's
    #[arg(short, long, value_name = "N", value_parser = number, allow_negative_numbers = true, hide_short_help = true)]
    pub(super) parallelism: Option<u64>,
}

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Output (--hash_pass, --verify, --inspect, --calibrate)")]
pub(super) struct OutputOptions {
    /// As plain (default), label, json, compose or change
    ///
    /// Only --hash_pass has all of them.
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, ignore_case = true)]
    pub(super) format: Option<Format>,

    /// Suppress notes; only errors go to stderr
    ///
    /// With --format json and 2> FILE, FILE then has nothing but the error.
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// How results are printed. The man page prints the comments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// the hash, or the answer
    #[default]
    Plain,
    /// the hash after 'Your encrypted data: '
    Label,
    /// one object per line; an error too, on stderr
    Json,
    /// the hash with each dollar sign doubled, for a Compose file; not with --config, which gets the hash itself
    Compose,
    /// with --config only: the word changed or unchanged, for the whole file
    Change,
}

/// The definitions as the parser uses them. A flag may be given twice. A word that follows a mode is not the
/// mode's value, because an option may stand between them.
#[must_use]
pub fn command() -> Command {
    Cli::command().mut_args(|argument| match argument.get_action() {
        ArgAction::SetTrue => {
            let id = argument.get_id().clone();
            argument.overrides_with(id)
        }
        _ if is_mode(&argument) => argument.require_equals(true),
        _ => argument,
    })
}

/// The definitions as help, man page and completions show them: each mode followed by its words.
#[must_use]
pub fn command_to_show() -> Command {
    let mut command = Cli::command().mut_args(|argument| match argument.get_id().as_str() {
        id if id == Mode::HashPass.id() => argument.num_args(0..),
        id if id == Mode::Generate.id() => {
            let names = EnumValueParser::<GenerateTarget>::new();
            argument.num_args(1).value_parser(names).hide_possible_values(true)
        }
        _ => argument,
    });
    // This adds --help and --version to the arguments.
    command.build();
    command
        .mut_arg("help", |argument| argument.help(HELP).long_help(HELP).help_heading("Help"))
        .mut_arg("version", |argument| argument.help_heading("Help"))
}

/// What `--help` prints: a line for each option, and examples. The man page has the long texts.
pub(super) fn help() -> String {
    let command = command_to_show().mut_args(|argument| argument.hide_short_help(false));
    command.after_help(help::after_options()).render_help().to_string()
}

/// What `-h` prints, which fits on one screen: the modes and the frequent options.
pub(super) fn short_help() -> String {
    let below_one_heading =
        |argument: Arg| if is_mode(&argument) { argument } else { argument.help_heading("Options") };
    let command = command_to_show().override_usage("tc_calendar MODE [OPTIONS]");
    let command = command.mut_args(below_one_heading);
    let mut command = command.mut_arg("help", |help| help.help("Print help; --help prints all options"));
    command.render_help().to_string()
}

/// What `--version` prints.
pub(super) fn version() -> String {
    command().render_version()
}

#[cfg(test)]
mod tests {
    use super::super::request::DEFAULT_MILLISECONDS;
    use super::*;

    #[test]
    fn clap_accepts_the_definitions() {
        command().debug_assert();
        command_to_show().debug_assert();
    }

    /// The help of an option, with what only the man page has.
    fn text(id: &str) -> String {
        let command = command();
        let option = command.get_arguments().find(|option| option.get_id() == id).unwrap();
        option.get_long_help().or(option.get_help()).unwrap().to_string()
    }

    #[test]
    fn helps_name_the_values_and_the_defaults() {
        let name = |value: clap::builder::PossibleValue| value.get_name().to_owned();
        let [profile, profiles @ ..] = Profile::ALL;
        assert_eq!(profile, Profile::default());
        let others = profiles.map(Profile::name).join(", ");
        assert!(text("profile").starts_with(&format!("Cost: {} (default), {others}\n", profile.name())));
        let formats = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value).map(name);
        let [plain, others @ .., last] = &formats.collect::<Vec<_>>()[..] else { panic!() };
        let formats = format!("As {plain} (default), {} or {last}\n", others.join(", "));
        assert!(text("format").starts_with(&formats), "{formats}");
        assert_eq!(Format::value_variants()[0], Format::default());
        assert!(text("cost").ends_with(&format!(": {}", Profile::default().params())));
        assert!(text("calibrate").contains(&format!("(default: {DEFAULT_MILLISECONDS}ms)")));
    }
}
