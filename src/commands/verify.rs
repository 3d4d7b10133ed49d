//! `--verify`: whether a password is the one in an encoded string.

use anyhow::Result;
use serde_json::json;

use super::config;
use super::output::Output;
use crate::cli::{Format, Verify};
use crate::derive::TAG_BYTES;
use crate::encoded::Encoded;
use crate::error::Status;
use crate::input::Source;
use crate::limits::{affordable_workers, check_policy};
use crate::mangled::Mangled;
use crate::password::Password;
use crate::stderr::Notes;
use crate::verify::Verifier;

pub(super) fn run(request: &Verify) -> Result<Status> {
    // All that can be refused is, before anybody is asked for a password.
    let encoded = config::encoded(&request.encoded)?;
    check_policy(encoded.cost)?;
    affordable_workers(encoded.cost.memory_kib().into(), 1)?;
    let source = Source::decide(Vec::new(), request.password_file.as_deref())?;
    let mut output = Output::open()?;

    let notes = Notes { quiet: request.quiet };
    let taken = source.password()?;
    notes.remarks(taken.place, &taken.remarks);
    let matches = matches(&encoded, &taken.password)?;
    // Before anything is printed: a reader may keep this process waiting for long.
    drop(taken);
    output.write(&match request.format {
        Format::Json => format!("{}\n", json!({ "match": matches })),
        Format::Plain | Format::Label => (if matches { "match\n" } else { "no match\n" }).to_owned(),
    })?;
    Ok(if matches { Status::Done } else { Status::No })
}

fn matches(encoded: &Encoded, password: &Password) -> Result<bool> {
    let verifier = Verifier::for_memory(encoded.cost.parallelism(), encoded.cost.memory_kib().into())?;
    let password = password.as_bytes();
    let matches = verifier.matches(encoded, password)?;
    // A string that has lost its end, or got a longer one, must not pass for a wrong password.
    if !matches && verifier.would_match_whole(encoded, password)? {
        let cut_off = encoded.tag.len() < TAG_BYTES;
        return Err(if cut_off { Mangled::CutOff } else { Mangled::Surplus }.into());
    }
    Ok(matches)
}
