//! The program: parse, run, turn a failure into an exit status.

use std::alloc::System;
use std::process::ExitCode;

use tc_calendar::error::Status;
use tc_calendar::{cli, commands, process, stderr};
use zeroizing_alloc::ZeroAlloc;

/// Every heap block is wiped when it is freed, so that the copies which libraries make
/// (clap's of the arguments, rpassword's of the line) do not outlive their use.
#[global_allocator]
static HEAP: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    let status = run().unwrap_or_else(|error| {
        stderr::error(&error);
        Status::of(&error)
    });
    status.into()
}

fn run() -> anyhow::Result<Status> {
    let arguments = process::protect();
    process::survive_file_limit();
    commands::run(cli::parse(arguments.list)?, arguments.exposed)
}
