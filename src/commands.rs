//! One file per mode, and what modes share. They combine the other modules, and only they write to
//! stdout.

mod calibrate;
mod config;
mod destination;
mod generate;
mod hash_pass;
mod inspect;
mod notes;
mod verify;

use crate::advice::Error;
use crate::cli::request::Request;
use crate::output::stdout::Stdout;
use crate::status::Status;

/// Runs a request. `exposed` says whether the process list still shows the arguments.
///
/// # Errors
///
/// [`Error`]. A closed output pipe is not one.
pub fn run(request: Request, exposed: bool) -> Result<Status, Error> {
    match request {
        Request::Show(text) => show(&text),
        Request::HashPass(request) => hash_pass::run(request, exposed),
        Request::Verify(request) => verify::run(request),
        Request::Inspect(request) => inspect::run(&request),
        Request::Calibrate(request) => calibrate::run(&request),
        Request::Generate(target) => generate::run(target),
    }
}

fn show(text: &str) -> Result<Status, Error> {
    // A closed pipe is not an error.
    let _ = Stdout::open()?.write(text)?;
    Ok(Status::Done)
}
