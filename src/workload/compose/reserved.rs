//! Hardware that a service is given by its kind rather than by its path: graphics cards, and what it reserves.

use super::Service;
use crate::finding::Site;
use crate::yaml::Node;

const CARDS: &str = "graphics cards";

impl Service<'_> {
    /// What it is given so, and where it says that.
    pub fn reserved(&self) -> Vec<(&'static str, Site)> {
        let cards = self.entry("gpus").map(|it| (CARDS, it.site()));
        let listed = || {
            let found = self.entry("deploy")?;
            let reservations = found.entry.value.get("resources")?.resolve().get("reservations")?;
            let devices = reservations.resolve().get("devices")?.resolve();
            let site = |it: Node<'_>| Site { file: found.file, span: it.span() };
            Some(devices.items().map(|it| (kind(it), site(it))).collect::<Vec<_>>())
        };
        cards.into_iter().chain(listed().unwrap_or_default()).collect()
    }
}

fn kind(reservation: Node<'_>) -> &'static str {
    let asked = reservation.resolve().get("capabilities").map(Node::resolve);
    let cards = asked.is_some_and(|it| it.items().any(|it| it.value() == Some("gpu")));
    if cards { CARDS } else { "devices" }
}
