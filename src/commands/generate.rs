//! `--generate`: the man page and the completions, from the definitions of the options.

use crate::advice::Error;
use crate::cli::request::GenerateTarget;
use crate::cli::{completions, man, options};
use crate::output::stdout::Stdout;
use crate::status::Status;

pub(super) fn run(target: GenerateTarget) -> Result<Status, Error> {
    let command = options::command_to_show();
    let text = match target {
        GenerateTarget::Man => man::page(&command),
        GenerateTarget::CompleteBash => completions::bash(&command),
        GenerateTarget::CompleteZsh => completions::zsh(command),
        GenerateTarget::CompleteFish => completions::fish(command),
        GenerateTarget::CompletePowershell => completions::powershell(&command),
    };
    let _ = Stdout::open()?.write(text)?;
    Ok(Status::Done)
}
