//! The man page: the options as the parser has them, and the sections around them.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::error_kind::Kind;
use super::help;
use super::status::Status;

/// The release date: that of this version's entry in CHANGELOG.md.
const DATE: &str = "2026-11-26";

const FILES: [(&str, &str); 2] = [
    (
        "/opt/trueconf/calendar/etc/calendar/config.json",
        "The connector's config on Linux; on Windows C:\\Program Files\\TrueConf\\Calendar\\config.json.",
    ),
    (
        "config.json.bak",
        "The config before a run with --backup; config.json.bak.2 where the first must be kept.",
    ),
];

const SECURITY: [&str; 5] = [
    help::ONE_WAY,
    help::ARGUMENTS,
    "No error contains a password or the text of an argument, except names in a --key that exist in the \
     config. Notes name the config and the keys that were written or kept. Passwords are wiped from memory after use, and core dumps are off. On Linux the arguments are \
     overwritten as soon as they are parsed. Until then, others can see them.",
    "A password is 1 to 4096 bytes of UTF-8 without a NUL, used byte for byte. At most 4 GiB of memory, \
     1000 iterations, 64 lanes, and 64 GiB of memory times iterations are computed.",
    "Each hash has a salt of its own, of 16 bytes from the operating system, so the same password gives \
     another string each time. The tag has 32 bytes. --verify and --cross-check use a different Argon2 library \
     from the one that hashes.",
];

/// Renders the page as roff.
///
/// # Errors
///
/// Write errors, which do not occur here: the page is written to memory.
pub fn page(command: Command) -> io::Result<Vec<u8>> {
    let man = Man::new(command.mut_args(for_man_page)).date(DATE).manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;

    let mut rest = Roff::new();
    rest.control("SH", ["EXIT STATUS"]);
    for status in Status::ALL {
        rest.control("TP", ["4"]);
        rest.text([bold((status as u8).to_string())]);
        rest.text([roman(status.meaning())]);
    }
    rest.control("PP", []);
    rest.text([roman("A signal ends the program as a signal does: 130 in a shell for Ctrl-C.")]);
    rest.control("SH", ["ERRORS"]);
    rest.text([roman("With --format json, an error is one JSON object, the last line of stderr: error, hint (or null), kind, status. The kinds:")]);
    for kind in Kind::ALL {
        rest.control("TP", ["20"]);
        rest.text([bold(kind.name())]);
        rest.text([roman(format!("{} ({})", kind.meaning(), kind.status() as u8))]);
    }
    rest.control("SH", ["EXAMPLES"]);
    for example in help::EXAMPLES {
        rest.control("PP", []);
        rest.control("nf", []);
        rest.text([roman(example)]);
        rest.control("fi", []);
    }
    rest.control("SH", ["FILES"]);
    for (file, what) in FILES {
        rest.control("TP", ["4"]);
        rest.text([bold(file)]);
        rest.text([roman(what)]);
    }
    rest.control("SH", ["SECURITY"]);
    for paragraph in SECURITY {
        rest.control("PP", []);
        rest.text([roman(paragraph)]);
    }
    rest.control("SH", ["SEE ALSO"]);
    rest.text([bold("argon2"), roman("(1), RFC 9106, RFC 6901, the OWASP Password Storage Cheat Sheet")]);
    rest.to_writer(&mut page)?;
    Ok(page)
}

/// Adapts an option to a man page: removes the modes from its heading, which would be in capitals, and
/// splits a table into paragraphs.
fn for_man_page(option: clap::Arg) -> clap::Arg {
    let heading = option.get_help_heading().and_then(|heading| heading.split(" (").next()).map(str::to_owned);
    let option = match heading {
        Some(heading) => option.help_heading(heading),
        None => option,
    };
    let is_table = option.get_id() == "profile" || option.get_id() == "format";
    match option.get_long_help().filter(|_| is_table).map(ToString::to_string) {
        Some(table) => {
            let whole = table.replace("\n ", " ");
            let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
            option.long_help(whole.lines().map(words).collect::<Vec<_>>().join("\n\n"))
        }
        None => option,
    }
}
