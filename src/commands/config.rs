//! Reads encoded strings from the config and writes them to it.

use std::fmt;
use std::path::Path;

use jsonptr::Pointer;

use crate::advice::Error;
use crate::cli::request::{ConfigTarget, EncodedSource};
use crate::config_file::edit::Document;
use crate::config_file::edit::error::{EditError, Location, MissingPart};
use crate::config_file::replace::{Backup, FileError, check, read, replace};
use crate::hash::diagnose::{self, NotAHash, StoredError};
use crate::hash::encoded::Encoded;
use crate::hash::policy;
use crate::hash::strength::Requirement;
use crate::output::messages::Messages;
use crate::system::reason::printable;

/// A new hash for the config, or an existing one that is kept.
pub(super) struct Hash {
    pub(super) encoded: Encoded,
    pub(super) is_new: bool,
}

/// What was found where an encoded string should be.
pub(super) enum Found {
    Hash {
        encoded: Encoded,
        /// The string as it was found.
        text: String,
    },
    Nothing(Nothing),
}

/// Why there is no hash yet.
pub(super) enum Nothing {
    EmptyString,
    Null,
    MissingMember { nearest: Location, suggestion: Option<Location> },
}

impl Nothing {
    /// The name in JSON.
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::EmptyString => "empty-string",
            Self::Null => "null",
            Self::MissingMember { .. } => "missing-member",
        }
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no hash in the config yet: ")?;
        match self {
            Self::EmptyString => f.write_str("the string is empty"),
            Self::Null => f.write_str("the value is null"),
            Self::MissingMember { nearest, suggestion } => {
                write!(f, "the last name of --key is missing in {nearest}")?;
                suggestion.as_ref().map_or(Ok(()), |meant| write!(f, "; did you mean {meant}?"))
            }
        }
    }
}

/// Reads an encoded string from its argument or from the config.
pub(super) fn find(source: &EncodedSource) -> Result<Found, Error> {
    let (path, key) = match source {
        EncodedSource::Argument(text) => {
            let encoded = diagnose::read(text)?;
            return Ok(Found::Hash { encoded, text: text.to_string_lossy().into_owned() });
        }
        EncodedSource::Config { path, key } => (path, key),
    };
    match Document::read(&read(path)?)?.get(key) {
        Ok(Some(text)) if text.is_empty() => Ok(Found::Nothing(Nothing::EmptyString)),
        Ok(Some(text)) => Ok(Found::Hash { encoded: diagnose::read_stored(&text)?, text }),
        Ok(None) => Ok(Found::Nothing(Nothing::Null)),
        Err(EditError::NotFound { nearest, missing: MissingPart::LastMember, suggestion }) => {
            Ok(Found::Nothing(Nothing::MissingMember { nearest, suggestion }))
        }
        Err(error) => Err(error.into()),
    }
}

/// For each location, the encoded string that may stay if it matches; none where one must be written.
pub(super) fn existing(
    target: &ConfigTarget,
    requirement: Requirement,
) -> Result<Vec<Option<Encoded>>, Error> {
    let document = Document::read(&read(&target.path)?)?;
    let of_key = |key| {
        let text = replaceable(&document, key, target)?;
        let encoded = text.and_then(|text| Encoded::read(&text).ok());
        Ok(encoded.filter(|encoded| may_stay(encoded, requirement)))
    };
    target.keys.iter().map(|key| of_key(key)).collect()
}

/// Whether a hash that matches is good enough, and can be verified here.
fn may_stay(encoded: &Encoded, requirement: Requirement) -> bool {
    requirement.shortfall(encoded).is_none()
        && policy::check(encoded.params).is_ok()
        && policy::max_workers(encoded.params.memory_kib().into(), 1).is_ok()
}

/// Refuses what [`write`] would refuse, as far as that is known before hashing. `sample` is as long as
/// the hashes will be.
pub(super) fn check_writable(
    target: &ConfigTarget,
    sample: &Encoded,
    messages: Messages,
) -> Result<(), Error> {
    check(&target.path, target.options, &|| note_waiting(messages), |text| {
        let hashes = target.keys.iter().map(|_| (sample.to_string(), true));
        Ok(set_all(text, target, hashes)?.0)
    })
}

/// Writes encoded strings to their locations, all at once. Returns for each whether its member is new.
pub(super) fn write(target: &ConfigTarget, hashes: &[Hash], messages: Messages) -> Result<Vec<bool>, Error> {
    let mut created = Vec::new();
    let replaced =
        replace(&target.path, target.options, &|| note_waiting(messages), |text| -> Result<_, Error> {
            let (text, of_each) =
                set_all(text, target, hashes.iter().map(|hash| (hash.encoded.to_string(), hash.is_new)))?;
            created = of_each;
            Ok(text)
        })?;
    if replaced.other_names {
        messages.note(
            "the config has another name (a hard link), which still leads to the old content; \
             --in-place would change both",
        );
    }
    if let Some(Backup { name, kept: Some(kept) }) = &replaced.backup {
        let (name, kept) = (shown(name.as_ref()), shown(kept.as_ref()));
        messages.note(format_args!(
            "the backup is {name}; {kept} is kept, because it may hold the only copy of a password"
        ));
    }
    Ok(created)
}

/// A path as messages show it.
pub(super) fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

fn note_waiting(messages: Messages) {
    messages.note("waiting for another program that uses the config");
}

/// Sets the new strings. The others must be unchanged since they were read.
fn set_all(
    text: &[u8],
    target: &ConfigTarget,
    hashes: impl Iterator<Item = (String, bool)>,
) -> Result<(Vec<u8>, Vec<bool>), Error> {
    let mut document = Document::read(text)?;
    let mut created = Vec::new();
    for (key, (encoded, is_new)) in target.keys.iter().zip(hashes) {
        let now = replaceable(&document, key, target)?;
        if is_new {
            created.push(document.set(key, &encoded, target.on_missing)?);
        } else if now.is_some_and(|now| Encoded::read(&now).is_ok_and(|now| now.to_string() == encoded)) {
            created.push(false);
        } else {
            return Err(FileError::Changed.into());
        }
    }
    Ok((document.into_bytes(), created))
}

/// The string at a key, if it may be replaced; none for null and for a missing member. Setting that fails
/// unless it may be created.
fn replaceable(document: &Document, key: &Pointer, target: &ConfigTarget) -> Result<Option<String>, Error> {
    let text = match document.get(key) {
        Err(EditError::NotFound { missing: MissingPart::LastMember, .. }) => None,
        found => found?,
    };
    match text.as_deref().and_then(NotAHash::of).filter(|_| !target.replace) {
        Some(text) => Err(StoredError::NotReplaced { at: Location::of(key).to_string(), text }.into()),
        None => Ok(text),
    }
}
