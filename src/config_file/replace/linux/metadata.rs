//! Copies metadata from the old file to the new one.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, fchown};

use xattr::FileExt;

/// Attributes that the kernel computes from the content.
const COMPUTED: [&str; 2] = ["security.ima", "security.evm"];

/// Copies owner, group, extended attributes (with ACL and security label) and mode.
pub(super) fn copy(from: &File, to: &File) -> io::Result<()> {
    let (wanted, own) = (from.metadata()?, to.metadata()?);
    let owner = (wanted.uid() != own.uid()).then_some(wanted.uid());
    let group = (wanted.gid() != own.gid()).then_some(wanted.gid());
    if owner.is_some() || group.is_some() {
        fchown(to, owner, group)?;
    }

    let wanted_attributes = attributes(from)?;
    let own_attributes = attributes(to)?;
    for attribute in &wanted_attributes {
        if !own_attributes.contains(attribute) {
            to.set_xattr(&attribute.0, &attribute.1)?;
        }
    }
    // Remove those that the folder gives to new files.
    for (name, _) in &own_attributes {
        if !wanted_attributes.iter().any(|(wanted, _)| wanted == name) {
            to.remove_xattr(name)?;
        }
    }
    // Set the mode last, because the steps above can change it; and only if it differs, because this
    // can change an ACL.
    if to.metadata()?.mode() != wanted.mode() {
        to.set_permissions(wanted.permissions())?;
    }
    // The kernel silently drops set-group-ID for a user who is not in the group.
    let all = |file: &File| file.metadata().map(|found| (found.uid(), found.gid(), found.mode()));
    if all(to)? == all(from)? {
        Ok(())
    } else {
        Err(io::Error::other("the system does not keep its set-user-ID or set-group-ID bit"))
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
    Ok(attributes)
}
