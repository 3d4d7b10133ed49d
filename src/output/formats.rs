//! The formats of results.

use std::io;

use clap::ValueEnum;
use serde::Serialize;

use super::stdout::OutputError;

/// How a hash is printed. The man page prints the comments of the formats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum HashFormat {
    /// the encoded string, or the answer
    #[default]
    Plain,
    /// the encoded string after 'Your encrypted data: '
    Label,
    /// one object per line; an error too, on stderr
    Json,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AnswerFormat {
    #[default]
    Plain,
    /// One JSON object.
    Json,
}

/// A document as one line of JSON.
///
/// # Errors
///
/// [`OutputError`], for a document that JSON cannot represent.
pub fn json(document: &impl Serialize) -> Result<String, OutputError> {
    let line = serde_json::to_string(document).map_err(io::Error::from)?;
    Ok(line + "\n")
}
