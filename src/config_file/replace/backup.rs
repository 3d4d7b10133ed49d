//! Chooses the name of a backup. An earlier backup is replaced only if no password is lost with it.

use std::ffi::OsStr;

use super::error::FileError;
use super::options::Backup;

/// The start of every hash.
const HASH_PREFIX: &[u8] = b"$argon2";
/// The most backups that are kept.
const MAX_BACKUPS: u32 = 9;

/// What has a backup's name.
pub(super) enum Existing {
    /// Nothing, or something that is not a regular file and can be replaced.
    Free,
    /// A file with this content.
    Backup(Vec<u8>),
    /// A file that cannot be read.
    Unknown,
}

/// The first of `config.json.bak`, `config.json.bak.2`, … that is free or can be replaced. A password
/// in plain text in a backup may be the only copy: such a backup stays.
pub(super) fn choose(
    config: &OsStr,
    old: &[u8],
    existing: impl Fn(&OsStr) -> Result<Existing, FileError>,
) -> Result<Backup, FileError> {
    let mut kept = None;
    for number in 1..=MAX_BACKUPS {
        let mut name = config.to_owned();
        name.push(".bak");
        if number > 1 {
            name.push(format!(".{number}"));
        }
        let replaceable = match existing(&name)? {
            Existing::Free => true,
            Existing::Backup(content) => content == old || is_replaceable(&content, old),
            Existing::Unknown => false,
        };
        if replaceable {
            return Ok(Backup { name, kept });
        }
        kept.get_or_insert(name);
    }
    Err(FileError::Backups)
}

/// Whether the backup contains at least as many hashes as the old content: then it has no plain text
/// that the old content lacks.
fn is_replaceable(backup: &[u8], old: &[u8]) -> bool {
    let hashes = |text: &[u8]| text.windows(HASH_PREFIX.len()).filter(|part| *part == HASH_PREFIX).count();
    hashes(backup) > 0 && hashes(backup) >= hashes(old)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn chosen(existing: &[(&str, &str)], old: &str) -> Option<(String, Option<String>)> {
        let find = |name: &OsStr| {
            let found = existing.iter().find(|(existing, _)| name == *existing);
            Ok(found.map_or(Existing::Free, |(_, text)| Existing::Backup(text.as_bytes().to_vec())))
        };
        let backup = choose("c".as_ref(), old.as_bytes(), find).ok()?;
        let text = |name: OsString| name.into_string().unwrap_or_default();
        Some((text(backup.name), backup.kept.map(text)))
    }

    #[test]
    fn a_backup_with_a_password_is_never_replaced() {
        let plain = |text: &str| Some((text.to_owned(), None));
        let besides = |text: &str| Some((text.to_owned(), Some("c.bak".to_owned())));
        assert_eq!(chosen(&[], "old"), plain("c.bak"));
        assert_eq!(chosen(&[("c.bak", "old")], "old"), plain("c.bak"));
        assert_eq!(chosen(&[("c.bak", "original")], "$argon2id$"), besides("c.bak.2"));
        assert_eq!(chosen(&[("c.bak", "original")], "another original"), besides("c.bak.2"));
        assert_eq!(chosen(&[("c.bak", "$argon2id$1")], "$argon2id$2"), plain("c.bak"));
        assert_eq!(chosen(&[("c.bak", "$argon2id$ plain")], "$argon2id$ $argon2id$"), besides("c.bak.2"));
        assert_eq!(
            chosen(&[("c.bak", "original"), ("c.bak.2", "$argon2id$1")], "$argon2id$2"),
            besides("c.bak.2")
        );
        let names: Vec<_> = (2..=9).map(|number| format!("c.bak.{number}")).collect();
        let mut all: Vec<_> = names.iter().map(|name| (name.as_str(), "original")).collect();
        all.push(("c.bak", "original"));
        assert_eq!(chosen(&all, "old"), None);
    }
}
