//! `--verify`: whether a password matches an encoded string.

use serde::Serialize;

use super::config;
use crate::cli::request::Verify;
use crate::cli::status::Status;
use crate::error::Error;
use crate::hash::diagnose::Damage;
use crate::hash::encoded::{Encoded, TAG_BYTES};
use crate::hash::policy;
use crate::hash::verifier::Verifier;
use crate::output::formats::{self, AnswerFormat};
use crate::output::messages::Messages;
use crate::output::stdout::Stdout;

#[derive(Serialize)]
struct Answer {
    r#match: bool,
}

pub(super) fn run(request: Verify) -> Result<Status, Error> {
    // All that can be refused is refused before a password is asked for.
    let encoded = config::encoded(&request.encoded)?;
    policy::check(encoded.params)?;
    policy::max_workers(encoded.params.memory_kib().into(), 1)?;
    let source = request.source.open()?;
    let mut stdout = Stdout::open()?;

    let messages = Messages { quiet: request.quiet };
    let entry = source.only()?;
    for warning in &entry.warnings {
        messages.note(format_args!("{}{warning}", entry.position));
    }
    let matches = matches(&encoded, entry.password.as_bytes())?;
    // Before anything is printed: a reader may keep this process waiting.
    drop(entry);
    let answer = match request.format {
        AnswerFormat::Json => formats::json(&Answer { r#match: matches })?,
        AnswerFormat::Plain => (if matches { "match\n" } else { "no match\n" }).to_owned(),
    };
    // The status still answers a reader that has left.
    let _ = stdout.write(answer)?;
    Ok(if matches { Status::Done } else { Status::No })
}

fn matches(encoded: &Encoded, password: &[u8]) -> Result<bool, Error> {
    let verifier = Verifier::new(encoded.params.parallelism())?;
    let matches = verifier.matches(encoded, password)?;
    // A string that has lost its end, or got a longer one, must not look like a wrong password.
    if !matches && verifier.would_match_whole(encoded, password)? {
        let cut_off = encoded.tag.len() < TAG_BYTES;
        return Err(if cut_off { Damage::CutOff } else { Damage::Surplus }.into());
    }
    Ok(matches)
}
