//! Which name a backup gets. A backup is replaced only if nothing is lost with it.

use std::ffi::OsStr;

use super::error::FileError;
use super::options::Backup;

/// What marks a string as a hash.
const HASH: &[u8] = b"$argon2";
/// How many backups there may be.
const MOST: u32 = 9;

/// What has the name of a backup.
pub(super) enum Existing {
    /// Nothing, or something that is no backup and can be replaced.
    Free,
    /// A file of this content.
    Backup(Vec<u8>),
    /// A file that cannot be looked into.
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
    for number in 1..=MOST {
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

/// Where each place that holds a hash now held one before, no plain text is lost.
fn is_replaceable(backup: &[u8], old: &[u8]) -> bool {
    let hashes = |text: &[u8]| text.windows(HASH.len()).filter(|part| *part == HASH).count();
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
