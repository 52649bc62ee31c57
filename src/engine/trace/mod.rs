//! Which capabilities are used: the kernel tells it to root of its own machine, through a buffer that is made for this
//! and removed at the end.

mod follow;
mod line;

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use super::local::is_there;
pub use follow::{Used, used};
pub use line::{Event, Name};
use line::{Line, SYS_ADMIN, parse};

/// Where the kernel has its events.
const PLACES: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/// What is listened to.
const EVENTS: [&str; 4] = [
    "capability/cap_capable",
    "sched/sched_process_fork",
    "sched/sched_process_exec",
    "sched/sched_process_exit",
];

/// What the last line says.
const END: &str = "casehard has seen enough";

/// How much of the kernel's memory each processor has for it, in KiB.
const ROOM: &str = "8192";

/// A trace that is being recorded.
pub struct Trace {
    folder: PathBuf,
    reader: Option<JoinHandle<Vec<Event>>>,
}

impl Trace {
    /// Begins to record.
    ///
    /// # Errors
    /// It cannot be recorded here: why not, and what to do.
    pub fn begin() -> Result<Trace, String> {
        let root = PLACES.iter().map(Path::new).find(|it| it.join("events").is_dir());
        let root = root.ok_or_else(why_not)?;
        if !root.join("events").join(EVENTS[0]).is_dir() {
            return Err(format!(
                "this kernel does not tell of capabilities: {}/events/{} is missing, older kernels do not have it",
                root.display(),
                EVENTS[0]
            ));
        }
        sweep(&root.join("instances"));
        let folder = root.join("instances").join(format!("casehard-{}", std::process::id()));
        fs::create_dir(&folder).map_err(|it| match it.kind() {
            ErrorKind::PermissionDenied => "it needs root on the engine's host".to_owned(),
            _ => format!("{}: a buffer cannot be made: {it}", folder.display()),
        })?;
        // From here on whatever fails removes the folder.
        let mut trace = Trace { folder, reader: None };
        trace.listen().map_err(|it| format!("{}: {it}", trace.folder.display()))?;
        Ok(trace)
    }

    fn listen(&mut self) -> std::io::Result<()> {
        self.set("buffer_size_kb", ROOM)?;
        // What else is refused is asked by every program at every step and would fill the buffer.
        self.set(
            &format!("events/{}/filter", EVENTS[0]),
            &format!("ret == 0 || cap == {SYS_ADMIN}"),
        )?;
        for event in EVENTS {
            self.set(&format!("events/{event}/enable"), "1")?;
        }
        self.set("tracing_on", "1")?;
        let lines = BufReader::new(File::open(self.folder.join("trace_pipe"))?);
        self.reader = Some(std::thread::spawn(move || collect(lines)));
        Ok(())
    }

    fn set(&self, file: &str, value: &str) -> std::io::Result<()> {
        OpenOptions::new().write(true).open(self.folder.join(file))?.write_all(value.as_bytes())
    }

    /// Ends it: what was recorded, in its order, and whether something was lost.
    pub fn end(mut self) -> (Vec<Event>, bool) {
        let events = self.stop();
        let lost = self.has_lost();
        (events, lost)
    }

    fn stop(&mut self) -> Vec<Event> {
        for event in EVENTS {
            let _ = self.set(&format!("events/{event}/enable"), "0");
        }
        // Whoever reads waits for a line: the last one is ours.
        let is_told = self.set("trace_marker", END).is_ok();
        let reader = self.reader.take().filter(|_| is_told);
        reader.and_then(|it| it.join().ok()).unwrap_or_default()
    }

    /// Whether the buffer of a processor was full.
    fn has_lost(&self) -> bool {
        let processors = fs::read_dir(self.folder.join("per_cpu")).into_iter().flatten().flatten();
        let texts = processors.filter_map(|it| fs::read_to_string(it.path().join("stats")).ok());
        let is_full = |text: String| {
            let lost = text.lines().find_map(|it| it.strip_prefix("overrun: ")).map(str::to_owned);
            lost.is_some_and(|it| it.trim() != "0")
        };
        texts.into_iter().any(is_full)
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        if self.reader.is_some() {
            self.stop();
        }
        let _ = fs::remove_dir(&self.folder);
    }
}

/// Reads lines until the last one.
fn collect(lines: BufReader<File>) -> Vec<Event> {
    let mut events = line::Kept::default();
    for line in lines.lines() {
        let Ok(line) = line else { break };
        match parse(&line) {
            Line::Event(event) => events.note(event),
            Line::Other if line.ends_with(END) => break,
            Line::Other => (),
        }
    }
    events.all
}

/// Why there is no place for events.
fn why_not() -> String {
    let is_hidden = PLACES
        .iter()
        .any(|it| fs::read_dir(it).is_err_and(|it| it.kind() == ErrorKind::PermissionDenied));
    match is_hidden {
        true => "it needs root on the engine's host".to_owned(),
        false => format!(
            "the kernel's events are not mounted: `mount -t tracefs tracefs {}` as root",
            PLACES[0]
        ),
    }
}

/// Removes what runs left that were killed.
fn sweep(instances: &Path) {
    for entry in fs::read_dir(instances).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name.strip_prefix("casehard-").and_then(|it| it.parse::<u32>().ok());
        if pid.is_some_and(|it| !is_there(it)) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}
