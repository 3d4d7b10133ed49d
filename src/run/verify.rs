//! `--verify`: whether a password matches a hash.

use serde::Serialize;

use super::source::{expect_answer, open};
use super::stored::{self, Stored, stored};
use crate::advice::Error;
use crate::cli::request::{EncodedSource, HashFile, Verify};
use crate::hash::diagnose::Damage;
use crate::hash::encoded::{Encoded, ParseError, TAG_BYTES};
use crate::hash::policy;
use crate::hash::verifier::{Verifier, VerifierMemory, VerifyError};
use crate::output::{AnswerFormat, Messages, answer, json};
use crate::password::{Entry, Position, Warning};
use crate::status::Status;
use crate::system::{cores, memory};

#[derive(Serialize)]
struct Answer {
    r#match: bool,
    /// Why there is no hash yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

pub(super) fn run(request: Verify) -> Result<Status, Error> {
    let messages = request.messages;
    let stdin_is_read = matches!(request.encoded, EncodedSource::File(HashFile::Stdin));
    if matches!(request.encoded, EncodedSource::File(_)) {
        expect_answer(&request.source, stdin_is_read)?;
    }
    // Refuse all that can be refused before a password is asked for.
    let encoded = match stored(&request.encoded, messages)? {
        Stored::Hash { encoded, .. } => encoded,
        Stored::Missing(reason) => {
            return answer(&text(request.format, false, Some(reason)), Status::No);
        }
    };
    policy::check(encoded.params)?;
    let (left, memory_kib) = (memory::available(), encoded.params.memory_kib().into());
    policy::max_workers(left, memory_kib, 1).map_err(VerifyError::Memory)?;
    let source = open(request.source, stdin_is_read, messages)?;
    let entry = source.existing_password()?;

    let wanted = cores().min(encoded.params.parallelism() as usize);
    let verifier = Verifier::new(policy::max_threads(left, memory_kib, wanted))?;
    let damaged = |damage| stored::damaged(&request.encoded, damage);
    let verdict = Verdict::of(&verifier, &mut VerifierMemory::default(), encoded, entry, damaged)?;
    verdict.note(messages);
    let status = if verdict.matches { Status::Done } else { Status::No };
    answer(&text(request.format, verdict.matches, None), status)
}

/// Whether a password matches a hash, and what to say about both.
pub(super) struct Verdict {
    pub(super) matches: bool,
    encoded: Encoded,
    position: Position,
    warnings: Vec<Warning>,
}

impl Verdict {
    /// Verifies the password, and wipes it, because nobody knows how long printing the answer takes. A tag that was cut
    /// or extended must not look like a wrong password: it is the error that `damaged` makes of it.
    pub(super) fn of(
        verifier: &Verifier,
        memory: &mut VerifierMemory,
        encoded: Encoded,
        entry: Entry,
        damaged: impl FnOnce(Damage) -> Error,
    ) -> Result<Self, Error> {
        let Entry { position, password, warnings } = entry;
        let matches = verifier.matches_in(memory, &encoded, password.as_bytes())?;
        if !matches && verifier.tag_was_cut_or_extended(memory, &encoded, password.as_bytes())? {
            // mutants: a tag of exactly the usual length never comes here.
            let is_cut = encoded.tag.len() < TAG_BYTES;
            return Err(damaged(if is_cut { ParseError::CutOff } else { ParseError::Surplus }.into()));
        }
        Ok(Self { matches, encoded, position, warnings })
    }

    pub(super) fn note(&self, messages: Messages) {
        let Self { matches, encoded, position, warnings } = self;
        // The Unicode form matters only if the password does not match.
        for warning in warnings.iter().filter(|warning| !matches || **warning != Warning::NotNfc) {
            messages.note(format_args!("{position}{warning}"));
        }
        if !matches {
            stored::note_short_tag(position, encoded, messages);
        }
    }
}

/// The answer. `reason` says why there is no hash yet.
pub(super) fn text(format: AnswerFormat, matches: bool, reason: Option<&'static str>) -> String {
    match (format, matches, reason) {
        (AnswerFormat::Json, ..) => json(&Answer { r#match: matches, reason }),
        (AnswerFormat::Plain, true, _) => "match\n".to_owned(),
        (AnswerFormat::Plain, false, None) => "no match\n".to_owned(),
        (AnswerFormat::Plain, false, Some(_)) => "no hash\n".to_owned(),
    }
}
