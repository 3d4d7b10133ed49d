//! The formats of results.

use std::io;

use serde::Serialize;

use super::stdout::OutputError;

/// How a hash is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HashFormat {
    /// The encoded string.
    #[default]
    Plain,
    /// The encoded string after the connector's label.
    Label,
    /// One JSON object per line.
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
