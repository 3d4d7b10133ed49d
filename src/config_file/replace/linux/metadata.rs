//! What a new file takes over from the config besides its content.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

use xattr::FileExt;

/// Extended attributes that the kernel computes from the content.
const COMPUTED: [&str; 2] = ["security.ima", "security.evm"];

/// Owner, group, mode and extended attributes (with ACL and security label) of a file.
#[derive(PartialEq, Eq)]
pub(super) struct Metadata {
    owner: u32,
    group: u32,
    mode: u32,
    /// Names and values, sorted.
    attributes: Vec<(OsString, Vec<u8>)>,
}

impl Metadata {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let stat = file.metadata()?;
        let attributes = attributes(file)?;
        Ok(Self { owner: stat.uid(), group: stat.gid(), mode: stat.mode(), attributes })
    }

    /// Gives all of it to a file.
    pub(super) fn copy_to(&self, file: &File) -> io::Result<()> {
        let own = Self::of(file)?;
        let owner = (self.owner != own.owner).then_some(self.owner);
        let group = (self.group != own.group).then_some(self.group);
        if owner.is_some() || group.is_some() {
            fchown(file, owner, group)?;
        }
        for attribute in &self.attributes {
            if !own.attributes.contains(attribute) {
                file.set_xattr(&attribute.0, &attribute.1)?;
            }
        }
        // Remove the attributes that the folder gives to new files.
        for (name, _) in &own.attributes {
            if !self.attributes.iter().any(|(wanted, _)| wanted == name) {
                file.remove_xattr(name)?;
            }
        }
        // Set the mode last, because the steps above can change it; and only if it differs, because this
        // can change an ACL.
        if file.metadata()?.mode() != self.mode {
            file.set_permissions(Permissions::from_mode(self.mode))?;
        }
        // The kernel silently drops set-group-ID for a user who is not in the group.
        let stat = file.metadata()?;
        if (stat.uid(), stat.gid(), stat.mode()) == (self.owner, self.group, self.mode) {
            Ok(())
        } else {
            Err(io::Error::other("the system does not keep its set-user-ID or set-group-ID bit"))
        }
    }
}

/// The extended attributes; none if the file system does not support them.
fn attributes(file: &File) -> io::Result<Vec<(OsString, Vec<u8>)>> {
    let names = match file.list_xattr() {
        Ok(names) => names,
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut attributes = Vec::new();
    for name in names.filter(|name| COMPUTED.iter().all(|computed| name != computed)) {
        if let Some(value) = file.get_xattr(&name)? {
            attributes.push((name, value));
        }
    }
    attributes.sort_unstable();
    Ok(attributes)
}
