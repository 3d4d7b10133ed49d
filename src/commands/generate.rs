//! `--generate`: the man page and the completions, from the definitions of the options.

use anyhow::Result;
use clap_complete::Shell;

use super::output::Output;
use crate::cli::{self, Text};
use crate::error::Status;
use crate::manual;

pub(super) fn run(text: Text) -> Result<Status> {
    let shell = match text {
        Text::Man => {
            Output::open()?.write(&manual::page(cli::command())?)?;
            return Ok(Status::Done);
        }
        Text::CompleteBash => Shell::Bash,
        Text::CompleteZsh => Shell::Zsh,
        Text::CompleteFish => Shell::Fish,
        Text::CompletePowershell => Shell::PowerShell,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::command(), "tc_calendar", &mut script);
    Output::open()?.write(&String::from_utf8(script)?)?;
    Ok(Status::Done)
}
