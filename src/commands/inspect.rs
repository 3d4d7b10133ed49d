//! `--inspect`: what an encoded string contains, and how strong it is.

use serde::{Serialize, Serializer};

use super::config;
use crate::cli::request::Inspect;
use crate::cli::status::Status;
use crate::error::Error;
use crate::hash::encoded::Encoded;
use crate::hash::params::{Kib, Params, Profile};
use crate::hash::rehash::{Requirement, Shortfall};
use crate::output::formats::{self, AnswerFormat};
use crate::output::stdout::Stdout;

/// The name of the comparison with what was asked for.
const REQUESTED: &str = "requested";

/// Names of requirements, each with how the hash falls short of it.
type Comparisons = Vec<(&'static str, Option<Shortfall>)>;

#[derive(Serialize)]
struct Answer<'a> {
    variant: &'a str,
    version: u32,
    #[serde(flatten)]
    params: Params,
    salt_bytes: usize,
    tag_bytes: usize,
    #[serde(serialize_with = "as_map")]
    standards: Comparisons,
}

#[derive(Serialize)]
struct Comparison {
    met: bool,
    reason: Option<String>,
}

pub(super) fn run(request: &Inspect) -> Result<Status, Error> {
    let encoded = config::encoded(&request.encoded)?;
    let compare = |requirement: Requirement| requirement.needs_rehash(&encoded);
    let profiles = Profile::ALL.into_iter().map(|profile| (profile.name(), Requirement::Profile(profile)));
    let requested = request.requirement.map(|requirement| (REQUESTED, requirement));
    let comparisons: Comparisons =
        profiles.chain(requested).map(|(name, requirement)| (name, compare(requirement))).collect();

    let answer = match request.format {
        AnswerFormat::Json => as_json(&encoded, comparisons)?,
        AnswerFormat::Plain => as_table(&encoded, &comparisons),
    };
    // The status still answers a reader that has left.
    let _ = Stdout::open()?.write(answer)?;
    let is_weak = request.requirement.and_then(compare).is_some();
    Ok(if is_weak { Status::No } else { Status::Done })
}

fn as_table(encoded: &Encoded, comparisons: &Comparisons) -> String {
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
    lines.extend(comparisons.iter().map(|(name, shortfall)| match shortfall {
        None => format!("{name}: met"),
        Some(shortfall) => format!("{name}: not met ({shortfall})"),
    }));
    lines.join("\n") + "\n"
}

fn as_json(encoded: &Encoded, standards: Comparisons) -> Result<String, Error> {
    let answer = Answer {
        variant: encoded.variant.name(),
        version: encoded.version.number(),
        params: encoded.params,
        salt_bytes: encoded.salt.len(),
        tag_bytes: encoded.tag.len(),
        standards,
    };
    Ok(formats::json(&answer)?)
}

fn as_map<S: Serializer>(comparisons: &Comparisons, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(comparisons.iter().map(|(name, shortfall)| {
        let reason = shortfall.as_ref().map(ToString::to_string);
        (name, Comparison { met: reason.is_none(), reason })
    }))
}
