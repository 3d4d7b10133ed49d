//! Opens the source of passwords, and says what may surprise about it.

use std::io::{self, IsTerminal};

use crate::output::Messages;
use crate::password::SourceError;
use crate::password::source::{OpenSource, Source};

/// Notes that stdin is not read, if it is redirected and the prompt opens.
pub(super) fn open(source: Source, messages: Messages) -> Result<OpenSource, SourceError> {
    let source = source.open()?;
    if matches!(source, OpenSource::Prompt(_)) && !io::stdin().is_terminal() {
        messages.note("stdin is not read; to read the password from it, use --password-stdin");
    }
    Ok(source)
}
