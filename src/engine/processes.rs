//! The processes of a container, as the engine tells them. Users are the host's.

use bollard::query_parameters::TopOptionsBuilder;

use super::{Engine, Fault};

/// What `ps` is asked for; an engine whose `ps` knows no more is asked for less.
const ASKED: [&str; 2] = ["-eo pid,ppid,uid,gid,supgid,comm", "-eo pid,uid,gid,comm"];

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
        let told = ask(ASKED[0]).or_else(|_| ask(ASKED[1]))?;
        Ok(rows(&told.titles.unwrap_or_default(), &told.processes.unwrap_or_default()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
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
