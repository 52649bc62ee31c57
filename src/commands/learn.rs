//! `casehard learn`: what images are, read off them and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::built::{BuiltService, built_services};
use super::inputs::read;
use super::learnt::Learnt;
use super::output::{complain, print, words};
use super::policy::decide;
use super::progress::Progress;
use super::stop::Stop;
use super::{DONE, FAILED, Failure};
use crate::batch::Batch;
use crate::cli::{Inputs, Learn};
use crate::date::Date;
use crate::engine::{Engine, Fault, Layout, Registry};
use crate::finding::Confidence;
use crate::images::learned::{Book, Built, Learned};
use crate::images::with_tag;
use crate::layers::{self, Picture, Platform};
use crate::mend::images_of;
use crate::report::learned::told;
use crate::report::shown::Shown;

/// What is to be read.
#[derive(Default)]
struct Wanted {
    /// Images by name, with the paths at which something is mounted into their containers.
    names: BTreeMap<String, BTreeSet<String>>,
    /// Services whose images are built.
    built: Vec<BuiltService>,
}

/// Reads images and keeps what they are.
pub(super) fn learn(args: &Learn) -> Result<u8, Failure> {
    let (paths, named): (Vec<PathBuf>, Vec<&String>) = split(&args.what);
    let mut learnt = Learnt::open(args.config.as_deref(), paths.first())?;
    learnt.writable()?;
    let stop = Stop::at_once()?;
    let mut book = learnt.read()?;
    let mut wanted = match paths.is_empty() {
        true => Wanted::default(),
        false => of_files(args, paths, &learnt.folder())?,
    };
    for name in named {
        wanted.names.entry(with_tag(name)).or_default();
    }
    let mut reader = Reader { args, engine: None, failed: false, read: Vec::new() };
    reader.take_files(&mut wanted);
    if reads_archives_alone(args) {
        wanted = Wanted::default();
    }
    reader.by_name(&wanted);
    let Reader { failed, read, .. } = reader;
    let count = read.len();
    for image in &read {
        book.learn(image.clone());
    }
    // What is being written is written.
    stop.is_noted();
    let changed = count > 0 && learnt.keep(&book)?;
    print(&Shown::own(&report(&book, &read, &learnt, changed)))?;
    if count == 0 && !failed {
        return Err(Failure("no file names an image that can be read: name one".to_owned()));
    }
    Ok(if failed { FAILED } else { DONE })
}

/// Whether nothing was named but archives: what lies here only tells which services they are of.
fn reads_archives_alone(args: &Learn) -> bool {
    !args.from.is_empty() && args.what == ["."]
}

/// What is there is a path, what is not is an image.
fn split(what: &[String]) -> (Vec<PathBuf>, Vec<&String>) {
    let looks = |it: &&String| {
        Path::new(it.as_str()).exists()
            || [".yaml", ".yml", ".json"].iter().any(|end| it.ends_with(end))
    };
    let paths = what.iter().filter(looks).map(PathBuf::from).collect();
    (paths, what.iter().filter(|it| !looks(it)).collect())
}

/// The images that files name.
fn of_files(args: &Learn, paths: Vec<PathBuf>, folder: &Path) -> Result<Wanted, Failure> {
    let inputs = Inputs {
        paths,
        env_file: args.env_file.clone(),
        config: args.config.clone(),
        allow_empty: true,
        ..Inputs::default()
    };
    let (policy, excluded) = decide(&inputs, Confidence::Likely)?;
    let batch: Batch = read(&inputs, &excluded, &Progress::of(&inputs, true))?;
    if !reads_archives_alone(args) {
        super::tell::tell_problems(&batch.problems());
    }
    let built = built_services(&batch, &policy, (&args.env_file, folder));
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let used = batch.projects.iter().flat_map(|it| images_of(&it.files, &it.members, &policy));
    for it in used {
        names.entry(with_tag(&it.image)).or_default().extend(it.targets);
    }
    Ok(Wanted { names, built })
}

/// The digest by which the book has an image of the engine, which is read first where the book does not have it: `name`
/// is what files call it, `id` what the engine does, `targets` are paths at which something is mounted.
///
/// # Errors
/// The engine does not have it, or it cannot be read.
pub(super) fn in_book(
    engine: &Engine,
    book: &mut Book,
    (name, id): (&str, &str),
    targets: &[String],
) -> Result<String, Failure> {
    let is = |it: &&Learned| it.id == id || it.digests.iter().any(|it| it == id);
    if let Some(known) = book.images().iter().find(is) {
        return Ok(known.id.clone());
    }
    let mut learned = layers::learned(&engine.picture(id)?, targets, Date::today());
    if !name.starts_with("sha256:") {
        learned.names = vec![with_tag(name)];
    }
    let id = learned.id.clone();
    book.learn(learned);
    Ok(id)
}

/// What reads images.
struct Reader<'a> {
    args: &'a Learn,
    engine: Option<Result<Engine, Fault>>,
    failed: bool,
    read: Vec<Learned>,
}

impl Reader<'_> {
    /// Reads archives and layouts; names that they have are not looked for any more.
    fn take_files(&mut self, wanted: &mut Wanted) {
        for path in &self.args.from {
            match pictures(path) {
                Ok(all) => all.into_iter().for_each(|it| self.take_named(path, it, wanted)),
                Err(it) => self.fails(&it.0),
            }
        }
    }

    fn take_named(&mut self, path: &Path, mut picture: Picture, wanted: &mut Wanted) {
        if let Some(name) = &self.args.name {
            picture.names = vec![with_tag(name)];
        }
        picture.names = picture.names.iter().map(|it| with_tag(it)).collect();
        if picture.names.is_empty() {
            return self.fails(&format!(
                "{}: its image has no name: give it by --name, as files call it",
                path.display()
            ));
        }
        let mut targets = BTreeSet::new();
        for name in &picture.names {
            targets.extend(wanted.names.remove(name).unwrap_or_default());
        }
        let is_it = |it: &mut BuiltService| it.is_called(&picture.names);
        let built: Vec<BuiltService> = wanted.built.extract_if(.., is_it).collect();
        targets.extend(built.iter().flat_map(|it| it.targets.iter().cloned()));
        self.take(&picture, &targets, built.iter().map(|it| &it.built));
    }

    /// Reads what the engine or, where that is asked for, a registry has.
    fn by_name(&mut self, wanted: &Wanted) {
        if let Some(why) = self.without_engine(wanted) {
            return self.fails(&why);
        }
        for (name, targets) in &wanted.names {
            match self.of_name(name) {
                Ok(mut picture) => {
                    picture.names = vec![name.clone()];
                    self.take(&picture, targets, []);
                }
                Err(it) => self.fails(&it),
            }
        }
        for it in &wanted.built {
            match self.of_service(it) {
                Ok(picture) => self.take(&picture, &it.targets, [&it.built]),
                Err(it) => self.fails(&it),
            }
        }
    }

    /// Why none of the images can be read, where it is the same for all of them.
    fn without_engine(&mut self, wanted: &Wanted) -> Option<String> {
        let count = wanted.names.len() + wanted.built.len();
        if self.args.no_engine || self.args.pull || count == 0 {
            return None;
        }
        match self.engine() {
            Ok(_) => None,
            Err(it) => Some(match count {
                1 => it.to_string(),
                _ => format!("{it} ({count} images are not read)"),
            }),
        }
    }

    fn engine(&mut self) -> &Result<Engine, Fault> {
        let address = self.args.engine.as_deref();
        self.engine.get_or_insert_with(|| Engine::connect(address))
    }

    fn of_name(&mut self, name: &str) -> Result<Picture, String> {
        let args = self.args;
        if args.no_engine {
            return match args.pull {
                true => pull(name),
                false if args.from.is_empty() => Err(format!(
                    "{name}: no engine is asked: --pull fetches it, --from reads a file"
                )),
                false => Err(format!("{name}: not in what was named by --from")),
            };
        }
        match self.engine() {
            Ok(engine) => match engine.picture(name) {
                Err(it) if it.is_absent() && args.pull => pull(name),
                Err(it) if it.is_absent() => Err(format!(
                    "{name}: the engine does not have it: `docker pull` it, or give --pull to read it off its registry"
                )),
                other => other.map_err(|it| it.to_string()),
            },
            Err(_) if args.pull => pull(name),
            Err(it) => Err(format!("{name}: {it}")),
        }
    }

    /// The image of a service that is built, which no registry has.
    fn of_service(&mut self, it: &BuiltService) -> Result<Picture, String> {
        let Built { service, file } = &it.built;
        let told = |why: &str| format!("service {service} of {file}: its image is built: {why}");
        if self.args.no_engine {
            return Err(told("`docker save` it, and give the archive to --from"));
        }
        match self.engine() {
            Ok(engine) => it.picture(engine),
            Err(it) => Err(told(&it.to_string())),
        }
    }

    fn take<'b>(
        &mut self,
        picture: &Picture,
        targets: &BTreeSet<String>,
        built: impl IntoIterator<Item = &'b Built>,
    ) {
        let targets: Vec<String> = targets.iter().cloned().collect();
        let mut learned = layers::learned(picture, &targets, Date::today());
        learned.services = built.into_iter().cloned().collect();
        self.read.push(learned);
    }

    fn fails(&mut self, why: &str) {
        complain(&Shown::line(why));
        self.failed = true;
    }
}

fn pull(name: &str) -> Result<Picture, String> {
    let told = |it: Fault| it.to_string();
    Registry::of(name).map_err(told)?.picture(name, &Platform::here()).map_err(told)
}

/// The images of an archive or of a layout.
fn pictures(path: &Path) -> Result<Vec<Picture>, Failure> {
    let platform = Platform::here();
    let shown = path.display();
    if path.is_dir() {
        return Ok(Layout::of(path).pictures(&platform)?);
    }
    let file = File::open(path)
        .map_err(|it| Failure(format!("{shown}: cannot be read: {}", words(&it))))?;
    layers::archive(BufReader::new(file), &platform).map_err(|it| Failure(format!("{shown}: {it}")))
}

/// What comes after it.
const NEXT: &str = "next: `casehard observe` looks at what runs, then `casehard fix --verify` (the road: learn, observe, fix, verify)\n";

/// What was read, image by image.
fn report(book: &Book, read: &[Learned], learnt: &Learnt, changed: bool) -> String {
    let mut text = String::new();
    for image in read.iter().filter_map(|it| book.get(&it.id)) {
        text.push_str(&told(image));
    }
    if !read.is_empty() {
        let what = if read.len() == 1 { "image" } else { "images" };
        let where_to = match changed {
            true => format!("written to {}", learnt.name()),
            false => format!("{} says so already", learnt.name()),
        };
        text.push_str(&format!("{} {what} read; {where_to}\n", read.len()));
        text.push_str(NEXT);
    }
    text
}
