//! The options, as clap's definitions, and the request that they make. No I/O.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use zeroize::Zeroizing;

use crate::cost::{Cost, OutOfRange, Profile};
use crate::error::Status;
use crate::size::{self, NotASize};
use crate::usage::UsageError;

/// What the program is asked to do.
pub enum Request {
    /// Print a text: help or version.
    Show(String),
    /// `--hash_pass`.
    HashPass(HashPass),
}

/// What `--hash_pass` needs to know.
pub struct HashPass {
    /// The passwords given as arguments.
    pub arguments: Vec<Zeroizing<Vec<u8>>>,
    /// The file to read passwords from, otherwise.
    pub password_file: Option<PathBuf>,
    /// What each hash is to cost.
    pub cost: Cost,
    /// How results are written.
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

// No `Debug`: it would print passwords.
#[derive(Parser)]
#[allow(clippy::doc_markdown)] // the doc comments are what --help prints
#[command(
    name = "tc_calendar",
    version,
    about = "Hashes passwords with Argon2id for the config of a calendar connector.",
    override_usage = "tc_calendar --hash_pass [PASSWORD]... [OPTIONS]",
    after_help = "Try --help for details, examples and exit statuses."
)]
struct Cli {
    /// Hash each PASSWORD and print its encoded string, a line each
    ///
    /// Without a PASSWORD it is read from --password-file, from stdin where that is
    /// not a terminal (a line a password), or else asked for twice without echo.
    /// One that starts with a dash: --hash_pass=-secret, or --hash_pass -- -secret.
    #[arg(long = "hash_pass", alias = "hash-pass", value_name = "PASSWORD", num_args = 0.., verbatim_doc_comment, help_heading = "Modes")]
    hash_pass: Option<Vec<OsString>>,

    #[arg(last = true, hide = true, requires = "hash_pass")]
    after_dashes: Vec<OsString>,

    /// Read passwords from FILE, a line each; - is stdin
    ///
    /// One line ending is removed from each line, and nothing else.
    #[arg(long, value_name = "FILE", verbatim_doc_comment, help_heading = "Where passwords come from")]
    password_file: Option<PathBuf>,

    /// Cost by name: rfc9106-low (default), rfc9106-high or owasp
    #[arg(long, value_name = "NAME", hide_possible_values = true, long_help = profiles(), help_heading = "Cost")]
    profile: Option<Profile>,

    /// Memory, instead of the profile's: KiB, or with a unit, as in 64MiB
    #[arg(short, long, value_name = "SIZE", value_parser = memory, allow_negative_numbers = true, help_heading = "Cost")]
    memory: Option<u64>,

    /// Iterations over the memory, instead of the profile's
    #[arg(short = 't', long, value_name = "N", value_parser = number, allow_negative_numbers = true, help_heading = "Cost")]
    iterations: Option<u64>,

    /// Parallelism in lanes, instead of the profile's
    #[arg(short, long, value_name = "N", value_parser = number, allow_negative_numbers = true, help_heading = "Cost")]
    parallelism: Option<u64>,

    /// How results are written: plain (default), label or json
    ///
    /// plain   the encoded string
    /// label   the same after "Your encrypted data: ", as the connector's tool prints it
    /// json    one object a line: encoded, variant, version, memory_kib, iterations,
    ///         parallelism
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

/// What asks for a text instead of a mode. Only alone: `--hash_pass "$PW"` must not print help and
/// exit with 0 because a password starts with `-h`.
const TEXTS: [&str; 4] = ["-h", "--help", "-V", "--version"];

/// Reads the arguments, of which the first is the program's name.
///
/// # Errors
///
/// [`UsageError`], which never holds the text of an argument.
pub fn parse(arguments: Vec<OsString>) -> Result<Request, UsageError> {
    let mut command = Cli::command().after_long_help(long_help());
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

impl Cli {
    fn into_request(self) -> Result<Request, UsageError> {
        let Some(hash_pass) = self.hash_pass else { return Err(UsageError::NoMode) };
        let arguments: Vec<_> = hash_pass
            .into_iter()
            .chain(self.after_dashes)
            .map(|argument| Zeroizing::new(argument.into_encoded_bytes()))
            .collect();
        if !arguments.is_empty() && self.password_file.is_some() {
            return Err(UsageError::TwoSources);
        }
        Ok(Request::HashPass(HashPass {
            arguments,
            password_file: self.password_file,
            cost: cost(self.profile, self.memory, self.iterations, self.parallelism)?,
            format: self.format.unwrap_or_default(),
            quiet: self.quiet,
        }))
    }
}

fn cost(
    profile: Option<Profile>,
    memory_kib: Option<u64>,
    iterations: Option<u64>,
    parallelism: Option<u64>,
) -> Result<Cost, OutOfRange> {
    let base = profile.unwrap_or_default().cost();
    Cost::new(
        memory_kib.unwrap_or(base.memory_kib().into()),
        iterations.unwrap_or(base.iterations().into()),
        parallelism.unwrap_or(base.parallelism().into()),
    )
}

fn memory(text: &str) -> Result<u64, NotASize> {
    size::parse_kib(text)
}

/// A number that does not fit is as good as the largest that does: it is out of every range.
fn number(text: &str) -> Result<u64, NotANumber> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(text.parse().unwrap_or(u64::MAX)) } else { Err(NotANumber) }
}

/// The help text of `--profile`.
fn profiles() -> String {
    let line = |profile: Profile| {
        let cost = profile.cost();
        let memory = size::display(cost.memory_kib().into());
        let (name, t, p, source) = (profile.name(), cost.iterations(), cost.parallelism(), profile.source());
        let default = if profile == Profile::default() { " (default)" } else { "" };
        format!("{name:12}  {memory:>6}, t={t}, p={p}  {source}{default}\n")
    };
    format!("Cost by name\n\n{}", Profile::ALL.map(line).concat().trim_end())
}

fn long_help() -> String {
    let statuses = Status::ALL.map(|status| format!("  {}  {}\n", status as u8, status.meaning())).concat();
    format!(
        "\
Examples:
  tc_calendar --hash_pass                          ask for it, without echo
  tc_calendar --hash_pass --password-file pw.txt   a hash for each line of pw.txt
  printf %s \"$PW\" | tc_calendar --hash_pass        from a script

Exit statuses:
{statuses}
A hash is one-way: whoever reads it can check a password against it, and cannot get
the password back. A program that must log in with the password cannot use it.

Passwords on the command line can be seen in the process list, in the shell's history
and in sudo's log. The prompt, a file and stdin do not have this problem."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_finds_the_definitions_sound() {
        Cli::command().debug_assert();
    }
}
