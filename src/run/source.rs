//! Opens the source of passwords that was asked for.

use std::io::IsTerminal;

use crate::cli::request::PasswordSource;
use crate::output::Messages;
use crate::password::SourceError;
use crate::password::source::Source;

/// Opens the source that was asked for. Notes that stdin is not read, if it is redirected and the prompt opens.
pub(super) fn open(source: PasswordSource, messages: Messages) -> Result<Source, SourceError> {
    let source = match source {
        PasswordSource::Arguments(arguments) => Source::Arguments(arguments),
        PasswordSource::File(path, lines) => Source::file(&path, lines)?,
        PasswordSource::Stdin(lines) => Source::stdin(lines)?,
        PasswordSource::Environment(name) => Source::variable(&name)?,
        PasswordSource::Prompt => Source::prompt()?,
    };
    if matches!(source, Source::Prompt(_)) && !std::io::stdin().is_terminal() {
        messages.note("stdin is not read; to read the password from it, use --password-stdin");
    }
    Ok(source)
}
