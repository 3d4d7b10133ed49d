//! One file a mode; the only place that writes to stdout.

mod calibrate;
mod config;
mod generate;
mod hash_pass;
mod inspect;
mod line;
mod output;
mod results;
mod verify;

use anyhow::Result;

use crate::cli::Request;
use crate::error::Status;
use output::Output;

/// Does what is asked for. `exposed` is whether the process list goes on showing the arguments.
///
/// # Errors
///
/// Any, with the causes that [`crate::error`] knows. A reader that has left is not one.
pub fn run(request: Request, exposed: bool) -> Result<Status> {
    match request {
        Request::Show(text) => show(&text),
        Request::HashPass(request) => hash_pass::run(request, exposed),
        Request::Verify(request) => verify::run(&request),
        Request::Inspect(request) => inspect::run(&request),
        Request::Calibrate(request) => calibrate::run(&request),
        Request::Generate(text) => generate::run(text),
    }
}

fn show(text: &str) -> Result<Status> {
    Output::open()?.write(text)?;
    Ok(Status::Done)
}
