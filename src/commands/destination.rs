//! Where hashes go: to stdout, a line each as they come, or into the config, all at once at the end.

use std::ops::ControlFlow;
use std::path::Path;

use serde::{Serialize, Serializer};

use super::config;
use crate::cli::request::{ConfigTarget, Destination};
use crate::error::Error;
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
        hashes: Vec<Encoded>,
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

/// Where a hash has been written.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(serialize_with = "lossy")]
    config: &'a Path,
    key: &'a str,
    /// Whether the member is new.
    created: bool,
}

impl Sink {
    /// Opens the destination and checks all that can be checked before reading a password.
    pub(super) fn open(destination: Destination) -> Result<Self, Error> {
        // Even if nothing is printed: a run that cannot print should not write either.
        let stdout = Stdout::open()?;
        match destination {
            Destination::Stdout(format) => Ok(Self::Stdout(stdout, format)),
            Destination::Config(target, format) => {
                config::check_writable(&target)?;
                let print = format.map(|format| (stdout, format));
                Ok(Self::Config { target, hashes: Vec::new(), print })
            }
        }
    }

    /// How many hashes it takes, if that is fixed.
    pub(super) fn capacity(&self) -> Option<usize> {
        match self {
            Self::Stdout(..) => None,
            Self::Config { target, .. } => Some(target.keys.len()),
        }
    }

    /// Prints the next hash, or keeps it for the end.
    pub(super) fn put(&mut self, encoded: Encoded) -> Result<ControlFlow<()>, Error> {
        match self {
            Self::Stdout(stdout, format) => Ok(stdout.write(line(&encoded, None, *format)?)?),
            Self::Config { hashes, .. } => {
                hashes.push(encoded);
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    /// Writes what has been kept.
    pub(super) fn finish(self, messages: Messages) -> Result<(), Error> {
        let Self::Config { target, hashes, print } = self else { return Ok(()) };
        let created = config::write(&target, &hashes, messages)?;
        let Some((mut stdout, format)) = print else { return Ok(()) };
        for ((key, encoded), created) in target.keys.iter().zip(&hashes).zip(created) {
            let written = Written { config: &target.path, key: key.as_str(), created };
            if stdout.write(line(encoded, Some(written), format)?)?.is_break() {
                break;
            }
        }
        Ok(())
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

fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}
