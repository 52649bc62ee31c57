//! `tmpfs-ownership`: a tmpfs that the service cannot write to, or that is there twice.

use foldhash::{HashMap, HashSet};

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::evidence::{RunsAs, Target};
use crate::finding::{Confidence, Severity};
use crate::workload::{Handle, Id, Mount, Origin};
use crate::yaml::Value;

pub(super) static RULE: Rule = Rule {
    id: "tmpfs-ownership",
    summary: "a tmpfs belongs to root or is mounted twice",
    severity: Severity::Low,
    docs: "A tmpfs takes the mode of the folder that it covers, never its owner: a service that is not root cannot write \
to it unless the mount names the owner. On a path that the image lacks it works until the first restart. Two mounts at \
one target are refused by the engine.",
    example: "services:\n  web:\n    image: example\n    user: \"10001:10001\"\n    tmpfs: [/run/app]\n",
    pod: "",
    references: &[],
    follows: &["root-user", "writable-rootfs"],
    scope: Scope::saying(&["tmpfs"]),
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if case.workload.is_kubernetes() {
        return Vec::new();
    }
    let mounts = &case.container.mounts;
    let mut at: HashMap<&str, Vec<&Mount<'_>>> = HashMap::default();
    for mount in mounts {
        if let Some(target) = mount.target.as_deref() {
            at.entry(target).or_default().push(mount);
        }
    }
    let alike: HashMap<&str, bool> =
        at.iter().filter(|it| it.1.len() > 1).map(|it| (*it.0, are_the_same(it.1))).collect();
    let mut known: HashSet<&str> = HashSet::default();
    let mut found = Vec::new();
    for mount in mounts {
        let Some(target) = mount.target.as_deref() else { continue };
        let is_first = known.insert(target);
        let (Origin::Scratch, Handle::Item(item)) = (&mount.origin, mount.handle) else { continue };
        if item.list.key.value() != Some("tmpfs") {
            continue;
        }
        if is_first {
            found.extend(unowned(case, mount, target));
            continue;
        }
        let written = case.workload.remove_items(case.container, "tmpfs", &[item]);
        let fix = Proposal::safe("remove the second mount", written);
        let fix = if alike[target] { fix } else { unlike(fix) };
        found.push(Weakness::new(mount.site, format!("{target} is mounted twice")).fix(fix));
    }
    found
}

/// Whether one of the mounts is as good as the other, here and in a service that extends this one: the options are the
/// same, and whoever has one of them has them all.
fn are_the_same(mounts: &[&Mount<'_>]) -> bool {
    let of = |it: &&Mount<'_>| {
        let Handle::Item(item) = it.handle else { return None };
        let mut options: Vec<String> = it.options.split(',').map(str::to_owned).collect();
        options.sort_unstable();
        Some((item.list.value.id(), item.file, options))
    };
    let mut known = mounts.iter().map(of);
    let first = known.next().flatten();
    first.is_some() && known.all(|it| it == first)
}

/// Compose hands over the last of several tmpfs with one spelling of the path.
fn unlike(fix: Proposal) -> Proposal {
    let mut fix = fix.because(Confidence::Risky, "the two mounts are not the same");
    fix.may_break =
        Some("what relies on the second mount, here or in a service that extends it".into());
    fix
}

fn unowned(case: &Case<'_, '_>, mount: &Mount<'_>, target: &str) -> Option<Weakness> {
    let RunsAs::User(uid) = case.evidence.runs_as else { return None };
    let Handle::Item(item) = mount.handle else { return None };
    let says = |name: &str| mount.options.split(',').any(|it| it.starts_with(name));
    // Podman takes no owner on a tmpfs, and a stack no tmpfs of this form.
    if case.evidence.platform.target != Target::Docker {
        return None;
    }
    if target == "/tmp" || ["uid=", "gid=", "mode="].iter().any(|it| says(it)) {
        return None;
    }
    let gid = match case.evidence.identity.group {
        Id::Number(gid) => gid,
        Id::Unset | Id::Name(_) | Id::Unknown => uid,
    };
    let written = item.node.resolve().value()?;
    let comma = if mount.options.is_empty() { ":" } else { "," };
    let owned = format!("{written}{comma}uid={uid},gid={gid},mode=0755");
    let replaced = case.workload.replace_item(case.container, "tmpfs", &item, &Value::from(owned));
    let message = format!("{target} belongs to root, and the service runs as {uid}");
    Some(Weakness::new(mount.site, message).fix(
        Proposal::safe("name the owner of the mount", replaced).because(
            Confidence::Likely,
            "the service runs as that user, which the file itself names",
        ),
    ))
}
