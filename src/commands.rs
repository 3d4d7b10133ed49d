//! One file a mode; the only place that writes to stdout.

mod hash_pass;
mod output;

use anyhow::Result;

use crate::cli::Request;
use crate::error::Status;
use output::{Output, OutputError};

/// Does what is asked for.
///
/// # Errors
///
/// Any, with the causes that [`crate::error`] knows. A reader that has left is not one.
pub fn run(request: Request) -> Result<Status> {
    let done = match request {
        Request::Show(text) => Output::open().and_then(|mut output| output.write(&text)).map_err(Into::into),
        Request::HashPass(request) => hash_pass::run(request),
    };
    match done {
        // `| head -1` has what it wanted.
        Err(error) if error.downcast_ref() == Some(&OutputError::ReaderLeft) => Ok(Status::Done),
        done => done.map(|()| Status::Done),
    }
}
