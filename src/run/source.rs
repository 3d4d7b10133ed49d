//! Opens the source of passwords, and says what may surprise about it.

use std::io::{self, IsTerminal};
use std::sync::Once;

use crate::output::Messages;
use crate::password::source::{OpenSource, Source};
use crate::password::{SourceError, Stream};

/// Notes that stdin is not read, if it is redirected and the prompt opens; and once in a run, that a password is waited
/// for where nobody is asked.
pub(super) fn open(source: Source, messages: Messages) -> Result<OpenSource, SourceError> {
    let once = Once::new();
    let source = source.open(move |stream: Stream| {
        once.call_once(|| {
            messages.note(format_args!("waiting for another program to write to {stream}, or to close it"));
        });
    })?;
    if matches!(source, OpenSource::Prompt(_)) && !io::stdin().is_terminal() {
        messages.note("stdin is not read; to read the password from it, use --password-stdin");
    }
    Ok(source)
}
