//! `--inspect`: what is in an encoded string, and how strong it is.

use std::fmt::Write;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::config;
use super::output::Output;
use crate::cli::{Format, Inspect};
use crate::cost::Profile;
use crate::encoded::Encoded;
use crate::error::Status;
use crate::size;
use crate::strength::{Standard, Weakness};

/// What the line on the cost that was asked for is called.
const REQUESTED: &str = "requested";

pub(super) fn run(request: &Inspect) -> Result<Status> {
    let encoded = config::encoded(&request.encoded)?;
    let mut standards: Vec<(&str, Option<Weakness>)> = Profile::ALL
        .iter()
        .map(|&profile| (profile.name(), Standard::Profile(profile).weakness(&encoded)))
        .collect();
    let requested = request.standard.map(|standard| standard.weakness(&encoded));
    standards.extend(requested.map(|weakness| (REQUESTED, weakness)));

    Output::open()?.write(&match request.format {
        Format::Json => as_json(&encoded, &standards),
        Format::Plain | Format::Label => as_table(&encoded, &standards)?,
    })?;
    Ok(if requested.flatten().is_some() { Status::No } else { Status::Done })
}

fn as_table(encoded: &Encoded, standards: &[(&str, Option<Weakness>)]) -> Result<String> {
    let Encoded { variant, version, cost, salt, tag } = encoded;
    let mut table = String::new();
    writeln!(table, "variant: {}", variant.name())?;
    writeln!(table, "version: {}", version.number())?;
    writeln!(table, "memory: {} KiB ({})", cost.memory_kib(), size::in_mib(cost.memory_kib()))?;
    writeln!(table, "iterations: {}", cost.iterations())?;
    writeln!(table, "parallelism: {}", cost.parallelism())?;
    writeln!(table, "salt: {} bytes", salt.len())?;
    writeln!(table, "tag: {} bytes", tag.len())?;
    for (name, weakness) in standards {
        match weakness {
            None => writeln!(table, "{name}: met")?,
            Some(weakness) => writeln!(table, "{name}: not met ({weakness})")?,
        }
    }
    Ok(table)
}

fn as_json(encoded: &Encoded, standards: &[(&str, Option<Weakness>)]) -> String {
    let standards: Map<String, Value> = standards
        .iter()
        .map(|(name, weakness)| {
            let reason = weakness.map(|weakness| weakness.to_string());
            ((*name).to_owned(), json!({ "met": weakness.is_none(), "reason": reason }))
        })
        .collect();
    let object = json!({
        "variant": encoded.variant.name(),
        "version": encoded.version.number(),
        "memory_kib": encoded.cost.memory_kib(),
        "iterations": encoded.cost.iterations(),
        "parallelism": encoded.cost.parallelism(),
        "salt_bytes": encoded.salt.len(),
        "tag_bytes": encoded.tag.len(),
        "standards": standards,
    });
    format!("{object}\n")
}
