//! What the owner asks of a service.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::super::Failure;
use super::bench::Bench;
use crate::config::Probe;
use crate::engine::Ran;

/// How often it is asked again, a second apart: a server may need a moment.
const TIMES: usize = 15;

/// Asks it, and tells why it failed.
pub(super) fn ask(bench: &Bench<'_>, ran: &Ran, probe: &Probe) -> Result<Vec<String>, Failure> {
    let mut refused = Vec::new();
    if let Some(command) = &probe.command {
        let words = command.words();
        let once = || match bench.engine.run_in(&ran.id, &words) {
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
        refused.extend(patient(bench, || connects(ran, port).err()));
    }
    if let Some(url) = &probe.url {
        refused.extend(patient(bench, || answers(bench, ran, url).err()));
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
