//! `--verify`: whether a password is the one in an encoded string.

use anyhow::Result;
use serde_json::json;

use super::output::Output;
use crate::cli::{Format, Verify};
use crate::derive::TAG_BYTES;
use crate::error::Status;
use crate::input::Source;
use crate::limits::{check_memory, check_policy};
use crate::mangled;
use crate::stderr::Notes;
use crate::verify::Verifier;

pub(super) fn run(request: &Verify) -> Result<Status> {
    // All that can be refused is, before anybody is asked for a password.
    let encoded = mangled::read(&request.encoded)?;
    check_policy(encoded.cost)?;
    check_memory(encoded.cost)?;
    let source = Source::decide(Vec::new(), request.password_file.as_deref())?;
    let mut output = Output::open()?;

    let notes = Notes { quiet: request.quiet };
    let taken = source.password()?;
    notes.remarks(&taken);
    let matches = Verifier::new(encoded.cost.parallelism())?.matches(&encoded, taken.password.as_bytes())?;
    if !matches && encoded.tag.len() != TAG_BYTES {
        notes.say(format_args!(
            "the tag has {} bytes, and {TAG_BYTES} are usual: the encoded string may have been cut off",
            encoded.tag.len()
        ));
    }
    output.write(&match request.format {
        Format::Json => format!("{}\n", json!({ "match": matches })),
        Format::Plain | Format::Label => (if matches { "match\n" } else { "no match\n" }).to_owned(),
    })?;
    Ok(if matches { Status::Done } else { Status::No })
}
