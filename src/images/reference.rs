//! Knows how a container image is named, across registries, mirrors and variables.

/// The name of an image, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The repository without the spellings of Docker Hub: `nginx`, `ghcr.io/home-assistant/home-assistant`.
    pub repository: String,
    /// The tag.
    pub tag: Tag,
    /// The digest with its algorithm: `sha256:…`.
    pub digest: Option<String>,
    /// Whether the default of a variable was taken for a part of it.
    pub assumed: bool,
}

/// The tag of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// The tag as written, or `latest` where none is.
    Known(String),
    /// A variable without a default, or a digest alone.
    Unknown,
}

/// The text that stands for a variable without a default.
const UNKNOWN: char = '\0';

/// How deep defaults may contain variables.
const DEPTH: usize = 8;

/// The spellings of one publisher, longest first, and what they are called here.
const SPELLINGS: [(&str, &str); 10] = [
    ("registry.hub.docker.com/", ""),
    ("registry-1.docker.io/", ""),
    ("public.ecr.aws/docker/library/", ""),
    ("public.ecr.aws/docker/", ""),
    ("index.docker.io/", ""),
    ("mirror.gcr.io/", ""),
    ("docker.io/", ""),
    ("library/", ""),
    ("lscr.io/linuxserver/", "linuxserver/"),
    ("ghcr.io/linuxserver/", "linuxserver/"),
];

/// Takes the name of an image apart; `None` if it is not one, or if a variable leaves the repository open.
pub fn parse_reference(image: &str) -> Option<Reference> {
    let (text, assumed) = fill_in(image.trim(), DEPTH)?;
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text.as_str(), None),
    };
    let (repository, tag) = split_tag(name);
    if !is_repository(repository) {
        return None;
    }
    let tag = match (tag, digest) {
        (Some(tag), _) if is_tag(tag) => Tag::Known(tag.to_owned()),
        (None, None) => Tag::Known("latest".to_owned()),
        (Some(tag), _) if tag.is_empty() || tag.contains(UNKNOWN) => Tag::Unknown,
        (None, Some(_)) => Tag::Unknown,
        (Some(_), _) => return None,
    };
    let digest = digest.filter(|it| !it.contains(UNKNOWN)).map(str::to_owned);
    Some(Reference { repository: normalise(repository), tag, digest, assumed })
}

/// The names under which an image is meant: as it is written, and each spelling of its repository alone, with its tag and
/// with its digest.
pub fn names(image: &str) -> Vec<String> {
    let mut all = vec![image.to_owned()];
    let Some(reference) = parse_reference(image) else { return all };
    let name = image.split('@').next().unwrap_or(image);
    let written = split_tag(name).0;
    let short = &reference.repository;
    let mut repositories = vec![written.to_owned(), short.clone()];
    let mut parts = short.split('/');
    if !parts.next().is_some_and(|it| is_host(it) && parts.next().is_some()) {
        let library = if short.contains('/') { "" } else { "library/" };
        repositories.extend([format!("docker.io/{short}"), format!("docker.io/{library}{short}")]);
    }
    let tag = match &reference.tag {
        Tag::Known(tag) => format!(":{tag}"),
        Tag::Unknown => String::new(),
    };
    let digest = reference.digest.as_ref().map_or(String::new(), |it| format!("@{it}"));
    for it in repositories.iter().filter(|it| !it.contains('$')) {
        all.extend([
            it.clone(),
            format!("{it}{tag}"),
            format!("{it}{tag}{digest}"),
            format!("{it}{digest}"),
        ]);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The name of an image with its tag: `latest` where it has neither tag nor digest.
pub fn with_tag(image: &str) -> String {
    match image.contains('@') || split_tag(image).1.is_some() {
        true => image.to_owned(),
        false => format!("{image}:latest"),
    }
}

/// The names that a mirrored repository may have at its origin, the least stripped first.
///
/// Leading components go as long as they look like a registry or a proxy: `harbor.example.com/dockerhub-proxy/library/nginx`.
pub(super) fn origins(repository: &str) -> Vec<String> {
    if !is_host(repository.split('/').next().unwrap_or("")) {
        return Vec::new();
    }
    let components: Vec<&str> = repository.split('/').collect();
    let gates = components.iter().skip(1).take_while(|it| is_host(it) || is_proxy(it)).count();
    let last = (gates + 1).min(components.len() - 1);
    (1..=last).map(|at| normalise(&components[at..].join("/"))).collect()
}

fn normalise(repository: &str) -> String {
    let mut name = repository.to_owned();
    while let Some((from, to)) = SPELLINGS.iter().find(|(from, _)| name.starts_with(from)) {
        name.replace_range(..from.len(), to);
    }
    name
}

/// The text with defaults in place of variables, and whether there was one.
fn fill_in(text: &str, depth: usize) -> Option<(String, bool)> {
    let mut rest = text;
    let mut filled = String::with_capacity(text.len());
    let mut assumed = false;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(body) = rest.strip_prefix('{') else {
            rest = rest.trim_start_matches(|it: char| it.is_ascii_alphanumeric() || it == '_');
            filled.push(UNKNOWN);
            continue;
        };
        let end = closing(body)?;
        match default_of(&body[..end]) {
            Some(default) => {
                filled.push_str(&fill_in(default, depth.checked_sub(1)?)?.0);
                assumed = true;
            }
            None => filled.push(UNKNOWN),
        }
        rest = &body[end + 1..];
    }
    filled.push_str(rest);
    Some((filled, assumed))
}

fn closing(body: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, letter) in body.char_indices() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => (),
        }
    }
    None
}

fn default_of(variable: &str) -> Option<&str> {
    let end = variable.find(|it: char| !it.is_ascii_alphanumeric() && it != '_')?;
    let operator = &variable[end..];
    operator.strip_prefix(":-").or_else(|| operator.strip_prefix('-'))
}

pub(super) fn split_tag(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

fn is_repository(text: &str) -> bool {
    let letter = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-' | b':');
    text.split('/').all(|it| !it.is_empty() && it.bytes().all(letter))
}

fn is_tag(text: &str) -> bool {
    let letter = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-');
    !text.is_empty() && text.bytes().all(letter)
}

fn is_host(component: &str) -> bool {
    component.contains(['.', ':']) || component == "localhost"
}

fn is_proxy(component: &str) -> bool {
    let known = ["hub", "docker", "dockerhub", "docker-hub", "docker-remote", "remote", "upstream"];
    known.contains(&component)
        || ["proxy", "mirror", "cache", "dockerhub"].iter().any(|it| component.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(image: &str, repository: &str, tag: Option<&str>) {
        let reference = parse_reference(image).expect("a reference");
        assert_eq!(reference.repository, repository, "{image}");
        let tag = tag.map_or(Tag::Unknown, |it| Tag::Known(it.to_owned()));
        assert_eq!(reference.tag, tag, "{image}");
    }

    #[test]
    fn spellings_of_docker_hub_are_one_name() {
        check("nginx", "nginx", Some("latest"));
        check("docker.io/library/nginx:1.27", "nginx", Some("1.27"));
        check("index.docker.io/library/nginx", "nginx", Some("latest"));
        check("public.ecr.aws/docker/library/nginx:1", "nginx", Some("1"));
        check("mirror.gcr.io/library/nginx:1", "nginx", Some("1"));
        check("docker.io/grafana/loki:3", "grafana/loki", Some("3"));
        check("localhost:5000/nginx", "localhost:5000/nginx", Some("latest"));
        check("lscr.io/linuxserver/sonarr", "linuxserver/sonarr", Some("latest"));
    }

    #[test]
    fn tag_and_digest_are_told_apart() {
        check("nginx@sha256:abc", "nginx", None);
        check("nginx:1.27@sha256:abc", "nginx", Some("1.27"));
        let reference = parse_reference("nginx:1.27@sha256:abc").expect("a reference");
        assert_eq!(reference.digest.as_deref(), Some("sha256:abc"));
        check("r.example.com:5000/a/b:c", "r.example.com:5000/a/b", Some("c"));
    }

    #[test]
    fn variables_leave_the_tag_open_unless_they_have_a_default() {
        check("postgres:${TAG}", "postgres", None);
        check("postgres:$TAG", "postgres", None);
        check("postgres:${TAG:?set it}", "postgres", None);
        check("postgres:${TAG}-alpine", "postgres", None);
        check("postgres:${TAG:-16-alpine}", "postgres", Some("16-alpine"));
        check("postgres:${TAG-16}", "postgres", Some("16"));
        check("postgres:${TAG:-${OTHER:-16}}", "postgres", Some("16"));
        check("${IMAGE:-postgres:16}", "postgres", Some("16"));
        check("${REGISTRY:-docker.io}/library/redis:7", "redis", Some("7"));
        assert!(parse_reference("postgres:${TAG-16}").is_some_and(|it| it.assumed));
    }

    #[test]
    fn open_repository_is_no_reference() {
        for image in
            ["${IMAGE}", "$REGISTRY/nginx", "nginx${SUFFIX}", "{{ .image }}", "", "a//b", "${X"]
        {
            assert_eq!(parse_reference(image), None, "{image}");
        }
        assert_eq!(parse_reference(&"${A:-".repeat(50)), None);
    }

    #[test]
    fn origins_strip_registries_and_proxies_only() {
        assert_eq!(origins("harbor.example.com/team/redis"), ["team/redis"]);
        assert_eq!(
            origins("harbor.example.com/dockerhub-proxy/library/nginx"),
            ["dockerhub-proxy/library/nginx", "nginx"]
        );
        assert_eq!(
            origins("registry.example.com:5000/docker.io/library/redis"),
            ["redis", "redis"]
        );
        assert!(origins("proxy/redis").is_empty());
    }
}
