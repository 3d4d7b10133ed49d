//! `--hash_pass`: a hash for each password, in order, to stdout or into the config.

use std::io::IsTerminal;
use std::iter;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use serde::Serialize;

use super::config;
use super::source::open;
use super::worker::{Hashed, Job, Settings, Worker};
use crate::advice::Error;
use crate::batch;
use crate::cli::request::{ConfigTarget, Destination, HashPass};
use crate::config_file::edit::error::Location;
use crate::config_file::replace::Wait;
use crate::hash::diagnose::LABEL;
use crate::hash::encoded::Encoded;
use crate::hash::params::{Kib, Params};
use crate::hash::policy::max_workers;
use crate::output::{HashFormat, Messages, OutputError, Progress, Stdout, json};
use crate::password::source::Passwords;
use crate::status::Status;

/// A hash as `--format json` prints it.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    place: Option<Place<'a>>,
    encoded: String,
    variant: &'a str,
    version: u32,
    #[serde(flatten)]
    params: Params,
}

/// Where a hash is in the config.
#[derive(Serialize)]
struct Place<'a> {
    /// Omitted if it is not Unicode: an approximation would name another file.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a str>,
    key: &'a str,
    /// Whether the member is new.
    created: bool,
    /// Whether the string is new.
    changed: bool,
}

/// `exposed` says whether the process list still shows the arguments.
pub(super) fn run(request: HashPass, destination: Destination, exposed: bool) -> Result<Status, Error> {
    // A run that cannot print should not write to the config either, even if it has nothing to print.
    let stdout = Stdout::open()?;
    match destination {
        Destination::Stdout(format) => to_stdout(request, exposed, stdout, format)?,
        Destination::Config(target, format) => {
            to_config(request, exposed, &target, format.map(|format| (stdout, format)))?;
        }
    }
    Ok(Status::Done)
}

/// Prints each hash as soon as it is made.
fn to_stdout(request: HashPass, exposed: bool, mut stdout: Stdout, format: HashFormat) -> Result<(), Error> {
    let messages = request.messages;
    let arguments = request.source.arguments();
    let settings = Settings::new(request.params, request.cross_check, &[]);
    let passwords = read(request, exposed, &[], settings)?;
    let mut printed = 0;
    let outcome = hash_all(passwords, Vec::new(), settings, messages, |hashed| {
        let flow = stdout.write(line(&hashed.encoded, None, format))?;
        printed += 1;
        Ok(flow)
    });
    if outcome.is_err() && printed > 0 {
        messages.note(format_args!("hashes printed before the error: {printed}"));
    }
    // In a config, there is a key for each.
    if outcome.is_ok() && arguments > 1 {
        messages.note(format_args!(
            "{arguments} passwords were given as arguments; if you meant one with spaces, put it in quotes"
        ));
    }
    outcome
}

/// Writes all hashes into the config at once, after the last is made, and prints them if that is wanted.
fn to_config(
    request: HashPass,
    exposed: bool,
    target: &ConfigTarget,
    print: Option<(Stdout, HashFormat)>,
) -> Result<(), Error> {
    let messages = request.messages;
    let notice = || config::note_waiting(messages);
    let wait = Wait::new(&notice);
    let keep = config::hashes_to_keep(target, &wait)?;
    // If all hashes may stay, the config may be read-only.
    if keep.iter().any(Option::is_none) {
        config::rehearse(target, &Encoded::placeholder(request.params), &wait, messages)?;
    }
    let settings = Settings::new(request.params, request.cross_check, &keep);
    let names: Vec<_> = target.keys.iter().map(|key| Location::of(key).to_string()).collect();
    let passwords = read(request, exposed, &names, settings)?;
    let mut hashes = Vec::new();
    let outcome = hash_all(passwords, keep, settings, messages, |hashed| {
        hashes.push(hashed);
        Ok(ControlFlow::Continue(()))
    });
    if outcome.is_err() {
        messages.note("nothing was written into the config");
    }
    outcome?;
    let any_new = hashes.iter().any(|hash| hash.is_new);
    let created = config::write(target, &hashes, &wait, messages)?;
    note_hashes(target, &hashes, messages);
    if any_new {
        messages.note("restart the program that reads the config, so that it sees the change");
    }
    let Some((stdout, format)) = print else { return Ok(()) };
    print_stored(target, &hashes, &created, stdout, format, messages)
        .map_err(|error| if any_new { Error::OutputAfterConfig(error) } else { Error::Output(error) })
}

/// Opens the source and reads the passwords, after all else that can be refused has been refused.
fn read(request: HashPass, exposed: bool, names: &[String], settings: Settings) -> Result<Passwords, Error> {
    max_workers(settings.memory_kib, 1).map_err(|error| {
        if request.cross_check { Error::CrossCheckMemory(error) } else { Error::Memory(error) }
    })?;
    let arguments = request.source.arguments();
    let source = open(request.source, request.messages)?;
    if arguments > 0 {
        note_arguments(exposed, request.messages);
    }
    note_weak_cost(request.params, request.messages);
    Ok(source.new_passwords(names)?)
}

/// Hashes all passwords on every core, and passes the hashes to `put` in their order.
fn hash_all(
    passwords: Passwords,
    keep: Vec<Option<Encoded>>,
    settings: Settings,
    messages: Messages,
    mut put: impl FnMut(Hashed) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let mut progress = Progress::new(messages.quiet, passwords.progress);
    let left_out = passwords.left_out;
    let jobs = passwords
        .entries
        .zip(keep.into_iter().chain(iter::repeat(None)))
        .map(|(entry, keep_if_matches)| Job { entry, keep_if_matches });
    batch::run(jobs, passwords.ready, Worker::first(settings), |hashed: Result<Hashed, _>| {
        let hashed = hashed?;
        for warning in &hashed.warnings {
            messages.note(format_args!("{}{warning}", hashed.position));
        }
        progress.advance();
        put(hashed)
    })?;
    if let count @ 1.. = left_out.load(Ordering::Relaxed) {
        messages.note(format_args!("empty lines left out at the end: {count}"));
    }
    Ok(())
}

/// Prints the hashes that are now in the config, with where they are.
fn print_stored(
    target: &ConfigTarget,
    hashes: &[Hashed],
    created: &[bool],
    mut stdout: Stdout,
    format: HashFormat,
    messages: Messages,
) -> Result<(), OutputError> {
    let config = target.path.to_str();
    if format == HashFormat::Json && config.is_none() {
        messages.note("the path of the config is not Unicode, so JSON leaves it out");
    }
    for ((key, hash), &created) in target.keys.iter().zip(hashes).zip(created) {
        let place = Place { config, key: key.as_str(), created, changed: hash.is_new };
        if stdout.write(line(&hash.encoded, Some(place), format))?.is_break() {
            break;
        }
    }
    Ok(())
}

/// The line that is printed for a hash.
fn line(encoded: &Encoded, place: Option<Place<'_>>, format: HashFormat) -> String {
    match format {
        HashFormat::Plain => format!("{encoded}\n"),
        HashFormat::Label => format!("{LABEL}{encoded}\n"),
        HashFormat::Json => json(&Record {
            place,
            encoded: encoded.to_string(),
            variant: encoded.variant.name(),
            version: encoded.version.number(),
            params: encoded.params,
        }),
    }
}

fn note_arguments(exposed: bool, messages: Messages) {
    if exposed {
        messages.note("the arguments could not be overwritten; the process list shows them until this ends");
    }
    if std::io::stderr().is_terminal() {
        let who = if cfg!(windows) {
            "the process list and the shell's history"
        } else {
            "the process list, the shell's history and sudo's log"
        };
        messages.note(format_args!("{who} can show arguments"));
        messages.note("to be asked for the password instead: tc_calendar --hash_pass");
    }
}

fn note_weak_cost(params: Params, messages: Messages) {
    if !params.meets_owasp_minimum() {
        let (memory, t, p) = (Kib(params.memory_kib().into()), params.iterations(), params.parallelism());
        messages.note(format_args!(
            "this cost ({memory}, t={t}, p={p}) is below OWASP's minimum; use --profile owasp or stronger"
        ));
    }
}

fn note_hashes(target: &ConfigTarget, hashes: &[Hashed], messages: Messages) {
    let file = config::shown(&target.path);
    for (key, hash) in target.keys.iter().zip(hashes) {
        let at = Location::of(key);
        if hash.is_new {
            messages.note(format_args!("wrote the hash to {at} in {file}"));
        } else {
            messages.note(format_args!("kept the hash at {at} in {file}: it matches and is strong enough"));
        }
    }
}
