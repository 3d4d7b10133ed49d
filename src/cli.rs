//! The options, as clap's definitions, and the request that they make. No I/O.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum, ValueHint};
use jsonptr::PointerBuf;
use zeroize::Zeroizing;

use crate::config_file::edit::Missing;
use crate::config_file::replace::ReplaceOptions;
use crate::cost::{Cost, OutOfRange, Profile};
use crate::help;
use crate::limits::check_policy;
use crate::size::{self, NotASize};
use crate::strength::Standard;
use crate::usage::UsageError;

/// What the program is asked to do.
pub enum Request {
    /// Print a text: help or version.
    Show(String),
    /// `--hash_pass`.
    HashPass(HashPass),
    /// `--verify`.
    Verify(Verify),
    /// `--inspect`.
    Inspect(Inspect),
    /// `--calibrate`.
    Calibrate(Calibrate),
    /// `--generate`.
    Generate(Text),
}

/// What `--hash_pass` needs to know.
pub struct HashPass {
    /// The passwords given as arguments.
    pub arguments: Vec<Zeroizing<Vec<u8>>>,
    /// The file to read passwords from, otherwise.
    pub password_file: Option<PathBuf>,
    /// What each hash is to cost; within the policy.
    pub cost: Cost,
    /// Whether a second implementation verifies each hash before it is printed.
    pub check: bool,
    /// How results are printed; none for not at all.
    pub format: Option<Format>,
    /// Where results are written to besides.
    pub config: Option<Config>,
    /// Whether to leave out notes.
    pub quiet: bool,
}

/// The places for results in the connector's config.
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// The places, in the order of the passwords; no two are the same.
    pub keys: Vec<PointerBuf>,
    /// What is done about a place that does not exist.
    pub missing: Missing,
    /// How the file is replaced.
    pub replace: ReplaceOptions,
}

/// Where an encoded string is.
pub enum EncodedSource {
    /// Given as an argument.
    Argument(OsString),
    /// At a place in the connector's config.
    Config {
        /// The file.
        path: PathBuf,
        /// The place.
        key: PointerBuf,
    },
}

/// What `--verify` needs to know.
pub struct Verify {
    /// Where the encoded string is.
    pub encoded: EncodedSource,
    /// The file to read the password from.
    pub password_file: Option<PathBuf>,
    /// How the answer is written.
    pub format: Format,
    /// Whether to leave out notes.
    pub quiet: bool,
}

/// What `--inspect` needs to know.
pub struct Inspect {
    /// Where the encoded string is.
    pub encoded: EncodedSource,
    /// What it is to be held against, for the exit status.
    pub standard: Option<Standard>,
    /// How the answer is written.
    pub format: Format,
}

/// What `--calibrate` needs to know.
pub struct Calibrate {
    /// How long a verification may take, in milliseconds.
    pub milliseconds: u64,
    /// How the answer is written.
    pub format: Format,
    /// Whether to leave out notes.
    pub quiet: bool,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    /// The encoded string.
    Plain,
    /// The encoded string after `Your encrypted data: `.
    Label,
    /// One JSON object a line.
    Json,
}

/// A text that is made from the definitions here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Text {
    /// The man page.
    Man,
    /// Completions for bash.
    CompleteBash,
    /// Completions for zsh.
    CompleteZsh,
    /// Completions for fish.
    CompleteFish,
    /// Completions for PowerShell.
    CompletePowershell,
}

// No `Debug`: it would print passwords. The three modes with one value each are two options in
// one: whether the mode is given, and whether its value is.
#[derive(Parser)]
#[allow(clippy::option_option)]
#[allow(clippy::struct_excessive_bools)] // each is a flag
#[allow(clippy::doc_markdown)] // the doc comments are what --help prints
#[command(
    name = "tc_calendar",
    version,
    about = "Hashes passwords with Argon2id for the config of a calendar connector",
    override_usage = "tc_calendar --hash_pass [PASSWORD]... [OPTIONS]
       tc_calendar --hash_pass [PASSWORD]... --config FILE --key POINTER [OPTIONS]
       tc_calendar --verify {ENCODED | --config FILE --key POINTER} [OPTIONS]
       tc_calendar --inspect {ENCODED | --config FILE --key POINTER} [OPTIONS]
       tc_calendar --calibrate [MILLISECONDS] [OPTIONS]
       tc_calendar --generate TEXT"
)]
struct Cli {
    /// Hash passwords; print a string for each
    ///
    /// Where no PASSWORD is given, passwords are read from --password-file, or from stdin if
    /// that is not a terminal, a line each; or else one is asked for, twice, without echo.
    /// A long input is hashed on every core, in order, as far as there is memory.
    /// One that starts with a dash: --hash_pass=-secret, or --hash_pass -- -secret.
    #[arg(long = "hash_pass", alias = "hash-pass", value_name = "PASSWORD", value_hint = ValueHint::Other, num_args = 0.., verbatim_doc_comment, help_heading = "Modes")]
    hash_pass: Option<Vec<OsString>>,

    /// Say whether a password is the one in ENCODED
    ///
    /// The answer is match or no match. The password is asked for once, or read from
    /// --password-file or stdin, where it is the only line. Put ENCODED in single quotes,
    /// which keep its dollar signs. The tag is computed by a second implementation, not by
    /// the one that hashes.
    #[arg(long, value_name = "ENCODED", value_hint = ValueHint::Other, num_args = 0..=1, verbatim_doc_comment, help_heading = "Modes")]
    verify: Option<Option<OsString>>,

    /// Say what is in ENCODED, and how strong it is
    ///
    /// With --profile, or -m, -t and -p, the exit status is 1 if it is weaker than that, and
    /// its password should be hashed anew. Parallelism makes a hash faster, not stronger, and
    /// is not compared.
    #[arg(long, value_name = "ENCODED", value_hint = ValueHint::Other, num_args = 0..=1, verbatim_doc_comment, help_heading = "Modes")]
    inspect: Option<Option<OsString>>,

    /// Find the strongest cost for this machine
    ///
    /// The strongest that is verified here in MILLISECONDS, 500 by default. Prints options to
    /// paste, never below OWASP's minimum. Takes at most half of the memory that is
    /// available. It measures with the implementation that verifies.
    #[arg(long, value_name = "MILLISECONDS", value_hint = ValueHint::Other, num_args = 0..=1, value_parser = milliseconds, verbatim_doc_comment, help_heading = "Modes")]
    calibrate: Option<Option<u64>>,

    /// Print the man page, or shell completions
    ///
    /// man, complete-bash, complete-zsh, complete-fish or complete-powershell.
    #[arg(
        long,
        value_name = "TEXT",
        hide_possible_values = true,
        verbatim_doc_comment,
        help_heading = "Modes"
    )]
    generate: Option<Text>,

    #[arg(last = true, hide = true, value_hint = ValueHint::Other)]
    after_dashes: Vec<OsString>,

    /// Read passwords from FILE, a line each; - is stdin
    ///
    /// One line ending is removed from each line, and nothing else.
    #[arg(
        long,
        value_name = "FILE",
        verbatim_doc_comment,
        help_heading = "Where passwords come from (--hash_pass, --verify)"
    )]
    password_file: Option<PathBuf>,

    /// Put the string into FILE, or take it from there
    ///
    /// FILE is the connector's config: JSON that may have comments. With --hash_pass the hash
    /// is written to the place that --key names, and printed only if --format is given. All
    /// else in the file stays as it is, comments too, and readers see the old file or the new
    /// one. --verify and --inspect read the string from there.
    #[arg(
        long,
        value_name = "FILE",
        verbatim_doc_comment,
        help_heading = "The connector's config (--hash_pass, --verify, --inspect)"
    )]
    config: Option<PathBuf>,

    /// Its place there: /dbConnectionConfig/password
    ///
    /// A JSON pointer (RFC 6901): the names on the way to a string or null, / before each;
    /// an element of a list by its number, from 0; ~1 for a / in a name, ~0 for a ~. Given
    /// once for each password, in the same order.
    #[arg(long, value_name = "POINTER", value_hint = ValueHint::Other, value_parser = pointer, action = clap::ArgAction::Append, verbatim_doc_comment, help_heading = "The connector's config (--hash_pass, --verify, --inspect)")]
    key: Vec<PointerBuf>,

    /// With --hash_pass: add the last name of --key if it is missing
    #[arg(long, help_heading = "The connector's config (--hash_pass, --verify, --inspect)")]
    create_key: bool,

    /// With --hash_pass: keep the old file, as config.json.bak
    #[arg(long, help_heading = "The connector's config (--hash_pass, --verify, --inspect)")]
    backup: bool,

    /// With --hash_pass: write into the file itself, where it cannot be replaced
    ///
    /// For a file that is mounted into a container by itself. A reader, or a crash, can then
    /// meet it half written.
    #[arg(
        long,
        verbatim_doc_comment,
        help_heading = "The connector's config (--hash_pass, --verify, --inspect)"
    )]
    in_place: bool,

    /// Cost: rfc9106-low (default), rfc9106-high, owasp
    #[arg(long, value_name = "NAME", hide_possible_values = true, long_help = help::profiles(), help_heading = "Cost (--hash_pass, --inspect)")]
    profile: Option<Profile>,

    /// Memory instead of the profile's: KiB, or 64MiB
    #[arg(short, long, value_name = "SIZE", value_hint = ValueHint::Other, value_parser = memory, allow_negative_numbers = true, help_heading = "Cost (--hash_pass, --inspect)")]
    memory: Option<u64>,

    /// Iterations instead of the profile's
    #[arg(short = 't', long, value_name = "N", value_hint = ValueHint::Other, value_parser = number, allow_negative_numbers = true, help_heading = "Cost (--hash_pass, --inspect)")]
    iterations: Option<u64>,

    /// Parallelism, in lanes, instead of the profile's
    #[arg(short, long, value_name = "N", value_hint = ValueHint::Other, value_parser = number, allow_negative_numbers = true, help_heading = "Cost (--hash_pass, --inspect)")]
    parallelism: Option<u64>,

    /// With --hash_pass: print only what a second implementation has verified
    #[arg(long, help_heading = "Output")]
    check: bool,

    /// Print as plain (default), label or json
    ///
    /// plain   the encoded string, or the answer, as it is
    /// label   the encoded string after "Your encrypted data: ", as the connector's tool
    ///         prints it
    /// json    one object a line; for --hash_pass: encoded, variant, version, memory_kib,
    ///         iterations, parallelism; with --config also: config, key, created
    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        verbatim_doc_comment,
        help_heading = "Output"
    )]
    format: Option<Format>,

    /// No notes on stderr; errors still are
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

/// A text that is no number. Never holds the text.
#[derive(Debug, thiserror::Error)]
#[error("is not understood")]
struct NotANumber;

/// A text that is no time to calibrate for. Never holds the text.
#[derive(Debug, thiserror::Error)]
#[error("is not from 1 to {MAX_MILLISECONDS} milliseconds")]
struct NotATime;

/// A text that is no pointer into a config. Never holds the text.
#[derive(Debug, thiserror::Error)]
#[error("is not a JSON pointer")]
pub struct NotAPointer;

impl NotAPointer {
    /// What to do about it.
    pub const HINT: &str = "it is / and a name for each step: --key /dbConnectionConfig/password";
}

/// What `--calibrate` aims at where nothing else is said.
const DEFAULT_MILLISECONDS: u64 = 500;
/// The longest time that `--calibrate` takes: nobody waits longer for a login.
const MAX_MILLISECONDS: u64 = 60_000;

/// The options that `-h` leaves out.
const RARE: [&str; 5] = ["create_key", "backup", "in_place", "check", "parallelism"];

/// What asks for a text instead of a mode. Only alone: `--hash_pass "$PW"` must not print help and
/// exit with 0 because a password starts with `-h`.
const TEXTS: [&str; 4] = ["-h", "--help", "-V", "--version"];

/// Reads the arguments, of which the first is the program's name.
///
/// # Errors
///
/// [`UsageError`], which never holds the text of an argument.
pub fn parse(arguments: Vec<OsString>) -> Result<Request, UsageError> {
    let mut command = command();
    if arguments.get(1).is_some_and(|argument| argument == "-h") {
        command = on_one_screen(command);
    }
    let asks_for_text = |argument: &OsString| TEXTS.iter().any(|text| argument == text);
    let text_asked_for = arguments.iter().skip(1).any(asks_for_text);
    let alone = arguments.len() == 2;
    let cli = command.try_get_matches_from_mut(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    match cli {
        Ok(cli) => cli.into_request(),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            match (text_asked_for, alone) {
                (true, true) => Ok(Request::Show(error.render().to_string())),
                (true, false) => Err(UsageError::NotAlone),
                (false, _) => Err(UsageError::UnknownOption(None)),
            }
        }
        Err(error) => Err(UsageError::from_clap(&error, &command)),
    }
}

/// The definitions, as the parser, the man page and the completions take them.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command().after_long_help(help::after_options())
}

/// What `-h` prints: the modes, and the options that most runs get by with.
fn on_one_screen(command: clap::Command) -> clap::Command {
    let mut command = command.override_usage("tc_calendar MODE [OPTIONS]");
    // Only then are --help and --version among the arguments.
    command.build();
    command.mut_args(|argument| {
        if argument.get_help_heading() == Some("Modes") {
            return argument;
        }
        let rare = RARE.contains(&argument.get_id().as_str());
        argument.help_heading("Options").hide_short_help(rare)
    })
}

/// One of the modes, by its option.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    HashPass,
    Verify,
    Inspect,
    Calibrate,
    Generate,
}

impl Mode {
    const fn option(self) -> &'static str {
        match self {
            Self::HashPass => "--hash_pass",
            Self::Verify => "--verify",
            Self::Inspect => "--inspect",
            Self::Calibrate => "--calibrate",
            Self::Generate => "--generate",
        }
    }

    /// The options that mean something in this mode. `--format` and `--quiet` do in all that have
    /// something to say.
    const fn options(self) -> &'static [&'static str] {
        match self {
            Self::HashPass => &[
                "--password-file",
                "--profile",
                "--memory",
                "--iterations",
                "--parallelism",
                "--check",
                "--format label",
                "--config",
                "--key",
                "--create-key",
                "--backup",
                "--in-place",
            ],
            Self::Verify => &["--password-file", "--config", "--key"],
            Self::Inspect => &["--profile", "--memory", "--iterations", "--parallelism", "--config", "--key"],
            Self::Calibrate | Self::Generate => &[],
        }
    }
}

impl Cli {
    fn into_request(self) -> Result<Request, UsageError> {
        let mode = self.mode()?;
        self.check_options(mode)?;
        let format = self.format.unwrap_or_default();
        let quiet = self.quiet;
        match mode {
            Mode::HashPass => {
                let cost = self.cost()?;
                check_policy(cost).map_err(UsageError::BeyondPolicy)?;
                let arguments: Vec<_> = self
                    .hash_pass
                    .into_iter()
                    .flatten()
                    .chain(self.after_dashes)
                    .map(|argument| Zeroizing::new(argument.into_encoded_bytes()))
                    .collect();
                if !arguments.is_empty() && self.password_file.is_some() {
                    return Err(UsageError::TwoSources);
                }
                let (password_file, check) = (self.password_file, self.check);
                let config = match self.config {
                    Some(path) => Some(Config {
                        path,
                        keys: distinct(self.key)?,
                        missing: if self.create_key { Missing::Created } else { Missing::Refused },
                        replace: ReplaceOptions { in_place: self.in_place, backup: self.backup },
                    }),
                    None => None,
                };
                // What is written into the config is printed only if somebody asks for it.
                let format = if config.is_some() { self.format } else { Some(format) };
                Ok(Request::HashPass(HashPass {
                    arguments,
                    password_file,
                    cost,
                    check,
                    format,
                    config,
                    quiet,
                }))
            }
            Mode::Verify => {
                let argument = argument(self.verify.flatten(), self.after_dashes)?;
                let encoded = encoded(mode, argument, self.config, self.key)?;
                Ok(Request::Verify(Verify { encoded, password_file: self.password_file, format, quiet }))
            }
            Mode::Inspect => {
                let standard = self.standard()?;
                let argument = argument(self.inspect.flatten(), self.after_dashes)?;
                let encoded = encoded(mode, argument, self.config, self.key)?;
                Ok(Request::Inspect(Inspect { encoded, standard, format }))
            }
            Mode::Calibrate => {
                if !self.after_dashes.is_empty() {
                    return Err(UsageError::StrayArgument);
                }
                let milliseconds = self.calibrate.flatten().unwrap_or(DEFAULT_MILLISECONDS);
                Ok(Request::Calibrate(Calibrate { milliseconds, format, quiet }))
            }
            Mode::Generate => match (self.generate, self.after_dashes.is_empty()) {
                (Some(text), true) => Ok(Request::Generate(text)),
                _ => Err(UsageError::StrayArgument),
            },
        }
    }

    /// The one mode that is given.
    fn mode(&self) -> Result<Mode, UsageError> {
        let given = [
            (Mode::HashPass, self.hash_pass.is_some()),
            (Mode::Verify, self.verify.is_some()),
            (Mode::Inspect, self.inspect.is_some()),
            (Mode::Calibrate, self.calibrate.is_some()),
            (Mode::Generate, self.generate.is_some()),
        ];
        let mut modes = given.into_iter().filter_map(|(mode, given)| given.then_some(mode));
        match (modes.next(), modes.next()) {
            (Some(mode), None) => Ok(mode),
            (None, _) => Err(UsageError::NoMode),
            (Some(_), Some(_)) => Err(UsageError::SeveralModes),
        }
    }

    /// Whether every option that is given means something in this mode.
    fn check_options(&self, mode: Mode) -> Result<(), UsageError> {
        let given = [
            ("--password-file", self.password_file.is_some()),
            ("--profile", self.profile.is_some()),
            ("--memory", self.memory.is_some()),
            ("--iterations", self.iterations.is_some()),
            ("--parallelism", self.parallelism.is_some()),
            ("--check", self.check),
            ("--format label", self.format == Some(Format::Label)),
            ("--format", self.format.is_some() && mode == Mode::Generate),
            ("--quiet", self.quiet && mode == Mode::Generate),
            ("--config", self.config.is_some()),
            ("--key", !self.key.is_empty()),
            ("--create-key", self.create_key),
            ("--backup", self.backup),
            ("--in-place", self.in_place),
        ];
        if let Some((option, _)) =
            given.iter().find(|(option, given)| *given && !mode.options().contains(option))
        {
            return Err(UsageError::Misplaced { option, mode: mode.option() });
        }
        let is_given = |name| given.contains(&(name, true));
        let needed = [
            ("--config", "--key"),
            ("--key", "--config"),
            ("--create-key", "--config"),
            ("--backup", "--config"),
            ("--in-place", "--config"),
        ];
        match needed.into_iter().find(|(option, other)| is_given(*option) && !is_given(*other)) {
            Some((option, other)) => Err(UsageError::Needs { option, other }),
            None => Ok(()),
        }
    }

    /// The profile's cost, with the numbers that are given instead of its own.
    fn cost(&self) -> Result<Cost, OutOfRange> {
        let base = self.profile.unwrap_or_default().cost();
        self.cost_with_lanes(base.parallelism())
    }

    /// The same, with so many lanes where nothing else is given.
    fn cost_with_lanes(&self, lanes: u32) -> Result<Cost, OutOfRange> {
        let base = self.profile.unwrap_or_default().cost();
        Cost::new(
            self.memory.unwrap_or(base.memory_kib().into()),
            self.iterations.unwrap_or(base.iterations().into()),
            self.parallelism.unwrap_or(lanes.into()),
        )
    }

    /// What a string is to be held against, where anything is said of it. Lanes are not compared,
    /// so those of the profile must not make a memory too small that is given.
    fn standard(&self) -> Result<Option<Standard>, OutOfRange> {
        let own_numbers = [self.memory, self.iterations, self.parallelism].iter().any(Option::is_some);
        if own_numbers {
            Ok(Some(Standard::Cost(self.cost_with_lanes(1)?)))
        } else {
            Ok(self.profile.map(Standard::Profile))
        }
    }
}

/// The one argument, before or after `--`.
fn argument(value: Option<OsString>, after_dashes: Vec<OsString>) -> Result<Option<OsString>, UsageError> {
    let mut given = value.into_iter().chain(after_dashes);
    match (given.next(), given.next()) {
        (argument, None) => Ok(argument),
        (_, Some(_)) => Err(UsageError::StrayArgument),
    }
}

/// Where the one encoded string is.
fn encoded(
    mode: Mode,
    argument: Option<OsString>,
    config: Option<PathBuf>,
    keys: Vec<PointerBuf>,
) -> Result<EncodedSource, UsageError> {
    match (argument, config) {
        (Some(encoded), None) => Ok(EncodedSource::Argument(encoded)),
        (None, None) => Err(UsageError::NoEncoded(mode.option())),
        (Some(_), Some(_)) => Err(UsageError::TwoEncoded),
        (None, Some(path)) => {
            let [key] = keys.try_into().map_err(|_| UsageError::Repeated("--key".to_owned()))?;
            Ok(EncodedSource::Config { path, key })
        }
    }
}

/// The keys, if no two of them are the same, and none is inside another.
fn distinct(keys: Vec<PointerBuf>) -> Result<Vec<PointerBuf>, UsageError> {
    for (index, key) in keys.iter().enumerate() {
        let others = || keys.iter().enumerate().filter(|(other, _)| *other != index);
        if others().any(|(_, other)| other == key) {
            return Err(UsageError::SameKey);
        }
        if others().any(|(_, other)| key.starts_with(other)) {
            return Err(UsageError::NestedKeys);
        }
    }
    Ok(keys)
}

/// The whole document (an empty pointer) is no place for a string.
fn pointer(text: &str) -> Result<PointerBuf, NotAPointer> {
    PointerBuf::parse(text).ok().filter(|pointer| !pointer.is_root()).ok_or(NotAPointer)
}

fn milliseconds(text: &str) -> Result<u64, NotATime> {
    number(text).ok().filter(|number| (1..=MAX_MILLISECONDS).contains(number)).ok_or(NotATime)
}

fn memory(text: &str) -> Result<u64, NotASize> {
    size::parse_kib(text)
}

/// A number that does not fit is as good as the largest that does: it is out of every range.
fn number(text: &str) -> Result<u64, NotANumber> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(text.parse().unwrap_or(u64::MAX)) } else { Err(NotANumber) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_finds_the_definitions_sound() {
        Cli::command().debug_assert();
    }
}
