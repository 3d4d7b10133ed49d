//! Runs a request: a file for each mode, and what modes share. Only these files write to stdout.

mod calibrate;
mod config;
mod hash_pass;
mod inspect;
mod source;
mod stored;
mod verify;
mod verify_lines;
mod worker;

use crate::advice::Error;
use crate::cli::request::{GenerateTarget, Request};
use crate::cli::{completions, licenses, man, options};
use crate::output::{Messages, Stdout, answer};
use crate::status::Status;
use crate::system::process::Exposed;
use crate::system::stream;

/// Runs a request. `exposed` says what the system did not let this process hide.
///
/// # Errors
///
/// [`Error`]. A closed output pipe is not one.
pub fn run(request: Request, exposed: Exposed) -> Result<Status, Error> {
    // What is not a regular file, such as a terminal, is refused as a config.
    if let Some(config) = request.config().filter(|config| config.is_file()) {
        if stream::stderr_goes_to(config) {
            // Nobody can be told: what is said would become a part of the config.
            return Ok(Status::Failed);
        }
        Stdout::expect_other_than(config, "stdout is the config")?;
    }
    for file in request.files_of_lines().filter(|file| file.is_file()) {
        // The run would read what it prints, without an end.
        Stdout::expect_other_than(file, "stdout is a file that is read")?;
    }
    match request {
        Request::Show(text) => answer(&text, Status::Done),
        Request::HashPass(request, destination) => {
            note_memory(exposed, request.messages);
            hash_pass::run(request, destination, exposed.arguments)
        }
        Request::Verify(request) => {
            note_memory(exposed, request.messages);
            verify::run(request)
        }
        Request::VerifyLines(request) => {
            note_memory(exposed, request.messages);
            verify_lines::run(request)
        }
        Request::Inspect(request) => inspect::run(&request),
        Request::Calibrate(request) => calibrate::run(&request),
        Request::Generate(target) => answer(&generate(target), Status::Done),
    }
}

fn note_memory(exposed: Exposed, messages: Messages) {
    if exposed.memory {
        messages.note(
            "core dumps could not be turned off, and one may hold the password; a sandbox must allow prctl",
        );
    }
}

/// The man page or a shell's completions, from the definitions of the options, or the licences.
fn generate(target: GenerateTarget) -> String {
    let command = options::command_to_show();
    match target {
        GenerateTarget::Man => man::page(&command),
        GenerateTarget::CompleteBash => completions::bash(&command),
        GenerateTarget::CompleteZsh => completions::zsh(command),
        GenerateTarget::CompleteFish => completions::fish(command),
        GenerateTarget::CompletePowershell => completions::powershell(&command),
        GenerateTarget::Licenses => licenses::TEXT.to_owned(),
    }
}
