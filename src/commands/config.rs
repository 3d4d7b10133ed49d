//! Encoded strings in the connector's config: written there by `--hash_pass`, read by the others.

use std::ffi::OsStr;

use anyhow::Result;

use crate::cli::{Config, EncodedSource};
use crate::config_file::edit::{Document, EditError};
use crate::config_file::replace::{check, read, replace};
use crate::encoded::Encoded;
use crate::mangled;
use crate::stderr::Notes;

/// The place is there, and nothing stands in it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no encoded string in the config yet: the place is empty")]
pub(crate) struct Unwritten;

impl Unwritten {
    pub(crate) const HINT: &str = "write one: tc_calendar --hash_pass with the same --config and --key";
}

/// Refuses what [`write`] would, as far as can be known before there is a hash.
pub(super) fn check_writable(config: &Config) -> Result<()> {
    let text = check(&config.path, config.manner)?;
    set_all(&text, config, config.keys.iter().map(|_| String::new()))?;
    Ok(())
}

/// Writes each encoded string to its place, all at once.
pub(super) fn write(config: &Config, encoded: &[Encoded], notes: Notes) -> Result<()> {
    let replaced = replace(&config.path, config.manner, |text| -> Result<_> {
        Ok(set_all(text, config, encoded.iter().map(Encoded::to_string))?)
    })?;
    if replaced.other_names {
        notes.say(
            "the config has another name (a hard link), which still leads to the old content; \
             --in-place would change both",
        );
    }
    match encoded {
        [_] => notes.say("the hash is in the config"),
        several => notes.say(format_args!("{} hashes are in the config", several.len())),
    }
    Ok(())
}

/// Takes an encoded string from where it is.
pub(super) fn encoded(source: &EncodedSource) -> Result<Encoded> {
    match source {
        EncodedSource::Argument(text) => Ok(mangled::read(text)?),
        EncodedSource::Config { path, key } => {
            let text = Document::read(&read(path)?)?.get(key)?;
            let text = text.filter(|text| !text.is_empty()).ok_or(Unwritten)?;
            Ok(mangled::read(OsStr::new(&text))?)
        }
    }
}

fn set_all(text: &[u8], config: &Config, values: impl Iterator<Item = String>) -> Result<Vec<u8>, EditError> {
    let mut document = Document::read(text)?;
    for (key, value) in config.keys.iter().zip(values) {
        document.set(key, &value, config.missing)?;
    }
    Ok(document.into_bytes())
}
