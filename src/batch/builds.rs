//! The Dockerfiles that the services of a Compose file are built from, with the scripts they copy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::images::dockerfile::{self, Arguments, Dockerfile, Script, Why};
use crate::source::{self, Folder, Within};
use crate::workload::{Builds, Variables, clean, compose, view};
use crate::yaml::{Kind, Node, Tree};

/// The largest script.
const LIMIT: u64 = 1 << 20;

/// How many scripts are read for one Compose file.
const SCRIPTS: usize = 256;

/// A `build:` as far as it decides what is built.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Build {
    /// The text of the Dockerfile, or where it is.
    text: Text,
    /// The folder that it copies from; nothing where it is remote or not known.
    context: Option<PathBuf>,
    target: Option<String>,
    arguments: Arguments,
    /// Contexts with a name, which stand in place of images of that name.
    named: BTreeMap<String, Option<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Text {
    Inline(String),
    At(PathBuf),
}

/// Reads the Dockerfile of each service that has one beside the file; what cannot be read says nothing.
pub(super) fn read(path: &Path, tree: &Tree, variables: &Variables) -> Builds {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut builds = Builds::new();
    // Services are often built from one Dockerfile.
    let mut known: BTreeMap<Build, Option<Dockerfile>> = BTreeMap::new();
    let mut left = SCRIPTS;
    for root in tree.documents() {
        for (name, service) in compose::services(root.resolve()) {
            let Some(build) = view::lookup(service.resolve(), "build") else { continue };
            let Some((name, build)) = name.value().zip(said(folder, build.value, variables)) else {
                continue;
            };
            let file = match known.get(&build) {
                Some(file) => file.clone(),
                None => {
                    let file = dockerfile(&build, &mut left);
                    known.insert(build, file.clone());
                    file
                }
            };
            builds.extend(file.map(|it| (name.to_owned(), it)));
        }
    }
    builds
}

fn said(folder: &Path, build: Node<'_>, variables: &Variables) -> Option<Build> {
    let written = |key: &str| view::lookup(build, key).and_then(|it| it.value.value());
    let known = |text: &str| variables.interpolate(text).known().map(str::to_owned);
    // Which stage is built must be known, if one is named.
    let target = match written("target") {
        Some(text) => Some(known(text)?).filter(|it| !it.is_empty()),
        None => None,
    };
    let context = match build.kind() {
        Kind::Scalar => build.value()?,
        _ => written("context").unwrap_or("."),
    };
    let context = known(context).filter(|it| !compose::is_remote(it)).map(|it| folder.join(it));
    let text = match written("dockerfile_inline") {
        Some(text) => Text::Inline(variables.interpolate(text).value.into_owned()),
        None => {
            let name = known(written("dockerfile").unwrap_or("Dockerfile"))?;
            Text::At(clean(&context.as_ref()?.join(name)))
        }
    };
    let (arguments, named) =
        (pairs(build, "args", variables), pairs(build, "additional_contexts", variables));
    Some(Build { text, context, target, arguments, named })
}

/// A mapping, or a list of `KEY=value`; what has no value that is known has none.
fn pairs(build: Node<'_>, key: &str, variables: &Variables) -> Arguments {
    let known = |text: &str| variables.interpolate(text).known().map(str::to_owned);
    let mut pairs = Arguments::new();
    let Some(entry) = view::lookup(build, key) else { return pairs };
    for item in entry.value.items() {
        let Some(text) = item.resolve().value() else { continue };
        match text.split_once('=') {
            Some((name, value)) => pairs.insert(name.to_owned(), known(value)),
            None => pairs.insert(text.to_owned(), None),
        };
    }
    for entry in view::entries(entry.value) {
        let value = entry.value.resolve();
        let text = value.value().filter(|_| !value.is_null());
        if let Some(name) = entry.key.value() {
            pairs.insert(name.to_owned(), text.and_then(known));
        }
    }
    pairs
}

fn dockerfile(build: &Build, left: &mut usize) -> Option<Dockerfile> {
    let text = match &build.text {
        Text::Inline(text) => text.clone(),
        Text::At(path) => {
            let bytes = source::read_beside(path).ok().flatten()?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    let context = build.context.as_deref().map(Folder::new);
    let mut look = |path: &str| match &context {
        Some(context) => script(context, path, left),
        None => Script::Unread(Why::NotLooked),
    };
    let target = build.target.as_deref();
    let mut file = dockerfile::read_with(&text, target, &build.arguments, &mut look).ok()?;
    if let Some(other) = file.base.as_ref().and_then(|it| build.named.get(it)) {
        let image = other.as_ref().and_then(|it| it.strip_prefix("docker-image://"));
        file.base = image.map(str::to_owned);
    }
    Some(file)
}

/// A file of the build context.
fn script(context: &Folder, path: &str, left: &mut usize) -> Script {
    if *left == 0 {
        return Script::Unread(Why::TooMany);
    }
    match context.read(Path::new(path), LIMIT) {
        Within::Bytes(bytes) => {
            *left -= 1;
            Script::Text(String::from_utf8_lossy(&bytes).into_owned())
        }
        Within::Missing => Script::Unread(Why::Missing),
        Within::Folder => Script::Unread(Why::Folder),
        Within::Outside => Script::Unread(Why::Outside),
        Within::TooLarge => Script::Unread(Why::TooLarge),
        Within::Refused => Script::Unread(Why::Refused),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::images::dockerfile::{User, What};

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[track_caller]
    fn built(folder: &TempDir, build: &str) -> Dockerfile {
        let text = format!("services:\n  web:\n    build: {build}\n");
        let path = folder.path().join("compose.yaml");
        read(&path, &Tree::parse(text).unwrap(), &Variables::default())
            .remove("web")
            .expect("a Dockerfile")
    }

    #[track_caller]
    fn user(build: &str, expected: &User) {
        let folder = folder(&[("Dockerfile", "FROM a\nARG U=1000\nUSER ${U:-7}\n")]);
        assert_eq!(built(&folder, build).user.as_ref(), Some(expected), "{build}");
    }

    #[test]
    fn arguments_of_the_build_win_over_defaults() {
        let ids = |uid| User::Ids { uid, gid: None };
        let open = User::Open("${U:-7}".to_owned());
        user(".", &ids(1000));
        user("{context: ., args: {U: \"0\"}}", &ids(0));
        user("{context: ., args: {U: 0}}", &ids(0));
        user("{context: ., args: [U=0]}", &ids(0));
        user("{context: ., args: {U: \"${UID:-5}\"}}", &ids(5));
        user("{context: ., args: {U: \"${UID}\"}}", &open);
        user("{context: ., args: {U: }}", &open);
        user("{context: ., args: [U]}", &open);
        user("{context: ., args: [V]}", &ids(1000));
        user("{dockerfile_inline: \"FROM a\\nARG U\\nUSER $${U}\", args: {U: 3}}", &ids(3));
    }

    const WITH_SCRIPT: &str = "FROM a\nCOPY start.sh /\nENTRYPOINT [\"/start.sh\"]\n";

    #[test]
    fn scripts_are_read_from_the_context() {
        let folder = folder(&[("app/Dockerfile", WITH_SCRIPT), ("app/start.sh", "exec sudo x\n")]);
        let file = built(&folder, "app");
        assert_eq!(file.acts[0].what, What::Raises("sudo"));
        assert_eq!(file.unread, []);
        let elsewhere = built(&folder, "{context: ., dockerfile: app/Dockerfile}");
        assert_eq!(elsewhere.unread[0].why, Why::Missing);
        let inline = "{context: app, dockerfile_inline: \"FROM a\\nCOPY . /\\nCMD /start.sh\"}";
        assert_eq!(built(&folder, inline).acts[0].what, What::Raises("sudo"));
        let remote = inline.replace("app", "https://example.com/app.git");
        assert_eq!(built(&folder, &remote).unread[0].why, Why::NotLooked);
    }

    #[test]
    fn what_leads_out_of_the_context_is_not_read() {
        let large = "#".repeat(1 << 20) + "\nsudo x\n";
        let folder = folder(&[
            ("app/Dockerfile", WITH_SCRIPT),
            ("secret.sh", "sudo x\n"),
            ("large/Dockerfile", WITH_SCRIPT),
            ("large/start.sh", &large),
            ("up/Dockerfile", &WITH_SCRIPT.replace("COPY start.sh", "COPY ../secret.sh")),
        ]);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../secret.sh", folder.path().join("app/start.sh")).unwrap();
            let file = built(&folder, "app");
            assert_eq!((file.acts.len(), file.unread[0].why), (0, Why::Outside));
        }
        let file = built(&folder, "large");
        assert_eq!((file.acts.len(), file.unread[0].why), (0, Why::TooLarge));
        assert_eq!(built(&folder, "up").acts, []);
    }

    #[test]
    fn named_contexts_stand_in_place_of_images() {
        let folder = folder(&[("Dockerfile", "FROM base\n")]);
        let image = "{context: ., additional_contexts: {base: \"docker-image://alpine:3\"}}";
        assert_eq!(built(&folder, image).base.as_deref(), Some("alpine:3"));
        let other = "{context: ., additional_contexts: [base=../base]}";
        assert_eq!(built(&folder, other).base, None);
    }
}
