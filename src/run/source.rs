//! Opens the source of passwords, and says what may surprise about it.

use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::sync::Once;

use crate::output::Messages;
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
    let source = opened.map_err(|error| match error {
        SourceError::NoTerminal | SourceError::NoConsole if stdin_is_read => SourceError::StdinIsTaken,
        error => error,
    })?;
    if matches!(source, OpenSource::Prompt(_)) && !stdin_is_read && !io::stdin().is_terminal() {
        messages.note("stdin is not read; to read the password from it, use --password-stdin");
    }
    Ok(source)
}

/// Notes that nothing comes from a stream.
pub(super) fn note_silence(stream: impl Display, messages: Messages) {
    messages.note(format_args!("waiting for another program to write to {stream}, or to close it"));
}
