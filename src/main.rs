//! Protects the process, parses the arguments, runs the request and returns the exit status.

use std::alloc::System;
use std::process::ExitCode;

use tc_calendar::advice::Error;
use tc_calendar::output::{print_error, print_error_as_json};
use tc_calendar::status::{Kind, Status};
use tc_calendar::system::process::{self, Arguments};
use tc_calendar::system::text::printable;
use tc_calendar::{cli, run};
use zeroizing_alloc::ZeroAlloc;

/// Wipes every heap block when it is freed, because libraries copy passwords (clap copies the arguments). What
/// lives on, such as a buffer or the stack, is wiped where it is used, by `zeroize`.
#[global_allocator]
static HEAP: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    let arguments = process::protect();
    process::survive_file_limit();
    process::end_on_signals_as_init();
    let as_json = cli::asks_for_json(&arguments.list);
    run(arguments).unwrap_or_else(|error| report(&error, as_json)).into()
}

fn run(arguments: Arguments) -> anyhow::Result<Status> {
    process::raise_stack_limit().map_err(Error::from)?;
    let request = cli::parse(arguments.list).map_err(Error::from)?;
    let config = request.config().map(|path| printable(&path.display().to_string()));
    run::run(request, arguments.exposed).map_err(|error| match config {
        Some(config) if error.is_about_config() => anyhow::Error::from(error).context(config),
        _ => error.into(),
    })
}

fn report(error: &anyhow::Error, as_json: bool) -> Status {
    // Without advice of its own, an error would be a fault of this program.
    let known = error.downcast_ref::<Error>();
    let (hint, kind) = (known.and_then(Error::hint), known.map_or(Kind::ENGINE, Error::kind));
    if as_json {
        print_error_as_json(format_args!("{error:#}"), hint.as_deref(), kind);
    } else {
        print_error(format_args!("{error:#}"), hint.as_deref());
    }
    kind.status
}
