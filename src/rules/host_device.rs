//! `host-device`: a device of the host is handed in.

use super::{Case, Check, Proposal, Rule, Scope, Weakness, below};
use crate::finding::{Severity, Site};
use crate::workload::Dialect;
use crate::workload::compose::Device;

pub(super) static RULE: Rule = Rule {
    id: "host-device",
    summary: "a device of the host is handed in",
    severity: Severity::High,
    docs: "A block device is a disk without its permissions, /dev/mem is the memory of the host. Devices for graphics, \
sound or tunnels are narrower, but each is a driver that an attacker can talk to.\n\n**The fix may break** whatever the \
service does with the device.",
    example: "services:\n  web:\n    image: example\n    devices:\n      - /dev/sda:/dev/sda\n",
    pod: "",
    references: &["CIS Docker 5.18"],
    follows: &[],
    scope: Scope::saying(&["devices", "device_cgroup_rules", "volumes", "gpus", "deploy"]),
    check: Check::Workload(check),
};

/// Devices that are narrow, or that a workload plainly exists for.
const REPORTED: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/dri",
    "/dev/snd",
    "/dev/kvm",
    "/dev/fuse",
    "/dev/net/tun",
    "/dev/video",
    "/dev/bus/usb",
    "/dev/ttyUSB",
    "/dev/ttyACM",
    "/dev/serial",
    "/dev/nvidia",
    "/dev/kfd",
];

/// Devices that are the host.
const CRITICAL: &[&str] = &[
    "/dev/sd",
    "/dev/nvme",
    "/dev/vd",
    "/dev/xvd",
    "/dev/mapper",
    "/dev/dm-",
    "/dev/loop",
    "/dev/mem",
    "/dev/kmem",
    "/dev/port",
    "/dev/kmsg",
    "/dev/disk",
];

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return Vec::new() };
    let devices = service.devices();
    let handed = devices.iter().filter_map(|it| weakness(case, it));
    let reserved = service.reserved().into_iter().map(|(what, site)| unused(what, site));
    handed.chain(reserved).collect()
}

/// What is narrow, so that only its owner knows whether it is needed.
fn unused(what: &str, site: Site) -> Weakness {
    Weakness::new(site, format!("{what} of the host are handed in"))
        .severity(Severity::Info)
        .advice("remove it if the service does not use it")
}

/// Whether a device is taken away, and not only told of.
pub(super) fn is_taken(device: &Device<'_>) -> bool {
    device.path.starts_with('/') && !REPORTED.iter().any(|it| device.path.starts_with(it))
}

fn weakness(case: &Case<'_, '_>, device: &Device<'_>) -> Option<Weakness> {
    let starts = |list: &[&str]| list.iter().any(|it| device.path.starts_with(it));
    let site = Site { file: device.item.file, span: device.item.node.span() };
    let is_rule = device.key == "device_cgroup_rules";
    let is_disk = device.key == "volumes";
    let critical = is_disk
        || if is_rule {
            device.path.split_whitespace().eq(["a", "*:*", "rwm"])
        } else {
            device.path == "/dev" || starts(CRITICAL)
        };
    if !is_rule && !is_disk && !device.path.starts_with('/') {
        // A name of the Container Device Interface: `vendor.com/class=name`.
        let is_named = device.path.contains('/') && device.path.contains('=');
        return is_named.then(|| unused(&format!("devices {}", device.path), site));
    }
    let what = if is_disk { "is mounted as a volume" } else { "is handed in" };
    let found = Weakness::new(site, format!("{} of the host {what}", device.path));
    if !is_rule && !is_disk && starts(REPORTED) {
        return Some(
            found.severity(Severity::Info).advice("remove it if the service does not use it"),
        );
    }
    let written = below::handed(case, device);
    let fix =
        Proposal::risky("take the device away", written, format!("the use of {}", device.path));
    let severity = if critical { Severity::Critical } else { Severity::High };
    Some(found.severity(severity).fix(fix))
}
