//! Where hashes go: to stdout one by one, or into the config all at once at the end.

use std::ops::ControlFlow;

use serde::Serialize;

use super::config::{self, Hash};
use crate::advice::Error;
use crate::cli::request::{ConfigTarget, Destination};
use crate::config_file::edit::error::Location;
use crate::hash::diagnose::LABEL;
use crate::hash::encoded::Encoded;
use crate::hash::params::Params;
use crate::output::formats::{self, HashFormat};
use crate::output::messages::Messages;
use crate::output::stdout::Stdout;

/// The open destination of one run.
pub(super) enum Sink {
    Stdout(Stdout, HashFormat),
    Config {
        target: ConfigTarget,
        /// The hashes so far.
        hashes: Vec<Hash>,
        print: Option<(Stdout, HashFormat)>,
    },
}

/// A hash as `--format json` prints it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    written: Option<Written<'a>>,
    encoded: String,
    variant: &'a str,
    version: u32,
    #[serde(flatten)]
    params: Params,
}

/// Where a hash is in the config.
#[derive(Serialize)]
struct Written<'a> {
    /// Omitted if it is not Unicode: an approximation would name another file.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a str>,
    key: &'a str,
    /// Whether the member is new.
    created: bool,
    /// Whether the string is new.
    changed: bool,
}

impl Sink {
    /// Opens the destination and checks all that can be checked before reading a password. Also
    /// returns, for each location, the hash that may stay there.
    pub(super) fn open(
        destination: Destination,
        params: Params,
        messages: Messages,
    ) -> Result<(Self, Vec<Option<Encoded>>), Error> {
        // Even if nothing will be printed, a run that cannot print should not write to the config.
        let stdout = Stdout::open()?;
        match destination {
            Destination::Stdout(format) => Ok((Self::Stdout(stdout, format), Vec::new())),
            Destination::Config(target, format) => {
                let existing = match target.if_needed {
                    Some(requirement) => config::existing(&target, requirement)?,
                    None => vec![None; target.keys.len()],
                };
                // The file may be read-only if nothing has to be written.
                if existing.iter().any(Option::is_none) {
                    config::check_writable(&target, &Encoded::placeholder(params), messages)?;
                }
                let print = format.map(|format| (stdout, format));
                Ok((Self::Config { target, hashes: Vec::new(), print }, existing))
            }
        }
    }

    /// The locations that want a password each, if there are any.
    pub(super) fn locations(&self) -> Option<Vec<String>> {
        match self {
            Self::Stdout(..) => None,
            Self::Config { target, .. } => {
                Some(target.keys.iter().map(|key| Location::of(key).to_string()).collect())
            }
        }
    }

    /// Prints the next hash, or keeps it for the end.
    pub(super) fn put(&mut self, hash: Hash) -> Result<ControlFlow<()>, Error> {
        match self {
            Self::Stdout(stdout, format) => Ok(stdout.write(line(&hash.encoded, None, *format)?)?),
            Self::Config { hashes, .. } => {
                hashes.push(hash);
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    /// Says what has become of the hashes before an error.
    pub(super) fn note_abandoned(&self, done: u64, messages: Messages) {
        match self {
            Self::Stdout(..) if done > 0 => {
                messages.note(format_args!("hashes printed before the error: {done}"));
            }
            Self::Stdout(..) => {}
            Self::Config { .. } => messages.note("nothing was written into the config"),
        }
    }

    /// Writes what has been kept, and says what is where.
    pub(super) fn finish(self, messages: Messages) -> Result<(), Error> {
        let Self::Config { target, hashes, print } = self else { return Ok(()) };
        let any_new = hashes.iter().any(|hash| hash.is_new);
        let created =
            if any_new { config::write(&target, &hashes, messages)? } else { vec![false; hashes.len()] };
        note_hashes(&target, &hashes, messages);
        if any_new {
            messages.note("restart the program that reads the config, so that it sees the change");
        }
        let Some((mut stdout, format)) = print else { return Ok(()) };
        let config = target.path.to_str();
        if format == HashFormat::Json && config.is_none() {
            messages.note("the path of the config is not Unicode, so JSON leaves it out");
        }
        for ((key, hash), created) in target.keys.iter().zip(&hashes).zip(created) {
            let written = Written { config, key: key.as_str(), created, changed: hash.is_new };
            let printed = stdout.write(line(&hash.encoded, Some(written), format)?);
            let failed = if any_new { Error::OutputAfterConfig } else { Error::Output };
            if printed.map_err(failed)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn note_hashes(target: &ConfigTarget, hashes: &[Hash], messages: Messages) {
    let file = config::shown(&target.path);
    for (key, hash) in target.keys.iter().zip(hashes) {
        let at = Location::of(key);
        if hash.is_new {
            messages.note(format_args!("wrote the hash to {at} in {file}"));
        } else {
            messages.note(format_args!("kept the hash at {at} in {file}: it matches and is strong enough"));
        }
    }
}

fn line(encoded: &Encoded, written: Option<Written<'_>>, format: HashFormat) -> Result<String, Error> {
    Ok(match format {
        HashFormat::Plain => format!("{encoded}\n"),
        HashFormat::Label => format!("{LABEL}{encoded}\n"),
        HashFormat::Json => formats::json(&Line {
            written,
            encoded: encoded.to_string(),
            variant: encoded.variant.name(),
            version: encoded.version.number(),
            params: encoded.params,
        })?,
    })
}
