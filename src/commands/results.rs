//! Where hashes go: to stdout, a line each as they come, or into the config, all at once at the end.

use std::cmp::Ordering;

use anyhow::Result;

use super::config;
use super::line::{Written, line};
use super::output::{Output, Reader};
use crate::cli::{Config, Format};
use crate::cost::Cost;
use crate::derive::{SALT_BYTES, TAG_BYTES};
use crate::encoded::{Encoded, Variant, Version};
use crate::input::Passwords;
use crate::stderr::Notes;
use crate::usage::UsageError;

/// The destination of one run's hashes.
pub(super) struct Results {
    output: Output,
    /// How they are printed; none for not at all.
    format: Option<Format>,
    /// The places in the config, with the hashes for them so far.
    config: Option<(Config, Vec<Encoded>)>,
}

impl Results {
    /// Refuses all that can be known to fail before there is a password. How many of these there
    /// are, `passwords` says where it is known.
    pub(super) fn open(
        format: Option<Format>,
        config: Option<Config>,
        passwords: Option<usize>,
        cost: Cost,
        notes: Notes,
    ) -> Result<Self> {
        let output = Output::open()?;
        if let Some(config) = &config {
            if let Some(passwords) = passwords {
                check_count(passwords, config)?;
            }
            let (salt, tag) = (vec![0; SALT_BYTES], vec![0; TAG_BYTES]);
            let sample = Encoded { variant: Variant::Argon2id, version: Version::V19, cost, salt, tag };
            config::check_writable(config, &sample, notes)?;
        }
        Ok(Self { output, format, config: config.map(|config| (config, Vec::new())) })
    }

    /// The passwords, if there are as many as places. No more are read than it takes to know.
    pub(super) fn counted(&self, passwords: Passwords) -> Result<Passwords> {
        let Some((config, _)) = &self.config else { return Ok(passwords) };
        let taken: Vec<_> = passwords.take(config.keys.len() + 1).collect::<Result<_, _>>()?;
        check_count(taken.len(), config)?;
        Ok(Box::new(taken.into_iter().map(Ok)))
    }

    /// Takes the next hash.
    pub(super) fn take(&mut self, encoded: Encoded) -> Result<Reader> {
        if let Some((_, taken)) = &mut self.config {
            taken.push(encoded);
            return Ok(Reader::Stays);
        }
        Ok(self.output.write(&line(&encoded, None, self.format.unwrap_or_default())?)?)
    }

    /// Writes what has been kept until now.
    pub(super) fn finish(mut self, notes: Notes) -> Result<()> {
        let Some((config, encoded)) = self.config else { return Ok(()) };
        let created = config::write(&config, &encoded, notes)?;
        let Some(format) = self.format else { return Ok(()) };
        for ((key, encoded), created) in config.keys.iter().zip(&encoded).zip(created) {
            let written = Written { config: &config.path, key, created };
            self.output.write(&line(encoded, Some(written), format)?)?;
        }
        Ok(())
    }
}

/// Each password has its place.
fn check_count(passwords: usize, config: &Config) -> Result<(), UsageError> {
    match passwords.cmp(&config.keys.len()) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(UsageError::MorePasswords),
        Ordering::Less => Err(UsageError::FewerPasswords),
    }
}
