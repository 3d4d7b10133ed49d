//! `--hash_pass`: a hash for each password, in order, to stdout or into the config.

use std::io::IsTerminal;
use std::iter;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use serde::Serialize;
use zeroize::Zeroizing;

use super::config;
use super::source::open;
use super::worker::{Hashed, Job, Settings, Worker};
use crate::advice::Error;
use crate::batch;
use crate::cli::request::{ConfigTarget, Destination, HashPass, Report};
use crate::config_file::edit::error::Location;
use crate::config_file::replace::Wait;
use crate::hash::diagnose::LABEL;
use crate::hash::encoded::Encoded;
use crate::hash::params::{Kib, Params};
use crate::hash::policy::max_workers;
use crate::output::{HashFormat, Messages, Progress, Stdout, json};
use crate::password::Password;
use crate::password::source::Passwords;
use crate::status::Status;

/// A hash as `--format json` prints it.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    place: Option<Place<'a>>,
    /// If it was made at random.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
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
        Destination::Stdout(format) => {
            to_stdout(request, exposed, stdout, |hashed| line(hashed, None, format))?;
        }
        Destination::Compose => to_stdout(request, exposed, stdout, line_for_compose)?,
        Destination::Config(target, report) => to_config(request, exposed, &target, stdout, report)?,
    }
    Ok(Status::Done)
}

/// Prints the text of each hash as soon as that is made.
fn to_stdout(
    request: HashPass,
    exposed: bool,
    mut stdout: Stdout,
    text_of: impl Fn(&Hashed) -> Zeroizing<String>,
) -> Result<(), Error> {
    let messages = request.messages;
    let arguments = request.arguments();
    let settings = Settings::new(&request, &[]);
    let passwords = read(request, exposed, &[], settings)?;
    let mut printed = 0;
    let outcome = hash_all(passwords, Vec::new(), settings, messages, |hashed| {
        let flow = stdout.write(&*text_of(&hashed))?;
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

/// Writes all hashes into the config at once, after the last is made, and prints what is wanted of them. Passwords that
/// were made at random are printed before, so that no config ever has the hash of a password that nobody has.
fn to_config(
    request: HashPass,
    exposed: bool,
    target: &ConfigTarget,
    mut stdout: Stdout,
    report: Report,
) -> Result<(), Error> {
    let messages = request.messages;
    let is_random = request.source.is_none();
    if is_random {
        Stdout::expect_kept()?;
    }
    let notice = || config::note_waiting(messages);
    let wait = Wait::new(&notice);
    let keep = config::hashes_to_keep(target, &wait)?;
    let mut created = Vec::new();
    // If all hashes may stay, the config may be read-only.
    if keep.iter().any(Option::is_none) {
        created = config::rehearse(target, &Encoded::placeholder(request.params), &wait, messages)?;
    }
    let settings = Settings::new(&request, &keep);
    let names: Vec<_> = target.keys.iter().map(|key| Location::of(key).to_string()).collect();
    let passwords = read(request, exposed, &names, settings)?;
    let mut hashes = Vec::new();
    let mut outcome = hash_all(passwords, keep, settings, messages, |hashed| {
        hashes.push(hashed);
        Ok(ControlFlow::Continue(()))
    });
    if is_random && outcome.is_ok() {
        let text = results(target, &hashes, &created, report, messages);
        outcome = stdout.hand_over(&text).map_err(|error| Error::NotInUse(Box::new(error.into())));
        // What is printed is wiped before the config is waited for.
        for hash in &mut hashes {
            hash.made = None;
        }
        // JSON names the key of each.
        let names_keys = report == Report::Hashes(HashFormat::Json);
        if outcome.is_ok() && hashes.len() > 1 && !names_keys {
            messages.note("the passwords on stdout are in the order of --key");
        }
    }
    if outcome.is_err() {
        messages.note("nothing was written into the config");
    }
    outcome?;
    let any_new = hashes.iter().any(|hash| hash.is_new);
    let announced = is_random.then_some(&created[..]);
    let created =
        config::write(target, &hashes, announced, &wait, messages).map_err(|error| match &error {
            Error::File(file) if file.is_after_writing() => error,
            _ if is_random => Error::NotInUse(Box::new(error)),
            _ => error,
        })?;
    note_hashes(target, &hashes, messages);
    // A script that asks for `--format change` restarts the program itself.
    if any_new && report != Report::Change {
        messages.note("restart the program that reads the config, so that it sees the change");
    }
    if is_random {
        return Ok(());
    }
    let printed = stdout.write(&*results(target, &hashes, &created, report, messages));
    let after = |error| if any_new { Error::OutputAfterConfig(error) } else { Error::Output(error) };
    printed.map(|_| ()).map_err(after)
}

/// Opens the source and reads the passwords, after all else that can be refused has been refused.
fn read(request: HashPass, exposed: bool, names: &[String], settings: Settings) -> Result<Passwords, Error> {
    max_workers(settings.left, settings.memory_kib, 1).map_err(|error| {
        if request.cross_check { Error::CrossCheckMemory(error) } else { Error::Memory(error) }
    })?;
    let arguments = request.arguments();
    let source = request.source.map(|source| open(source, false, request.messages)).transpose()?;
    if arguments > 0 {
        note_arguments(exposed, request.messages);
    }
    note_weak_cost(request.params, request.messages);
    Ok(match source {
        Some(source) => source.new_passwords(names)?,
        None => Passwords::random(names.len().max(1))?,
    })
}

/// Hashes all passwords on every core, and passes the hashes to `put` in their order.
fn hash_all(
    passwords: Passwords,
    keep: Vec<Option<Encoded>>,
    settings: Settings,
    messages: Messages,
    mut put: impl FnMut(Hashed) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let mut progress = Progress::new("hashed", messages.quiet, passwords.progress);
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

/// What is printed of hashes that go into the config, with where they are.
fn results(
    target: &ConfigTarget,
    hashes: &[Hashed],
    created: &[bool],
    report: Report,
    messages: Messages,
) -> Zeroizing<String> {
    let config = target.path.to_str();
    if report == Report::Hashes(HashFormat::Json) && config.is_none() {
        messages.note("the path of the config is not Unicode, so JSON leaves it out");
    }
    let mut text = Zeroizing::new(String::new());
    if report == Report::Change {
        let has_changed = hashes.iter().any(|hash| hash.is_new);
        text.push_str(if has_changed { "changed\n" } else { "unchanged\n" });
    }
    for ((key, hash), &created) in target.keys.iter().zip(hashes).zip(created) {
        text.push_str(&match report {
            Report::Hashes(format) => {
                let place = Place { config, key: key.as_str(), created, changed: hash.is_new };
                line(hash, Some(place), format)
            }
            Report::Nothing | Report::Change => password_line(hash),
        });
    }
    text
}

/// What is printed for a hash: one line, after one for the password if that was made at random.
fn line(hash: &Hashed, place: Option<Place<'_>>, format: HashFormat) -> Zeroizing<String> {
    let encoded = &hash.encoded;
    let of_hash = match format {
        HashFormat::Plain => format!("{encoded}\n"),
        HashFormat::Label => format!("{LABEL}{encoded}\n"),
        HashFormat::Json => {
            return Zeroizing::new(json(&Record {
                place,
                password: hash.made.as_ref().map(Password::as_str),
                encoded: encoded.to_string(),
                variant: encoded.variant.name(),
                version: encoded.version.number(),
                params: encoded.params,
            }));
        }
    };
    Zeroizing::new(password_line(hash).to_string() + &of_hash)
}

/// The same for a Compose file, which takes `$$` for a dollar sign. There is none in a password that was made at random.
fn line_for_compose(hash: &Hashed) -> Zeroizing<String> {
    Zeroizing::new(line(hash, None, HashFormat::Plain).replace('$', "$$"))
}

/// The password alone, if it was made at random.
fn password_line(hash: &Hashed) -> Zeroizing<String> {
    Zeroizing::new(hash.made.as_ref().map_or_else(String::new, |made| format!("{}\n", made.as_str())))
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
