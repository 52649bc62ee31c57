//! The processes of a container, as the engine tells them. Users are the host's.

use std::collections::BTreeMap;

use bollard::query_parameters::TopOptionsBuilder;

use super::local::{self, Status};
use super::{Engine, Fault};

/// What `ps` is asked for; an engine whose `ps` knows no more is asked for less.
const ASKED: [&str; 2] = ["-eo pid,ppid,uid,gid,supgid,comm", "-eo pid,uid,gid,comm"];

/// What Podman is asked for, which tells of the host by words of its own; what `ps` is asked for it runs in the container.
const OF_PODMAN: &str = "hpid,pid,ppid,huser,hgroup,hgroups,comm";

/// A process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Process {
    /// Its number, by the engine's host.
    pub pid: u32,
    /// The process that made it; nothing where that is not told.
    pub parent: Option<u32>,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its other groups.
    pub groups: Vec<u32>,
    /// The name of its program.
    pub name: String,
}

impl Engine {
    /// The processes of a container.
    ///
    /// # Errors
    /// It does not run any more, or the engine refuses.
    pub fn processes(&self, id: &str, name: &str) -> Result<Vec<Process>, Fault> {
        let ask = |words: &str| {
            let options = TopOptionsBuilder::new().ps_args(words).build();
            let what = format!("{name}: its processes cannot be told");
            self.ask(&what, self.api().top_processes(id, Some(options)))
        };
        let told = match self.is_podman {
            true => ask(OF_PODMAN)?,
            false => ask(ASKED[0]).or_else(|_| ask(ASKED[1]))?,
        };
        let (titles, told) = (told.titles.unwrap_or_default(), told.processes.unwrap_or_default());
        match self.is_podman {
            true => Ok(rows_of_podman(&titles, &told, local::status)),
            false => Ok(rows(&titles, &told)),
        }
    }
}

/// The processes of a table; rows that are not as their titles say are none.
fn rows(titles: &[String], rows: &[Vec<String>]) -> Vec<Process> {
    let column = |name: &str| titles.iter().position(|it| it == name);
    let Some(pid) = column("PID") else { return Vec::new() };
    let (parent, uid, gid) = (column("PPID"), column("UID"), column("GID"));
    let (groups, name) = (column("SUPGID"), column("COMMAND"));
    let process = |row: &Vec<String>| {
        let text = |at: Option<usize>| row.get(at?).map(String::as_str);
        let number = |at: Option<usize>| text(at)?.trim().parse::<u32>().ok();
        let groups = text(groups).unwrap_or_default().split(',');
        Some(Process {
            pid: number(Some(pid))?,
            parent: number(parent),
            uid: number(uid)?,
            gid: number(gid)?,
            groups: groups.filter_map(|it| it.trim().parse().ok()).collect(),
            name: text(name).unwrap_or_default().to_owned(),
        })
    };
    rows.iter().filter_map(process).collect()
}

/// The processes of Podman's table. Users are names there, which this machine tells the numbers of where it can.
fn rows_of_podman(
    titles: &[String],
    rows: &[Vec<String>],
    status: impl Fn(u32) -> Option<Status>,
) -> Vec<Process> {
    let text = |row: &[String], name: &str| {
        let at = titles.iter().position(|it| it == name)?;
        row.get(at).map(|it| it.trim().to_owned())
    };
    let number = |row: &[String], name: &str| text(row, name)?.parse::<u32>().ok();
    // Parents are told by their numbers in the container.
    let host: BTreeMap<u32, u32> =
        rows.iter().filter_map(|row| number(row, "PID").zip(number(row, "HPID"))).collect();
    let process = |row: &Vec<String>| {
        let pid = number(row, "HPID")?;
        let told = status(pid);
        let uid = number(row, "HUSER").or(told.as_ref().map(|it| it.uid))?;
        let gid = number(row, "HGROUP").or(told.as_ref().map(|it| it.gid))?;
        let groups = text(row, "HGROUPS").unwrap_or_default();
        let groups = groups.split(',').filter_map(|it| it.trim().parse().ok()).collect();
        let parent = number(row, "PPID").and_then(|it| host.get(&it)).copied();
        let groups = told.map_or(groups, |it| it.groups);
        let name = text(row, "COMMAND").unwrap_or_default();
        Some(Process { pid, parent, uid, gid, groups, name })
    };
    rows.iter().filter_map(process).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn podman_tells_of_the_host_by_words_of_its_own() {
        let titles = words("HPID PID PPID HUSER HGROUP HGROUPS COMMAND");
        let rows = [words("2343 1 0 ann ann 1000 sh"), words("2346 6 1 0 0 0 sleep")];
        let status =
            |it| (it == 2343).then(|| Status { uid: 1000, gid: 1001, ..Status::default() });
        let found = rows_of_podman(&titles, &rows, status);
        let told: Vec<_> = found.iter().map(|it| (it.pid, it.parent, it.uid, it.gid)).collect();
        assert_eq!(told, [(2343, None, 1000, 1001), (2346, Some(2343), 0, 0)]);
        // Who it is on another machine nobody can tell here.
        assert_eq!(rows_of_podman(&titles, &rows, |_| None).len(), 1);
    }

    #[test]
    fn columns_are_found_by_their_titles() {
        let titles = words("PID PPID UID GID SUPGID COMMAND");
        let found =
            rows(&titles, &[words("12 1 999 998 101,102 redis-server"), words("x 1 0 0 - sh")]);
        let expected = Process {
            pid: 12,
            parent: Some(1),
            uid: 999,
            gid: 998,
            groups: vec![101, 102],
            name: "redis-server".to_owned(),
        };
        assert_eq!(found, [expected]);
        let found = rows(&words("PID UID GID COMMAND"), &[words("3 0 0 sh")]);
        assert_eq!((found[0].parent, found[0].groups.len()), (None, 0));
    }
}
