//! The table of options: the modes, the help group and the required option of each.

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::usage::UsageError;

/// The modes. Each is an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    HashPass,
    Verify,
    Inspect,
    Calibrate,
    Generate,
}

/// A group of options in the help. All of its options belong to the same modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Source,
    Hashing,
    Config,
    Writing,
    Cost,
    Output,
    /// Arguments that belong to no option; the help does not show them.
    Words,
}

/// An option in the table.
struct Entry {
    /// clap's name for the option.
    id: &'static str,
    group: Group,
    /// Another option that must be given with it.
    needs: Option<&'static str>,
    /// Whether `-h` shows it.
    frequent: bool,
}

use Mode::{Calibrate, HashPass, Inspect, Verify};

/// clap's name for arguments that belong to no option.
const WORDS: &str = "words";

/// An option that is missing here is refused in every mode.
const TABLE: [Entry; 20] = [
    entry(WORDS, Group::Words),
    entry("password_file", Group::Source),
    entry("password_stdin", Group::Source),
    entry("password_env", Group::Source).rare(),
    entry("lines", Group::Hashing).rare(),
    entry("cross_check", Group::Hashing).rare(),
    entry("config", Group::Config).needs("key"),
    entry("key", Group::Config).needs("config"),
    entry("if_needed", Group::Writing).needs("config").rare(),
    entry("replace", Group::Writing).needs("config").rare(),
    entry("create_key", Group::Writing).needs("config").rare(),
    entry("backup", Group::Writing).needs("config").rare(),
    entry("in_place", Group::Writing).needs("config").rare(),
    entry("profile", Group::Cost),
    entry("cost", Group::Cost).rare(),
    entry("memory", Group::Cost),
    entry("iterations", Group::Cost).rare(),
    entry("parallelism", Group::Cost).rare(),
    entry("format", Group::Output),
    entry("quiet", Group::Output),
];

const fn entry(id: &'static str, group: Group) -> Entry {
    Entry { id, group, needs: None, frequent: true }
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

    /// clap's name for the option.
    pub(super) fn id(self) -> &'static str {
        self.option().trim_start_matches('-')
    }

    /// The only mode given.
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
    const fn title(self) -> &'static str {
        match self {
            Self::Source => "Where passwords come from",
            Self::Hashing => "Hashing",
            Self::Config => "The config",
            Self::Writing => "Writing into the config",
            Self::Cost => "Cost",
            Self::Output => "Output",
            Self::Words => "Words",
        }
    }

    /// The modes of its options.
    const fn modes(self) -> &'static [Mode] {
        match self {
            Self::Source => &[HashPass, Verify],
            Self::Hashing | Self::Writing => &[HashPass],
            Self::Config => &[HashPass, Verify, Inspect],
            Self::Cost => &[HashPass, Inspect],
            Self::Output => &[HashPass, Verify, Inspect, Calibrate],
            Self::Words => &Mode::ALL,
        }
    }

    fn heading(self) -> String {
        let modes: Vec<&str> = self.modes().iter().map(|mode| mode.option()).collect();
        format!("{} ({})", self.title(), modes.join(", "))
    }
}

/// Adds its heading to each option. Allows each flag to be given twice.
pub(super) fn describe(command: Command) -> Command {
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
        match Entry::of(argument.get_id().as_str()) {
            Some(entry) => argument.help_heading(entry.group.heading()),
            None => argument,
        }
    })
}

/// Refuses an option that does not belong to the mode, or whose required option is missing.
///
/// # Errors
///
/// [`UsageError::Misplaced`] and [`UsageError::Needs`]
pub(super) fn check(command: &Command, matches: &ArgMatches, mode: Mode) -> Result<(), UsageError> {
    let given: Vec<&str> = matches.ids().map(clap::Id::as_str).filter(|id| is_given(matches, id)).collect();
    for id in given.iter().filter(|id| **id != mode.id()) {
        if !Entry::of(id).is_some_and(|entry| entry.group.modes().contains(&mode)) {
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

/// Whether `-h` omits it.
pub(super) fn is_rare(argument: &Arg) -> bool {
    Entry::of(argument.get_id().as_str()).is_some_and(|entry| !entry.frequent)
}

pub(super) fn is_mode(argument: &Arg) -> bool {
    Mode::ALL.iter().any(|mode| argument.get_id() == mode.id())
}

/// The option as users write it, `--config`, from clap's name for it.
fn option_name(command: &Command, id: &str) -> String {
    let argument = command.get_arguments().find(|argument| argument.get_id() == id);
    argument.and_then(Arg::get_long).map_or_else(|| "--".to_owned(), |long| format!("--{long}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::command;

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
                assert_eq!(
                    outcome.is_ok(),
                    entry.group.modes().contains(&mode),
                    "{name} with {mode:?}: {outcome:?}"
                );
            }
        }
    }

    /// An option with a value that it accepts.
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
