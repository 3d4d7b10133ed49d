//! Chooses the name of a backup. An earlier backup is replaced only if nothing but hashes is lost with it.

use std::ffi::{OsStr, OsString};
use std::fs::File;

use super::common;
use super::error::{FileError, Role};
use crate::system::error::{Cause, SystemError};

/// The first part of a hash.
const VARIANTS: [&[u8]; 3] = [b"argon2id", b"argon2i", b"argon2d"];
/// The most backups that are kept.
const MAX_BACKUPS: u32 = 9;

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its name, in the folder of the config.
    pub name: OsString,
    /// An older backup, kept because it may contain a password that this one does not.
    pub kept: Option<OsString>,
}

/// What has the name of a backup.
pub(super) enum Entry {
    /// Nothing, or something that is not a regular file and can be replaced.
    Free,
    Folder,
    File {
        /// None if it cannot be opened.
        file: Option<File>,
        /// Why it cannot be replaced.
        obstacle: Option<FileError>,
    },
}

/// The first of `config.json.bak`, `config.json.bak.2`, … that is free or can be replaced: a backup that
/// differs from the old content in nothing but hashes. Any other may have the only copy of a password.
pub(super) fn choose(
    config: &OsStr,
    old: &[u8],
    look: impl Fn(&OsStr) -> Result<Entry, FileError>,
) -> Result<Backup, FileError> {
    let old = without_hashes(old);
    let mut kept = None;
    for number in 1..=MAX_BACKUPS {
        let mut name = config.to_owned();
        name.push(".bak");
        if number > 1 {
            name.push(format!(".{number}"));
        }
        let is_replaceable = match look(&name)? {
            Entry::Free => true,
            Entry::Folder => {
                let reason = SystemError::new(Cause::Folder, "it is a folder");
                return Err(FileError::Unwritable(Role::Backup, reason));
            }
            Entry::File { file, obstacle } => {
                let content = file.and_then(|file| common::read(&file).ok());
                let is_superseded = content.is_some_and(|content| without_hashes(&content) == old);
                match obstacle {
                    Some(FileError::Mounted(_)) if !is_superseded => false,
                    Some(error) => return Err(error),
                    None => is_superseded,
                }
            }
        };
        if is_replaceable {
            return Ok(Backup { name, kept });
        }
        kept.get_or_insert(name);
    }
    Err(FileError::NoFreeName)
}

/// A text with each hash replaced by a NUL, which no config has.
fn without_hashes(text: &[u8]) -> Vec<u8> {
    let mut left = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let (byte, after) = after_hash(rest).map_or((*byte, after), |after| (0, after));
        left.push(byte);
        rest = after;
    }
    left
}

/// What follows the hash that a text starts with: `$argon2id$v=19$m=65536,t=3,p=4$salt$tag`. The version may be
/// missing.
fn after_hash(text: &[u8]) -> Option<&[u8]> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let is_number = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_digit() || b"mtp=".contains(byte));
    let is_dollar = |byte: &u8| *byte == b'$';
    let text = text.strip_prefix(b"$")?;
    let has_version = text.split(is_dollar).nth(1)?.starts_with(b"v=");
    let parts: Vec<&[u8]> = text.splitn(if has_version { 5 } else { 4 }, is_dollar).collect();
    let ([variant, _, numbers, salt, tag] | [variant, numbers, salt, tag]) = parts[..] else { return None };
    let end = tag.iter().take_while(|byte| is_base64(byte)).count();
    let mut three = numbers.split(|byte| *byte == b',');
    let is_hash = VARIANTS.contains(&variant)
        && three.clone().count() == 3
        && three.all(is_number)
        && salt.iter().all(is_base64)
        && end > 0;
    is_hash.then(|| &tag[end..])
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn chosen(existing: &[(&str, &str)], old: &str) -> Option<(String, Option<String>)> {
        let look = |name: &OsStr| {
            let Some((_, text)) = existing.iter().find(|(existing, _)| name == *existing) else {
                return Ok(Entry::Free);
            };
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            Ok(Entry::File { file: Some(file), obstacle: None })
        };
        let backup = choose("c".as_ref(), old.as_bytes(), look).ok()?;
        let text = |name: OsString| name.into_string().unwrap_or_default();
        Some((text(backup.name), backup.kept.map(text)))
    }

    /// docs/config.md: "and so on up to 9, and a note names both. After that, `--backup` is refused."
    #[test]
    fn a_backup_with_a_password_is_never_replaced() {
        let plain = |text: &str| Some((text.to_owned(), None));
        let besides = |text: &str| Some((text.to_owned(), Some("c.bak".to_owned())));
        assert_eq!(chosen(&[], "old"), plain("c.bak"));
        assert_eq!(chosen(&[("c.bak", "old")], "old"), plain("c.bak"));
        assert_eq!(chosen(&[("c.bak", "original")], "another original"), besides("c.bak.2"));
        let (one, other) =
            ("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA", "$argon2i$m=8,t=1,p=1$c2FsdHNhbHQ$dA");
        for (backup, old, replaced) in [
            ("original", "<A>", false),
            ("<A>", "<B>", true),
            ("<B>", "<A>", true),
            ("'<B>', 1", "'<A>', 1", true),
            ("'<B>', 1", "'<A>', 2", false),
            ("'<B>', 'plain'", "'<A>', ''", false),
            ("'<B>', 'plain'", "'<A>', '<A>'", false),
            ("'<B>' // '<A>'", "'<A>' // '<A>'", true),
            ("'<B>' // '<A>'", "'<A>'", false),
            ("'<B>'", "'<A>' // '<A>'", false),
            ("'<B>', '$argon2id$plain'", "'<A>', '<B>'", false),
            ("'<B>', '$argon2id$plain'", "'<A>', '$argon2id$plain'", true),
            ("<B>, plain", "<A>, other", false),
            ("a=<B>,b=plain", "a=<A>,b=other", false),
            ("a=<B>,b=plain", "a=<A>,b=plain", true),
            ("<B>=plain", "<A>=other", false),
            ("$argon2", "<A>", false),
            ("'$argon2$my$pass$word'", "'<A>'", false),
            ("'$argon2id$my$pass$word$x'", "'<A>'", false),
            ("'$argon2id$v=19$m=8,t=1,p=1$my pass$x'", "'<A>'", false),
            ("'$argon2id$v=19$m=8,t=1$my$x'", "'<A>'", false),
            ("'$argon2id$v=19$m=8,t=x,p=1$my$x'", "'<A>'", false),
            ("'$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$'", "'<A>'", false),
            ("'<B>', '$argon2id$v=19$plain'", "'<A>', '$argon2id$v=19$m=8'", false),
        ] {
            let fill = |text: &str| text.replace("<A>", one).replace("<B>", other);
            let (backup, old) = (fill(backup), fill(old));
            let expected = if replaced { plain("c.bak") } else { besides("c.bak.2") };
            assert_eq!(chosen(&[("c.bak", &backup)], &old), expected, "{backup} and {old}");
            let second = [("c.bak", "original"), ("c.bak.2", &*backup)];
            let expected = if replaced { "c.bak.2" } else { "c.bak.3" };
            assert_eq!(chosen(&second, &old), besides(expected), "{backup} and {old}");
        }
        let names: Vec<_> = (2..=9).map(|number| format!("c.bak.{number}")).collect();
        let mut all: Vec<_> = names.iter().map(|name| (name.as_str(), "original")).collect();
        all.push(("c.bak", "original"));
        assert_eq!(chosen(&all, "old"), None);
    }
}
