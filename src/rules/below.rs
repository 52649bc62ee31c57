//! What comes to light where a mount or a device goes: what a weaker layer has for the same place. It goes as well where
//! it is as weak; else nothing goes.

use std::borrow::Cow;

use super::{Case, host_device};
use crate::evidence::host::{HostPath, judge, socket};
use crate::finding::Severity;
use crate::workload::compose::{Device, Service};
use crate::workload::{Blocked, Dialect, Handle, Item, Mount, Origin, Written};

/// Takes a mount away with what it hides: in words, and as edits.
pub(super) fn removal(case: &Case<'_, '_>, mount: &Mount<'_>) -> (Cow<'static, str>, Written) {
    let title = Cow::Borrowed("remove the mount");
    let (Dialect::Compose(service), Handle::Item(item)) = (&case.workload.dialect, mount.handle)
    else {
        return (title, case.workload.remove_mount(mount, &[]));
    };
    let below = service.below(&item);
    let title = match below.last() {
        Some(it) => format!("{title}, and {} that it hides", service.called(it)).into(),
        None => title,
    };
    let weak = all_weak(service, &below);
    (title, weak.and_then(|()| case.workload.remove_mount(mount, &below)))
}

/// Takes a device away with what it hides.
pub(super) fn handed(case: &Case<'_, '_>, device: &Device<'_>) -> Written {
    let Dialect::Compose(service) = &case.workload.dialect else { return Ok(Vec::new()) };
    let below = service.below(&device.item);
    all_weak(service, &below)?;
    service.remove_with(device.key, &device.item, &below)
}

fn all_weak(service: &Service<'_>, below: &[Item<'_>]) -> Result<(), Blocked> {
    match below.iter().rev().find(|it| !is_weak(service, it)) {
        Some(it) => Err(Blocked(format!(
            "it hides {}, which would count without it: decide which of the two the service has",
            service.called(it)
        ))),
        None => Ok(()),
    }
}

/// Whether it would be taken away if it counted.
fn is_weak(service: &Service<'_>, item: &Item<'_>) -> bool {
    match service.mount_of(item) {
        Some(mount) => match &mount.origin {
            Origin::Host(path) => {
                let bad = judge(path, mount.read_only, false);
                socket(path).is_some()
                    || matches!(bad, HostPath::Bad(severity) if severity >= Severity::High)
            }
            Origin::Volume(_)
            | Origin::Anonymous
            | Origin::Scratch
            | Origin::Other(_)
            | Origin::Unknown => false,
        },
        None => service.device(item).is_some_and(|it| host_device::is_taken(&it)),
    }
}
