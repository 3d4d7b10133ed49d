//! The console on Windows, read key by key: the console's line editor and rpassword drop some
//! characters.

use std::cell::Cell;
use std::io;
use std::ops::RangeInclusive;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::Duration;

use crossterm_winapi::{Console, ConsoleMode, Handle, InputRecord, KeyEventRecord};
use winsafe::co::{CONSOLE, STD_HANDLE};
use zeroize::{Zeroize, Zeroizing};

use super::answer::{self, EditKeys};
use super::paste::{QUIET, QUIET_IN_PASTE};
use crate::password::{MAX_PASSWORD_BYTES, PasswordError, Position, SourceError};
use crate::system::is_console;

/// Keys that are recognised by their code, because they type no character or the character NUL.
const KEY_ALT: u16 = 0x12;
const KEY_2: u16 = 0x32;
/// The keys from Page Up to the arrow down, Insert and Delete, and F1 to F24.
const FUNCTION_KEYS: [RangeInclusive<u16>; 3] = [0x21..=0x28, 0x2D..=0x2E, 0x70..=0x87];
/// Either Alt key and either Ctrl key, in a key's state. Windows reports `AltGr` as the right Alt and the left
/// Ctrl key.
const ALT: u32 = 0x03;
const CTRL: u32 = 0x0C;
/// In the state of an Alt key that typed a character by its number in the OEM code page (`ALTNUMPAD_BIT` in
/// Microsoft's winconp.h).
const OEM_NUMBER: u32 = 0x0400_0000;

const CTRL_C: u16 = 0x03;
const CTRL_D: u16 = 0x04;
const CTRL_Z: u16 = 0x1A;
const ESCAPE: u16 = 0x1B;
const SPACE: u16 = 0x20;
const LINE_FEED: u16 = 0x0A;
const ENTER: u16 = 0x0D;
/// A surrogate, which without its other half is no character.
const HALF: u16 = 0xDC00;

/// Enough for a password, and for as much that is taken back.
const MAX_UNITS: usize = 2 * MAX_PASSWORD_BYTES;

/// How long to sleep before checking for input again, in milliseconds.
const STEP: u16 = 10;

/// The exit status of a program that Ctrl-C ended (`STATUS_CONTROL_C_EXIT`).
const ENDED_BY_CTRL_C: u32 = 0xC000_013A;

/// The console's mode to restore, while echo is off. Static, because Ctrl-C, Ctrl-Break and closing the
/// window are handled on another thread.
static SAVED_MODE: Mutex<Option<u32>> = Mutex::new(None);

/// The console, with echo off from the first question until this is dropped.
pub(super) struct Terminal {
    input: Console,
    output: Console,
}

impl Terminal {
    /// Fails unless one of the standard handles is the console: otherwise it may be invisible, as behind Git Bash's
    /// terminal or in a service.
    pub(super) fn find() -> Result<(), SourceError> {
        let has_console =
            [STD_HANDLE::INPUT, STD_HANDLE::OUTPUT, STD_HANDLE::ERROR].into_iter().any(is_console);
        if has_console { Ok(()) } else { Err(SourceError::NoConsole) }
    }

    /// Opens the console of this process, even if stdin and stdout are redirected.
    pub(super) fn open() -> Result<Self, SourceError> {
        let input = Handle::current_in_handle().map_err(|_| SourceError::NoConsole)?;
        let output = Handle::current_out_handle().map_err(|_| SourceError::NoConsole)?;
        // Fails at a second prompt, where it is set already.
        let _ = ctrlc::set_handler(|| interrupted());
        disable_echo(&input).map_err(SourceError::terminal)?;
        let terminal = Self { input: input.into(), output: output.into() };
        // Discard what was typed while echo was on.
        terminal.discard_input().map_err(SourceError::terminal)?;
        Ok(terminal)
    }

    /// Asks once, without echo.
    pub(super) fn ask(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        self.write(question)?;
        let answer = self.read_line();
        self.write("\r\n")?;
        answer
    }

    /// Prints a line between two questions.
    pub(super) fn say(&mut self, text: &str) -> Result<(), SourceError> {
        self.write(&format!("{text}\r\n"))
    }

    /// Writes UTF-16, because a console takes bytes to be in its code page.
    fn write(&self, text: &str) -> Result<(), SourceError> {
        self.output.write_char_buffer(text.as_bytes()).map(drop).map_err(SourceError::terminal)
    }

    fn read_line(&self) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let mut line = Line::new();
        loop {
            let Some(InputRecord::KeyEvent(key)) = self.read_event().map_err(SourceError::terminal)? else {
                continue;
            };
            let Some(unit) = typed(&key) else { continue };
            // A released key types once.
            let count = if key.key_down { key.repeat_count.max(1) } else { 1 };
            for _ in 0..count {
                match line.press(unit) {
                    Effect::None => {}
                    Effect::Enter => return line.read(),
                    Effect::EndOfInput => return Err(SourceError::NoAnswer),
                    Effect::Interrupt => {
                        drop(line);
                        self.discard_paste();
                        interrupted();
                    }
                }
            }
        }
    }

    /// Discards pending input. Returns whether there was some.
    fn discard_input(&self) -> io::Result<bool> {
        let mut some = false;
        while self.input.number_of_console_input_events()? > 0 {
            self.read_event()?;
            some = true;
        }
        Ok(some)
    }

    /// Discards input until there has been none for a while.
    fn discard_paste(&self) {
        let mut quiet = QUIET;
        while let Ok(some) = self.discard_input()
            && quiet > 0
        {
            quiet = if some { QUIET_IN_PASTE } else { quiet.saturating_sub(STEP) };
            thread::sleep(Duration::from_millis(STEP.into()));
        }
    }

    /// Takes the next event. The reading crate panics at an event of a type that it does not know, which is
    /// none here, and taken, too.
    fn read_event(&self) -> io::Result<Option<InputRecord>> {
        thread_local!(static READS: Cell<bool> = const { Cell::new(false) });
        static SILENCE: Once = Once::new();
        SILENCE.call_once(|| {
            let report = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                if !READS.get() {
                    report(panic);
                }
            }));
        });
        READS.set(true);
        let event = panic::catch_unwind(AssertUnwindSafe(|| self.input.read_single_input_event()));
        READS.set(false);
        event.ok().transpose()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.discard_paste();
        restore(&mut saved_mode());
    }
}

/// Restores the console, and ends the program as Ctrl-C does.
fn interrupted() -> ! {
    restore(&mut saved_mode());
    std::process::exit(ENDED_BY_CTRL_C.cast_signed());
}

fn saved_mode() -> MutexGuard<'static, Option<u32>> {
    SAVED_MODE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Turns off echo, line mode and modes that change keys. Ctrl-C stays an event like Ctrl-Break: as a
/// key it would be lost under Wine while no read is waiting.
fn disable_echo(input: &Handle) -> io::Result<()> {
    let mut saved = saved_mode();
    let console = ConsoleMode::from(input.clone());
    let mode = console.mode()?;
    let off = CONSOLE::ENABLE_ECHO_INPUT
        | CONSOLE::ENABLE_LINE_INPUT
        | CONSOLE::ENABLE_VIRTUAL_TERMINAL_INPUT
        | CONSOLE::ENABLE_WINDOW_INPUT
        | CONSOLE::ENABLE_MOUSE_INPUT;
    // mutants: no test sees the mode of a console.
    console.set_mode(mode & !off.raw() | CONSOLE::ENABLE_PROCESSED_INPUT.raw())?;
    *saved = Some(mode);
    Ok(())
}

/// Restores the console's mode, once. Nothing can be done if the console is gone.
fn restore(saved: &mut Option<u32>) {
    if let (Some(mode), Ok(input)) = (saved.take(), Handle::current_in_handle()) {
        let _ = ConsoleMode::from(input).set_mode(mode);
    }
}

/// The UTF-16 unit that a key event types, if it types one.
fn typed(key: &KeyEventRecord) -> Option<u16> {
    let (code, state) = (key.virtual_key_code, &key.control_key_state);
    match (key.key_down, key.u_char) {
        // Ctrl-@ types a NUL, which must be refused, not dropped. A dead key, which types nothing yet, has a
        // NUL, too: with AltGr on the key 2 in France and Hungary.
        // An arrow key has no character either. Other terminals send an escape sequence, which is refused.
        // While Alt is down, these keys may be digits of a number.
        (true, 0) if state.has_state(ALT) => None,
        (true, 0) if [KEY_2, SPACE].contains(&code) => state.has_state(CTRL).then_some(0),
        (true, 0) => FUNCTION_KEYS.iter().any(|keys| keys.contains(&code)).then_some(ESCAPE),
        (true, unit) => Some(unit),
        // Alt with digits types its character when Alt is released. Characters that the keyboard lacks
        // are pasted in the same way.
        (false, 0) => None,
        // The console leaves a number of the OEM code page as it is. Above ASCII it means another character
        // in Unicode, so half a character stands for it, which is refused.
        (false, 0x80..) if code == KEY_ALT && state.has_state(OEM_NUMBER) => Some(HALF),
        (false, unit) => (code == KEY_ALT).then_some(unit),
    }
}

/// What a key means for the line.
#[derive(Debug, PartialEq, Eq)]
enum Effect {
    None,
    Enter,
    EndOfInput,
    Interrupt,
}

/// The line being typed. Allocated once, because growing would leave copies in memory.
struct Line(Zeroizing<Vec<u16>>);

impl Line {
    fn new() -> Self {
        Self(Vec::with_capacity(MAX_UNITS).into())
    }

    fn press(&mut self, unit: u16) -> Effect {
        match unit {
            ENTER | LINE_FEED => return Effect::Enter,
            CTRL_C => return Effect::Interrupt,
            CTRL_D | CTRL_Z if self.read().is_ok_and(|typed| typed.is_empty()) => return Effect::EndOfInput,
            _ if self.0.len() < MAX_UNITS => self.0.push(unit),
            // The line is too long already, and is refused at its end.
            _ => {}
        }
        Effect::None
    }

    /// What was typed, as UTF-8, which cannot represent a lone surrogate.
    fn read(&self) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let refused = |error| SourceError::Rejected { position: Position::Answer(None), error };
        if self.0.len() >= MAX_UNITS {
            return Err(refused(PasswordError::TooLong));
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(3 * MAX_UNITS));
        for character in char::decode_utf16(self.0.iter().copied()) {
            let mut buffer = [0; 4];
            let character = character.map_err(|_| refused(PasswordError::NotUtf8))?;
            bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            buffer.zeroize();
        }
        answer::read(&mut bytes, &EditKeys::default())?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(typed: &[u16]) -> (Vec<Effect>, Line) {
        let mut line = Line::new();
        (typed.iter().map(|&unit| line.press(unit)).collect(), line)
    }

    fn typed(text: &str) -> Result<String, SourceError> {
        let units: Vec<u16> = text.encode_utf16().collect();
        line(&units).1.read().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn every_character_is_accepted() {
        for text in ["", "hunter2", "tab\there", "a\x04b\x1A", "a\0b", "пароль", "\u{1F511}key"] {
            assert_eq!(typed(text).as_deref(), Ok(text), "{text:?}");
        }
        let longest = "x".repeat(MAX_PASSWORD_BYTES);
        assert_eq!(typed(&longest), Ok(longest));
    }

    #[test]
    fn the_line_is_edited_and_escape_sequences_are_refused() {
        assert_eq!(typed("wrong\x15a\u{1F511}\x7Fb").as_deref(), Ok("ab"));
        let error = PasswordError::EscapeSequence;
        let refused = SourceError::Rejected { position: Position::Answer(None), error };
        assert_eq!(typed("a\x1Bb"), Err(refused));
    }

    #[test]
    fn a_line_that_is_too_long_stays_where_it_is() {
        let Line(units) = line(&[0x61; MAX_UNITS + 9]).1;
        assert_eq!((units.len(), units.capacity()), (MAX_UNITS, Line::new().0.capacity()));
    }

    #[test]
    fn some_keys_end_the_line() {
        assert_eq!(line(&[ENTER]).0, [Effect::Enter]);
        assert_eq!(line(&[0x61, LINE_FEED]).0, [Effect::None, Effect::Enter]);
        assert_eq!(line(&[CTRL_C]).0, [Effect::Interrupt]);
        assert_eq!(line(&[CTRL_Z]).0, [Effect::EndOfInput]);
        assert_eq!(line(&[CTRL_D]).0, [Effect::EndOfInput]);
        assert_eq!(line(&[0x61, 0x08, CTRL_D]).0.last(), Some(&Effect::EndOfInput));
    }

    #[test]
    fn lone_surrogates_and_long_lines_are_refused() {
        let refused = |error| SourceError::Rejected { position: Position::Answer(None), error };
        for lone in [&[0xD83D][..], &[0xDD11], &[0x61, 0xDD11, 0xD83D], &[0xD83D, 0x61]] {
            assert_eq!(line(lone).1.read(), Err(refused(PasswordError::NotUtf8)), "{lone:x?}");
        }
        assert_eq!(typed(&"x".repeat(MAX_UNITS)), Err(refused(PasswordError::TooLong)));
    }
}
