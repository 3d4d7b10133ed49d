//! The man page: a template, and what is filled in from the definitions that the program uses itself.

use clap::builder::PossibleValue;
use clap::{Arg, Command};

use super::help::{self, EXAMPLES, Example};
use super::modes::is_mode;
use crate::hash::params::{Kib, Profile};
use crate::hash::policy::{MAX_ITERATIONS, MAX_MEMORY_KIB, MAX_PARALLELISM, MAX_WORK_KIB};
use crate::password::MAX_PASSWORD_BYTES;
use crate::status::{Kind, Status};
use crate::system::text::uncapitalized;

/// The longest line that mandoc's lint accepts is 80 bytes. No word is as long.
const MAX_LINE_BYTES: usize = 80;

/// The page in roff, the language of man pages.
#[must_use]
pub fn page(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let profiles = Profile::ALL.map(|profile| escaped(&help::row(profile).join("\t")));
    let statuses = Status::ALL.map(|status| entry(4, &bold(&(status as u8).to_string()), status.meaning()));
    let kinds = Kind::ALL.map(|kind| {
        let meaning = format!("{} ({})", kind.meaning, kind.status as u8);
        entry(18, &bold(kind.name), &meaning)
    });
    let places = [
        ("{version}", command.get_version().unwrap_or_default().to_owned()),
        ("{name}", filled(&format!("{} - {}", command.get_name(), uncapitalized(&about)))),
        ("{synopsis}", synopsis(command)),
        ("{one_way}", filled(help::ONE_WAY)),
        ("{max_password}", MAX_PASSWORD_BYTES.to_string()),
        ("{max_memory}", Kib(MAX_MEMORY_KIB.into()).to_string()),
        ("{max_iterations}", MAX_ITERATIONS.to_string()),
        ("{max_parallelism}", MAX_PARALLELISM.to_string()),
        ("{max_work}", Kib(MAX_WORK_KIB).to_string()),
        ("{options}", options(command)),
        ("{default_profile}", escaped(Profile::default().name())),
        ("{profiles}", profiles.join("\n")),
        ("{statuses}", statuses.join("\n")),
        ("{kinds}", kinds.join("\n")),
        ("{examples}", EXAMPLES.map(|shown| example(&shown)).join("\n.PP\n")),
        ("{arguments}", filled(help::ARGUMENTS)),
    ];
    places.iter().fold(include_str!("man.1").to_owned(), |page, (place, text)| page.replace(place, text))
}

/// A line for each form of the command, from the usage.
fn synopsis(command: &Command) -> String {
    let usage = command.get_overridden_usage().map(ToString::to_string).unwrap_or_default();
    let name = command.get_name();
    let form = |form: &str| format!(".SY \"{name}\"\n{}", filled(form.trim().trim_start_matches(name)));
    usage.lines().map(form).collect::<Vec<_>>().join("\n")
}

/// The options below their headings in the help.
fn options(command: &Command) -> String {
    let mut lines = Vec::new();
    let mut heading = None;
    for option in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        if heading != option.get_help_heading() {
            heading = option.get_help_heading();
            lines.push(format!(".SS \"{}\"", escaped(heading.unwrap_or_default())));
        }
        lines.push(entry(7, &header(option), &description(option)));
        // The profiles have a table.
        if option.get_action().takes_values() && option.get_id() != "profile" {
            lines.extend(values(&option.get_possible_values()));
        }
    }
    lines.join("\n")
}

/// The header of an option: `-m, --memory SIZE`. The words of a mode are optional.
fn header(option: &Arg) -> String {
    let short = option.get_short().map(|short| bold(&format!("-{short}")));
    let long = option.get_long().map(|long| bold(&format!("--{long}")));
    let names = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    let Some([value]) = option.get_value_names().filter(|_| option.get_action().takes_values()) else {
        return names;
    };
    let value = format!("\\fI{}\\fR", escaped(value));
    match option.get_num_args() {
        Some(number) if is_mode(option) && number.max_values() > 1 => format!("{names} [{value}]..."),
        Some(number) if is_mode(option) && number.min_values() == 0 => format!("{names} [{value}]"),
        _ => format!("{names} {value}"),
    }
}

/// The line of the help as a sentence, then what only the man page says.
fn description(option: &Arg) -> String {
    let text = option.get_long_help().or(option.get_help()).map(ToString::to_string).unwrap_or_default();
    let (line, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    format!("{line}. {rest}")
}

/// The values that an option accepts, indented.
fn values(values: &[PossibleValue]) -> Option<String> {
    let indent = 2 + values.iter().map(|value| value.get_name().len()).max()?;
    let entries = values.iter().map(|value| {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        entry(indent, &bold(value.get_name()), &help)
    });
    Some(format!(".RS\n{}\n.RE", entries.collect::<Vec<_>>().join("\n")))
}

fn example(Example { caption, command, output }: &Example) -> String {
    let caption = filled(&format!("{caption}:"));
    let shown = format!("$ {command}\n{output}");
    let lines: Vec<String> = shown.lines().map(|line| text_line(&escaped(line))).collect();
    format!("{caption}\n.PP\n.RS \"4\"\n.nf\n{}\n.fi\n.RE", lines.join("\n"))
}

/// A term and its meaning, which is indented by so many letters.
fn entry(indent: usize, term: &str, meaning: &str) -> String {
    format!(".TP \"{indent}\"\n{term}\n{}", filled(meaning))
}

/// A paragraph. Each sentence starts a line, because roff sees the end of a sentence only at the end of a line.
/// Names of options are bold.
fn filled(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace().map(with_bold_option) {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= MAX_LINE_BYTES && !ends_sentence(line) => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(text_line(&word)),
        }
    }
    lines.join("\n")
}

fn ends_sentence(line: &str) -> bool {
    line.ends_with('.') && !line.ends_with("...")
}

/// A line that roff does not take for a request.
fn text_line(line: &str) -> String {
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_owned() }
}

/// `--key,` with the name in bold.
fn with_bold_option(word: &str) -> String {
    let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '-' || letter == '_';
    let end = word.find(|letter| !is_name(letter)).unwrap_or(word.len());
    let (name, rest) = word.split_at(end);
    if name.len() > 2 && name.starts_with("--") { bold(name) + &escaped(rest) } else { escaped(word) }
}

fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escaped(text))
}

/// The text in which roff changes no character.
fn escaped(text: &str) -> String {
    let escape = |letter: char| match letter {
        '\\' => "\\e".to_owned(),
        '-' => "\\-".to_owned(),
        '\'' => "\\(aq".to_owned(),
        '`' => "\\(ga".to_owned(),
        '^' => "\\(ha".to_owned(),
        '~' => "\\(ti".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_stays_what_it_is() {
        assert_eq!(
            filled(".TH 'a' \\n ~1 `x` -q --key=/a, a--b --"),
            "\\&.TH \\(aqa\\(aq \\en \\(ti1 \\(gax\\(ga \\-q \\fB\\-\\-key\\fR=/a, a\\-\\-b \\-\\-"
        );
        assert_eq!(text_line(".x"), "\\&.x");
    }

    #[test]
    fn a_sentence_starts_a_line_and_a_line_may_be_full_but_not_too_long() {
        let text = filled(&format!("One. Two... {}", "word ".repeat(40)));
        assert!(text.starts_with("One.\nTwo... word "), "{text}");
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.len() <= MAX_LINE_BYTES), "{text}");
        let lines_of = |second| filled(&format!("{} {}", "a".repeat(39), "b".repeat(second))).lines().count();
        assert_eq!([40, 41].map(lines_of), [1, 2]);
    }

    #[test]
    fn every_place_is_filled() {
        let page = page(&crate::cli::options::command_to_show());
        let is_place = |word: &str| word.starts_with('{') && word.ends_with('}');
        assert!(!page.split_whitespace().any(is_place), "{page}");
    }
}
