//! Extended attributes, access control lists among them, carried over to the file's successor.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::Errno;

/// Makes the attributes of `new` those of `old`.
///
/// Those that belong to the kernel, such as SELinux's label, are given to the new file by policy
/// and stay as they are.
pub(super) fn copy(old: &File, new: &File) -> io::Result<()> {
    let wanted = names(old)?;
    // A folder can have a default list that gives others access the old file denied them.
    for name in names(new)?.iter().filter(|name| !wanted.contains(name)) {
        fremovexattr(new, name)?;
    }
    for name in &wanted {
        let value = value(old, name)?;
        fsetxattr(new, name, &value, XattrFlags::empty())?;
    }
    Ok(())
}

fn names(file: &File) -> io::Result<Vec<CString>> {
    let mut buffer = vec![0; 64 << 10];
    let length = match flistxattr(file, &mut buffer) {
        Ok(length) => length,
        Err(Errno::NOTSUP) => 0,
        Err(error) => return Err(error.into()),
    };
    let names = buffer[..length].split_inclusive(|byte| *byte == 0);
    Ok(names
        .filter_map(|name| CStr::from_bytes_with_nul(name).ok())
        .filter(|name| is_ours(name))
        .map(CStr::to_owned)
        .collect())
}

fn is_ours(name: &CStr) -> bool {
    let name = name.to_bytes();
    name.starts_with(b"user.") || name.starts_with(b"system.posix_acl_")
}

fn value(file: &File, name: &CStr) -> io::Result<Vec<u8>> {
    // The kernel's limit for one value.
    let mut buffer = vec![0; 64 << 10];
    let length = fgetxattr(file, name, &mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}
