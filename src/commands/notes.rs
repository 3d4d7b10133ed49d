//! What several modes do in the same way with passwords.

use std::io::IsTerminal;

use crate::cli::request::PasswordSource;
use crate::output::messages::Messages;
use crate::password::SourceError;
use crate::password::source::Source;

/// Opens the source that was asked for.
pub(super) fn open(source: PasswordSource) -> Result<Source, SourceError> {
    match source {
        PasswordSource::Arguments(arguments) => Ok(Source::Arguments(arguments)),
        PasswordSource::File(path, lines) => Source::file(&path, lines),
        PasswordSource::Stdin(lines) => Source::stdin(lines),
        PasswordSource::Environment(name) => Source::variable(&name),
        PasswordSource::Prompt => Source::prompt(),
    }
}

/// Notes that stdin is not read, if it is redirected while the program prompts.
pub(super) fn note_prompt(source: &Source, messages: Messages) {
    if matches!(source, Source::Prompt(_)) && !std::io::stdin().is_terminal() {
        messages.note("stdin is not read; to read the password from it, use --password-stdin");
    }
}
