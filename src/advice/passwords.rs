//! Kinds and hints of errors about passwords and where they come from.

use super::hashes::randomness;
use super::words::{Advice, SAVE_AS_UTF8, by_system, to_utf8, unreadable};
use crate::password::stand_in::StandIn;
use crate::password::{PasswordError, Position, SourceError, Stream};
use crate::status::Kind;

/// Half of a character is all that a console or a command line of Windows can bring that is not UTF-8.
const FILE_AS_UTF8: &str = "use --password-file, saved as UTF-8";

pub(super) fn source(error: &SourceError) -> Advice {
    let (kind, hint) = match error {
        SourceError::Rejected { position, error } => (Kind::PASSWORD, rejected(*position, *error)),
        SourceError::NoTerminal => (
            Kind::NO_PASSWORD,
            "use --password-stdin or --password-file; to be asked over ssh or in a container, run it with ssh -t or \
             docker run -it",
        ),
        SourceError::NoConsole => (
            Kind::NO_PASSWORD,
            "use --password-stdin or --password-file; in Git Bash, run the program with winpty",
        ),
        SourceError::StdinIsTaken => {
            (Kind::NO_PASSWORD, "use --password-file or --password-env; at a terminal you would be asked")
        }
        SourceError::Noninteractive { stdin_is_taken: true } => {
            (Kind::NO_PASSWORD, "use --password-file or --password-env; to be asked, unset DEBIAN_FRONTEND")
        }
        SourceError::Noninteractive { stdin_is_taken: false } => (
            Kind::NO_PASSWORD,
            "pipe the password to --password-stdin, or use --password-file or --password-env; to be asked, unset \
             DEBIAN_FRONTEND",
        ),
        SourceError::Randomness(_) => return (Kind::ENGINE, randomness()),
        SourceError::UnsetVariable => {
            (Kind::NO_PASSWORD, "check the name after --password-env, and that this process gets it")
        }
        SourceError::EmptyVariable => (Kind::NO_PASSWORD, "set the variable to the password"),
        SourceError::Empty(_) => (Kind::NO_PASSWORD, "check that something writes the password there"),
        SourceError::NoAnswer => (Kind::NO_PASSWORD, "type the password, then press Enter"),
        SourceError::Mismatch => (Kind::NO_PASSWORD, "run it again, or use --password-file"),
        SourceError::InvalidVariable => (Kind::PASSWORD, "set it to Unicode text (UTF-8 on Linux)"),
        SourceError::LongerThanTheTerminal => (Kind::PASSWORD, "use --password-file"),
        SourceError::SecondLine(_) => (Kind::PASSWORD_COUNT, "to hash each line as a password: --lines"),
        SourceError::SecondPassword(_) => (Kind::PASSWORD_COUNT, "give one password, on one line"),
        SourceError::TooMany(_, Position::Argument(_)) => (
            Kind::PASSWORD_COUNT,
            "give one --key per password, in the same order; put a password with spaces in quotes",
        ),
        SourceError::TooMany(_, one) | SourceError::TooFew(_, one) => {
            (Kind::PASSWORD_COUNT, for_each_key(*one))
        }
        SourceError::NoPasswordOnLine(_) | SourceError::NoHashOnLine(_) => {
            (Kind::PASSWORD_COUNT, "write each password on the line of the same number as its hash")
        }
        SourceError::TerminalLines => {
            (Kind::USAGE, "use --password-file; a terminal is asked for one password, without --lines")
        }
        SourceError::NotOurTerminal => {
            (Kind::PASSWORD_SOURCE, "name a regular file, or use --password-stdin")
        }
        SourceError::Unreadable(stream, reason) => {
            return (Kind::PASSWORD_SOURCE, Some(unreadable(reason, to_read(*stream))));
        }
        SourceError::Terminal(_) => (Kind::TERMINAL, "use --password-file"),
    };
    (kind, Some(hint.into()))
}

/// What to do where there are fewer passwords than keys, or lines than keys or keys than lines.
const fn for_each_key(one: Position) -> &'static str {
    match one {
        Position::Whole(_) => "write a line for each --key, in the same order, and add --lines",
        Position::Line(..) => "each line needs a --key, and each --key a line, in the same order",
        Position::Environment => "a variable is one password; for several, use --password-file and --lines",
        _ => "give one password per --key, in the same order",
    }
}

const fn rejected(position: Position, error: PasswordError) -> &'static str {
    use Position::{Answer, Argument, Environment, Line, Whole};
    match (error, position) {
        (PasswordError::Empty, Line(Stream::Stdin, 1)) => {
            "remove the blank line; of credentials in PowerShell, pipe .GetNetworkCredential().Password of each"
        }
        (PasswordError::Empty, Line(..)) => "remove the blank line",
        (PasswordError::Empty, Answer(_)) => "type the password, then press Enter",
        (PasswordError::Empty, Argument(_)) => "give a password, or none to be asked for one",
        // PowerShell writes an object that is not text as a table, with a blank line before it.
        (PasswordError::Empty, Whole(Stream::Stdin)) => {
            "its first line is empty; write the password there; of a credential in PowerShell, pipe \
             $credential.GetNetworkCredential().Password"
        }
        (PasswordError::Empty, Environment) => "set the variable to the password",
        (PasswordError::Empty, _) => "its first line is empty; write the password there",
        (PasswordError::TooLong, Line(..)) => "use a shorter one; each line is one password",
        (PasswordError::TooLong, _) => "use a shorter one",
        (PasswordError::NotUtf8 | PasswordError::LostLetters, Answer(_)) => {
            by_system("set the terminal to UTF-8", FILE_AS_UTF8)
        }
        (PasswordError::NotUtf8 | PasswordError::Wide(_), Argument(_)) => {
            by_system("use a terminal and a locale with UTF-8, or --password-file", FILE_AS_UTF8)
        }
        (PasswordError::NotUtf8, _) => by_system(
            "convert it: iconv -f <its encoding> -t UTF-8 (the encoding may be CP1251, CP866 or another)",
            SAVE_AS_UTF8,
        ),
        (PasswordError::Wide(encoding), _) => to_utf8(encoding),
        // Elsewhere in a line or a file, a line feed ends the line.
        (PasswordError::LineEnd, Line(..) | Whole(_)) => "remove the carriage return in it",
        (PasswordError::LineEnd, _) => "give the password alone, on one line",
        (PasswordError::EscapeSequence, _) => {
            "press only keys that type a character; Backspace corrects the last one"
        }
        (PasswordError::Nul, _) => "remove the NUL; if the file is UTF-16, save it as UTF-8",
        (PasswordError::LostLetters, Whole(Stream::File) | Line(Stream::File, _)) => {
            "write the password into the file again, as UTF-8; in PowerShell, with Set-Content -Encoding utf8"
        }
        (PasswordError::LostLetters, _) => {
            "if it was read from a file, save that as UTF-8 and use --password-file; in PowerShell, \
             Get-Content needs -Encoding utf8"
        }
        (PasswordError::StandIn(_), Answer(_)) => "type the password itself",
        (PasswordError::StandIn(stand_in), _) => text_of(stand_in),
    }
}

/// How a program gets at the text that it should have passed on.
const fn text_of(stand_in: StandIn) -> &'static str {
    match stand_in {
        StandIn::SecureString => {
            "pass on its text: (ConvertFrom-SecureString $secret -AsPlainText); in Windows PowerShell 5.1, \
             ([Net.NetworkCredential]::new('', $secret).Password)"
        }
        StandIn::Credential => {
            "pass on its text: $credential.GetNetworkCredential().Password; of a NetworkCredential, .Password"
        }
        StandIn::Collection => {
            "pass on the text in it: one element, or an array of characters joined to a string"
        }
        StandIn::JavaScriptObject => {
            "pass on a string: the property that is the password, or what a promise gives after await"
        }
    }
}

/// What to do if a stream cannot be read.
const fn to_read(stream: Stream) -> &'static str {
    match stream {
        Stream::File => "check the path of --password-file and its permissions",
        Stream::Descriptor => by_system(
            "use --password-stdin: sudo closes what <(...) opens, and a socket cannot be opened by a name",
            "use --password-stdin",
        ),
        Stream::Stdin => "use --password-file",
    }
}
