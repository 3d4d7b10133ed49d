//! `--inspect`: what a hash contains, and how strong it is.

use serde::{Serialize, Serializer};

use super::stored::{Stored, note_short_tag, stored};
use crate::advice::Error;
use crate::cli::request::Inspect;
use crate::hash::encoded::{Encoded, has_usual_order};
use crate::hash::params::{Kib, Params, Profile};
use crate::hash::policy;
use crate::hash::strength::{Requirement, Shortfall};
use crate::output::{AnswerFormat, answer, json};
use crate::status::Status;

/// The name of the comparison with what was asked for.
const fn requested(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Profile(_) | Requirement::Params(_) => "requested",
        Requirement::Memory(_) => "requested memory",
        Requirement::Iterations(_) => "requested iterations",
    }
}

/// Names of requirements, each with the shortfall of the hash, if any.
type Comparisons = Vec<(&'static str, Option<Shortfall>)>;

#[derive(Serialize)]
struct Answer<'a> {
    variant: &'a str,
    version: u32,
    #[serde(flatten)]
    params: Params,
    salt_bytes: usize,
    tag_bytes: usize,
    usual_order: bool,
    #[serde(serialize_with = "as_map")]
    standards: Comparisons,
}

/// The answer where there is no hash yet.
#[derive(Serialize)]
struct NoHash {
    variant: Option<&'static str>,
    reason: &'static str,
}

#[derive(Serialize)]
struct Comparison {
    met: bool,
    reason: Option<String>,
}

pub(super) fn run(request: &Inspect) -> Result<Status, Error> {
    let (encoded, text) = match stored(&request.encoded, request.messages)? {
        Stored::Hash { encoded, text } => (encoded, text),
        Stored::Missing(reason) => {
            let text = match request.format {
                AnswerFormat::Json => json(&NoHash { variant: None, reason }),
                AnswerFormat::Plain => "no hash\n".to_owned(),
            };
            return answer(&text, Status::No);
        }
    };
    note_short_tag("", &encoded, request.messages);
    if let Err(error) = policy::check(encoded.params) {
        request.messages.note(format_args!("--verify refuses it: {error}"));
    }
    let usual_order = has_usual_order(&text);
    let compare = |requirement: Requirement| requirement.shortfall(&encoded);
    let profiles = Profile::ALL.into_iter().map(|profile| (profile.name(), Requirement::Profile(profile)));
    let asked = request.requirement.map(|requirement| (requested(requirement), requirement));
    let comparisons: Comparisons =
        profiles.chain(asked).map(|(name, requirement)| (name, compare(requirement))).collect();

    let text = match request.format {
        AnswerFormat::Json => as_json(&encoded, usual_order, comparisons),
        AnswerFormat::Plain => as_table(&encoded, usual_order, &comparisons),
    };
    let is_weak = request.requirement.and_then(compare).is_some();
    answer(&text, if is_weak { Status::No } else { Status::Done })
}

fn as_table(encoded: &Encoded, usual_order: bool, comparisons: &Comparisons) -> String {
    let Encoded { variant, version, params, salt, tag } = encoded;
    let memory_kib = params.memory_kib();
    let mut lines = vec![
        format!("variant: {}", variant.name()),
        format!("version: {}", version.number()),
        format!("memory: {memory_kib} KiB ({})", Kib(memory_kib.into()).in_mib()),
        format!("iterations: {}", params.iterations()),
        format!("parallelism: {}", params.parallelism()),
        format!("salt: {} bytes", salt.len()),
        format!("tag: {} bytes", tag.len()),
    ];
    if !usual_order {
        lines.push("order: unusual; most programs write and read m, t, p".to_owned());
    }
    lines.extend(comparisons.iter().map(|(name, shortfall)| match shortfall {
        None => format!("{name}: met"),
        Some(shortfall) => format!("{name}: not met ({shortfall})"),
    }));
    lines.join("\n") + "\n"
}

fn as_json(encoded: &Encoded, usual_order: bool, standards: Comparisons) -> String {
    json(&Answer {
        variant: encoded.variant.name(),
        version: encoded.version.number(),
        params: encoded.params,
        salt_bytes: encoded.salt.len(),
        tag_bytes: encoded.tag.len(),
        usual_order,
        standards,
    })
}

fn as_map<S: Serializer>(comparisons: &Comparisons, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(comparisons.iter().map(|(name, shortfall)| {
        let reason = shortfall.as_ref().map(ToString::to_string);
        (name, Comparison { met: reason.is_none(), reason })
    }))
}
