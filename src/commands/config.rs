//! Encoded strings in the connector's config: written there by `--hash_pass`, read by the others.

use crate::cli::request::{ConfigTarget, EncodedSource};
use crate::config_file::edit::Document;
use crate::config_file::edit::error::EditError;
use crate::config_file::replace::{check, read, replace};
use crate::error::Error;
use crate::hash::diagnose;
use crate::hash::encoded::Encoded;
use crate::output::messages::Messages;

/// Refuses what [`write`] would, as far as it can be known before there is a hash.
pub(super) fn check_writable(target: &ConfigTarget) -> Result<(), Error> {
    let text = check(&target.path, target.options)?;
    set_all(&text, target, target.keys.iter().map(|_| String::new()))?;
    Ok(())
}

/// Writes all encoded strings to their locations at once. Returns for each whether its member is new.
pub(super) fn write(
    target: &ConfigTarget,
    encoded: &[Encoded],
    messages: Messages,
) -> Result<Vec<bool>, Error> {
    let mut created = Vec::new();
    let replaced = replace(&target.path, target.options, |text| -> Result<_, Error> {
        let (text, of_each) = set_all(text, target, encoded.iter().map(Encoded::to_string))?;
        created = of_each;
        Ok(text)
    })?;
    if replaced.other_names {
        messages.note(
            "the config has another name (a hard link), which still leads to the old content; \
             --in-place would change both",
        );
    }
    match (encoded, &created[..]) {
        ([_], [true]) => messages.note("the hash is in the config, in a new member"),
        ([_], _) => messages.note("the hash is in the config"),
        (several, _) => messages.note(format_args!("{} hashes are in the config", several.len())),
    }
    Ok(created)
}

/// Reads an encoded string from where it is.
pub(super) fn encoded(source: &EncodedSource) -> Result<Encoded, Error> {
    match source {
        EncodedSource::Argument(text) => Ok(diagnose::read(text)?),
        EncodedSource::Config { path, key } => {
            let text = Document::read(&read(path)?)?.get(key)?;
            Ok(diagnose::read_stored(&text.unwrap_or_default())?)
        }
    }
}

fn set_all(
    text: &[u8],
    target: &ConfigTarget,
    values: impl Iterator<Item = String>,
) -> Result<(Vec<u8>, Vec<bool>), EditError> {
    let mut created = Vec::new();
    let mut document = Document::read(text)?;
    for (key, value) in target.keys.iter().zip(values) {
        created.push(document.set(key, &value, target.on_missing)?);
    }
    Ok((document.into_bytes(), created))
}
