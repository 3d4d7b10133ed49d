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
    let text = options(&arguments).find_map(|argument| Text::asked_for_by(argument.to_str()?));
    if let [_, argument] = arguments.as_slice() {
        if let Some(text) = text {
            return Ok(Request::Show((text.render)()));
        }
        if HELP_OF_OTHER_PROGRAMS.iter().any(|help| argument == help) {
            return Err(UsageError::HelpOfOtherPrograms);
        }
    }
    let mut command = options::command();
    let parsed = command.try_get_matches_from_mut(arguments);
    let matches = parsed.map_err(|error| match (error.kind(), &text) {
        (ErrorKind::DisplayHelp | ErrorKind::DisplayVersion, Some(text)) => {
            UsageError::MustBeAlone(text.option)
        }
        (ErrorKind::DisplayHelp | ErrorKind::DisplayVersion, None) => UsageError::UnknownOption(None),
        _ => UsageError::from_clap(&error, &command),
    })?;
    let mode = Mode::of(&matches)?;
    modes::check(&command, &matches, mode)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| UsageError::from_clap(&error, &command))?;
    cli.into_request(mode)
}

/// A text that an option asks for. The option must be the only argument: `--hash_pass "$PW"` must not print
/// help and exit with 0 because a password starts with `-h`.
struct Text {
    /// The option's long name.
    option: &'static str,
    render: fn() -> String,
}

impl Text {
    fn asked_for_by(argument: &str) -> Option<Self> {
        match argument {
            "-h" => Some(Self { option: "--help", render: options::short_help }),
            "--help" => Some(Self { option: "--help", render: options::help }),
            "-V" | "--version" => Some(Self { option: "--version", render: options::version }),
            _ => None,
        }
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
