//! `--verify`: whether a password matches a hash.

use serde::Serialize;

use super::source::open;
use super::stored::{self, Stored, stored};
use crate::advice::Error;
use crate::cli::request::{EncodedSource, Verify};
use crate::hash::encoded::{ParseError, TAG_BYTES};
use crate::hash::policy;
use crate::hash::verifier::{Verifier, VerifyError};
use crate::output::{AnswerFormat, answer, json};
use crate::password::{Entry, Warning};
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
    let stdin_is_read = matches!(request.encoded, EncodedSource::Stdin);
    let source = open(request.source, stdin_is_read, messages)?;
    let Entry { position, password, warnings } = source.existing_password()?;

    let wanted = cores().min(encoded.params.parallelism() as usize);
    let verifier = Verifier::new(policy::max_threads(left, memory_kib, wanted))?;
    let matches = verifier.matches(&encoded, password.as_bytes())?;
    // A string whose tag was cut or extended must not look like a wrong password.
    if !matches && verifier.tag_was_cut_or_extended(&encoded, password.as_bytes())? {
        let damage =
            // mutants: a tag of exactly the usual length never comes here.
            if encoded.tag.len() < TAG_BYTES { ParseError::CutOff } else { ParseError::Surplus }.into();
        return Err(stored::damaged(&request.encoded, damage));
    }
    // Wipe the password before printing, because a full pipe may block this process.
    drop(password);
    // The Unicode form matters only if the password does not match.
    for warning in warnings.iter().filter(|warning| !matches || **warning != Warning::NotNfc) {
        messages.note(format_args!("{position}{warning}"));
    }
    if !matches {
        stored::note_short_tag(&encoded, messages);
    }
    answer(&text(request.format, matches, None), if matches { Status::Done } else { Status::No })
}

/// The answer. `reason` says why there is no hash yet.
fn text(format: AnswerFormat, matches: bool, reason: Option<&'static str>) -> String {
    match (format, matches, reason) {
        (AnswerFormat::Json, ..) => json(&Answer { r#match: matches, reason }),
        (AnswerFormat::Plain, true, _) => "match\n".to_owned(),
        (AnswerFormat::Plain, false, None) => "no match\n".to_owned(),
        (AnswerFormat::Plain, false, Some(_)) => "no hash\n".to_owned(),
    }
}
