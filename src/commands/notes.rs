//! Notes that more than one mode prints.

use std::io::IsTerminal;

use crate::output::messages::Messages;
use crate::password::source::OpenSource;

/// Notes that stdin is not read, if it is redirected while the program prompts.
pub(super) fn note_prompt(source: &OpenSource, messages: Messages) {
    if matches!(source, OpenSource::Prompt(_)) && !std::io::stdin().is_terminal() {
        messages.note("stdin is not read; to read the password from it, use --password-stdin");
    }
}
