//! Runs a request: a file for each mode, and what modes share. Only these files write to stdout.

mod calibrate;
mod config;
mod hash_pass;
mod inspect;
mod source;
mod verify;
mod worker;

use crate::advice::Error;
use crate::cli::request::{GenerateTarget, Request};
use crate::cli::{completions, man, options};
use crate::output::answer;
use crate::status::Status;

/// Runs a request. `exposed` says whether the process list still shows the arguments.
///
/// # Errors
///
/// [`Error`]. A closed output pipe is not one.
pub fn run(request: Request, exposed: bool) -> Result<Status, Error> {
    match request {
        Request::Show(text) => answer(&text, Status::Done),
        Request::HashPass(request, destination) => hash_pass::run(request, destination, exposed),
        Request::Verify(request) => verify::run(request),
        Request::Inspect(request) => inspect::run(&request),
        Request::Calibrate(request) => calibrate::run(&request),
        Request::Generate(target) => answer(&generate(target), Status::Done),
    }
}

/// The man page or a shell's completions, from the definitions of the options.
fn generate(target: GenerateTarget) -> String {
    let command = options::command_to_show();
    match target {
        GenerateTarget::Man => man::page(&command),
        GenerateTarget::CompleteBash => completions::bash(&command),
        GenerateTarget::CompleteZsh => completions::zsh(command),
        GenerateTarget::CompleteFish => completions::fish(command),
        GenerateTarget::CompletePowershell => completions::powershell(&command),
    }
}
