//! A hash as a line of output, in each of the formats.

use std::path::Path;

use anyhow::Result;
use jsonptr::Pointer;
use serde::Serialize;

use crate::cli::Format;
use crate::encoded::Encoded;
use crate::mangled::LABEL;

/// What `--format json` prints of a hash.
#[derive(Serialize)]
struct Json<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<bool>,
    encoded: &'a str,
    variant: &'a str,
    version: u32,
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

/// Where a hash has been written to.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) config: &'a Path,
    pub(super) key: &'a Pointer,
    /// Whether the member is new.
    pub(super) created: bool,
}

/// The line of a hash, which has been written to a config or not.
pub(super) fn line(encoded: &Encoded, written: Option<Written<'_>>, format: Format) -> Result<String> {
    Ok(match format {
        Format::Plain => format!("{encoded}\n"),
        Format::Label => format!("{LABEL}{encoded}\n"),
        Format::Json => {
            let json = Json {
                config: written.map(|written| written.config.display().to_string()),
                key: written.map(|written| written.key.as_str()),
                created: written.map(|written| written.created),
                encoded: &encoded.to_string(),
                variant: encoded.variant.name(),
                version: encoded.version.number(),
                memory_kib: encoded.cost.memory_kib(),
                iterations: encoded.cost.iterations(),
                parallelism: encoded.cost.parallelism(),
            };
            serde_json::to_string(&json)? + "\n"
        }
    })
}
