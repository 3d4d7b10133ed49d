//! Writes roff, the language of man pages.

/// The longest line that mandoc's lint accepts is 80 bytes. No word is as long.
const MAX_LINE_BYTES: usize = 80;

/// A man page.
pub(super) struct Roff(String);

impl Roff {
    /// Starts a page of section 1.
    pub(super) fn new(name: &str, date: &str, version: &str, manual: &str) -> Self {
        // The first line makes man(1) run the preprocessor for tables. No name of an option is hyphenated.
        let title = format!(".TH {} 1 {date} \"{version}\" \"{manual}\"", name.to_uppercase());
        Self(format!("'\\\" t\n{title}\n.nr HY 0\n.nh\n.ad l\n"))
    }

    /// Adds a request, such as `.SH "EXIT STATUS"`.
    pub(super) fn request(&mut self, name: &str, arguments: &[&str]) -> &mut Self {
        let quoted = |argument: &&str| format!(" \"{}\"", escaped(argument).replace('"', "\\(dq"));
        let arguments: String = arguments.iter().map(quoted).collect();
        self.0.extend([".", name, &arguments, "\n"]);
        self
    }

    /// Adds a text that roff fills. Names of options are bold.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let mut line = String::new();
        for word in text.split_whitespace() {
            let word = with_bold_option(word);
            // roff puts more space after a sentence, but sees its end only at the end of a line.
            let starts_sentence = line.ends_with('.') && !line.ends_with("...");
            if starts_sentence || line.len() + 1 + word.len() > MAX_LINE_BYTES {
                self.line(&line);
                line.clear();
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        self.line(&line)
    }

    /// Adds a line that is roff already.
    pub(super) fn line(&mut self, line: &str) -> &mut Self {
        if line.starts_with(['.', '\'']) {
            self.0.push_str("\\&");
        }
        self.0.push_str(line);
        self.0.push('\n');
        self
    }

    /// Adds lines that stay as they are.
    pub(super) fn literal(&mut self, lines: &str) -> &mut Self {
        self.request("nf", &[]);
        for line in lines.lines() {
            self.line(&escaped(line));
        }
        self.request("fi", &[])
    }

    /// Adds a table, whose first row is its header.
    pub(super) fn table<const COLUMNS: usize>(&mut self, rows: &[[String; COLUMNS]]) -> &mut Self {
        // With `keep`, groff warns that the table may not fit on a page.
        self.request("TS", &[]).line("nokeep;");
        self.line(&["lb"; COLUMNS].join(" ")).line(&format!("{}.", ["l"; COLUMNS].join(" ")));
        for row in rows {
            self.line(&row.each_ref().map(|cell| escaped(cell)).join("\t"));
        }
        self.request("TE", &[])
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

pub(super) fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escaped(text))
}

pub(super) fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", escaped(text))
}

/// The text in which roff changes no character.
pub(super) fn escaped(text: &str) -> String {
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

/// `--key,` with its name in bold.
fn with_bold_option(word: &str) -> String {
    let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '-' || letter == '_';
    let end = word.find(|letter| !is_name(letter)).unwrap_or(word.len());
    let (name, rest) = word.split_at(end);
    if name.len() > 2 && name.starts_with("--") { bold(name) + &escaped(rest) } else { escaped(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page after its title.
    fn body(add: impl FnOnce(&mut Roff) -> &mut Roff) -> String {
        let mut page = Roff::new("x", "2026-11-26", "x 1", "Manual");
        add(&mut page);
        page.finish().split_once(".ad l\n").unwrap().1.to_owned()
    }

    #[test]
    fn every_character_stays_what_it_is() {
        let body = body(|page| page.text(".TH 'a' \\n ~1 `x` -q --key=/a, a--b --").literal(".x\n'y"));
        assert_eq!(
            body,
            "\\&.TH \\(aqa\\(aq \\en \\(ti1 \\(gax\\(ga \\-q \\fB\\-\\-key\\fR=/a, a\\-\\-b \\-\\-\n\
             .nf\n\\&.x\n\\(aqy\n.fi\n"
        );
    }

    #[test]
    fn a_sentence_starts_a_line_and_no_line_is_too_long() {
        let body = body(|page| page.text(&format!("One. Two... {}", "word ".repeat(40))));
        assert!(body.starts_with("One.\nTwo... word "), "{body}");
        assert!(body.lines().count() > 2 && body.lines().all(|line| line.len() <= MAX_LINE_BYTES), "{body}");
    }

    #[test]
    fn a_line_may_be_full() {
        for (second, lines) in [(40, 1), (41, 2)] {
            let body = body(|page| page.text(&format!("{} {}", "a".repeat(39), "b".repeat(second))));
            assert_eq!(body.lines().count(), lines, "{body}");
        }
    }
}
