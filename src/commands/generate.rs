//! `--generate`: the man page and the completions, from the definitions of the options.

use clap_complete::Shell;

use crate::cli::request::GenerateTarget;
use crate::cli::status::Status;
use crate::cli::{man, options};
use crate::error::Error;
use crate::output::stdout::Stdout;

pub(super) fn run(target: GenerateTarget) -> Result<Status, Error> {
    let command = options::command_to_show();
    let text = match target {
        GenerateTarget::Man => man::page(&command),
        GenerateTarget::CompleteBash => completions(Shell::Bash, command),
        GenerateTarget::CompleteZsh => completions(Shell::Zsh, command),
        GenerateTarget::CompleteFish => completions(Shell::Fish, command),
        GenerateTarget::CompletePowershell => completions(Shell::PowerShell, command),
    };
    let _ = Stdout::open()?.write(text)?;
    Ok(Status::Done)
}

fn completions(shell: Shell, mut command: clap::Command) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "tc_calendar", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
