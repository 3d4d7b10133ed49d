//! What may be meant by an argument that is no option of this program but resembles one.

use std::ffi::OsStr;

use clap::{Arg, Command};

use super::modes::{Mode, is_mode};
use crate::system::text::{is_dash, is_invisible, nearest};

/// What PowerShell passes to a program for a script block, before the block's text in base64.
pub(super) const SCRIPT_BLOCK: &str = "-encodedCommand";

/// Names that options had in version 1 or have in most programs, without dashes, and what they are called here.
const USUAL_NAMES: [(&str, &str); 2] = [("check", "cross-check"), ("v", "version")];

/// Whether a word looks like an option although clap takes it for a value: it begins with a dash of another kind, as a
/// word processor writes it, or is an option's name after a slash. A single `-` is a word.
pub(super) fn resembles_option(command: &Command, word: &OsStr) -> bool {
    let Some(word) = word.to_str().filter(|word| *word != "-") else { return false };
    let word = word.trim_start_matches(is_invisible);
    word.starts_with(is_dash) || word.strip_prefix('/').is_some_and(|name| is_name(command, name))
}

/// The long options that may be meant by an argument that begins like a short one: `--verify` by `-verify`.
pub(super) fn long_for_one_dash(command: &Command, mode: Option<Mode>, argument: &OsStr) -> Option<String> {
    let name = argument.to_str()?.strip_prefix('-')?;
    // A letter is the name of a short option, or of none.
    let is_name = !name.starts_with('-') && name.chars().count() > 1;
    nearest_options(command, mode, name).filter(|_| is_name)
}

/// The options that a mistyped one may mean, `--verify or --version`: of those that belong to the only mode given.
/// Any other would be refused.
pub(super) fn nearest_options(command: &Command, mode: Option<Mode>, mistyped: &str) -> Option<String> {
    let options = command.get_arguments().filter(|option| mode.is_none_or(|mode| mode.takes(option)));
    let options: Vec<&Arg> = options.filter(|option| option.get_long().is_some()).collect();
    let names: Vec<&str> = options.iter().filter_map(|option| option.get_long()).collect();
    let typed = plain(mistyped);
    let usual = USUAL_NAMES.iter().find(|(name, _)| *name == typed).map_or(&*typed, |(_, name)| *name);
    let meant = nearest_of(&names, usual).into_iter().map(|index| with_value(options[index]));
    Some(meant.collect::<Vec<_>>().join(" or ")).filter(|options| !options.is_empty())
}

/// An option as it is used: `--key POINTER`. A mode stands alone, because what follows it may be left out.
fn with_value(option: &Arg) -> String {
    let name = format!("--{}", option.get_long().unwrap_or_default());
    match option.get_value_names() {
        Some([value, ..]) if option.get_action().takes_values() && !is_mode(option) => {
            format!("{name} {value}")
        }
        _ => name,
    }
}

/// The mode that a word may mean which has no dashes.
pub(super) fn nearest_mode(word: &OsStr) -> Option<&'static str> {
    let meant = nearest_of(&Mode::ALL.map(Mode::id), word.to_str()?);
    meant.first().map(|&index| Mode::ALL[index].option())
}

/// The positions of those names that may be meant: the nearest, or else the one that the mistyped name begins with.
fn nearest_of(names: &[&str], mistyped: &str) -> Vec<usize> {
    let typed = plain(mistyped);
    let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let mut meant = nearest(&typed, &names);
    if meant.is_empty() {
        let begins = (0..names.len()).filter(|&index| typed.starts_with(&names[index]));
        meant.extend(begins.max_by_key(|&index| names[index].len()));
    }
    meant
}

/// Whether a text is the name of an option, long or short.
fn is_name(command: &Command, text: &str) -> bool {
    let typed = plain(text);
    let is_long = |option: &Arg| option.get_long().is_some_and(|long| plain(long) == typed);
    let is_short = |option: &Arg| option.get_short().is_some_and(|short| plain(&short.to_string()) == typed);
    command.get_arguments().any(|option| is_long(option) || is_short(option))
}

/// The name of an option without its value, and without what people mistake in it: capitals, dashes, and a slash.
fn plain(option: &str) -> String {
    let name = option.split(['=', ':']).next().unwrap_or_default().to_lowercase();
    name.replace(|letter| is_dash(letter) || is_invisible(letter) || matches!(letter, '_' | '/'), "")
}
