//! `--hash_pass`: a hash for each password, in order, a line each.

use std::io::IsTerminal;

use anyhow::Result;
use getrandom::SysRng;
use serde::Serialize;

use super::output::{Output, Reader};
use crate::cli::{Format, HashPass};
use crate::derive::Deriver;
use crate::encoded::Encoded;
use crate::error::Status;
use crate::input::Source;
use crate::limits::check_memory;
use crate::mangled::LABEL;
use crate::stderr::Notes;
use crate::verify::Verifier;

/// What `--format json` prints of a hash.
#[derive(Serialize)]
struct Json<'a> {
    encoded: &'a str,
    variant: &'a str,
    version: u32,
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

pub(super) fn run(request: HashPass) -> Result<Status> {
    let notes = Notes { quiet: request.quiet };
    if !request.arguments.is_empty() && std::io::stderr().is_terminal() {
        notes.say(
            "the process list, the shell's history and sudo's log can show passwords given as arguments; \
             --hash_pass alone asks for one",
        );
    }
    if !request.cost.meets_owasp_minimum() {
        notes.say("this cost is weaker than OWASP's minimum; --profile owasp is the least that is advised");
    }

    check_memory(request.cost)?;
    let source = Source::decide(request.arguments, request.password_file.as_deref())?;
    let mut output = Output::open()?;
    let mut deriver = Deriver::new(request.cost, SysRng)?;
    let verifier = if request.check { Some(Verifier::new(request.cost.parallelism())?) } else { None };
    for taken in source.passwords()? {
        let taken = taken?;
        notes.remarks(&taken);
        let encoded = deriver.derive(&taken.password)?;
        if let Some(verifier) = &verifier {
            verifier.confirm(&encoded, taken.password.as_bytes())?;
        }
        if output.write(&line(&encoded, request.format)?)? == Reader::Left {
            break;
        }
    }
    Ok(Status::Done)
}

fn line(encoded: &Encoded, format: Format) -> Result<String> {
    Ok(match format {
        Format::Plain => format!("{encoded}\n"),
        Format::Label => format!("{LABEL}{encoded}\n"),
        Format::Json => {
            let json = Json {
                encoded: &encoded.to_string(),
                variant: encoded.variant.name(),
                version: encoded.version.number(),
                memory_kib: encoded.cost.memory_kib(),
                iterations: encoded.cost.iterations(),
                parallelism: encoded.cost.parallelism(),
            };
            serde_json::to_string(&json)? + "\n"
        }
    })
}
