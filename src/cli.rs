//! Parses the arguments into a request, without I/O.

pub mod completions;
pub mod help;
pub mod licenses;
pub mod man;
mod mistyped;
pub mod modes;
pub mod options;
pub mod request;
pub mod usage;
pub mod values;

use std::ffi::OsString;

use clap::FromArgMatches;
use clap::error::ErrorKind;

use modes::Mode;
use options::Cli;
use request::Request;
use usage::UsageError;

use crate::system::stack::wiping_the_stack;

/// Words that ask other programs for help.
const HELP_OF_OTHER_PROGRAMS: [&str; 6] = ["help", "-help", "-?", "/?", "/h", "/help"];

/// Parses the arguments, of which the first is the program's name.
///
/// # Errors
///
/// [`UsageError`], which never contains the text of an argument.
pub fn parse(arguments: Vec<OsString>) -> Result<Request, UsageError> {
    // People put a password where an option belongs, and comparing it leaves copies there.
    wiping_the_stack(|| parse_each(arguments))
}

fn parse_each(arguments: Vec<OsString>) -> Result<Request, UsageError> {
    let text = options(&arguments).find_map(|argument| text_asked_for_by(argument.to_str()?));
    if let [_, argument] = arguments.as_slice() {
        if let Some((_, text)) = text {
            return Ok(Request::Show(text));
        }
        if HELP_OF_OTHER_PROGRAMS.iter().any(|help| argument == help) {
            return Err(UsageError::HelpOfOtherPrograms);
        }
    }
    if options(&arguments).any(|argument| argument == mistyped::SCRIPT_BLOCK) {
        return Err(UsageError::ScriptBlock);
    }
    let mut command = options::command();
    // This adds --help and --version to the options that may be meant.
    command.build();
    let only_mode = modes::only_named(options(&arguments));
    let one_dash =
        options(&arguments).find_map(|argument| mistyped::long_for_one_dash(&command, only_mode, argument));
    // All but the program's name, the arguments before a `--`, and the `--`.
    let behind_dashes = arguments.len().saturating_sub(options(&arguments).count() + 2);
    let parsed = command.try_get_matches_from_mut(arguments);
    let matches = parsed.map_err(|error| match error.kind() {
        // clap reads `-password` as `-p assword`.
        _ if one_dash.is_some() => UsageError::unknown_option(one_dash, only_mode),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match text {
            Some((option, _)) => {
                UsageError::MustBeAlone { option, may_be_password: only_mode == Some(Mode::HashPass) }
            }
            None => UsageError::unknown_option(None, only_mode),
        },
        _ => UsageError::from_clap(&error, &command, only_mode),
    })?;
    let words = modes::typed_words(&matches, behind_dashes);
    let mode = Mode::of(&matches, &words);
    if let Some(word) = words.iter().find(|word| mistyped::resembles_option(&command, word.text)) {
        let meant = word.text.to_str().and_then(|word| mistyped::nearest_options(&command, only_mode, word));
        let may_be_password = mode == Ok(Mode::HashPass);
        return Err(UsageError::UnknownOption { meant, has_dash: false, may_be_password });
    }
    let mode = mode?;
    modes::check(&command, &matches, mode, &words)?;
    let cli = Cli::from_arg_matches(&matches)
        .map_err(|error| UsageError::from_clap(&error, &command, Some(mode)))?;
    cli.into_request(mode)
}

/// The option that asks for a text, by its long name, and the text. The option must be the only
/// argument: `--hash_pass "$PW"` must not print help and exit with 0 because a password starts with `-h`.
fn text_asked_for_by(argument: &str) -> Option<(&'static str, String)> {
    match argument {
        "-h" => Some(("--help", options::short_help())),
        "--help" => Some(("--help", options::help())),
        "-V" | "--version" => Some(("--version", options::version())),
        _ => None,
    }
}

/// Whether the arguments ask for JSON. Does not need valid arguments: their error must be JSON too.
#[must_use]
pub fn asks_for_json(arguments: &[OsString]) -> bool {
    let options: Vec<_> = options(arguments).collect();
    options.iter().any(|option| option.eq_ignore_ascii_case("--format=json"))
        || options.windows(2).any(|pair| pair[0] == "--format" && pair[1].eq_ignore_ascii_case("json"))
}

/// The arguments that may be options.
fn options(arguments: &[OsString]) -> impl Iterator<Item = &OsString> {
    arguments.iter().skip(1).take_while(|argument| *argument != "--")
}
