//! What was learnt of an image, for people.

use std::fmt::Write as _;

use super::shown::clean;
use crate::images::learned::{Deed, Does, Folder, Learned, Privileged};

/// How many of a kind are told.
const FEW: usize = 6;

/// An image in a few lines.
pub fn told(image: &Learned) -> String {
    let mut text = String::new();
    let name = image.names.first().unwrap_or(&image.id);
    let _ = writeln!(text, "{}", clean(name));
    line(&mut text, "starts as", &user(image));
    line(&mut text, "start", &start(image));
    line(&mut text, "folders", &joined(image.folders.iter().filter_map(folder)));
    line(&mut text, "privileges", &joined(image.privileged.iter().filter_map(privileged)));
    let unread = image.start.unread.iter().map(|it| format!("{} {}", it.name, it.why));
    line(&mut text, "not read", &joined(unread));
    text
}

fn line(text: &mut String, name: &str, what: &str) {
    if !what.is_empty() {
        let _ = writeln!(text, "  {name:<11} {}", clean(what));
    }
}

fn joined(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    let more = all.len().saturating_sub(FEW);
    let few = all.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { few } else { format!("{few}, and {more} more") }
}

fn user(image: &Learned) -> String {
    let written = if image.user.is_empty() { "root" } else { &image.user };
    match &image.account {
        Some(it) if it.uid == 0 => "root".to_owned(),
        Some(it) => format!("{written} ({}:{})", it.uid, it.gid),
        None => format!("{written}, which its /etc/passwd does not have"),
    }
}

fn start(image: &Learned) -> String {
    let said = |it: &Deed| {
        let what = match it.what {
            Does::Drops => match &it.account {
                Some(account) => {
                    format!(
                        "drops to {} ({}:{}) by {}",
                        account.name, account.uid, account.gid, it.by
                    )
                }
                None => format!("drops root by {}", it.by),
            },
            Does::Raises => format!("uses {}", it.by),
            Does::ChangesOwner => "changes owners".to_owned(),
            Does::ChangesMode => "changes modes".to_owned(),
            Does::ChangesAccounts => "changes accounts".to_owned(),
            Does::SetsCapabilities => "sets capabilities".to_owned(),
            Does::Installs => "installs".to_owned(),
            Does::SetsKernel => "sets the kernel".to_owned(),
            Does::Mounts => "mounts".to_owned(),
            Does::SetsNetwork => "changes the network".to_owned(),
            Does::MakesFolder | Does::Writes | Does::Removes => {
                let verb = if it.what == Does::Removes { "removes" } else { "writes" };
                if it.path.is_empty() {
                    return None;
                }
                format!("{verb} {}", it.path)
            }
        };
        let root = if it.as_root { " as root alone" } else { "" };
        Some(format!("{what}{root} ({})", it.at))
    };
    joined(image.start.does.iter().filter_map(said))
}

/// A folder that says something: not one of root's own.
fn folder(it: &Folder) -> Option<String> {
    if !it.made {
        return Some(format!("{} is not there", it.path));
    }
    (it.uid != 0 || it.gid != 0).then(|| format!("{} {}:{} {}", it.path, it.uid, it.gid, it.mode))
}

fn privileged(it: &Privileged) -> Option<String> {
    if !it.capabilities.is_empty() {
        return Some(format!("{} carries {}", it.path, it.capabilities.join(", ")));
    }
    let own = it.setuid? == 0 && !crate::images::learned::is_for_people(&it.path);
    own.then(|| format!("{} is setuid", it.path))
}
