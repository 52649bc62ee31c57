//! Whose the things in an engine are: a mark of the process that made them, which tells also later, and on another
//! machine, whether it is still at work.

use std::fs;
use std::sync::LazyLock;

use crate::images::learned::short_digest;

/// A process: its machine, since when that runs, the processes that it can see, its number, and when it started.
///
/// Written `machine-boot-processes-number-start`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    machine: String,
    boot: String,
    processes: String,
    number: u32,
    start: String,
}

/// The mark of this process.
pub fn own() -> &'static str {
    static OWN: LazyLock<String> = LazyLock::new(|| Mark::own().text());
    &OWN
}

/// What things of this process are named by: short, and in no two of them the same.
pub fn short() -> String {
    let mark = own();
    format!("{}-{}", std::process::id(), &short_digest(mark)[..4])
}

/// Whether the process of a mark is there no more, as far as that can be told from here.
pub fn is_dead(mark: &str) -> bool {
    let Some(mark) = Mark::read(mark) else { return false };
    let own = Mark::own();
    if mark.machine != own.machine {
        return false;
    }
    if mark.boot != own.boot {
        return true;
    }
    mark.processes == own.processes && started(mark.number).as_ref() != Some(&mark.start)
}

impl Mark {
    fn own() -> Mark {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        // Containers may have the identity of their host, and names of their own.
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let number = std::process::id();
        let processes = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        Mark {
            machine: short_digest(&(text("/etc/machine-id") + &name)),
            boot: short_digest(&text("/proc/sys/kernel/random/boot_id")),
            processes: short_digest(&processes.to_string_lossy()),
            number,
            start: started(number).unwrap_or_default(),
        }
    }

    fn text(&self) -> String {
        let Mark { machine, boot, processes, number, start } = self;
        format!("{machine}-{boot}-{processes}-{number}-{start}")
    }

    fn read(text: &str) -> Option<Mark> {
        let mut parts = text.split('-').map(str::to_owned);
        let mut next = || parts.next();
        let mark = Mark {
            machine: next()?,
            boot: next()?,
            processes: next()?,
            number: next()?.parse().ok()?,
            start: next()?,
        };
        parts.next().is_none().then_some(mark)
    }
}

/// When a process started, in ticks since the machine did; where the system has no such list, nothing but that it is
/// there.
fn started(number: u32) -> Option<String> {
    if !fs::exists("/proc/self/stat").unwrap_or_default() {
        let there = rustix::process::Pid::from_raw(number.try_into().ok()?)?;
        return rustix::process::test_kill_process(there).ok().map(|()| String::new());
    }
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // Its name may hold anything; what follows are numbers.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_whether_its_process_is_there() {
        let own = Mark::own();
        assert_eq!(Mark::read(&own.text()), Some(own.clone()));
        assert!(!is_dead(&own.text()));
        let other = |change: fn(&mut Mark)| {
            let mut mark = own.clone();
            change(&mut mark);
            is_dead(&mark.text())
        };
        assert!(other(|it| it.start = "1".to_owned()), "the number went to another process");
        assert!(other(|it| it.boot = "0".to_owned()), "the machine was started anew");
        assert!(!other(|it| it.machine = "0".to_owned()), "nobody here knows of another machine");
        assert!(!other(|it| (it.processes, it.number) = ("0".to_owned(), 1)), "nor of a container");
        assert!(!is_dead("4711") && !is_dead(""));
    }
}
