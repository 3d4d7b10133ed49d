//! What may be meant by an argument that is no option of this program but resembles one.

use std::ffi::OsStr;

use clap::{Arg, Command};

use super::modes::Mode;
use crate::system::text::{is_dash, is_invisible, nearest};

/// What PowerShell passes to a program for a script block, before the block's text in base64.
pub(super) const SCRIPT_BLOCK: &str = "-encodedCommand";

/// Whether a word looks like an option although clap takes it for a value: it begins with a dash of another kind, as a
/// word processor writes it, or is an option's name after a slash. A single `-` is a word.
pub(super) fn resembles_option(command: &Command, word: &OsStr) -> bool {
    let Some(word) = word.to_str().filter(|word| *word != "-") else { return false };
    let word = word.trim_start_matches(is_invisible);
    word.starts_with(is_dash) || word.strip_prefix('/').is_some_and(|name| is_name(command, name))
}

/// The long options that may be meant by an argument that begins like a short one: `--verify` by `-verify`.
pub(super) fn long_for_one_dash(command: &Command, argument: &OsStr) -> Option<String> {
    let name = argument.to_str()?.strip_prefix('-')?;
    nearest_options(command, name).filter(|_| !name.starts_with('-'))
}

/// The options that a mistyped one may mean: `--verify or --version`.
pub(super) fn nearest_options(command: &Command, mistyped: &str) -> Option<String> {
    if plain(mistyped) == "check" {
        // The option's name in version 1.
        return Some("--cross-check".to_owned());
    }
    nearest_of(&command.get_arguments().filter_map(Arg::get_long).collect::<Vec<_>>(), mistyped)
}

/// The mode that a word may mean which has no dashes.
pub(super) fn nearest_modes(word: &OsStr) -> Option<String> {
    nearest_of(&Mode::ALL.map(Mode::id), word.to_str()?)
}

/// Those of the options that may be meant: the nearest, or else the one that the mistyped name begins with.
fn nearest_of(options: &[&str], mistyped: &str) -> Option<String> {
    let typed = plain(mistyped);
    let names: Vec<String> = options.iter().map(|option| plain(option)).collect();
    let mut meant = nearest(&typed, &names);
    if meant.is_empty() {
        let begins = (0..names.len()).filter(|&index| typed.starts_with(&names[index]));
        meant.extend(begins.max_by_key(|&index| names[index].len()));
    }
    let meant = meant.into_iter().map(|index| format!("--{}", options[index]));
    Some(meant.collect::<Vec<_>>().join(" or ")).filter(|names| !names.is_empty())
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
