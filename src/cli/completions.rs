//! Completions for shells, from the definitions of the options. Nothing is offered where a password goes.

use clap::{Arg, ArgAction, Command, ValueHint};
use clap_complete::Shell;

use super::modes::is_mode;

const NAME: &str = "tc_calendar";

/// The completions for bash. clap's own script offers nothing after `--profile=`, breaks paths at spaces, and
/// leaves a folder as soon as it is completed.
#[must_use]
pub fn bash(command: &Command) -> String {
    let joined = |options: Vec<&Arg>, by| options.into_iter().flat_map(names).collect::<Vec<_>>().join(by);
    let values = with_listed_values(command).into_iter().map(|option| {
        let (names, values) = (names(option).join("|"), values(option).join(" "));
        format!(
            "        {names})\n            COMPREPLY=($(compgen -W '{values}' -- \"$cur\"))\n            \
             return\n            ;;\n"
        )
    });
    let (files, others) = with_free_value(command).into_iter().partition(|option| takes_file(option));
    include_str!("completions/bash")
        .replace("{files}", &joined(files, "|"))
        .replace("{values}", &values.collect::<String>())
        .replace("{others}", &joined(others, "|"))
        .replace("{modes}", &modes(command).join(" "))
        .replace("{options}", &joined(options(command).collect(), " "))
}

/// The completions for zsh. clap's own script offers a word where an option may stand too, for which zsh shows
/// a message; an empty list of words leaves room for the options.
#[must_use]
pub fn zsh(command: Command) -> String {
    let begin = "    local ret=1\n";
    let modes = modes(&command).join(" ");
    let first = format!("    (( CURRENT == 2 )) && [[ -- == $PREFIX* ]] && compadd -- {modes} && return\n");
    let script = generated(Shell::Zsh, command);
    let lines = script.split_inclusive('\n').map(|line| match line {
        _ if line == begin => format!("{begin}{first}"),
        _ if line.starts_with("'*::words") => "'*: :()' \\\n".to_owned(),
        _ if line.starts_with("'--password-env=") => {
            line.replace(":NAME:", ":NAME:_parameters -g \"*export*\"")
        }
        _ => line.to_owned(),
    });
    lines.collect()
}

/// The completions for fish. Without their first line, fish offers file names for every word that is not the
/// value of an option.
#[must_use]
pub fn fish(command: Command) -> String {
    let modes = modes(&command).join(" ");
    let nothing_typed = "test (count (commandline -opc)) -eq 1; and test -z (commandline -ct)";
    format!(
        "complete -c {NAME} -f\n\
         complete -c {NAME} -n '{nothing_typed}' -a '{modes}'\n\
         complete -c {NAME} -l password-env -x -a '(set -nx)'\n{}",
        generated(Shell::Fish, command)
    )
}

/// The completions for PowerShell. clap's own script offers no values.
#[must_use]
pub fn powershell(command: &Command) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    // A line of a table for each name of an option.
    let entries = |option: &Arg, text: String| {
        let lines = names(option).into_iter().map(|name| format!("        {} = {text}\n", quoted(&name)));
        lines.collect::<Vec<_>>().concat()
    };
    let help = |option: &Arg| quoted(&option.get_help().map(ToString::to_string).unwrap_or_default());
    let list = |texts: Vec<String>| texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ");
    let options = options(command).map(|option| entries(option, help(option)));
    let values = with_listed_values(command).into_iter().map(|option| entries(option, list(values(option))));
    let files = with_free_value(command).into_iter().filter(|option| takes_file(option)).flat_map(names);
    include_str!("completions/powershell")
        .replace("{modes}", &list(modes(command)))
        .replace("{options}", &options.collect::<String>())
        .replace("{values}", &values.collect::<String>())
        .replace("{files}", &list(files.collect()))
}

/// clap's script. In it the modes that take words have no value, or it would wait for the value instead of
/// offering options. It offers files where a value may be anything, unless a hint says that it is none.
fn generated(shell: Shell, command: Command) -> String {
    let mut command = command.mut_args(|option| match option.get_value_hint() {
        _ if !takes_any_value(&option) => option,
        _ if is_mode(&option) => option.action(ArgAction::SetTrue).num_args(0),
        ValueHint::Unknown => option.value_hint(ValueHint::Other),
        _ => option,
    });
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, NAME, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| !argument.is_positional())
}

/// The modes as users type them.
fn modes(command: &Command) -> Vec<String> {
    options(command).filter(|option| is_mode(option)).flat_map(names).collect()
}

/// The options whose value must be one of a list.
fn with_listed_values(command: &Command) -> Vec<&Arg> {
    options(command).filter(|option| !values(option).is_empty()).collect()
}

/// The options that need a value which may be any. A mode's words are not its value: an option may follow.
fn with_free_value(command: &Command) -> Vec<&Arg> {
    options(command).filter(|option| takes_any_value(option) && !is_mode(option)).collect()
}

fn takes_any_value(option: &Arg) -> bool {
    option.get_action().takes_values() && values(option).is_empty()
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

/// The names of the values of which an option takes one. clap lists `true` and `false` for a flag too.
fn values(option: &Arg) -> Vec<String> {
    let values = if option.get_action().takes_values() { option.get_possible_values() } else { Vec::new() };
    values.iter().map(|value| value.get_name().to_owned()).collect()
}
