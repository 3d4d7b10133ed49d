//! The man page: the options as the parser has them, and the sections around them.

use clap::builder::PossibleValue;
use clap::{Arg, Command};

use super::help::{self, Example};
use super::modes::is_mode;
use super::roff::{Roff, bold, italic};
use crate::hash::params::{Kib, Profile};
use crate::hash::policy::{MAX_ITERATIONS, MAX_MEMORY_KIB, MAX_PARALLELISM, MAX_WORK_KIB};
use crate::password::password::MAX_PASSWORD_BYTES;
use crate::status::{Kind, Status};
use crate::system::reason::uncapitalized;

/// The release date: that of this version's entry in CHANGELOG.md.
const DATE: &str = "2026-11-26";

const OVERVIEW: &str = "\
tc_calendar hashes a password with Argon2id and a random salt, and prints the hash as an encoded string or \
writes it into a config. It also says whether a password matches such a string, shows what a string \
contains, and finds the strongest cost for a machine. It is a standalone version of the option --hash_pass \
of TrueConf Calendar Connector. One of the options under Modes must be given; it says what is done.";

const WHERE_IT_SERVES: &str = "\
Use a hash where a password is checked, such as an administrator's password in the config. Do not hash a \
password that a program logs in with, to Exchange or to a database. The program that reads the config must \
check passwords with Argon2. TrueConf's own connector does not; it reads only its own form (dGNf...).";

const SOURCES: &str = "\
Passwords are the words after --hash_pass, or come from --password-file, --password-stdin or \
--password-env. Without any of these you are asked at the terminal, without echo: twice for --hash_pass, \
once for --verify. Standard input is read only if an option says so. Without a terminal and without a \
source the exit status is 2.";

const DESTINATIONS: &str = "\
Results go to standard output, and nothing else does. Notes, errors and hints go to standard error; \
questions go to the terminal. With --config, --hash_pass writes the hash into the config instead, and says \
so in a note. No other mode writes a file. See FILES.";

const ENVIRONMENT: (&str, &str) = ("NAME", "With --password-env NAME, this variable holds the password.");

const FILES: [(&str, &str); 2] = [
    (
        "config.json.bak",
        "The config before a run with --backup. If that may hold the only copy of a password, the next is \
         config.json.bak.2, and so on up to 9.",
    ),
    (
        ".tc_calendar.tmp, .tc_calendar.bak.tmp",
        "The new config and the new backup while they are written. What a killed run leaves of them, the \
         next run removes.",
    ),
];

const SECURITY: [&str; 3] = [
    help::ARGUMENTS,
    "No error contains a password or the text of an argument, except names in a --key that exist in the \
     config. Notes name the config and the keys that were written or kept. Passwords are wiped from memory \
     after use. On Linux core dumps are off, and the arguments are overwritten before they are parsed. Until \
     then, others can see them.",
    "Each hash has a salt of its own, of 16 bytes from the operating system, so the same password gives \
     another string each time. The tag has 32 bytes. --verify and --cross-check use a different Argon2 \
     library from the one that hashes.",
];

/// What is printed with `--format json`, and its members in order.
const RESULTS: [(&str, &str); 5] = [
    ("A hash", "encoded, variant, version, memory_kib, iterations, parallelism"),
    ("A hash in a config", "config, key, created, changed, and the members of a hash"),
    (
        "An answer of --verify",
        "match; with reason if there is no hash yet: empty-string, null or missing-member",
    ),
    (
        "An answer of --inspect",
        "variant (null if there is no hash yet, with its reason), version, memory_kib, iterations, \
         parallelism, salt_bytes, tag_bytes, usual_order, standards",
    ),
    ("A calibration", "memory_kib, iterations, parallelism, verification_ms, within"),
];

/// Renders the page as roff.
#[must_use]
pub fn page(command: &Command) -> String {
    let name = command.get_name();
    let version = format!("{name} {}", command.get_version().unwrap_or_default());
    let mut page = Roff::new(name, DATE, &version, "User Commands");
    page.request("SH", &["NAME"]);
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    page.text(&format!("{name} - {}", uncapitalized(&about)));
    synopsis(&mut page, command);
    description(&mut page);
    options(&mut page, command);
    profiles(&mut page);
    page.request("SH", &["EXIT STATUS"]);
    for status in Status::ALL {
        entry(&mut page, "4", &bold(&(status as u8).to_string()), status.meaning());
    }
    page.request("PP", &[])
        .text("On Linux a signal ends the program as a signal does: 130 in a shell for Ctrl-C.");
    page.request("SH", &["RESULTS"]).text(
        "With --format json, each result is one JSON object on one line. Its members are these, and more may \
         be added. config is missing if the path is not Unicode. changed says whether the hash is new.",
    );
    for (what, members) in RESULTS {
        entry(&mut page, "4", what, members);
    }
    errors(&mut page);
    page.request("SH", &["ENVIRONMENT"]);
    entry(&mut page, "4", &italic(ENVIRONMENT.0), ENVIRONMENT.1);
    page.request("SH", &["FILES"]);
    for (file, what) in FILES {
        entry(&mut page, "4", &italic(file), what);
    }
    page.request("SH", &["EXAMPLES"]);
    for (index, Example { caption, command, output }) in help::EXAMPLES.into_iter().enumerate() {
        separate(&mut page, index).text(&format!("{caption}:"));
        page.request("PP", &[]).request("RS", &["4"]);
        page.literal(&format!("$ {command}\n{output}")).request("RE", &[]);
    }
    page.request("SH", &["SECURITY"]);
    for (index, paragraph) in SECURITY.into_iter().enumerate() {
        separate(&mut page, index).text(paragraph);
    }
    page.request("SH", &["SEE ALSO"]);
    page.line(&format!("{}(1),", bold("argon2")));
    page.text("RFC 9106 (Argon2), RFC 6901 (JSON Pointer), OWASP Password Storage Cheat Sheet");
    page.finish()
}

/// A line for each form of the command, from the usage.
fn synopsis(page: &mut Roff, command: &Command) {
    page.request("SH", &["SYNOPSIS"]);
    let usage = command.get_overridden_usage().map(ToString::to_string).unwrap_or_default();
    let name = command.get_name();
    for form in usage.lines() {
        page.request("SY", &[name]).text(form.trim().trim_start_matches(name));
    }
    page.request("YS", &[]);
}

fn description(page: &mut Roff) {
    let accepted = format!(
        "A password is 1 to {MAX_PASSWORD_BYTES} bytes of UTF-8 without a NUL, used byte for byte. \
                 A byte order mark at its start is removed, with a note."
    );
    let limits = format!(
        "At most {} of memory, {MAX_ITERATIONS} iterations, {MAX_PARALLELISM} lanes, and {} of memory times \
         iterations are computed.",
        Kib(MAX_MEMORY_KIB.into()),
        Kib(MAX_WORK_KIB)
    );
    page.request("SH", &["DESCRIPTION"]).text(OVERVIEW);
    page.request("SS", &["Where a hash serves"]).text(help::ONE_WAY);
    page.request("PP", &[]).text(WHERE_IT_SERVES);
    page.request("SS", &["Where passwords come from"]).text(SOURCES);
    page.request("PP", &[]).text(&accepted);
    page.request("SS", &["What is written where"]).text(DESTINATIONS);
    page.request("SS", &["Limits"]).text(&limits);
}

/// The options in the groups of the help.
fn options(page: &mut Roff, command: &Command) {
    page.request("SH", &["OPTIONS"]);
    let options = || command.get_arguments().filter(|argument| !argument.is_hide_set());
    let mut headings: Vec<&str> = options().filter_map(Arg::get_help_heading).collect();
    headings.dedup();
    for heading in headings {
        page.request("SS", &[heading]);
        for option in options().filter(|option| option.get_help_heading() == Some(heading)) {
            entry(page, "7", &header(option), &text(option));
            // The profiles have a table.
            if option.get_action().takes_values() && option.get_id() != "profile" {
                values(page, &option.get_possible_values());
            }
        }
    }
}

fn values(page: &mut Roff, values: &[PossibleValue]) {
    let Some(longest) = values.iter().map(|value| value.get_name().len()).max() else { return };
    page.request("RS", &[]);
    for value in values {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        entry(page, &(longest + 2).to_string(), &bold(value.get_name()), &help);
    }
    page.request("RE", &[]);
}

/// `-m, --memory SIZE`. The words of a mode are optional.
fn header(option: &Arg) -> String {
    let short = option.get_short().map(|short| bold(&format!("-{short}")));
    let long = option.get_long().map(|long| bold(&format!("--{long}")));
    let names = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    let Some([value]) = option.get_value_names().filter(|_| option.get_action().takes_values()) else {
        return names;
    };
    let value = italic(value);
    match option.get_num_args() {
        Some(number) if is_mode(option) && number.max_values() > 1 => format!("{names} [{value}]..."),
        Some(number) if is_mode(option) && number.min_values() == 0 => format!("{names} [{value}]"),
        _ => format!("{names} {value}"),
    }
}

/// The help's line as a sentence, then the rest.
fn text(option: &Arg) -> String {
    let text = option.get_long_help().or(option.get_help()).map(ToString::to_string).unwrap_or_default();
    let (line, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    format!("{line}. {rest}")
}

fn profiles(page: &mut Roff) {
    page.request("SH", &["PROFILES"]);
    page.text("The costs that --profile names: memory, iterations, parallelism in lanes, and their source.");
    page.text(&format!("The default is {}.", Profile::default().name())).request("PP", &[]);
    let header = ["Profile", "-m", "-t", "-p", "Source"].map(str::to_owned);
    page.table(&[&[header][..], &Profile::ALL.map(help::row)].concat());
}

fn errors(page: &mut Roff) {
    page.request("SH", &["ERRORS"]).text(
        "With --format json, an error is one JSON object, the last line of standard error. Its members are \
         error, hint (or null), kind and status. The kinds are stable; here they are with their status:",
    );
    for kind in Kind::ALL {
        let meaning = format!("{} ({})", kind.meaning, kind.status as u8);
        entry(page, "18", &bold(kind.name), &meaning);
    }
}

/// A term and what it means, indented by so many letters.
fn entry(page: &mut Roff, indent: &str, term: &str, meaning: &str) {
    page.request("TP", &[indent]).line(term).text(meaning);
}

/// Starts a paragraph, unless it is the first of its section.
fn separate(page: &mut Roff, index: usize) -> &mut Roff {
    if index > 0 { page.request("PP", &[]) } else { page }
}
