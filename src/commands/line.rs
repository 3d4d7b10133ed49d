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
    encoded: &'a str,
    variant: &'a str,
    version: u32,
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

/// The line of a hash, which has been `written` to a place in a config or not.
pub(super) fn line(encoded: &Encoded, written: Option<(&Path, &Pointer)>, format: Format) -> Result<String> {
    Ok(match format {
        Format::Plain => format!("{encoded}\n"),
        Format::Label => format!("{LABEL}{encoded}\n"),
        Format::Json => {
            let json = Json {
                config: written.map(|(config, _)| config.display().to_string()),
                key: written.map(|(_, key)| key.as_str()),
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
