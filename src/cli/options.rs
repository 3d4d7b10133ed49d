//! The options: clap's definitions, and the one table of which option belongs to which mode.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::EnumValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, Parser, ValueHint};
use jsonptr::PointerBuf;

use super::help;
use super::request::GenerateTarget;
use super::usage::UsageError;
use super::values::{cost, memory, number, pointer};
use crate::hash::params::Profile;
use crate::output::formats::HashFormat;
use crate::system::reason::uncapitalized;

// No `Debug`: it would print passwords. A mode is an option that may have a value: whether it is given,
// and whether its value is.
#[derive(Parser)]
#[allow(clippy::option_option, clippy::struct_excessive_bools)]
#[allow(clippy::doc_markdown)] // the doc comments are what --help prints
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
    /// Without PASSWORD and without an option that says where passwords come
    /// from, you are asked for one, twice, without echo. If the password
    /// starts with a dash: --hash_pass=-secret, or --hash_pass -- -secret.
    #[arg(long = "hash_pass", alias = "hash-pass", value_name = "PASSWORD", value_hint = ValueHint::Other, num_args = 0..=1, require_equals = true, verbatim_doc_comment)]
    pub(super) hash_pass: Option<Option<OsString>>,

    /// Say whether a password matches ENCODED
    ///
    /// Prints match or no match; no hash if there is none at --key yet. You
    /// are asked for the password once, or an option says where it comes
    /// from. Put ENCODED in single quotes, which keep its dollar signs.
    /// --verify uses a different Argon2 library from --hash_pass.
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
    /// Finds what is verified here within TIME (default: 500ms), never below
    /// OWASP's minimum, and prints an option to paste. Uses at most half of
    /// the available memory. Measures with the library that verifies.
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, num_args = 0..=1, require_equals = true, verbatim_doc_comment)]
    pub(super) calibrate: Option<Option<OsString>>,

    /// Print the man page or shell completions
    ///
    /// man, complete-bash, complete-zsh, complete-fish or
    /// complete-powershell.
    #[arg(long, value_name = "TEXT", value_hint = ValueHint::Other, num_args = 0..=1, require_equals = true, verbatim_doc_comment)]
    pub(super) generate: Option<Option<OsString>>,

    /// The words of the mode, wherever they stand.
    #[arg(hide = true, value_hint = ValueHint::Other)]
    pub(super) words: Vec<OsString>,

    /// Read the password from FILE; - is stdin
    ///
    /// The file is one password. One line ending at its end is removed, and
    /// nothing else. A second line is refused; see --lines.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(super) password_file: Option<PathBuf>,

    /// Read the password from stdin
    #[arg(long, verbatim_doc_comment)]
    pub(super) password_stdin: bool,

    /// Read the password from the environment variable NAME
    ///
    /// Other programs of the same user can read it there too. For
    /// PowerShell, whose pipes may change letters.
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other, verbatim_doc_comment)]
    pub(super) password_env: Option<OsString>,

    /// Read a password a line, and hash each
    ///
    /// From --password-file or --password-stdin. Long input is hashed on
    /// every core, in order, with no more memory than short input.
    #[arg(long, verbatim_doc_comment)]
    pub(super) lines: bool,

    /// Write the string into FILE, or read it from there
    ///
    /// FILE is the connector's config: JSON that may have comments. With
    /// --hash_pass the hash is written to the location that --key names, and
    /// printed only if --format is given. The rest of the file stays the
    /// same, comments included. An empty string, null or an Argon2 string is
    /// replaced, and nothing else; see --replace. --verify and --inspect
    /// read the string from there.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(super) config: Option<PathBuf>,

    /// Where in FILE, as a JSON pointer: /admin/password
    ///
    /// A JSON pointer (RFC 6901): the names on the way to a string or null,
    /// with / before each. An element of a list is its number, from 0. Write
    /// ~1 for a / in a name, and ~0 for a ~. Give one --key per password, in
    /// the same order.
    #[arg(long, value_name = "POINTER", value_hint = ValueHint::Other, value_parser = pointer, action = ArgAction::Append, verbatim_doc_comment)]
    pub(super) key: Vec<PointerBuf>,

    /// Write only if the hash there is wrong or too weak
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

    /// Keep the old file as config.json.bak
    #[arg(long, verbatim_doc_comment)]
    pub(super) backup: bool,

    /// Write into the file itself, if it cannot be replaced
    ///
    /// For a file that is mounted into a container by itself. A reader or a
    /// crash may see it half written.
    #[arg(long, verbatim_doc_comment)]
    pub(super) in_place: bool,

    /// Cost: rfc9106-low (default), rfc9106-high, owasp
    #[arg(long, value_name = "NAME", hide_possible_values = true, long_help = help::profiles(), verbatim_doc_comment)]
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

    /// Use only hashes that a second library has verified
    #[arg(long, verbatim_doc_comment)]
    pub(super) cross_check: bool,

    /// Print as plain (default), label or json
    ///
    /// plain   the encoded string, or the answer
    /// label   the encoded string after "Your encrypted data: "
    /// json    one object per line; an error too, on stderr
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, verbatim_doc_comment)]
    pub(super) format: Option<HashFormat>,

    /// Suppress notes; errors are still printed
    #[arg(short, long, verbatim_doc_comment)]
    pub(super) quiet: bool,
}

/// A mode. Each is an option of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    HashPass,
    Verify,
    Inspect,
    Calibrate,
    Generate,
}

/// A group of options in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Source,
    Config,
    Cost,
    Output,
    /// What belongs to no option; the help does not show it.
    Words,
}

/// Where an option belongs.
struct Entry {
    /// clap's name of the option.
    id: &'static str,
    group: Group,
    modes: &'static [Mode],
    /// Another option that must be given with it.
    needs: Option<&'static str>,
    /// Whether `-h` shows it.
    frequent: bool,
}

use Mode::{Calibrate, HashPass, Inspect, Verify};

/// clap's name of the words that belong to no option.
const WORDS: &str = "words";

/// The one table of options. An option that is missing here is refused in every mode.
const TABLE: [Entry; 20] = [
    entry(WORDS, Group::Words, &Mode::ALL),
    entry("password_file", Group::Source, &[HashPass, Verify]),
    entry("password_stdin", Group::Source, &[HashPass, Verify]),
    entry("password_env", Group::Source, &[HashPass, Verify]).rare(),
    entry("lines", Group::Source, &[HashPass]).rare(),
    entry("config", Group::Config, &[HashPass, Verify, Inspect]).needs("key"),
    entry("key", Group::Config, &[HashPass, Verify, Inspect]).needs("config"),
    entry("if_needed", Group::Config, &[HashPass]).needs("config").rare(),
    entry("replace", Group::Config, &[HashPass]).needs("config").rare(),
    entry("create_key", Group::Config, &[HashPass]).needs("config").rare(),
    entry("backup", Group::Config, &[HashPass]).needs("config").rare(),
    entry("in_place", Group::Config, &[HashPass]).needs("config").rare(),
    entry("profile", Group::Cost, &[HashPass, Inspect]),
    entry("cost", Group::Cost, &[HashPass, Inspect]).rare(),
    entry("memory", Group::Cost, &[HashPass, Inspect]),
    entry("iterations", Group::Cost, &[HashPass, Inspect]).rare(),
    entry("parallelism", Group::Cost, &[HashPass, Inspect]).rare(),
    entry("cross_check", Group::Output, &[HashPass]).rare(),
    entry("format", Group::Output, &[HashPass, Verify, Inspect, Calibrate]),
    entry("quiet", Group::Output, &[HashPass, Verify, Inspect, Calibrate]),
];

const fn entry(id: &'static str, group: Group, modes: &'static [Mode]) -> Entry {
    Entry { id, group, modes, needs: None, frequent: true }
}

impl Entry {
    const fn needs(self, id: &'static str) -> Self {
        Self { needs: Some(id), ..self }
    }

    const fn rare(self) -> Self {
        Self { frequent: false, ..self }
    }

    fn of(id: &str) -> Option<&'static Self> {
        TABLE.iter().find(|entry| entry.id == id)
    }
}

impl Mode {
    pub(super) const ALL: [Self; 5] =
        [Self::HashPass, Self::Verify, Self::Inspect, Self::Calibrate, Self::Generate];

    pub(super) const fn option(self) -> &'static str {
        match self {
            Self::HashPass => "--hash_pass",
            Self::Verify => "--verify",
            Self::Inspect => "--inspect",
            Self::Calibrate => "--calibrate",
            Self::Generate => "--generate",
        }
    }

    /// clap's name of the option.
    fn id(self) -> &'static str {
        self.option().trim_start_matches('-')
    }

    /// The one mode that is given.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoMode`] and [`UsageError::SeveralModes`]
    pub(super) fn of(matches: &ArgMatches) -> Result<Self, UsageError> {
        let mut modes = Self::ALL.into_iter().filter(|mode| is_given(matches, mode.id()));
        match (modes.next(), modes.next()) {
            (Some(mode), None) => Ok(mode),
            (None, _) => Err(UsageError::NoMode),
            (Some(_), Some(_)) => Err(UsageError::SeveralModes),
        }
    }
}

impl Group {
    fn title(self) -> &'static str {
        match self {
            Self::Source => "Where passwords come from",
            Self::Config => "The connector's config",
            Self::Cost => "Cost",
            Self::Output => "Output",
            Self::Words => "Words",
        }
    }

    /// The modes that any of its options belongs to.
    fn modes(self) -> Vec<Mode> {
        let belongs =
            |mode: &Mode| TABLE.iter().any(|entry| entry.group == self && entry.modes.contains(mode));
        Mode::ALL.into_iter().filter(belongs).collect()
    }

    fn heading(self) -> String {
        format!("{} ({})", self.title(), names(&self.modes()))
    }
}

/// The definitions as the parser uses them.
#[must_use]
pub fn command() -> Command {
    describe(Cli::command())
}

/// The definitions as help, man page and completions show them: a mode's words right after it.
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
        Some(Verify | Inspect | Calibrate) => argument.require_equals(false),
    };
    command().mut_args(show).after_long_help(help::after_options())
}

/// The same, with a help that fits on one screen: the modes and the frequent options.
pub(super) fn command_on_one_screen() -> Command {
    let mut command = command_to_show().override_usage("tc_calendar MODE [OPTIONS]");
    // Only now are --help and --version among the arguments.
    command.build();
    command.mut_args(|argument| {
        if is_mode(&argument) {
            return argument;
        }
        let rare = Entry::of(argument.get_id().as_str()).is_some_and(|entry| !entry.frequent);
        argument.help_heading("Options").hide_short_help(rare)
    })
}

/// Adds to each option its heading, and the modes that it belongs to if its group has more. A flag may be
/// given twice.
fn describe(command: Command) -> Command {
    command.mut_args(|argument| {
        let argument = match argument.get_action() {
            ArgAction::SetTrue => {
                let id = argument.get_id().clone();
                argument.overrides_with(id)
            }
            _ => argument,
        };
        if is_mode(&argument) {
            return argument.help_heading("Modes");
        }
        let Some(entry) = Entry::of(argument.get_id().as_str()) else { return argument };
        let argument = argument.help_heading(entry.group.heading());
        if entry.modes == entry.group.modes() {
            return argument;
        }
        let with_modes = |help: String| format!("With {}: {}", names(entry.modes), uncapitalized(&help));
        let help = argument.get_help().map(|help| with_modes(help.to_string()));
        let long_help = argument.get_long_help().map(|help| with_modes(help.to_string()));
        let argument = argument.help(help.unwrap_or_default());
        match long_help {
            Some(long_help) => argument.long_help(long_help),
            None => argument,
        }
    })
}

/// Refuses an option that does not belong to the mode, or lacks another that it needs.
///
/// # Errors
///
/// [`UsageError::Misplaced`] and [`UsageError::Needs`]
pub(super) fn check(command: &Command, matches: &ArgMatches, mode: Mode) -> Result<(), UsageError> {
    let given: Vec<&str> = matches.ids().map(clap::Id::as_str).filter(|id| is_given(matches, id)).collect();
    for id in given.iter().filter(|id| **id != mode.id()) {
        if !Entry::of(id).is_some_and(|entry| entry.modes.contains(&mode)) {
            return Err(UsageError::Misplaced { option: option_name(command, id), mode: mode.option() });
        }
    }
    let missing = |entry: &&Entry| entry.needs.is_some_and(|needed| !given.contains(&needed));
    let given = TABLE.iter().filter(|entry| given.contains(&entry.id));
    match given.clone().find(missing).and_then(|entry| Some((entry.id, entry.needs?))) {
        Some((id, needed)) => {
            Err(UsageError::Needs { option: option_name(command, id), other: option_name(command, needed) })
        }
        None => Ok(()),
    }
}

fn is_given(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

fn is_mode(argument: &Arg) -> bool {
    Mode::ALL.iter().any(|mode| argument.get_id() == mode.id())
}

/// `--config`, by clap's name of it.
fn option_name(command: &Command, id: &str) -> String {
    let argument = command.get_arguments().find(|argument| argument.get_id() == id);
    argument.and_then(Arg::get_long).map_or_else(|| "--".to_owned(), |long| format!("--{long}"))
}

fn names(modes: &[Mode]) -> String {
    modes.iter().map(|mode| mode.option()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_accepts_the_definitions() {
        command().debug_assert();
    }

    #[test]
    fn every_option_is_in_the_table_and_every_entry_is_an_option() {
        let command = command();
        let options: Vec<&str> = command
            .get_arguments()
            .filter(|argument| !is_mode(argument))
            .map(|argument| argument.get_id().as_str())
            .collect();
        for id in &options {
            assert!(Entry::of(id).is_some(), "{id} is missing in the table");
        }
        for entry in &TABLE {
            assert!(options.contains(&entry.id), "{} is no option", entry.id);
            assert!(entry.needs.is_none_or(|needed| Entry::of(needed).is_some()), "{}", entry.id);
        }
    }

    #[test]
    fn an_option_that_is_missing_in_the_table_is_refused_in_every_mode() {
        for mode in Mode::ALL {
            let mut command =
                command().arg(Arg::new("forgotten").long("forgotten").action(ArgAction::SetTrue));
            let arguments = ["tc_calendar", mode.option(), "--forgotten"];
            let matches = command.try_get_matches_from_mut(arguments).unwrap();
            assert_eq!(Mode::of(&matches), Ok(mode));
            let refused = UsageError::Misplaced { option: "--forgotten".to_owned(), mode: mode.option() };
            assert_eq!(check(&command, &matches, mode), Err(refused));
        }
    }

    #[test]
    fn every_option_is_accepted_in_its_modes_and_refused_in_the_others() {
        for entry in TABLE.iter().filter(|entry| entry.id != WORDS) {
            for mode in Mode::ALL {
                let mut command = command();
                let name = option_name(&command, entry.id);
                let mut arguments = vec!["tc_calendar".to_owned(), mode.option().to_owned()];
                arguments.extend(with_value(&command, entry.id));
                arguments.extend(entry.needs.into_iter().flat_map(|needed| with_value(&command, needed)));
                if entry.needs == Some("config") && entry.id != "key" {
                    arguments.extend(with_value(&command, "key"));
                }
                let matches = command.try_get_matches_from_mut(&arguments).unwrap();
                let outcome = check(&command, &matches, mode);
                assert_eq!(outcome.is_ok(), entry.modes.contains(&mode), "{name} with {mode:?}: {outcome:?}");
            }
        }
    }

    /// An option with a value that it takes.
    fn with_value(command: &Command, id: &str) -> Vec<String> {
        let value = match id {
            "profile" => "owasp",
            "format" => "json",
            "key" => "/a",
            "cost" => "m=8,t=1,p=1",
            _ => "9",
        };
        let argument = command.get_arguments().find(|argument| argument.get_id() == id).unwrap();
        let takes_value = argument.get_action().takes_values();
        [option_name(command, id)].into_iter().chain(takes_value.then(|| value.to_owned())).collect()
    }
}
