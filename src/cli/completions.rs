//! Completions for shells, from the definitions of the options. Nothing is offered where a password goes.

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, Command, ValueHint};
use clap_complete::Shell;

use super::modes::is_mode;

const NAME: &str = "tc_calendar";

/// clap's own script offers nothing after `--profile=`, breaks paths at spaces, and leaves a folder as soon
/// as it is completed.
#[must_use]
pub fn bash(command: &Command) -> String {
    let (files, others): (Vec<&Arg>, Vec<&Arg>) =
        with_free_value(command).partition(|option| takes_file(option));
    let values = with_listed_values(command).map(|option| {
        let (names, values) = (names(option).join("|"), values(option).join(" "));
        format!(
            "        {names})\n            COMPREPLY=($(compgen -W '{values}' -- \"$cur\"))\n            \
             return\n            ;;\n"
        )
    });
    let joined = |options: &[&Arg], by| options.iter().copied().flat_map(names).collect::<Vec<_>>().join(by);
    let all: Vec<&Arg> = options(command).collect();
    include_str!("completions/bash")
        .replace("{files}", &joined(&files, "|"))
        .replace("{values}", &values.collect::<String>())
        .replace("{others}", &joined(&others, "|"))
        .replace("{options}", &joined(&all, " "))
}

/// Where a word could be meant too, clap's script makes zsh show a message instead of completing an option.
/// An empty list of words does not.
#[must_use]
pub fn zsh(command: Command) -> String {
    let script = generated(Shell::Zsh, command);
    let lines = script.split_inclusive('\n');
    lines.map(|line| if line.starts_with("'*::words") { "'*: :()' \\\n" } else { line }).collect()
}

/// Without the first line, fish offers file names for every word that is not the value of an option.
#[must_use]
pub fn fish(command: Command) -> String {
    format!("complete -c {NAME} -f\n{}", generated(Shell::Fish, command))
}

/// clap's own script offers no values.
#[must_use]
pub fn powershell(command: &Command) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let options = options(command).flat_map(|option| {
        let help = option.get_help().map(ToString::to_string).unwrap_or_default();
        names(option).into_iter().map(move |name| format!("        {} = {}\n", quoted(&name), quoted(&help)))
    });
    let values = with_listed_values(command).map(|option| {
        let values: Vec<String> = values(option).iter().map(|value| quoted(value)).collect();
        let line = |name: String| format!("        {} = {}\n", quoted(&name), values.join(", "));
        names(option).into_iter().map(line).collect::<String>()
    });
    let files = with_free_value(command).filter(|option| takes_file(option)).flat_map(names);
    include_str!("completions/powershell")
        .replace("{options}", &options.collect::<String>())
        .replace("{values}", &values.collect::<String>())
        .replace("{files}", &files.map(|name| quoted(&name)).collect::<Vec<_>>().join(", "))
}

/// clap's script. In it the modes that take words have no value, or it would wait for the value instead of
/// offering options. It offers files where a value may be anything, unless a hint says that it is none.
fn generated(shell: Shell, command: Command) -> String {
    let mut command = command.mut_args(|option| {
        let takes_any = option.get_action().takes_values() && !has_listed_values(&option);
        match option.get_value_hint() {
            _ if takes_any && is_mode(&option) => option.action(ArgAction::SetTrue).num_args(0),
            ValueHint::Unknown if takes_any => option.value_hint(ValueHint::Other),
            _ => option,
        }
    });
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, NAME, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| !argument.is_positional())
}

/// The options with a value that one of a list must be.
fn with_listed_values(command: &Command) -> impl Iterator<Item = &Arg> {
    options(command).filter(|option| has_listed_values(option))
}

/// The options that need a value, which may be any. A mode's words are not its value: an option may follow.
fn with_free_value(command: &Command) -> impl Iterator<Item = &Arg> {
    options(command)
        .filter(|option| option.get_action().takes_values() && !has_listed_values(option) && !is_mode(option))
}

fn has_listed_values(option: &Arg) -> bool {
    option.get_action().takes_values() && !option.get_possible_values().is_empty()
}

fn takes_file(option: &Arg) -> bool {
    option.get_value_hint() == ValueHint::FilePath
}

/// `-m` and `--memory`.
fn names(option: &Arg) -> Vec<String> {
    let short = option.get_short().map(|short| format!("-{short}"));
    let long = option.get_long().map(|long| format!("--{long}"));
    short.into_iter().chain(long).collect()
}

fn values(option: &Arg) -> Vec<String> {
    let values = option.get_possible_values();
    values.iter().map(PossibleValue::get_name).map(str::to_owned).collect()
}
