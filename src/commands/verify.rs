//! `--verify`: whether a password matches an encoded string.

use serde::Serialize;

use super::config::{self, Found};
use super::notes::{note_prompt, open};
use crate::advice::Error;
use crate::cli::request::{EncodedSource, Verify};
use crate::hash::diagnose::StoredError;
use crate::hash::encoded::{Encoded, ParseError, TAG_BYTES};
use crate::hash::policy;
use crate::hash::verifier::Verifier;
use crate::output::formats::{self, AnswerFormat};
use crate::output::messages::Messages;
use crate::output::stdout::Stdout;
use crate::password::{Entry, Warning};
use crate::status::Status;

#[derive(Serialize)]
struct Answer {
    r#match: bool,
    /// Why there is no hash yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

pub(super) fn run(request: Verify) -> Result<Status, Error> {
    let messages = Messages { quiet: request.quiet };
    // Refuse all that can be refused before asking for a password.
    let encoded = match config::find(&request.encoded)? {
        Found::Hash { encoded, .. } => encoded,
        Found::Nothing(nothing) => {
            messages.note(&nothing);
            return answer(request.format, false, Some(nothing.reason()));
        }
    };
    policy::check(encoded.params)?;
    policy::max_workers(encoded.params.memory_kib().into(), 1)?;
    let source = open(request.source)?;
    note_prompt(&source, messages);

    let Entry { position, password, warnings } = source.existing_password()?;
    let matches = matches(&encoded, password.as_bytes())?.map_err(|damage| match request.encoded {
        EncodedSource::Argument(_) => Error::Encoded(damage.into()),
        EncodedSource::Config { .. } => Error::Stored(StoredError::Damaged(damage.into())),
    })?;
    // Wipe the password before printing, because a full pipe may block this process.
    drop(password);
    // The Unicode form matters only if the password does not match.
    for warning in warnings.iter().filter(|warning| !matches || **warning != Warning::NotNfc) {
        messages.note(format_args!("{position}{warning}"));
    }
    answer(request.format, matches, None)
}

fn answer(format: AnswerFormat, matches: bool, reason: Option<&'static str>) -> Result<Status, Error> {
    let text = match (format, matches, reason) {
        (AnswerFormat::Json, ..) => formats::json(&Answer { r#match: matches, reason })?,
        (AnswerFormat::Plain, true, _) => "match\n".to_owned(),
        (AnswerFormat::Plain, false, None) => "no match\n".to_owned(),
        (AnswerFormat::Plain, false, Some(_)) => "no hash\n".to_owned(),
    };
    // With a closed pipe, the exit status is still the answer.
    let _ = Stdout::open()?.write(text)?;
    Ok(if matches { Status::Done } else { Status::No })
}

/// Whether the password matches. A string whose tag was cut or extended must not look like a wrong password.
fn matches(encoded: &Encoded, password: &[u8]) -> Result<Result<bool, ParseError>, Error> {
    let verifier = Verifier::new(encoded.params.parallelism(), encoded.params.memory_kib().into())?;
    let matches = verifier.matches(encoded, password)?;
    if !matches && verifier.tag_was_cut_or_extended(encoded, password)? {
        let cut_off = encoded.tag.len() < TAG_BYTES;
        return Ok(Err(if cut_off { ParseError::CutOff } else { ParseError::Surplus }));
    }
    Ok(Ok(matches))
}
