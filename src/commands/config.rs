//! Encoded strings in the connector's config: written there by `--hash_pass`, read by the others.

use anyhow::Result;

use crate::cli::{Config, EncodedSource};
use crate::config_file::edit::{Document, EditError};
use crate::config_file::replace::{Backup, check, read, replace};
use crate::encoded::Encoded;
use crate::mangled;
use crate::stderr::Notes;

/// Refuses what [`write`] would, as far as can be known before there is a hash. `sample` is as long as
/// the encoded strings to come.
pub(super) fn check_writable(config: &Config, sample: &Encoded, notes: Notes) -> Result<()> {
    check(&config.path, config.replace, &|| waiting(notes), |text| -> Result<_> {
        Ok(set_all(text, config, config.keys.iter().map(|_| sample.to_string()))?.0)
    })
}

/// Writes each encoded string to its place, all at once. Returns for each whether its member is new.
pub(super) fn write(config: &Config, encoded: &[Encoded], notes: Notes) -> Result<Vec<bool>> {
    let mut created = Vec::new();
    let replaced = replace(&config.path, config.replace, &|| waiting(notes), |text| -> Result<_> {
        let (text, of_each) = set_all(text, config, encoded.iter().map(Encoded::to_string))?;
        created = of_each;
        Ok(text)
    })?;
    if replaced.other_names {
        notes.say(
            "the config has another name (a hard link), which still leads to the old content; \
             --in-place would change both",
        );
    }
    if let Some(Backup { name, kept: Some(kept) }) = &replaced.backup {
        notes.say(format_args!(
            "the backup is {}; {} is kept, because it may hold the only copy of a password",
            name.display(),
            kept.display()
        ));
    }
    match (encoded, &created[..]) {
        ([_], [true]) => notes.say("the hash is in the config, in a new member"),
        ([_], _) => notes.say("the hash is in the config"),
        (several, _) => notes.say(format_args!("{} hashes are in the config", several.len())),
    }
    Ok(created)
}

fn waiting(notes: Notes) {
    notes.say("waiting for another program to unlock the config");
}

/// Takes an encoded string from where it is.
pub(super) fn encoded(source: &EncodedSource) -> Result<Encoded> {
    match source {
        EncodedSource::Argument(text) => Ok(mangled::read(text)?),
        EncodedSource::Config { path, key } => {
            let text = Document::read(&read(path)?)?.get(key)?;
            Ok(mangled::read_from_config(&text.unwrap_or_default())?)
        }
    }
}

fn set_all(
    text: &[u8],
    config: &Config,
    values: impl Iterator<Item = String>,
) -> Result<(Vec<u8>, Vec<bool>), EditError> {
    let mut created = Vec::new();
    let mut document = Document::read(text)?;
    for (key, value) in config.keys.iter().zip(values) {
        created.push(document.set(key, &value, config.missing)?);
    }
    Ok((document.into_bytes(), created))
}
