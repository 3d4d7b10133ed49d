//! Opens the source of passwords, and says what may surprise about it.

use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::sync::Once;

use crate::output::Messages;
use crate::password::prompt::Prompt;
use crate::password::source::{OpenSource, Source};
use crate::password::{SourceError, Stream};

/// Notes that stdin is not read, if it is redirected and the prompt opens; and once in a run, that a password is waited
/// for where nobody is asked. `stdin_is_read` says whether stdin is read for something else.
pub(super) fn open(
    source: Source,
    stdin_is_read: bool,
    messages: Messages,
) -> Result<OpenSource, SourceError> {
    let once = Once::new();
    let opened = source.open(move |stream: Stream| {
        once.call_once(|| note_silence(stream, messages));
    });
    let source = opened.map_err(|error| beside_stdin(error, stdin_is_read))?;
    if matches!(source, OpenSource::Prompt(_)) && !stdin_is_read && !io::stdin().is_terminal() {
        messages.note("stdin is not read; to read the password from it, use --password-stdin");
    }
    Ok(source)
}

/// Refuses to ask where nobody can be asked, before anything else is waited for.
pub(super) fn expect_answer(source: &Source, stdin_is_read: bool) -> Result<(), SourceError> {
    match source {
        Source::Prompt => Prompt::expect_somebody().map_err(|error| beside_stdin(error, stdin_is_read)),
        _ => Ok(()),
    }
}

/// The error where stdin may be read for something else, and so has no password.
fn beside_stdin(error: SourceError, stdin_is_read: bool) -> SourceError {
    match error {
        SourceError::NoTerminal | SourceError::NoConsole if stdin_is_read => SourceError::StdinIsTaken,
        SourceError::Noninteractive { .. } => SourceError::Noninteractive { stdin_is_taken: stdin_is_read },
        error => error,
    }
}

/// Notes that nothing comes from a stream.
pub(super) fn note_silence(stream: impl Display, messages: Messages) {
    messages.note(format_args!("waiting for another program to write to {stream}, or to close it"));
}
