//! The hash that `--verify` and `--inspect` read: an argument, a file, stdin, or in the config; or one per line.

use std::fmt::Display;
use std::io::{self, Read};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Once};

use zeroize::Zeroizing;

use super::config::note_waiting;
use super::source::note_silence;
use crate::advice::Error;
use crate::cli::request::{EncodedSource, HashFile};
use crate::config_file::edit::Document;
use crate::config_file::edit::error::{EditError, MissingPart};
use crate::config_file::replace::{Wait, read};
use crate::hash::diagnose::{self, Damage, StoredError};
use crate::hash::encoded::{Encoded, MAX_ENCODED_BYTES, ParseError, TAG_BYTES};
use crate::hash::policy;
use crate::output::Messages;
use crate::password::prompt::answer::drop_reports;
use crate::password::prompt::nobody_is_there;
use crate::system::error::SystemError;
use crate::system::lines::{Line, Lines};
use crate::system::stack::wiping_the_stack;
use crate::system::stream::Input;

/// The longest text that is taken from a file, in bytes: a hash, and what may surround it.
const MAX_TEXT_BYTES: usize = 2 * MAX_ENCODED_BYTES;

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
    wiping_the_stack(|| read_from(source, messages))
}

fn read_from(source: &EncodedSource, messages: Messages) -> Result<Stored, Error> {
    let (path, key) = match source {
        EncodedSource::Argument(text) => {
            let encoded = diagnose::read(text)?;
            return Ok(Stored::Hash { encoded, text: text.to_string_lossy().into_owned() });
        }
        EncodedSource::File(file) => return from_file(file, messages),
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

/// Reads a file as far as a hash could reach. What a terminal sends by itself is dropped.
fn from_file(file: &HashFile, messages: Messages) -> Result<Stored, Error> {
    let file = open(file, "a hash: paste it", messages)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_TEXT_BYTES + 1));
    let is_terminal = file.is_terminal();
    file.take(MAX_TEXT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if is_terminal {
        drop_reports(&mut bytes);
    }
    let (encoded, text) = from_text(&bytes, bytes.len() > MAX_TEXT_BYTES).map_err(Error::EncodedFile)?;
    Ok(Stored::Hash { encoded, text: text.to_owned() })
}

/// Opens a file of hashes. At a terminal it says that it waits for `what`, and how to end that.
fn open(file: &HashFile, what: &'static str, messages: Messages) -> Result<Input, Error> {
    let told = Arc::new(Once::new());
    let notice = |name: &'static str| {
        let told = Arc::clone(&told);
        Arc::new(move || told.call_once(|| note_silence(name, messages)))
    };
    let file = match file {
        HashFile::Path(path) => Input::open(path, notice("the hash file")).map_err(unreadable)?,
        HashFile::Stdin => Input::stdin(notice("stdin")),
    };
    if file.is_terminal() {
        if nobody_is_there() {
            return Err(Error::NobodyToPaste);
        }
        told.call_once(|| {
            messages.note(format_args!("waiting for {what}, then press Enter and {HOW_TO_END}"));
        });
    }
    Ok(file)
}

#[allow(clippy::needless_pass_by_value)] // so that `map_err` can take it
fn unreadable(error: io::Error) -> Error {
    Error::UnreadableHash(SystemError::of(&error))
}

/// Reads the text of a file or of a line, or its start if it goes on.
fn from_text(bytes: &[u8], goes_on: bool) -> Result<(Encoded, &str), Damage> {
    if goes_on {
        return Err(ParseError::TooLong.into());
    }
    let text = diagnose::text_of_file(bytes)?;
    Ok((diagnose::read(text.as_ref())?, text))
}

/// The hashes of a file, one per line, within the policy. The first error is the last item.
pub(super) struct HashLines {
    lines: Lines<Input>,
    is_terminal: bool,
    /// Whether the next line can be read without waiting.
    pub(super) ready: bool,
    /// How many empty lines at the end were left out, once that has been reached.
    pub(super) left_out: Arc<AtomicU64>,
    finished: bool,
}

impl HashLines {
    pub(super) fn open(file: &HashFile, messages: Messages) -> Result<Self, Error> {
        let file = open(file, "hashes: paste them, one per line", messages)?;
        let (ready, is_terminal) = (file.size().is_some(), file.is_terminal());
        let lines = Lines::new(file, MAX_TEXT_BYTES);
        let left_out = lines.left_out();
        Ok(Self { lines, is_terminal, ready, left_out, finished: false })
    }

    fn next_hash(&mut self) -> Result<Option<Encoded>, Error> {
        let Some(Line { number, mut text, is_cut }) = self.lines.next_line().map_err(unreadable)? else {
            return Ok(None);
        };
        if self.is_terminal {
            drop_reports(&mut text);
        }
        let read = || {
            let (encoded, _) = from_text(&text, is_cut).map_err(Error::EncodedFile)?;
            policy::check(encoded.params)?;
            Ok(encoded)
        };
        read().map(Some).map_err(|error| Error::AtLine(number, Box::new(error)))
    }
}

impl Iterator for HashLines {
    type Item = Result<Encoded, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        // As for a single hash, the line may be a password.
        let hash = wiping_the_stack(|| self.next_hash()).transpose();
        self.finished = !matches!(hash, Some(Ok(_)));
        hash
    }
}

/// Notes that a tag may have lost its end: it is shorter than usual, and of a length that hardly any program makes.
/// `position` says which hash it is of, if there are several.
pub(super) fn note_short_tag(position: impl Display, encoded: &Encoded, messages: Messages) {
    let bytes = encoded.tag.len();
    if bytes < TAG_BYTES && !bytes.is_multiple_of(8) {
        messages.note(format_args!(
            "{position}the tag has {bytes} bytes, and most have {TAG_BYTES}: the end of the hash may be cut off"
        ));
    }
}

/// The error of a hash whose tag was cut off or extended.
pub(super) fn damaged(source: &EncodedSource, damage: Damage) -> Error {
    match source {
        EncodedSource::Argument(_) => Error::Encoded(damage),
        EncodedSource::File(_) => Error::EncodedFile(damage),
        EncodedSource::Config { .. } => StoredError::Damaged(damage).into(),
    }
}
