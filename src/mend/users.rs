//! Who a container is to run as is settled first: what else is proposed serves the user that it will have.

use std::borrow::Cow;

use foldhash::HashSet;

use super::Policy;
use crate::decisions::{Answer, Word};
use crate::evidence::{Own, Stance};
use crate::finding::{ContainerId, Finding};
use crate::rules::{Hearing, USER_RULE, Verdict};
use crate::waiver::Waivers;
use crate::workload::{Files, Workload};

/// What is found in a workload, for the users that its containers will have.
///
/// A start as root stays where that is waived, declined, not sure enough, only its owner's to mend, or where those who
/// inherit the user (`denied`) are to stay root.
pub(super) fn judged(
    files: &Files<'_>,
    workload: &Workload<'_>,
    policy: &Policy,
    waivers: &Waivers<'_, '_>,
    denied: &HashSet<ContainerId>,
) -> Verdict {
    let hearing = Hearing::of(workload, &policy.settings);
    if policy.settings.stance == Stance::Unchanged {
        return hearing.judged();
    }
    let who = |it: &Finding| match denied.contains(&it.container) || waivers.allows(it) {
        true => Who::Root,
        false => who(files, policy, it),
    };
    // All others depend on what comes of this one.
    let users = hearing.found_by(USER_RULE);
    let settled: Vec<(ContainerId, bool)> = users
        .iter()
        .filter_map(|it| {
            let container = workload.containers.iter().position(|own| own.id == it.container)?;
            let for_user = hearing.known(container).for_user;
            match who(it) {
                Who::Root => for_user.then_some((it.container, false)),
                Who::User => (!for_user).then_some((it.container, true)),
                Who::Decided => Some((it.container, true)),
            }
        })
        .collect();
    settle(policy, hearing, users, &settled)
}

/// Who a container is to run as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// As root, as it does.
    Root,
    /// As a user, since that is sure enough.
    User,
    /// As a user, since somebody said so.
    Decided,
}

/// Who it is to be: as was decided and could be written, else by how sure the fix is.
fn who(files: &Files<'_>, policy: &Policy, finding: &Finding) -> Who {
    let own = policy.settings.own.get(&finding.container).and_then(|it| it.as_user);
    let Some(best) = finding.fixes.iter().map(|it| it.confidence).max() else { return Who::Root };
    match (own, policy.decided(files.get(finding.site.file), finding)) {
        (Some(false), _) => Who::Root,
        (Some(true), _) | (None, Some(Answer::Fix(_))) => Who::Decided,
        (None, Some(Answer::Leave | Answer::Allow(_) | Answer::Stale(Word::No))) => Who::Root,
        (None, Some(Answer::Stale(_)) | None) if best >= policy.accepts => Who::User,
        (None, Some(Answer::Stale(_)) | None) => Who::Root,
    }
}

/// Whether a container stays root with what is left of the fixes of its user.
pub(super) fn stays_root(files: &Files<'_>, policy: &Policy, finding: &Finding) -> bool {
    who(files, policy, finding) == Who::Root
}

/// The verdict for containers that are to run as a user, or not.
fn settle(
    policy: &Policy,
    hearing: Hearing<'_, '_>,
    found: Vec<Finding>,
    users: &[(ContainerId, bool)],
) -> Verdict {
    let as_user = |it: &ContainerId| policy.settings.own.get(it).and_then(|own| own.as_user);
    // Why that has no fix, and how sure it is, stays as it was.
    if users.iter().all(|it| as_user(&it.0) == Some(it.1)) {
        return hearing.judged_beside(USER_RULE, found);
    }
    let mut settings = policy.settings.clone();
    for (id, as_user) in users {
        settings.own.entry(*id).or_default().as_user = Some(*as_user);
    }
    let changed = |id| users.iter().any(|it| it.0 == id);
    hearing.with(&settings, changed).judged_beside(USER_RULE, found)
}

/// The policy with the values that were chosen for these containers.
pub(super) fn with_values<'p>(
    policy: &'p Policy,
    files: &Files<'_>,
    workloads: &[Workload<'_>],
) -> Cow<'p, Policy> {
    let mut with = Cow::Borrowed(policy);
    if !policy.decisions.has_values() {
        return with;
    }
    for container in workloads.iter().flat_map(|it| &it.containers) {
        let file = files.get(container.site.file);
        let Some(values) = policy.decisions.values(file, &container.subject) else { continue };
        let own = with.to_mut().settings.own.entry(container.id).or_default();
        *own = Own { as_user: own.as_user, ..values.own.clone() };
    }
    with
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::finding::Confidence;
    use crate::images::learned::Book;
    use crate::images::{self, Knowledge};
    use crate::mend::{analyse, carry_out, fixtures};

    const SITE: &str = "services:\n  site:\n    image: example.com/site:7\n";

    /// It starts as root, has workers of another user, and an account of its own is not known.
    const SEEN: &str = r#"version = 1

[[image]]
id = "sha256:05b1e29655df15f6db989bc3ecde1470e9f67e26fb72458e6a9a42efa5485940"
names = ["example.com/site:7"]
read = "2026-11-27"
account = { name = "root", uid = 0, gid = 0 }
entrypoint = ["/start.sh"]
program = { path = "/usr/sbin/site", is = "dynamic" }
observed = [
  { service = "site", project = "p", on = "2026-11-27", seconds = 72, alive = 92, starts = 1, words = {}, mounts = [], from_root = true, users = ["0:0", "101:101"], writes = [{ path = "/run", uid = 0, gid = 0 }, { path = "/var/cache/site", uid = 101, gid = 0 }], saw_writes = true, ports = [80], capabilities = ["SETGID", "SETUID"], raised = [] },
]
"#;

    #[test]
    fn who_takes_risks_is_offered_the_user_that_is_told_of_to_all() {
        let offered = |text: &str, stance, accepts| {
            let (files, members, mut policy) = fixtures::project(text);
            (policy.settings.stance, policy.accepts) = (stance, accepts);
            let found = analyse(&files, &members, &policy).judged.open;
            let user = found.into_iter().find(|it| it.rule == USER_RULE);
            user.map(|it| it.fixes.iter().map(|it| it.title.clone()).collect::<Vec<_>>())
        };
        for image in images::all() {
            for repository in &image.repositories {
                for volume in ["", "    volumes: [data:/data]\nvolumes: {data: {}}\n"] {
                    let name = repository.replace('*', "x");
                    let text = format!("services:\n  a:\n    image: {name}\n{volume}");
                    let told = offered(&text, Stance::Proven, Confidence::Likely);
                    assert_eq!(offered(&text, Stance::Strict, Confidence::Risky), told, "{text}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_planned_that_the_same_plan_takes_back() {
        let (files, members, mut policy) = fixtures::project(SITE);
        let book = Book::read(SEEN, Path::new("casehard.images.toml")).unwrap();
        policy.settings.images =
            Arc::new(Knowledge::builtin().and_learnt(book.images(), Path::new("/")));
        policy.accepts = Confidence::Risky;
        policy.settings.stance = Stance::Strict;
        let mended = carry_out(&files, &members, &policy, Some(Confidence::Risky)).unwrap();
        let done: Vec<(&str, &str)> = mended.fixed.iter().map(|it| (it.rule, &*it.title)).collect();
        assert_eq!(
            done,
            [
                ("root-user", "run as 10001:10001"),
                ("kept-capabilities", "drop ALL capabilities"),
                ("privilege-escalation", "forbid new privileges"),
                (
                    "writable-rootfs",
                    "make the root filesystem read-only, keep /run, /var/cache/site writable"
                ),
            ]
        );
        let text = mended.files[0].tree.text();
        assert!(text.contains("- /run:uid=10001,gid=10001,mode=0755\n"), "{text}");
        assert!(mended.after.judged.open.is_empty());
    }
}
