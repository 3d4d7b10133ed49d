//! The hash that `--verify` and `--inspect` read: an argument, a file, stdin, or in the config.

use std::io::{self, Read};
use std::sync::{Arc, Once};

use zeroize::Zeroizing;

use super::config::note_waiting;
use super::source::note_silence;
use crate::advice::Error;
use crate::cli::request::EncodedSource;
use crate::config_file::edit::Document;
use crate::config_file::edit::error::{EditError, MissingPart};
use crate::config_file::replace::{Wait, read};
use crate::hash::diagnose::{self, Damage, StoredError};
use crate::hash::encoded::{Encoded, MAX_ENCODED_BYTES, ParseError, TAG_BYTES};
use crate::output::Messages;
use crate::system::error::SystemError;
use crate::system::stack::StackWiped;
use crate::system::stream::{Input, Notice};

/// The longest file that is taken, in bytes: a hash, and what may surround it.
const MAX_FILE_BYTES: usize = 2 * MAX_ENCODED_BYTES;

/// How to end what is pasted.
const HOW_TO_END: &str = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };

/// What stands where a hash should be.
pub(super) enum Stored {
    Hash {
        encoded: Encoded,
        /// The string as it is written there.
        text: String,
    },
    /// There is no hash yet, for this reason, as JSON names it.
    Missing(&'static str),
}

/// Reads the hash. If there is none in the config yet, notes why.
pub(super) fn stored(source: &EncodedSource, messages: Messages) -> Result<Stored, Error> {
    // People put a password where a hash or a file's name belongs, and reading either leaves copies there.
    let _wiped = StackWiped;
    read_on_the_stack(source, messages)
}

/// Not inlined, so that what it leaves on the stack is below the function that wipes it.
#[inline(never)]
fn read_on_the_stack(source: &EncodedSource, messages: Messages) -> Result<Stored, Error> {
    let (path, key) = match source {
        EncodedSource::Argument(text) => {
            let encoded = diagnose::read(text)?;
            return Ok(Stored::Hash { encoded, text: text.to_string_lossy().into_owned() });
        }
        EncodedSource::File(path) => {
            return from_file(|notice| Input::open(path, notice), "the hash file", messages);
        }
        EncodedSource::Stdin => return from_file(|notice| Ok(Input::stdin(notice)), "stdin", messages),
        EncodedSource::Config { path, key } => (path, key),
    };
    let (reason, why) = match Document::read(&read(path, &Wait::new(&|| note_waiting(messages)))?)?.get(key) {
        Ok(Some(text)) if text.is_empty() => ("empty-string", "the string is empty".to_owned()),
        Ok(Some(text)) => return Ok(Stored::Hash { encoded: diagnose::read_stored(&text)?, text }),
        Ok(None) => ("null", "the value is null".to_owned()),
        Err(EditError::NotFound { key, missing: MissingPart::LastMember, suggestion, .. }) => {
            let meant = suggestion.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
            ("missing-member", format!("{key} is missing{meant}"))
        }
        Err(error) => return Err(error.into()),
    };
    messages.note(format_args!("there is no hash in the config yet: {why}"));
    Ok(Stored::Missing(reason))
}

/// Reads a hash from a file, which messages name like this.
fn from_file(
    open: impl FnOnce(Notice) -> io::Result<Input>,
    name: &'static str,
    messages: Messages,
) -> Result<Stored, Error> {
    let bytes =
        bytes_of(open, name, messages).map_err(|error| Error::UnreadableHash(SystemError::of(&error)))?;
    let read = || {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(ParseError::TooLong.into());
        }
        let text = diagnose::text_of_file(&bytes)?;
        Ok(Stored::Hash { encoded: diagnose::read(text.as_ref())?, text: text.to_owned() })
    };
    read().map_err(Error::EncodedFile)
}

/// Reads a file as far as a hash could reach. At a terminal it says how to end what is pasted there.
fn bytes_of(
    open: impl FnOnce(Notice) -> io::Result<Input>,
    name: &'static str,
    messages: Messages,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let told = Arc::new(Once::new());
    let notice = {
        let told = Arc::clone(&told);
        move || told.call_once(|| note_silence(name, messages))
    };
    let file = open(Arc::new(notice))?;
    if file.is_terminal() {
        told.call_once(|| {
            messages.note(format_args!("waiting for a hash: paste it, then press Enter and {HOW_TO_END}"));
        });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE_BYTES + 1));
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Notes that a tag may have lost its end: it is shorter than usual, and of a length that hardly any program makes.
pub(super) fn note_short_tag(encoded: &Encoded, messages: Messages) {
    let bytes = encoded.tag.len();
    if bytes < TAG_BYTES && !bytes.is_multiple_of(8) {
        messages.note(format_args!(
            "the tag has {bytes} bytes, and most have {TAG_BYTES}: the end of the hash may be cut off"
        ));
    }
}

/// The error of a hash whose tag was cut off or extended.
pub(super) fn damaged(source: &EncodedSource, damage: Damage) -> Error {
    match source {
        EncodedSource::Argument(_) => Error::Encoded(damage),
        EncodedSource::File(_) | EncodedSource::Stdin => Error::EncodedFile(damage),
        EncodedSource::Config { .. } => StoredError::Damaged(damage).into(),
    }
}
