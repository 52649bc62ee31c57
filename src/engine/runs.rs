//! The containers of a trial: how they are, and what they say.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bollard::exec::{CreateExecOptions, StartExecResults};
use bollard::models::ContainerStateStatusEnum;
use bollard::query_parameters::{
    DownloadFromContainerOptions, InspectContainerOptions, ListContainersOptions,
    ListNetworksOptions, ListVolumesOptions, LogsOptions,
};
use futures_util::StreamExt as _;

use super::copies::LABEL;
use super::{Engine, Fault, Health, Waiter};

/// The most that is kept of a log, in bytes.
const MOST: usize = 8 << 20;

/// How many files of a folder are listed.
const FILES: usize = 20_000;

/// A container of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its number in the engine.
    pub id: String,
    /// Its main process, where it runs.
    pub pid: Option<u32>,
    /// Whether it was started at all: not where the engine or what it waits for kept it from that.
    pub begun: bool,
    /// What the engine says of a start that failed.
    pub error: String,
    /// Whether it runs.
    pub runs: bool,
    /// How it ended, where it did.
    pub status: i64,
    /// How its health check stands.
    pub health: Health,
    /// Its addresses.
    pub addresses: Vec<String>,
}

/// Files by their paths, each with when it was written, in seconds since 1970, and how many bytes it has; folders, whose
/// paths end with a slash, with nothing. Those whose paths differ in numbers alone are together.
pub type Files = BTreeMap<String, BTreeSet<(u64, u64)>>;

/// A path without its numbers, which differ from run to run.
pub fn numberless(path: &str) -> String {
    path.chars().map(|it| if it.is_ascii_digit() { '#' } else { it }).collect()
}

impl Engine {
    /// The containers of a project, by service.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn ran(&self, project: &str) -> Result<BTreeMap<String, Ran>, Fault> {
        let filters = [("label".to_owned(), vec![format!("com.docker.compose.project={project}")])];
        let options = ListContainersOptions {
            all: true,
            filters: Some(filters.into()),
            ..ListContainersOptions::default()
        };
        let all =
            self.ask("the containers of the trial", self.api().list_containers(Some(options)))?;
        let mut found = BTreeMap::new();
        for it in all {
            let labels = it.labels.unwrap_or_default();
            let Some((service, id)) = labels.get("com.docker.compose.service").cloned().zip(it.id)
            else {
                continue;
            };
            let asked = self.api().inspect_container(&id, None::<InspectContainerOptions>);
            let known = self.ask(&service, asked)?;
            let state = known.state.unwrap_or_default();
            let networks = known.network_settings.and_then(|it| it.networks).unwrap_or_default();
            let ran = Ran {
                id,
                pid: state.pid.and_then(|it| it.try_into().ok()).filter(|it| *it != 0),
                begun: state.status != Some(ContainerStateStatusEnum::CREATED),
                error: state.error.unwrap_or_default(),
                runs: state.running == Some(true) && state.restarting != Some(true),
                status: state.exit_code.unwrap_or_default(),
                health: Health::of(state.health.and_then(|it| it.status)),
                addresses: networks
                    .into_values()
                    .filter_map(|it| it.ip_address)
                    .filter(|it| !it.is_empty())
                    .collect(),
            };
            found.insert(service, ran);
        }
        Ok(found)
    }

    /// What a container said, cut where it is long.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn said(&self, container: &str) -> Result<String, Fault> {
        let options = LogsOptions { stdout: true, stderr: true, ..LogsOptions::default() };
        let mut pieces = Box::pin(self.api().logs(container, Some(options)));
        let mut text = String::new();
        while let Some(piece) = self.wait(pieces.next())? {
            let piece = piece.map_err(|it| Fault::of("the log of a container", &it))?;
            text.push_str(&String::from_utf8_lossy(&piece.into_bytes()));
            if text.len() > MOST {
                break;
            }
        }
        Ok(text)
    }

    /// Runs a command in a container and tells how it ended.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn run_in(&self, container: &str, words: &[String]) -> Result<(i64, String), Fault> {
        let what = format!("`{}`", words.first().map_or("", String::as_str));
        let wanted = CreateExecOptions {
            cmd: Some(words.to_vec()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..CreateExecOptions::default()
        };
        let made = self.ask(&what, self.api().create_exec(container, wanted))?;
        let mut text = String::new();
        if let StartExecResults::Attached { mut output, .. } =
            self.ask(&what, self.api().start_exec(&made.id, None))?
        {
            while let Some(piece) = self.wait(output.next())? {
                let piece = piece.map_err(|it| Fault::of(&what, &it))?;
                text.push_str(&String::from_utf8_lossy(&piece.into_bytes()));
            }
        }
        let ended = self.ask(&what, self.api().inspect_exec(&made.id))?;
        Ok((ended.exit_code.unwrap_or_default(), text))
    }

    /// Takes away what is left of trials, and tells how many things there were. One that cannot go keeps none of the
    /// others.
    ///
    /// # Errors
    /// The engine refuses; the first refusal is told.
    pub fn sweep(&self, of: impl Fn(&str) -> bool) -> Result<usize, Fault> {
        let filters = [("label".to_owned(), vec![LABEL.to_owned()])];
        let options = ListContainersOptions {
            all: true,
            filters: Some(filters.clone().into()),
            ..ListContainersOptions::default()
        };
        let what = "what is left of a trial";
        let mut gone: Vec<Result<(), Fault>> = Vec::new();
        let run = |labels: Option<HashMap<String, String>>| {
            labels.unwrap_or_default().remove(LABEL).unwrap_or_default()
        };
        for it in self.ask(what, self.api().list_containers(Some(options)))? {
            let id = it.id.filter(|_| of(&run(it.labels)));
            gone.extend(id.map(|id| self.remove_container(what, &id)));
        }
        let options = ListNetworksOptions { filters: Some(filters.clone().into()) };
        for it in self.ask(what, self.api().list_networks(Some(options)))? {
            let id = it.id.filter(|_| of(&run(it.labels)));
            let name = it.name.unwrap_or_default();
            gone.extend(id.map(|id| self.remove_network((&id, &name))));
        }
        let options = ListVolumesOptions { filters: Some(filters.into()) };
        let volumes = self.ask(what, self.api().list_volumes(Some(options)))?.volumes;
        for it in volumes.unwrap_or_default() {
            if of(&run(Some(it.labels))) {
                gone.push(self.remove_volume(&it.name));
            }
        }
        let count = gone.len();
        let faults: Vec<String> =
            gone.into_iter().filter_map(Result::err).map(|it| it.to_string()).collect();
        if faults.is_empty() { Ok(count) } else { Err(Fault::new(faults.join("; "))) }
    }

    /// Takes a network away in which nothing is. Docker may lose count of what was in it, which only its restart mends.
    fn remove_network(&self, (id, name): (&str, &str)) -> Result<(), Fault> {
        let what = format!("network {name}");
        let told = self.ask(&what, self.api().remove_network(id));
        told.map_err(|it| match it.to_string().contains("has active endpoints") {
            true => Fault::new(format!(
                "{what}: the engine takes it for in use, though nothing of the trial is left: restart the engine, and the \
                 next verify takes it away"
            )),
            false => it,
        })
    }

    /// The files below a folder of a container, by their paths from there without numbers; not those of a tmpfs.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn files(&self, container: &str, folder: &str) -> Result<Files, Fault> {
        let options = DownloadFromContainerOptions { path: format!("{folder}/.") };
        let stream = self.read(self.api().download_from_container(container, Some(options)));
        let mut archive = tar::Archive::new(stream);
        let told = |it: std::io::Error| Fault::new(format!("{folder}: cannot be listed: {it}"));
        let mut all = Files::new();
        for entry in archive.entries().map_err(told)?.take(FILES) {
            let entry = entry.map_err(told)?;
            let kind = entry.header().entry_type();
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let path = numberless(path.trim_start_matches("./"));
            // A folder changes with what lies in it: only that it is there counts.
            if kind.is_dir() && !path.is_empty() {
                all.entry(path).or_default().insert((0, 0));
            } else if kind.is_file() {
                let written = entry.header().mtime().unwrap_or_default();
                all.entry(path).or_default().insert((written, entry.size()));
            }
        }
        Ok(all)
    }

    /// The status that an address of a container answers with; its host is the container.
    ///
    /// # Errors
    /// It does not answer.
    pub fn get(&self, url: &str, address: &str) -> Result<u16, String> {
        status(&self.waiter, url, address)
    }
}

/// The status that a host answers a URL with, whatever host that names. Nobody else is spoken to: no proxy, and not the
/// place that an answer leads on to.
fn status(waiter: &Waiter, url: &str, address: &str) -> Result<u16, String> {
    let mut asked = reqwest::Url::parse(url).map_err(|it| it.to_string())?;
    asked.set_host(Some(address)).map_err(|it| it.to_string())?;
    let client = reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(10))
        .danger_accept_invalid_certs(true)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|it| it.to_string())?;
    // Sent once somebody waits: it sets a clock, which is the runtime's.
    let answer = waiter.wait(async { client.get(asked).send().await });
    let answer = answer.map_err(|it| it.to_string())?;
    answer.map(|it| it.status().as_u16()).map_err(|it| it.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn url_is_asked_of_the_container_and_of_nobody_else() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut it, _) = listener.accept().unwrap();
            let mut asked = vec![0; 1024];
            let read = it.read(&mut asked).unwrap();
            let told = "HTTP/1.1 302 Found\r\nLocation: http://nowhere.invalid/\r\nContent-Length: 0\r\n\r\n";
            it.write_all(told.as_bytes()).unwrap();
            String::from_utf8_lossy(&asked[..read]).into_owned()
        });
        let waiter = Waiter::new().unwrap();
        let told = status(&waiter, &format!("http://web:{port}/up"), "127.0.0.1");
        assert_eq!(told, Ok(302));
        assert!(server.join().unwrap().starts_with("GET /up HTTP/1.1"));
    }
}
