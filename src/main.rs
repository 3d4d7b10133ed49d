//! Protects the process, parses the arguments, runs the request and returns the exit status.

use std::alloc::System;
use std::process::ExitCode;

use tc_calendar::advice::{Error, Hint};
use tc_calendar::output::{print_error, print_error_as_json};
use tc_calendar::status::{Kind, Status};
use tc_calendar::system::process::{self, Arguments};
use tc_calendar::system::stack::wiping_the_stack;
use tc_calendar::system::text::printable;
use tc_calendar::{cli, run};
use zeroizing_alloc::ZeroAlloc;

/// Wipes every heap block when it is freed, because libraries copy passwords (clap copies the arguments). What
/// lives on, such as a buffer or the stack, is wiped where it is used, by `zeroize`.
#[global_allocator]
static HEAP: ZeroAlloc<System> = ZeroAlloc(System);

/// What is said of an error. The error itself is dropped before that, because its unused bytes can hold pieces of an
/// argument, which may be a password.
struct Failure {
    message: String,
    hint: Option<Hint>,
    kind: Kind,
    as_json: bool,
}

fn main() -> ExitCode {
    wiping_the_stack(run).unwrap_or_else(|failure| failure.print()).into()
}

fn run() -> Result<Status, Failure> {
    let arguments = process::protect();
    process::survive_file_limit();
    process::end_on_signals_as_init();
    let as_json = cli::asks_for_json(&arguments.list);
    run_request(arguments).map_err(|error| Failure::new(&error, as_json))
}

fn run_request(arguments: Arguments) -> anyhow::Result<Status> {
    process::raise_stack_limit().map_err(Error::from)?;
    let request = cli::parse(arguments.list).map_err(Error::from)?;
    let config = request.config().map(|path| printable(&path.display().to_string()));
    run::run(request, arguments.exposed).map_err(|error| match config {
        Some(config) if error.is_about_config() => anyhow::Error::from(error).context(config),
        _ => error.into(),
    })
}

impl Failure {
    fn new(error: &anyhow::Error, as_json: bool) -> Self {
        // Without advice of its own, an error would be a fault of this program.
        let known = error.downcast_ref::<Error>();
        let (hint, kind) = (known.and_then(Error::hint), known.map_or(Kind::ENGINE, Error::kind));
        Self { message: format!("{error:#}"), hint, kind, as_json }
    }

    fn print(&self) -> Status {
        if self.as_json {
            print_error_as_json(&self.message, self.hint.as_deref(), self.kind);
        } else {
            print_error(&self.message, self.hint.as_deref());
        }
        self.kind.status
    }
}
