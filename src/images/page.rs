//! Knows how what is known of images is shown: as text, Markdown and JSON.

mod layout;
mod parts;

use serde::Serialize;

use self::parts::{data, feature, writable};
use super::evidence::Fact;
use super::image::Image;
use super::knowledge::{Found, Knowledge};
use super::learned::sides;
use super::parts::{Direct, Family, Level, SocketUse, Verdict};
use super::reasons::why;

/// What is said of a setting of which nothing is known.
const UNKNOWN: &str = "nothing is known";

/// How many names are offered for one that is not known.
const NEAREST: usize = 5;

/// What is known of one image, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The id of the entry.
    pub id: String,
    /// How the image starts, in one line.
    pub summary: String,
    /// How far the entry can be trusted.
    pub confidence: &'static str,
    /// The repositories it stands for.
    pub repositories: Vec<String>,
    /// The tags it stands for; empty for every tag.
    pub tags: Vec<String>,
    /// The versions for which it holds; nothing for all of them.
    pub versions: Option<String>,
    /// What it means for a file, one line for each setting.
    pub settings: Vec<Setting>,
    /// The capabilities to add for a start as root.
    pub capabilities: Vec<Reason>,
    /// What only some uses of it need.
    pub features: Vec<Reason>,
    /// The paths that must stay writable.
    pub writable: Vec<Reason>,
    /// What each source says, where something was learnt of it here: what it is about, and who says what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sides: Vec<Reason>,
    /// What may break.
    pub cautions: Vec<String>,
    /// How each fact is known.
    pub evidence: Vec<Reason>,
    /// Where the facts were read.
    pub sources: Vec<String>,
    /// The month in which they were read.
    pub checked: Option<String>,
}

/// What an image means for one setting of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The setting: `user`, `cap_drop`, `no-new-privileges`, `read_only`, …
    pub name: &'static str,
    /// What it means, as a clause.
    pub meaning: String,
}

/// A thing and the reason for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The thing.
    pub what: String,
    /// Its reason; may be empty.
    pub why: String,
}

/// A name that nothing is known of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnknownImage {
    /// The name as asked for.
    pub name: String,
    /// Names like it that are known.
    pub nearest: Vec<String>,
}

/// What is known of the image or the entry of that name.
pub fn describe(knowledge: &Knowledge, name: &str) -> Result<Page, UnknownImage> {
    match knowledge.find(name) {
        found @ Found::Image(image, _) => {
            return Ok(Page { sides: side_by_side(knowledge, name), ..as_found(found, image) });
        }
        Found::OtherVersion(image) => {
            let nearest = versions(knowledge, image);
            return Err(UnknownImage { name: name.to_owned(), nearest });
        }
        Found::Unknown => (),
    }
    match knowledge.images().find(|it| it.id == name) {
        Some(image) => Ok(page(image)),
        None => Err(UnknownImage { name: name.to_owned(), nearest: nearest(knowledge, name) }),
    }
}

/// What each source says of an image of which something was learnt here.
fn side_by_side(knowledge: &Knowledge, name: &str) -> Vec<Reason> {
    let Some(learnt) = knowledge.learnt(name) else { return Vec::new() };
    let all = sides(learnt, Knowledge::builtin().find(name).image());
    all.into_iter().map(|it| Reason { what: it.about.to_owned(), why: it.says }).collect()
}

/// The entries for the versions of an image that are known.
fn versions(knowledge: &Knowledge, image: &Image) -> Vec<String> {
    let same = |it: &&Image| it.repositories.iter().any(|it| image.repositories.contains(it));
    let range = |it: &Image| it.versions().map(|range| format!("{} ({range})", it.id));
    knowledge.images().filter(same).filter_map(range).collect()
}

/// The page of an entry, less what the tag or the registry in front leaves open.
fn as_found(found: Found<'_>, image: &Image) -> Page {
    let mut page = page(image);
    if let Some(level_here) = found.confidence() {
        page.confidence = level(level_here);
    }
    if image.account().is_some() && !image.user_varies && found.account().is_none() {
        let user = page.settings.iter_mut().filter(|it| it.name == "user");
        user.for_each(|it| {
            it.meaning = "differs between tags, and this one is not known".to_owned();
        });
    }
    page
}

/// Every entry in one line: its id, how it starts, how far it can be trusted.
pub fn list(knowledge: &Knowledge) -> Vec<Page> {
    knowledge.images().map(page).collect()
}

/// The page of an entry.
pub fn page(image: &Image) -> Page {
    let reasons = |caps: &[String]| {
        caps.iter().map(|it| Reason { what: it.clone(), why: why(it, image).to_owned() }).collect()
    };
    Page {
        id: image.id.clone(),
        summary: image.start(),
        confidence: level(image.confidence),
        repositories: image.repositories.clone(),
        tags: image.tags.clone(),
        versions: image.versions(),
        settings: settings(image),
        capabilities: reasons(&image.caps_root),
        features: image.features.iter().map(feature).collect(),
        writable: writable(image),
        sides: Vec::new(),
        cautions: cautions(image),
        evidence: image
            .evidence
            .iter()
            .map(|(fact, how)| Reason { what: fact_name(*fact).to_owned(), why: how.to_string() })
            .collect(),
        sources: image.sources.clone(),
        checked: image.checked.clone(),
    }
}

fn settings(image: &Image) -> Vec<Setting> {
    let mut settings = vec![
        Setting { name: "user", meaning: user(image) },
        Setting { name: "cap_drop", meaning: capabilities(image) },
        Setting { name: "no-new-privileges", meaning: verdict(image.nnp).to_owned() },
        Setting { name: "read_only", meaning: verdict(image.read_only).to_owned() },
    ];
    let data = image.data.iter().map(data).collect();
    let lists = [("volumes", &image.volumes), ("data", &data), ("host", &image.host)];
    for (name, items) in lists.into_iter().filter(|(_, items)| !items.is_empty()) {
        settings.push(Setting { name, meaning: items.join(", ") });
    }
    if !image.ports.is_empty() {
        let ports: Vec<String> = image.ports.iter().map(u16::to_string).collect();
        settings.push(Setting { name: "ports", meaning: ports.join(", ") });
    }
    for it in &image.env {
        let meaning = format!("{}={}", it.name, it.value);
        settings.push(Setting { name: "environment", meaning });
    }
    let socket = match image.docker_socket {
        Some(SocketUse::Required) => "is of no use without it",
        Some(SocketUse::Optional) => "needed by some features only",
        None => "no reason to mount it",
    };
    settings.push(Setting { name: "docker.sock", meaning: socket.to_owned() });
    settings.extend(image.docker_api.as_ref().map(|it| Setting {
        name: "engine API",
        meaning: match &it.but {
            Some(but) => but.clone(),
            None => format!("reads {}: a filtering proxy can stand between", it.asks.join(", ")),
        },
    }));
    settings
}

fn user(image: &Image) -> String {
    if image.user_varies {
        return "differs between tags or releases: set none".to_owned();
    }
    let ids = match (image.uid, image.gid) {
        (Some(uid), Some(gid)) => format!("\"{uid}:{gid}\""),
        (Some(uid), None) => format!("\"{uid}\""),
        (None, _) => "any uid:gid that owns the data".to_owned(),
    };
    match image.direct {
        Direct::Already => match image.uid {
            Some(_) => format!("unprivileged already, as {ids}"),
            None => "unprivileged already".to_owned(),
        },
        Direct::Ok => format!("may be {ids}"),
        Direct::Documented => format!("may be {ids}, says the documentation"),
        Direct::Caveat => format!("may be {ids}, but see what may break"),
        Direct::No => "must start as root".to_owned(),
        Direct::Unknown => UNKNOWN.to_owned(),
    }
}

fn capabilities(image: &Image) -> String {
    let none = image.caps_root.is_empty() && image.caps_direct.is_empty();
    let needed = if image.starts_as_root() { &image.caps_root } else { &image.caps_direct };
    match image.family {
        Family::Host | Family::Review if none => "not known: leave as it is".to_owned(),
        _ if needed.is_empty() => "ALL, none added back".to_owned(),
        _ => format!("ALL, with cap_add {}", needed.join(", ")),
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "works",
        Verdict::Documented => "works, says the documentation",
        Verdict::Caveat => "may work, see what may break",
        Verdict::No => "breaks it",
        Verdict::Unknown => UNKNOWN,
    }
}

fn cautions(image: &Image) -> Vec<String> {
    let mut cautions = Vec::new();
    if !image.file_caps.is_empty() {
        let caps = image.file_caps.join(", ");
        cautions.push(format!(
            "Its binary has file capabilities: without {caps} it does not start, as root or not."
        ));
    }
    let by_name = image
        .image_user
        .as_deref()
        .is_some_and(|it| !it.starts_with(|it: char| it.is_ascii_digit()));
    if image.family == Family::Nonroot && by_name {
        cautions.push(
            "The user is set by name: Kubernetes needs runAsUser beside runAsNonRoot.".to_owned(),
        );
    }
    if matches!(image.family, Family::Drop | Family::Master) {
        let words = image.server.join(", ");
        cautions.push(format!("Holds while the command is an option or begins with {words}."));
    }
    let why = [
        ("As its account it may break: ", &image.why.direct),
        ("With fewer capabilities: ", &image.why.caps),
        ("With no-new-privileges: ", &image.why.nnp),
        ("With a read-only root: ", &image.why.read_only),
        ("Under the system call filter: ", &image.why.seccomp),
    ];
    cautions.extend(
        why.iter().filter_map(|(setting, why)| Some(format!("{setting}{}.", why.as_ref()?))),
    );
    cautions.extend(image.silent.clone());
    cautions.extend(image.notes.clone());
    cautions
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
    }
}

fn fact_name(fact: Fact) -> &'static str {
    match fact {
        Fact::User => "user",
        Fact::Caps => "capabilities",
        Fact::ReadOnly => "read-only root",
        Fact::Writable => "writable paths",
        Fact::Nnp => "no-new-privileges",
        Fact::DockerSocket => "docker.sock",
    }
}

/// The known names that are most like a name: those that contain its last part, then those spelled alike.
fn nearest(knowledge: &Knowledge, name: &str) -> Vec<String> {
    let name = name.split(['@', ':']).next().unwrap_or(name);
    let last = name.rsplit('/').next().unwrap_or(name);
    let mut names: Vec<(f64, &str)> = knowledge
        .images()
        .flat_map(|it| it.repositories.iter().map(String::as_str))
        .filter(|it| !it.contains('*'))
        .map(|it| (likeness(last, it), it))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    names.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| rank(a.1).cmp(&rank(b.1))));
    names.dedup_by_key(|it| it.1);
    names.into_iter().take(NEAREST).map(|(_, name)| name.to_owned()).collect()
}

/// Official images come first, then those of Docker Hub.
fn rank(name: &str) -> (usize, &str) {
    (name.matches('/').count(), name)
}

fn likeness(name: &str, repository: &str) -> f64 {
    let last = repository.rsplit('/').next().unwrap_or(repository);
    if name == last {
        return 2.0;
    }
    let contains =
        name.len() > 2 && (last.contains(name) || (last.len() > 2 && name.contains(last)));
    strsim::jaro_winkler(name, last) + if contains { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn known(name: &str) -> Page {
        describe(&Knowledge::builtin(), name).expect("a known image")
    }

    #[test]
    fn page_says_what_the_image_means_for_a_file() {
        let expected = "\
postgres: starts as root, drops to postgres (999:999)
Confidence in what is known: high, for 13 to 17, read 2026-11

  user               may be \"999:999\"
  cap_drop           ALL, with cap_add CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID
  no-new-privileges  works
  read_only          works
  volumes            /var/lib/postgresql/data
  data               /var/lib/postgresql/data (999:999)
  ports              5432
  docker.sock        no reason to mount it

Capabilities for a start as root:
  CHOWN         entrypoint changes owner of the data
  DAC_OVERRIDE  root enters directories of another owner
  FOWNER        changes mode of files of another owner
  SETGID        drops to its own group
  SETUID        drops to its own user

What only some uses need:
  an init in front of it  ";
        let text = known("postgres:16").text();
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn page_is_found_by_id_and_by_any_name_of_the_image() {
        assert_eq!(known("redis8-alpine"), known("docker.io/library/redis:8-alpine"));
        assert_eq!(known("nginx"), known("docker.io/library/nginx:1.27"));
        assert_eq!(known("postgres").id, "postgres18", "as a file gets it, not by the id");
    }

    #[test]
    fn what_a_mirror_or_a_digest_leaves_open_is_not_claimed() {
        assert_eq!(known("harbor.example.com/proxy/library/nginx:1.27").confidence, "medium");
        let user = &known("postgres:${TAG}").settings[0];
        assert_eq!(user.meaning, "differs between tags, and this one is not known");
    }

    #[test]
    fn unknown_name_offers_the_nearest() {
        let error = describe(&Knowledge::builtin(), "postgers").expect_err("not known");
        assert_eq!(error.nearest.first().map(String::as_str), Some("postgres"));
        let error = describe(&Knowledge::builtin(), "acme/grafana:1").expect_err("not known");
        assert!(error.nearest.contains(&"grafana/grafana".to_owned()), "{error}");
        let error = describe(&Knowledge::builtin(), "qqqqqqqq").expect_err("not known");
        assert!(error.to_string().starts_with("nothing is known of the image `qqqqqqqq`: "));
    }

    #[test]
    fn every_page_is_whole_in_every_form() {
        for page in list(&Knowledge::builtin()) {
            for text in [page.text(), page.markdown(), page.line()] {
                assert!(text.contains(&page.id), "{}", page.id);
                assert!(text.lines().all(|it| it == it.trim_end()), "{text}");
            }
            assert_eq!(page.json()["id"], page.id);
        }
    }
}
