//! A container that is looked at.

use std::collections::BTreeSet;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::engine::local::{self, Numbers};
use crate::engine::peers::{self, Connection};
use crate::engine::seen::{Opened, Users, own};
use crate::engine::{Details, Engine, Fault, Health, Process, Running};
use crate::workload::paths::is_below;

/// How long a start may take that nobody reports the end of, in seconds.
const START: u64 = 10;

/// How long a start may take by its health check.
const LONG_START: u64 = 60;

/// A container, and what was seen of it so far.
pub(super) struct Watched {
    /// Which.
    pub(super) running: Running,
    /// How it is.
    pub(super) details: Details,
    /// Since when it is looked at.
    since: Instant,
    /// Whom its processes run as, by the host.
    pub(super) users: Users,
    /// How its users are the host's, where they are seen from here.
    pub(super) numbers: Option<(Numbers, Numbers)>,
    /// Whether its processes are those of this machine.
    pub(super) is_here: bool,
    /// The capabilities that it may ever have, as bits.
    pub(super) bounding: u64,
    /// Files that were open for writing.
    pub(super) opened: BTreeSet<Opened>,
    /// Ports below 1024 on which it listened.
    pub(super) ports: BTreeSet<u16>,
    /// Sockets of runtimes that it used.
    pub(super) sockets: BTreeSet<String>,
    /// Whether its start is over.
    pub(super) is_settled: bool,
    /// Whether somebody else knows that its start is over.
    is_at_rest: bool,
    /// When it was started while it was looked at, and when it had started before, in seconds since 1970.
    pub(super) restarted: Option<(u64, u64)>,
    /// Its tasks before anything was traced.
    pub(super) before: Vec<u32>,
    /// Its main process in a start before this one that was traced too.
    pub(super) earlier: Option<u32>,
    /// Why it is not looked at any more.
    pub(super) fault: Option<String>,
    /// For how many seconds it was looked at.
    pub(super) seconds: u64,
}

impl Watched {
    /// Begins to look at one.
    ///
    /// # Errors
    /// It is gone, or the engine refuses.
    pub(super) fn begin(engine: &Engine, running: Running) -> Result<Watched, Fault> {
        let details = engine.details(&running.id, &running.name)?;
        let mut watched = Watched {
            running,
            details,
            since: Instant::now(),
            users: Users::default(),
            numbers: None,
            is_here: false,
            bounding: 0,
            opened: BTreeSet::new(),
            ports: BTreeSet::new(),
            sockets: BTreeSet::new(),
            is_settled: false,
            is_at_rest: false,
            restarted: None,
            before: Vec::new(),
            earlier: None,
            fault: None,
            seconds: 0,
        };
        watched.find_here(engine);
        if watched.numbers.is_none() && !watched.details.in_host_users {
            watched.numbers = engine.numbers().cloned();
        }
        let processes = engine.processes(&watched.running.id, &watched.running.name)?;
        if watched.is_here {
            let own = own(&processes, watched.details.pid);
            watched.before = own.into_iter().flat_map(|it| local::tasks(it.pid)).collect();
        }
        Ok(watched)
    }

    /// Whether its processes are those of this machine, and what that tells.
    fn find_here(&mut self, engine: &Engine) {
        let pid = self.details.pid;
        self.is_here = engine.is_here() && pid != 0 && local::is_of(pid, &self.running.id);
        if self.is_here {
            self.numbers = local::numbers(pid).or(self.numbers.take());
            self.bounding = local::status(pid).map_or(self.bounding, |it| it.bounding);
        }
    }

    /// Restarts it, so that its start is seen.
    pub(super) fn restart(&mut self, engine: &Engine) {
        let at = now();
        match engine.restart(&self.running.id, &self.running.name) {
            Ok(()) => {
                self.restarted = Some((at, self.details.started));
                self.before.clear();
            }
            Err(it) => self.fault = Some(it.to_string()),
        }
    }

    /// Begins to look at one that was started twice, the second time some time ago, and that nobody else touched.
    ///
    /// # Errors
    /// It is gone, or the engine refuses.
    pub(super) fn at_rest(
        engine: &Engine,
        running: Running,
        earlier: Option<u32>,
    ) -> Result<Watched, Fault> {
        let watched = Watched::begin(engine, running)?;
        let restarted = Some((watched.details.started, watched.details.created));
        let before = Vec::new();
        Ok(Watched { is_at_rest: true, restarted, before, earlier, ..watched })
    }

    /// Whether enough was seen of it to be kept, though it may be gone by now.
    pub(super) fn was_seen(&self) -> bool {
        self.fault.is_none() || !self.users.all().is_empty()
    }

    /// Looks once.
    pub(super) fn look(&mut self, engine: &Engine, connections: &[Connection]) {
        if self.fault.is_some() {
            return;
        }
        self.seconds = self.since.elapsed().as_secs();
        if let Err(it) = self.looked(engine, connections) {
            let name = &self.running.name;
            self.fault = Some(match it.is_absent() {
                true => format!("{name}: it is gone meanwhile: start it, and look at it again"),
                false => it.to_string(),
            });
        }
    }

    fn looked(&mut self, engine: &Engine, connections: &[Connection]) -> Result<(), Fault> {
        let (id, name) = (self.running.id.clone(), self.running.name.clone());
        let details = engine.details(&id, &name)?;
        if !details.runs {
            let told = format!("{name}: it does not run any more: start it, and look at it again");
            return Err(Fault::new(told));
        }
        let is_other = details.pid != self.details.pid;
        self.details = details;
        if is_other || !self.is_here {
            self.find_here(engine);
        }
        let processes = engine.processes(&id, &name)?;
        self.is_settled = self.is_at_rest || self.has_started();
        let mine: Vec<Process> =
            own(&processes, self.details.pid).into_iter().map(|it| self.told_here(it)).collect();
        if self.is_settled {
            self.users.note(&mine, self.details.pid);
        }
        if self.is_here {
            self.look_here(&mine, connections, engine);
        }
        Ok(())
    }

    /// Whether its start is over, by its health check or by its age.
    fn has_started(&self) -> bool {
        let age = now().saturating_sub(self.details.started);
        match self.details.health {
            Health::Good => true,
            Health::Unasked | Health::Bad => age >= START,
            Health::Starting => age >= LONG_START,
        }
    }

    /// A process with what this machine says of it.
    fn told_here(&self, process: &Process) -> Process {
        let status = if self.is_here { local::status(process.pid) } else { None };
        match status {
            None => process.clone(),
            Some(it) => Process { uid: it.uid, gid: it.gid, groups: it.groups, ..process.clone() },
        }
    }

    /// What this machine says of its files, sockets and ports.
    fn look_here(&mut self, processes: &[Process], connections: &[Connection], engine: &Engine) {
        let mut sockets: BTreeSet<u64> = BTreeSet::new();
        let mut sees_all = true;
        for process in processes {
            let Some(open) = local::open(process.pid) else {
                sees_all = false;
                continue;
            };
            sockets.extend(open.sockets);
            let opened = open.written.iter().filter_map(|it| opened(it, process));
            let opened: Vec<Opened> = opened.filter(|it| !self.is_mounted(&it.path)).collect();
            self.opened.extend(opened);
        }
        let is_own = |number: u64| match sees_all {
            true => sockets.contains(&number),
            false => !self.details.in_host_network,
        };
        let listening = local::listening(self.details.pid);
        self.ports.extend(listening.into_iter().filter(|it| is_own(it.1)).map(|it| it.0));
        // The host's network is that of others too, whose connections must not be taken for its own.
        let paths: Vec<String> = match self.details.in_host_network {
            true => {
                let own = connections.iter().filter(|it| sockets.contains(&it.peer));
                own.map(|it| it.path.clone()).collect()
            }
            false => local::connected(self.details.pid),
        };
        let used: Vec<String> = paths.iter().filter_map(|it| self.runtime(it, engine)).collect();
        self.sockets.extend(used);
    }

    fn is_mounted(&self, path: &str) -> bool {
        self.details.mounts.iter().any(|it| is_below(path, &it.path))
    }

    /// Where in the container a socket of a runtime is; nothing for another socket.
    fn runtime(&self, path: &str, engine: &Engine) -> Option<String> {
        let plain = |it: &str| {
            it.strip_prefix("/var/run/").map_or(it.to_owned(), |it| format!("/run/{it}"))
        };
        let path = plain(path);
        let inside = self.details.mounts.iter().find_map(|it| {
            let rest = path.strip_prefix(&plain(&it.source)).filter(|_| !it.source.is_empty())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", it.path))
        });
        let is_engine = engine.address.url.trim_start_matches("unix://") == path;
        let inside = inside.unwrap_or_else(|| path.clone());
        (is_engine || peers::is_runtime(&path) || peers::is_runtime(&inside)).then_some(inside)
    }
}

/// A file that a process may write to, unless it is one of the system's own.
fn opened(target: &str, process: &Process) -> Option<Opened> {
    let (path, deleted) = match target.strip_suffix(" (deleted)") {
        Some(path) => (path, true),
        None => (target, false),
    };
    let of_system = ["/dev/", "/proc/", "/sys/", "/memfd:"].iter().any(|it| path.starts_with(it));
    // Memory without a file has names such as `/[aio]`.
    let is_memory = deleted && path.rfind('/') == Some(0);
    (!of_system && !is_memory).then(|| Opened {
        path: path.to_owned(),
        deleted,
        by: process.name.clone(),
        uid: process.uid,
        gid: process.gid,
    })
}

/// The seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}
