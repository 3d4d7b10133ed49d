//! The modes, which options each accepts (those whose heading in `options.rs` names the mode), and where its words
//! stand.

use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, Id};

use super::mistyped::nearest_mode;
use super::usage::UsageError;
use super::values::is_unit_of;

/// The heading of the modes themselves.
pub(super) const MODES: &str = "Modes";
/// The heading of the options that change how the config is written, which all need `--config`.
pub(super) const WRITING: &str = "Writing into the config (--hash_pass)";

/// clap's name for the words.
const WORDS: &str = "words";

/// The modes. Each is an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    HashPass,
    Verify,
    Inspect,
    Calibrate,
    Generate,
}

impl Mode {
    pub const ALL: [Self; 5] = [Self::HashPass, Self::Verify, Self::Inspect, Self::Calibrate, Self::Generate];

    /// The option as users write it.
    #[must_use]
    pub const fn option(self) -> &'static str {
        match self {
            Self::HashPass => "--hash_pass",
            Self::Verify => "--verify",
            Self::Inspect => "--inspect",
            Self::Calibrate => "--calibrate",
            Self::Generate => "--generate",
        }
    }

    /// clap's name for the option.
    pub(super) fn id(self) -> &'static str {
        self.option().trim_start_matches('-')
    }

    /// Whether an option belongs to this mode.
    pub(super) fn takes(self, option: &Arg) -> bool {
        heading(option).contains(self.option())
    }

    /// The only mode given. Without one, the first of `words` may be meant for it.
    pub(super) fn of(matches: &ArgMatches, words: &[TypedWord]) -> Result<Self, UsageError> {
        let mut modes = Self::ALL.into_iter().filter(|mode| is_given(matches, mode.id()));
        match (modes.next(), modes.next()) {
            (Some(mode), None) => Ok(mode),
            (None, _) => Err(UsageError::NoMode(words.first().and_then(|first| nearest_mode(first.text)))),
            (Some(_), Some(_)) => Err(UsageError::SeveralModes),
        }
    }
}

/// The only mode that is named among arguments which may not be valid.
pub(super) fn only_named<'a>(arguments: impl Iterator<Item = &'a OsString>) -> Option<Mode> {
    let named = |argument: &OsString| {
        let name = argument.to_str()?.split('=').next()?;
        Mode::ALL.into_iter().find(|mode| mode.option() == name)
    };
    let mut modes = arguments.filter_map(named);
    modes.next().filter(|_| modes.next().is_none())
}

/// A word that stands before any `--`, after which every word is taken as it is.
pub(super) struct TypedWord<'a> {
    /// clap's number for its place. A `--` has none.
    index: usize,
    pub(super) text: &'a OsStr,
}

/// The words before a `--`, if so many arguments stand behind it.
pub(super) fn typed_words(matches: &ArgMatches, behind: usize) -> Vec<TypedWord<'_>> {
    let mut words: Vec<_> = typed(matches, WORDS).map(|(index, text)| TypedWord { index, text }).collect();
    words.truncate(words.len().saturating_sub(behind));
    words
}

/// Refuses an option that does not belong to the mode, or that needs another one which is not given, and words where
/// none belongs.
pub(super) fn check(
    command: &Command,
    matches: &ArgMatches,
    mode: Mode,
    words: &[TypedWord],
) -> Result<(), UsageError> {
    // In the order in which they were typed.
    let typed = matches.ids().map(Id::as_str).filter(|id| is_given(matches, id) && *id != mode.id());
    for option in typed.filter_map(|id| command.get_arguments().find(|argument| argument.get_id() == id)) {
        if !mode.takes(option) {
            return Err(UsageError::WrongMode { option: name(option), mode: mode.option() });
        }
    }
    for option in command.get_arguments().filter(|option| is_given(matches, option.get_id().as_str())) {
        if let Some(other) = needed_by(option).filter(|other| !is_given(matches, other)) {
            return Err(UsageError::Needs { option: name(option), other: format!("--{other}") });
        }
    }
    check_words(matches, mode, words)
}

/// Refuses passwords in more than one place, and the unit of a size that is a word of its own.
fn check_words(matches: &ArgMatches, mode: Mode, typed_words: &[TypedWord]) -> Result<(), UsageError> {
    // Directly behind a mode, the name of a unit is a password.
    let is_behind_an_option = |word: &TypedWord| {
        let mut options = matches.ids().map(Id::as_str).filter(|id| *id != WORDS && *id != mode.id());
        options.any(|id| indices(matches, id).any(|index| index + 1 == word.index))
    };
    for (index, size) in typed(matches, "memory") {
        let is_its_unit = |word: &&TypedWord| index < word.index && is_unit_of(size, word.text);
        if typed_words.iter().filter(is_its_unit).any(is_behind_an_option) {
            return Err(UsageError::LoneUnit);
        }
    }
    // A `--` has no index, so it parts no words. Everything else that is typed does.
    let words: Vec<usize> = indices(matches, mode.id()).chain(indices(matches, WORDS)).collect();
    // The other modes take one word.
    if mode == Mode::HashPass && words.windows(2).any(|pair| pair[1] != pair[0] + 1) {
        return Err(UsageError::WordsApart);
    }
    Ok(())
}

/// clap's numbers for the places of an option's values.
fn indices<'a>(matches: &'a ArgMatches, id: &str) -> impl Iterator<Item = usize> + use<'a> {
    matches.indices_of(id).into_iter().flatten()
}

/// The values of an option that are typed, with their places.
fn typed<'a>(matches: &'a ArgMatches, id: &str) -> impl Iterator<Item = (usize, &'a OsStr)> + use<'a> {
    indices(matches, id).zip(matches.get_raw(id).into_iter().flatten())
}

/// clap's name for the option without which another one is useless.
fn needed_by(option: &Arg) -> Option<&'static str> {
    match (option.get_id().as_str(), heading(option)) {
        ("config", _) => Some("key"),
        ("key", _) | (_, WRITING) => Some("config"),
        _ => None,
    }
}

fn is_given(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

fn heading(option: &Arg) -> &str {
    option.get_help_heading().unwrap_or_default()
}

pub(super) fn is_mode(option: &Arg) -> bool {
    heading(option) == MODES
}

/// The option as users write it: `--config`.
fn name(option: &Arg) -> String {
    format!("--{}", option.get_long().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use clap::ArgAction;

    use super::*;
    use crate::cli::options::command;

    #[test]
    fn the_modes_are_the_options_below_their_heading() {
        let command = command();
        let modes: Vec<String> = command.get_arguments().filter(|option| is_mode(option)).map(name).collect();
        assert_eq!(modes, Mode::ALL.map(Mode::option));
    }

    #[test]
    fn an_option_without_a_heading_is_refused_in_every_mode() {
        for mode in Mode::ALL {
            let forgotten = Arg::new("forgotten").long("forgotten").action(ArgAction::SetTrue);
            let mut command = command().arg(forgotten.help_heading(None));
            let arguments = ["tc_calendar", mode.option(), "--forgotten"];
            let matches = command.try_get_matches_from_mut(arguments).unwrap();
            assert_eq!(Mode::of(&matches, &[]), Ok(mode));
            let refused = UsageError::WrongMode { option: "--forgotten".to_owned(), mode: mode.option() };
            assert_eq!(check(&command, &matches, mode, &[]), Err(refused));
        }
    }
}
