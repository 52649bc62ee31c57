//! Whom the processes of a container run as.

use crate::engine::Process;

/// Programs that start a process, wait for it, and do nothing else.
const INITS: [&str; 5] = ["tini", "dumb-init", "docker-init", "catatonit", "podman-init"];

/// Programs that may stand before the process that the container is for.
const BEFORE: [&str; 14] = [
    "ash",
    "bash",
    "dash",
    "gosu",
    "init",
    "runsv",
    "runsvdir",
    "runuser",
    "setpriv",
    "sh",
    "su",
    "su-exec",
    "sudo",
    "supervisord",
];

/// Whom the processes ran as, over several looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    main: Option<(u32, u32)>,
    all: Vec<(u32, u32)>,
    /// Other groups of the main process, at the last look.
    pub groups: Vec<u32>,
}

impl Users {
    /// Notes the processes of a look, of which one is the container's first.
    pub fn note(&mut self, processes: &[Process], first: u32) {
        let own = Own::of(processes, first);
        if let Some(main) = own.main(first) {
            self.main = Some((main.uid, main.gid));
            self.groups = main.groups.clone();
            self.groups.retain(|it| *it != main.gid);
            self.groups.sort_unstable();
            self.groups.dedup();
        }
        let counted = own.0.iter().filter(|it| !(is_init(&it.name) && own.has_children(it.pid)));
        for user in counted.map(|it| (it.uid, it.gid)) {
            if !self.all.contains(&user) {
                self.all.push(user);
            }
        }
    }

    /// The user and group of each, the main process first.
    pub fn all(&self) -> Vec<(u32, u32)> {
        let others = self.all.iter().copied().filter(|it| Some(*it) != self.main);
        self.main.into_iter().chain(others).collect()
    }
}

/// The processes that come from a container's first one.
pub fn own(processes: &[Process], first: u32) -> Vec<&Process> {
    Own::of(processes, first).0
}

/// The processes that come from the container's first one: not those that somebody started in it from outside, such as
/// health checks.
struct Own<'p>(Vec<&'p Process>);

impl<'p> Own<'p> {
    fn of(processes: &'p [Process], first: u32) -> Own<'p> {
        if processes.iter().all(|it| it.parent.is_none()) {
            return Own(processes.iter().collect());
        }
        let mut found: Vec<&Process> = processes.iter().filter(|it| it.pid == first).collect();
        let mut at = 0;
        while let Some(parent) = found.get(at).map(|it| it.pid) {
            let children = processes.iter().filter(|it| it.parent == Some(parent));
            found.extend(children.filter(|it| it.pid != first).collect::<Vec<_>>());
            at += 1;
        }
        Own(found)
    }

    /// The process that the container is for, behind those that start it.
    fn main(&self, first: u32) -> Option<&'p Process> {
        let first = self.0.iter().find(|it| it.pid == first).or(self.0.first())?;
        Some(self.behind(first).unwrap_or(first))
    }

    fn behind(&self, process: &'p Process) -> Option<&'p Process> {
        if !is_before(&process.name) {
            return Some(process);
        }
        let mut children: Vec<&Process> =
            self.0.iter().copied().filter(|it| it.parent == Some(process.pid)).collect();
        children.sort_by_key(|it| it.pid);
        let is_shell = !is_init(&process.name) && !process.name.starts_with("s6-");
        let found = children.into_iter().find_map(|it| self.behind(it));
        found.or(is_shell.then_some(process))
    }

    fn has_children(&self, pid: u32) -> bool {
        self.0.iter().any(|it| it.parent == Some(pid))
    }
}

fn is_init(name: &str) -> bool {
    INITS.contains(&name)
}

/// Whether that starts others; names are cut to 15 letters.
fn is_before(name: &str) -> bool {
    is_init(name)
        || BEFORE.contains(&name)
        || name.starts_with("s6-")
        || name.ends_with(".sh")
        || name.contains("entrypoi")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line for each process: its number, its parent, its user, its name.
    #[track_caller]
    fn check(table: &str, expected: &[u32]) {
        let process = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |at: usize| words[at].parse::<u32>().unwrap_or_default();
            let (uid, name) = (number(2), words[3].to_owned());
            Process {
                pid: number(0),
                parent: Some(number(1)),
                uid,
                gid: uid,
                name,
                ..Process::default()
            }
        };
        let processes: Vec<Process> = table.split(';').map(process).collect();
        let mut users = Users::default();
        users.note(&processes, 10);
        let found: Vec<u32> = users.all().into_iter().map(|it| it.0).collect();
        assert_eq!(found, expected, "{table}");
    }

    #[test]
    fn main_process_is_behind_those_that_start_it() {
        check("10 1 999 redis-server", &[999]);
        check("10 1 0 tini;11 10 999 redis-server", &[999]);
        check("10 1 0 docker-init;11 10 0 docker-entrypoi;12 11 999 mysqld", &[999, 0]);
        check("10 1 0 nginx;11 10 101 nginx;12 10 101 nginx", &[0, 101]);
        check(
            "10 1 0 s6-svscan;11 10 0 s6-supervise;12 11 0 s6-linux-init-s;13 10 0 s6-supervise;14 13 1000 app",
            &[1000, 0],
        );
        check("10 1 0 sh", &[0]);
        check("10 1 0 tini", &[0]);
    }

    #[test]
    fn what_is_started_from_outside_is_not_counted() {
        check("10 1 999 postgres;11 10 999 postgres;20 5 0 sh;21 20 0 psql", &[999]);
    }

    #[test]
    fn processes_without_parents_are_all_counted() {
        let process = |pid, uid| Process { pid, uid, gid: uid, ..Process::default() };
        let mut users = Users::default();
        users.note(&[process(10, 0), process(11, 33)], 10);
        assert_eq!(users.all(), [(0, 0), (33, 33)]);
    }
}
