//! Hashes in the config: decides which may stay or be replaced, and writes new ones.

use std::path::Path;

use jsonptr::Pointer;

use super::worker::Hashed;
use crate::advice::Error;
use crate::cli::request::ConfigTarget;
use crate::config_file::edit::Document;
use crate::config_file::edit::error::{EditError, Location, MissingPart};
use crate::config_file::replace::{self, FileError, Role, Wait, read, read_locked};
use crate::hash::diagnose::{NotAHash, StoredError};
use crate::hash::encoded::Encoded;
use crate::hash::policy;
use crate::hash::strength::Requirement;
use crate::output::Messages;
use crate::system::memory;
use crate::system::text::printable;

/// For each location, the hash that may stay if it matches; none where a new one must be written.
pub(super) fn hashes_to_keep(target: &ConfigTarget, wait: &Wait<'_>) -> Result<Vec<Option<Encoded>>, Error> {
    let Some(requirement) = target.if_needed else { return Ok(vec![None; target.keys.len()]) };
    let document = Document::read(&read(&target.path, wait)?)?;
    let hash_at = |key| {
        let text = replaceable(&document, key, target)?;
        let encoded = text.and_then(|text| Encoded::read(&text).ok());
        Ok(encoded.filter(|encoded| may_stay(encoded, requirement)))
    };
    target.keys.iter().map(|key| hash_at(key)).collect()
}

/// Whether a hash that matches is good enough, and can be verified here.
fn may_stay(encoded: &Encoded, requirement: Requirement) -> bool {
    requirement.shortfall(encoded).is_none()
        && policy::check(encoded.params).is_ok()
        && policy::max_workers(memory::available(), encoded.params.memory_kib().into(), 1).is_ok()
}

/// Dry run of [`write`], before a password is asked for. `sample` stands in for the hashes and is as long. Returns for
/// each hash whether its member would be new.
pub(super) fn rehearse(
    target: &ConfigTarget,
    sample: &Encoded,
    wait: &Wait<'_>,
    messages: Messages,
) -> Result<Vec<bool>, Error> {
    let (mut resembling, mut created) = (Vec::new(), Vec::new());
    replace::rehearse(&target.path, target.options, wait, |text| {
        let hashes = target.keys.iter().map(|_| (sample, true));
        let (text, created_now) = set_all(text, target, hashes)?;
        for (key, _) in target.keys.iter().zip(&created_now).filter(|(_, is_new)| **is_new) {
            resembling.push((key, Document::read(&text)?.resembling(key)?));
        }
        created = created_now;
        Ok::<_, Error>(text)
    })?;
    for (key, others) in resembling {
        for other in others {
            messages.note(format_args!(
                "the new member {} resembles {other}; a program may take one for the other, or refuse both",
                Location::of(key)
            ));
        }
    }
    Ok(created)
}

/// Writes the new hashes to their locations, all at once; those that are kept must still be there, even if no hash is
/// new. Returns for each hash whether its member is new; that is an error if it is not what was announced.
pub(super) fn write(
    target: &ConfigTarget,
    hashes: &[Hashed],
    announced: Option<&[bool]>,
    wait: &Wait<'_>,
    messages: Messages,
) -> Result<Vec<bool>, Error> {
    let set_all = |text: &[u8]| set_all(text, target, hashes.iter().map(|hash| (&hash.encoded, hash.is_new)));
    // Without a new hash, the config may be read-only.
    if hashes.iter().all(|hash| !hash.is_new) {
        return Ok(set_all(&read_locked(&target.path, wait)?)?.1);
    }
    let mut created = Vec::new();
    let replaced = replace::replace(&target.path, target.options, wait, |text| {
        let (text, created_now) = set_all(text)?;
        if announced.is_some_and(|announced| announced != created_now) {
            return Err(FileError::Changed(Role::Config).into());
        }
        created = created_now;
        Ok::<_, Error>(text)
    })?;
    if replaced.other_names {
        messages.note(
            "another name of the config (a hard link) has the old content; --in-place would change both",
        );
    }
    if let Some(name) = &replaced.backup {
        messages.note(format_args!("the backup is {}", shown(name.as_ref())));
    }
    Ok(created)
}

/// A path as messages show it.
pub(super) fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

pub(super) fn note_waiting(messages: Messages) {
    messages.note("waiting for another program that uses the config");
}

/// Sets the hashes that are new; the others must still stand in the text. Also returns for each hash whether its
/// member is new.
fn set_all<'a>(
    text: &[u8],
    target: &ConfigTarget,
    hashes: impl Iterator<Item = (&'a Encoded, bool)>,
) -> Result<(Vec<u8>, Vec<bool>), Error> {
    let mut document = Document::read(text)?;
    let mut created = Vec::new();
    for (key, (encoded, is_new)) in target.keys.iter().zip(hashes) {
        let now = replaceable(&document, key, target)?;
        if is_new {
            created.push(document.set(key, &encoded.to_string(), target.on_missing)?);
        } else if now.is_some_and(|now| Encoded::read(&now).is_ok_and(|now| now == *encoded)) {
            created.push(false);
        } else {
            return Err(FileError::Changed(Role::Config).into());
        }
    }
    Ok((document.into_bytes(), created))
}

/// The string at a key, if it may be replaced; none for null and for a member that is missing, which only
/// setting refuses.
fn replaceable(document: &Document, key: &Pointer, target: &ConfigTarget) -> Result<Option<String>, Error> {
    let text = match document.get(key) {
        Err(EditError::NotFound { missing: MissingPart::LastMember, .. }) => None,
        text => text?,
    };
    match text.as_deref().and_then(NotAHash::of).filter(|_| !target.replace) {
        Some(text) => Err(StoredError::NotReplaced { at: Location::of(key).to_string(), text }.into()),
        None => Ok(text),
    }
}
