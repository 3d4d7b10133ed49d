//! Parses the arguments into a request, without I/O.

pub mod completions;
pub mod help;
pub mod man;
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

/// Words that ask other programs for help.
const HELP_OF_OTHER_PROGRAMS: [&str; 6] = ["help", "-help", "-?", "/?", "/h", "/help"];

/// Parses the arguments, of which the first is the program's name.
///
/// # Errors
///
/// [`UsageError`], which never contains the text of an argument.
pub fn parse(arguments: Vec<OsString>) -> Result<Request, UsageError> {
    let text = options(&arguments).find_map(|argument| text_asked_for_by(argument.to_str()?));
    if let [_, argument] = arguments.as_slice() {
        if let Some((_, text)) = text {
            return Ok(Request::Show(text));
        }
        if HELP_OF_OTHER_PROGRAMS.iter().any(|help| argument == help) {
            return Err(UsageError::HelpOfOtherPrograms);
        }
    }
    let mut command = options::command();
    let parsed = command.try_get_matches_from_mut(arguments);
    let matches = parsed.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            text.map_or(UsageError::UnknownOption(None), |(option, _)| UsageError::MustBeAlone(option))
        }
        _ => UsageError::from_clap(&error, &command),
    })?;
    let mode = Mode::of(&matches)?;
    modes::check(&command, &matches, mode)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| UsageError::from_clap(&error, &command))?;
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
    options.iter().any(|option| *option == "--format=json")
        || options.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// The arguments that may be options.
fn options(arguments: &[OsString]) -> impl Iterator<Item = &OsString> {
    arguments.iter().skip(1).take_while(|argument| *argument != "--")
}
