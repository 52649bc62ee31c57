//! What was learnt of an image, for people.

use std::fmt::Write as _;

use super::shown::clean;
use crate::images::learned::{Deed, Does, Folder, Learned, Privileged};
use crate::series::{few, series};

/// How many of a kind are told.
const FEW: usize = 6;

/// An image in a few lines.
pub fn told(image: &Learned) -> String {
    let mut text = String::new();
    let name = image.names.first().unwrap_or(&image.id);
    let _ = writeln!(text, "{}", clean(name));
    line(&mut text, "starts as", &user(image));
    let mut name = "start";
    for it in start(image) {
        line(&mut text, std::mem::take(&mut name), &it);
    }
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
    few(&all.collect::<Vec<_>>(), FEW)
}

fn user(image: &Learned) -> String {
    let written = if image.user.is_empty() { "root" } else { &image.user };
    match &image.account {
        Some(it) if it.uid == 0 => "root".to_owned(),
        Some(it) => format!("{written} ({}:{})", it.uid, it.gid),
        None => format!("{written}, which its /etc/passwd does not have"),
    }
}

/// What its start does, a line for each; the same done to several paths is said once.
fn start(image: &Learned) -> Vec<String> {
    let mut all: Vec<(String, Vec<&str>, &Deed)> = Vec::new();
    for deed in &image.start.does {
        let Some(what) = said(deed) else { continue };
        let path = if on_paths(deed.what) { deed.path.as_str() } else { "" };
        let paths: Vec<&str> = Some(path).filter(|it| !it.is_empty()).into_iter().collect();
        let is_same = |it: &&mut (String, Vec<&str>, &Deed)| {
            it.0 == what && it.2.as_root == deed.as_root && it.1.is_empty() == paths.is_empty()
        };
        match all.iter_mut().find(is_same) {
            Some(same) => same
                .1
                .extend(paths.into_iter().filter(|it| !same.1.contains(it)).collect::<Vec<_>>()),
            None => all.push((what, paths, deed)),
        }
    }
    let more = all.len().saturating_sub(FEW);
    let told = all.iter().take(FEW).map(|(what, paths, deed)| {
        let paths = few(paths, FEW);
        let paths = if paths.is_empty() { paths } else { format!(" {paths}") };
        let root = if deed.as_root { ", only where it is root" } else { "" };
        format!("{what}{paths}{root} ({})", deed.at)
    });
    told.chain((more > 0).then(|| format!("{more} more"))).collect()
}

/// Whether what is done is done to paths that are told.
fn on_paths(what: Does) -> bool {
    matches!(
        what,
        Does::ChangesOwner | Does::ChangesMode | Does::MakesFolder | Does::Writes | Does::Removes
    )
}

/// What is done, up to the paths that it is done to; nothing where there is nothing to say without them.
fn said(it: &Deed) -> Option<String> {
    let named = !it.path.is_empty();
    Some(match it.what {
        Does::Drops => match &it.account {
            Some(account) => {
                format!("drops to {} ({}:{}) by {}", account.name, account.uid, account.gid, it.by)
            }
            None => format!("drops root by {}", it.by),
        },
        Does::Raises => format!("uses {}", it.by),
        Does::ChangesOwner if named => "changes owners of".to_owned(),
        Does::ChangesOwner => "changes owners".to_owned(),
        Does::ChangesMode if named => "changes modes of".to_owned(),
        Does::ChangesMode => "changes modes".to_owned(),
        Does::ChangesAccounts => "changes accounts".to_owned(),
        Does::SetsCapabilities => "sets capabilities".to_owned(),
        Does::Installs => "installs".to_owned(),
        Does::SetsKernel => "sets the kernel".to_owned(),
        Does::Mounts => "mounts".to_owned(),
        Does::SetsNetwork => "changes the network".to_owned(),
        Does::MakesFolder | Does::Writes if named => "writes".to_owned(),
        Does::Removes if named => "removes".to_owned(),
        Does::MakesFolder | Does::Writes | Does::Removes => return None,
    })
}

/// A folder that says something: not one of root's own.
fn folder(it: &Folder) -> Option<String> {
    if !it.made {
        return Some(format!(
            "{} (not in the image: what is mounted there says whose it is)",
            it.path
        ));
    }
    (it.uid != 0 || it.gid != 0).then(|| format!("{} {}:{} {}", it.path, it.uid, it.gid, it.mode))
}

fn privileged(it: &Privileged) -> Option<String> {
    if !it.capabilities.is_empty() {
        return Some(format!("{} carries {}", it.path, series(&it.capabilities)));
    }
    let own = it.setuid? == 0 && !crate::images::learned::is_for_people(&it.path);
    own.then(|| format!("{} is setuid", it.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::learned::Book;

    #[test]
    fn what_a_start_does_to_several_folders_is_said_once_with_their_names() {
        let book = r#"version = 1

[[image]]
id = "sha256:926d729ccf6bf69b9b019381a7fb211eeaa9c9d3564923ba5225933c053cfded"
names = ["example.com/app:1"]
read = "2026-11-27"
account = { name = "root", uid = 0, gid = 0 }
program = { path = "/usr/bin/app", is = "dynamic" }
start.does = [
  { what = "changes-owner", path = "/srv/app", as_root = true, at = "/start.sh:6" },
  { what = "changes-owner", path = "/var/log/app", as_root = true, at = "/start.sh:6" },
  { what = "changes-owner", at = "/start.sh:9" },
]
folders = [{ path = "/data", made = false }]
"#;
        let book = Book::read(book, std::path::Path::new("b.toml")).unwrap();
        let text = "\
example.com/app:1
  starts as   root
  start       changes owners of /srv/app and /var/log/app, only where it is root (/start.sh:6)
              changes owners (/start.sh:9)
  folders     /data (not in the image: what is mounted there says whose it is)
";
        assert_eq!(told(&book.images()[0]), text);
    }
}
