//! What the owner asks of services.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::super::policy::configuration;
use super::super::progress::Progress;
use super::super::{Failure, inputs};
use super::bench::Bench;
use crate::batch::Project;
use crate::cli::Inputs;
use crate::config::{ConfigError, Probe};
use crate::engine::Ran;
use crate::source::Excluded;
use crate::suggestion::unknown;
use crate::workload::compose;

/// How often it is asked again, a second apart: a server may need a moment.
const TIMES: usize = 15;

/// What is asked of services, by their names.
///
/// # Errors
/// A configuration that cannot be read, or that asks something of a service that none of its files has.
pub(super) fn read(
    inputs: &Inputs,
    (projects, excluded): (&[&Project], &Excluded),
) -> Result<BTreeMap<String, Probe>, Failure> {
    let config = configuration(inputs)?;
    let mut known = services(projects.iter().copied());
    if config.probes.keys().all(|it| known.contains(it)) {
        return Ok(config.probes);
    }
    // The others may be of projects that are not tried this time.
    let paths = vec![config.folder];
    let all = Inputs { paths, allow_empty: true, verbose: false, ..inputs.clone() };
    let batch = inputs::read(&all, excluded, &Progress::of(&all, true))?;
    known.extend(services(&batch.projects));
    let strangers = config.probes.iter().filter(|it| !known.contains(it.0));
    match strangers.min_by_key(|it| it.1.at).zip(config.source) {
        None => Ok(config.probes),
        Some(((name, probe), (path, text))) => {
            let told = unknown("service", name, known.iter().map(String::as_str));
            Err(Failure(ConfigError::new(&path, &text, probe.at, told).to_string()))
        }
    }
}

/// The services of projects, those of files that are only read too.
fn services<'p>(projects: impl IntoIterator<Item = &'p Project>) -> BTreeSet<String> {
    let files = projects.into_iter().flat_map(|it| &it.files);
    let roots = files.flat_map(|it| it.tree.documents());
    let names = roots.flat_map(compose::services).filter_map(|it| it.0.value().map(str::to_owned));
    names.collect()
}

/// Asks it, and tells why it failed.
pub(super) fn ask(bench: &Bench<'_>, ran: &Ran, probe: &Probe) -> Result<Vec<String>, Failure> {
    let mut refused = Vec::new();
    if let Some(command) = &probe.command {
        let once = || match bench.engine.run_in(&ran.id, command.words()) {
            Ok((0, _)) => None,
            Ok((status, text)) => {
                let last = text.lines().rev().find(|it| !it.trim().is_empty()).unwrap_or_default();
                Some(format!("its command ends with status {status}: {}", last.trim()))
            }
            Err(it) => Some(it.to_string()),
        };
        refused.extend(patient(bench, once));
    }
    if let Some(port) = probe.tcp {
        refused.extend(patient(bench, || connects(ran, port.number()).err()));
    }
    if let Some(url) = &probe.url {
        refused.extend(patient(bench, || answers(bench, ran, url.text()).err()));
    }
    Ok(refused)
}

fn patient(bench: &Bench<'_>, once: impl Fn() -> Option<String>) -> Option<String> {
    let mut last = None;
    for _ in 0..TIMES {
        last = once();
        if last.is_none() || (bench.stopped)() {
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    last
}

fn connects(ran: &Ran, port: u16) -> Result<(), String> {
    let address = ran.addresses.first().ok_or("it has no address")?;
    let told = |it: std::io::Error| format!("port {port} does not answer: {it}");
    let mut found = (address.as_str(), port).to_socket_addrs().map_err(told)?;
    let found = found.next().ok_or("it has no address")?;
    TcpStream::connect_timeout(&found, Duration::from_secs(5)).map(drop).map_err(told)
}

fn answers(bench: &Bench<'_>, ran: &Ran, url: &str) -> Result<(), String> {
    let address = ran.addresses.first().ok_or("it has no address")?;
    let status = bench.engine.get(url, address).map_err(|it| format!("{url}: {it}"))?;
    if status < 400 { Ok(()) } else { Err(format!("{url}: status {status}")) }
}
