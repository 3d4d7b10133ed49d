//! Encoded strings in the connector's config: written there by `--hash_pass`, read by the others.

use std::fmt;
use std::path::Path;

use jsonptr::Pointer;

use crate::cli::request::{ConfigTarget, EncodedSource};
use crate::config_file::edit::error::{EditError, Location, MissingPart};
use crate::config_file::edit::{Document, OnMissing};
use crate::config_file::replace::{Backup, check, read, replace};
use crate::error::Error;
use crate::hash::diagnose::{self, Foreign, NotAHash};
use crate::hash::encoded::Encoded;
use crate::output::messages::Messages;

/// What is where an encoded string should be.
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
    /// What JSON calls it.
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

/// Reads an encoded string from where it is.
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

/// The encoded strings that are at the locations now; none where there is another string to replace.
pub(super) fn existing(target: &ConfigTarget) -> Result<Vec<Option<Encoded>>, Error> {
    let document = Document::read(&read(&target.path)?)?;
    let of_key = |key| {
        let text = replaceable(&document, key, target)?;
        Ok(text.and_then(|text| Encoded::read(&text).ok()))
    };
    target.keys.iter().map(|key| of_key(key)).collect()
}

/// Refuses what [`write`] would, as far as it can be known before there is a hash. `sample` is as long as
/// the hashes to come.
pub(super) fn check_writable(
    target: &ConfigTarget,
    sample: &Encoded,
    messages: Messages,
) -> Result<(), Error> {
    check(&target.path, target.options, &|| note_waiting(messages), |text| {
        Ok(set_all(text, target, target.keys.iter().map(|_| Some(sample.to_string())))?.0)
    })
}

/// Writes encoded strings to their locations, all at once. Returns for each whether its member is new.
pub(super) fn write<'a>(
    target: &ConfigTarget,
    encoded: impl Iterator<Item = Option<&'a Encoded>>,
    messages: Messages,
) -> Result<Vec<bool>, Error> {
    let mut created = Vec::new();
    let replaced =
        replace(&target.path, target.options, &|| note_waiting(messages), |text| -> Result<_, Error> {
            let (text, of_each) =
                set_all(text, target, encoded.map(|encoded| encoded.map(Encoded::to_string)))?;
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

/// A path without control characters, which a terminal would obey.
pub(super) fn shown(path: &Path) -> String {
    let path = path.display().to_string();
    path.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn note_waiting(messages: Messages) {
    messages.note("waiting for another program to unlock the config");
}

fn set_all(
    text: &[u8],
    target: &ConfigTarget,
    values: impl Iterator<Item = Option<String>>,
) -> Result<(Vec<u8>, Vec<bool>), Error> {
    let mut document = Document::read(text)?;
    let mut created = Vec::new();
    for (key, value) in target.keys.iter().zip(values) {
        replaceable(&document, key, target)?;
        created.push(match value {
            Some(value) => document.set(key, &value, target.on_missing)?,
            None => false,
        });
    }
    Ok((document.into_bytes(), created))
}

/// The string at a key, if it may be replaced; none for null and for a member to be created.
fn replaceable(document: &Document, key: &Pointer, target: &ConfigTarget) -> Result<Option<String>, Error> {
    let text = match document.get(key) {
        Err(EditError::NotFound { missing: MissingPart::LastMember, .. })
            if target.on_missing == OnMissing::Create =>
        {
            None
        }
        found => found?,
    };
    match text.as_deref().and_then(Foreign::of).filter(|_| !target.replace) {
        Some(found) => Err(NotAHash { at: Location::of(key).to_string(), found }.into()),
        None => Ok(text),
    }
}
