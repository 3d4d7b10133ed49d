//! `--generate`: the man page and the completions, from the definitions of the options.

use clap_complete::Shell;

use crate::cli::request::GenerateTarget;
use crate::cli::status::Status;
use crate::cli::{man, options};
use crate::error::Error;
use crate::output::stdout::{OutputError, Stdout};

pub(super) fn run(target: GenerateTarget) -> Result<Status, Error> {
    let text = match target {
        GenerateTarget::Man => man::page(options::command_to_show()).map_err(OutputError::from)?,
        GenerateTarget::CompleteBash => completions(Shell::Bash),
        GenerateTarget::CompleteZsh => completions(Shell::Zsh),
        GenerateTarget::CompleteFish => completions(Shell::Fish),
        GenerateTarget::CompletePowershell => completions(Shell::PowerShell),
    };
    let _ = Stdout::open()?.write(text)?;
    Ok(Status::Done)
}

fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut options::command_to_show(), "tc_calendar", &mut script);
    script
}
