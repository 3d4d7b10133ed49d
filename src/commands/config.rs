//! Encoded strings in the connector's config: written there by `--hash_pass`, read by the others.

use anyhow::Result;

use crate::cli::{Config, EncodedSource};
use crate::config_file::edit::{Document, EditError};
use crate::config_file::replace::{check, read, replace};
use crate::encoded::Encoded;
use crate::mangled;
use crate::stderr::Notes;

/// Refuses what [`write`] would, as far as can be known before there is a hash.
pub(super) fn check_writable(config: &Config) -> Result<()> {
    let text = check(&config.path, config.manner)?;
    set_all(&text, config, config.keys.iter().map(|_| String::new()))?;
    Ok(())
}

/// Writes each encoded string to its place, all at once. Returns for each whether its member is new.
pub(super) fn write(config: &Config, encoded: &[Encoded], notes: Notes) -> Result<Vec<bool>> {
    let mut created = Vec::new();
    let replaced = replace(&config.path, config.manner, |text| -> Result<_> {
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
    match (encoded, &created[..]) {
        ([_], [true]) => notes.say("the hash is in the config, in a new member"),
        ([_], _) => notes.say("the hash is in the config"),
        (several, _) => notes.say(format_args!("{} hashes are in the config", several.len())),
    }
    Ok(created)
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
