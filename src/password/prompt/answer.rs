//! Reads an answer as the terminal has sent it: the keys that edit it take effect, what the terminal sends by itself is
//! dropped, and any other escape sequence is refused.

use crate::password::{PasswordError, Position, SourceError};

const BACKSPACE: u8 = 0x08;
const CTRL_U: u8 = 0x15;
const CTRL_W: u8 = 0x17;
const DELETE: u8 = 0x7F;
const BELL: u8 = 0x07;
const ESCAPE: u8 = 0x1B;

/// Control characters that also edit the answer, if the terminal's settings name some.
#[derive(Default)]
pub(super) struct EditKeys {
    /// Like Backspace.
    pub(super) erase: Option<u8>,
    /// Like Ctrl-W.
    pub(super) erase_word: Option<u8>,
    /// Like Ctrl-U.
    pub(super) erase_line: Option<u8>,
}

/// Turns what the terminal has sent into what was typed, in place, so that no copy is left.
///
/// # Errors
///
/// [`PasswordError::EscapeSequence`]
pub(super) fn read(sent: &mut Vec<u8>, keys: &EditKeys) -> Result<(), SourceError> {
    let (mut next, mut end) = (0, 0);
    while let Some(&byte) = sent.get(next) {
        let typed = &sent[..end];
        match byte {
            ESCAPE => {
                let error = PasswordError::EscapeSequence;
                let report = report_length(&sent[next..]);
                next += report.ok_or(SourceError::Rejected { position: Position::Answer(None), error })?;
                continue;
            }
            _ if [BACKSPACE, DELETE].contains(&byte) || keys.erase == Some(byte) => {
                end = without_character(typed);
            }
            _ if byte == CTRL_W || keys.erase_word == Some(byte) => end = without_word(typed),
            _ if byte == CTRL_U || keys.erase_line == Some(byte) => end = 0,
            _ => {
                sent[end] = byte;
                end += 1;
            }
        }
        next += 1;
    }
    sent.truncate(end);
    Ok(())
}

/// Drops what a terminal has sent by itself in a text that the terminal has edited, and keeps everything else.
pub fn drop_reports(sent: &mut Vec<u8>) {
    let mut next = 0;
    while next < sent.len() {
        match Some(&sent[next..]).filter(|text| text[0] == ESCAPE).and_then(report_length) {
            Some(length) => drop(sent.drain(next..next + length)),
            None => next += 1,
        }
    }
}

/// The length of a text without its last character.
fn without_character(text: &[u8]) -> usize {
    let is_start = |byte: &u8| !(0x80..0xC0).contains(byte);
    text.iter().rposition(is_start).unwrap_or(0)
}

/// The length of a text without its last word and the spaces after it.
fn without_word(text: &[u8]) -> usize {
    let word_end = text.iter().rposition(|&byte| byte != b' ').unwrap_or(0);
    text[..word_end].iter().rposition(|&byte| byte == b' ').map_or(0, |space| space + 1)
}

/// The length of the report that the text starts with. None for the sequence of a key, or one that is cut off.
///
/// The forms are those of ECMA-48, sections 5.4 and 5.6; the reports are those of xterm's ctlseqs.txt.
fn report_length(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'[' => control_sequence_length(text),
        // The strings APC, DCS, OSC, PM and SOS.
        b'_' | b'P' | b']' | b'^' | b'X' => {
            let end = text.iter().skip(2).position(|byte| [BELL, ESCAPE].contains(byte))? + 2;
            if text[end] == BELL {
                Some(end + 1)
            } else {
                text[end..].starts_with(b"\x1B\\").then_some(end + 2)
            }
        }
        _ => None,
    }
}

fn control_sequence_length(text: &[u8]) -> Option<usize> {
    let (parameters, rest) = split_while(&text[2..], |byte| (0x30..=0x3F).contains(&byte));
    let (intermediate, rest) = split_while(rest, |byte| (0x20..=0x2F).contains(&byte));
    let (last, rest) = rest.split_first()?;
    let length = text.len() - rest.len();
    let count = parameters.split(|&byte| byte == b';').count();
    match (parameters, intermediate, last) {
        // With private parameters: what the terminal is and can do, a mode, a mouse report. No key has them.
        ([b'<'..=b'?', ..], _, 0x40..=0x7E)
        // The focus, and the marks of a paste.
        | (b"", b"", b'I' | b'O')
        | (b"200" | b"201", b"", b'~')
        // The status, the window, the line's parameters.
        | ([_, ..], b"", b'n' | b't' | b'x') => Some(length),
        // The cursor's position, and a mode.
        (_, b"", b'R') | (_, b"$", b'y') => (count == 2).then_some(length),
        // Two forms of mouse reports. The older one ends with three characters, and is no text if one is beyond ASCII.
        (b"", b"", b'M') => {
            let is_ascii = rest.get(..3)?.iter().all(|byte| (0x20..0x80).contains(byte));
            is_ascii.then_some(length + 3)
        }
        (_, b"", b'M') => (count == 3).then_some(length),
        _ => None,
    }
}

fn split_while(text: &[u8], belongs: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|&&byte| belongs(byte)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was typed, or none if it is refused.
    fn typed(sent: impl AsRef<[u8]>, keys: &EditKeys) -> Option<Vec<u8>> {
        let mut answer = sent.as_ref().to_vec();
        read(&mut answer, keys).ok().map(|()| answer)
    }

    #[test]
    fn text_is_kept_as_it_was_typed() {
        for text in
            ["", "hunter2", " tab\there ", "[I", "\u{439}\u{438}\u{306}", "\u{1F511}", "\u{9B}I", "a\x01\0b"]
        {
            assert_eq!(typed(text, &EditKeys::default()).as_deref(), Some(text.as_bytes()), "{text:?}");
        }
        assert_eq!(typed(b"caf\xE9\xFF", &EditKeys::default()).as_deref(), Some(&b"caf\xE9\xFF"[..]));
    }

    #[test]
    fn what_a_terminal_sends_by_itself_is_dropped() {
        for report in [
            "\x1B[I",
            "\x1B[O",
            "\x1B[200~",
            "\x1B[201~",
            // What the terminal is: primary, secondary and tertiary device attributes, its version.
            "\x1B[?62;22c",
            "\x1B[>41;354;0c",
            "\x1BP!|00000000\x1B\\",
            "\x1BP>|tmux 3.3a\x1B\\",
            // Its status, the cursor's position, the colour scheme, the keyboard's.
            "\x1B[0n",
            "\x1B[24;80R",
            "\x1B[?24;80;1R",
            "\x1B[?997;1n",
            "\x1B[?1u",
            "\x1B[>4;2m",
            // Modes, a setting, a capability.
            "\x1B[?2004;1$y",
            "\x1B[4;2$y",
            "\x1BP1$r0m\x1B\\",
            "\x1BP1+r544e=787465726D\x1B\\",
            // The window's size and title, the parameters of the line.
            "\x1B[8;24;80t",
            "\x1B[48;24;80;480;800t",
            "\x1B]ltitle\x1B\\",
            "\x1B[2;1;1;128;128;1;0x",
            // A colour, the clipboard, an image.
            "\x1B]11;rgb:0000/0000/0000\x07",
            "\x1B]11;rgb:0000/0000/0000\x1B\\",
            "\x1B]52;c;aGk=\x1B\\",
            "\x1B_Gi=1;OK\x1B\\",
            // The mouse.
            "\x1B[<0;10;20M",
            "\x1B[<0;10;20m",
            "\x1B[32;10;20M",
            "\x1B[M !\x7F",
        ] {
            let sent = [report, "sec", report, report, "r\u{ea}t", report].concat();
            assert_eq!(
                typed(&sent, &EditKeys::default()).as_deref(),
                Some("secr\u{ea}t".as_bytes()),
                "{report:?}"
            );
            // A report that is cut off has no end.
            for cut in 1..report.len() {
                let sent = ["secret", &report[..cut]].concat();
                assert_eq!(typed(&sent, &EditKeys::default()), None, "{sent:?}");
            }
        }
    }

    #[test]
    fn only_what_the_terminal_has_sent_by_itself_is_dropped_from_an_edited_text() {
        for (sent, left) in [
            ("\x1B[200~$argon2id$\x1B[201~\n", "$argon2id$\n"),
            ("a\x1B[I\x1B[Ob\n\x1B[201~", "ab\n"),
            ("a\x1B[Ab\x08\x1B", "a\x1B[Ab\x08\x1B"),
            ("", ""),
        ] {
            let mut text = sent.as_bytes().to_vec();
            drop_reports(&mut text);
            assert_eq!(str::from_utf8(&text), Ok(left));
        }
    }

    #[test]
    fn the_escape_sequence_of_a_key_is_refused() {
        for key in [
            "\x1B",
            "\x1B\x1B",
            "\x1Ba",
            "\x1B\x7F",
            "\x1B ",
            "\x1B\\",
            "\x1B]",
            "\x1BP",
            "\x1B\u{439}",
            "\x1B[",
            "\x1B[A",
            "\x1B[D",
            "\x1BOD",
            "\x1B\x1B[D",
            "\x1B[1;5D",
            "\x1B[H",
            "\x1B[3~",
            "\x1B[15~",
            "\x1B[24;2~",
            "\x1B[200;1~",
            "\x1BOP",
            "\x1B[[A",
            "\x1B[P",
            "\x1B[R",
            "\x1B[Z",
            "\x1B[23$",
            "\x1B[23$y",
            "\x1B[23^",
            "\x1B[97;5u",
            "\x1B[27;5;97~",
            "\x1B[65;30;97;1;0;1_",
            "\x1B[31m",
            "\x1B[M \u{e9}",
            "\x1B[n",
            "\x1B[1\x1B[I",
            "\x1B]text\x1B[I",
        ] {
            for sent in [format!("sec{key}"), format!("sec{key}\x1B[I"), format!("{key}\x08\x15")] {
                assert_eq!(typed(&sent, &EditKeys::default()), None, "{sent:?}");
            }
        }
    }

    #[test]
    fn control_characters_edit_by_whole_characters_and_words() {
        for (sent, left) in [
            ("wrong\x15right", "right"),
            ("a\u{fc}\x08b", "ab"),
            ("a\u{1F511}\x7Fb", "ab"),
            ("ab\x1B[I\x7Fc", "ac"),
            ("one two  \x17three", "one three"),
            ("one\x17two", "two"),
            ("  \x17two", "two"),
            ("\x08\x7F\x15\x17a", "a"),
        ] {
            assert_eq!(typed(sent, &EditKeys::default()).as_deref(), Some(left.as_bytes()), "{sent:?}");
        }
        let keys = EditKeys { erase: Some(1), erase_word: Some(2), erase_line: Some(24) };
        assert_eq!(typed("x\x18one two\x02\x7Fa\x01b", &keys).as_deref(), Some(&b"oneb"[..]));
    }

    /// Whatever is sent, the answer is read to its end.
    #[test]
    fn any_bytes_are_read() {
        const BYTES: [u8; 12] = [ESCAPE, b'[', b']', b'M', b'?', b';', b'2', b'$', b'y', BELL, b'\\', 0xC3];
        for number in 0..BYTES.len().pow(5) {
            let digit = |place| BYTES[number / BYTES.len().pow(place) % BYTES.len()];
            let mut answer: Vec<u8> = (0..5).map(digit).collect();
            let has_escape = answer.contains(&ESCAPE);
            let is_read = read(&mut answer, &EditKeys::default()).is_ok();
            assert!(is_read || has_escape);
            assert!(!is_read || !answer.contains(&ESCAPE), "{answer:?}");
        }
    }
}
