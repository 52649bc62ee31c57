//! Copies of a project's data as it was, which each run gets a copy of.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::Failure;
use super::super::output::complain;
use super::bench::{Bench, name};
use crate::engine::{Data, Files, mark};
use crate::report::shown::Shown;
use crate::trial::{Copied, Isolated, Origin};

/// Copies of the data as it was, made once.
pub(super) struct Originals<'b> {
    bench: &'b Bench<'b>,
    /// By the keys of the model; none for data that was not there or is too much.
    all: BTreeMap<String, Original>,
    /// Services whose data could not be copied, with the reason.
    pub(super) uncopied: BTreeMap<String, String>,
    /// Services whose data is too much, with what it is.
    pub(super) too_much: BTreeMap<String, String>,
}

/// A copy of data as it was.
pub(super) struct Original {
    /// The volume that holds it.
    pub(super) volume: String,
    /// Its files.
    pub(super) files: Files,
}

impl<'b> Originals<'b> {
    /// Copies the data of a project. What is not there is said.
    pub(super) fn of(bench: &'b Bench<'b>, form: &Isolated) -> Result<Originals<'b>, Failure> {
        let mut originals = Originals {
            bench,
            all: BTreeMap::new(),
            uncopied: BTreeMap::new(),
            too_much: BTreeMap::new(),
        };
        if bench.args.trial.fresh_only {
            return Ok(originals);
        }
        for it in &form.copies {
            if (bench.stopped)() {
                return Err(Failure("stopped".to_owned()));
            }
            let (data, shown) = match &it.origin {
                Origin::Volume(name) if !bench.engine.has_volume(name) => {
                    complain(&Shown::line(&format!(
                        "{}: the engine has no volume {name}, so that it is tried without old data: if the project \
                         runs under another name, say it by --project",
                        it.service
                    )));
                    continue;
                }
                Origin::Folder(path) if !Path::new(path).exists() => continue,
                Origin::Volume(name) => (Data::Volume(name), name),
                Origin::Folder(path) => (Data::Folder(path), path),
            };
            let Some(image) = form.services.get(&it.service) else { continue };
            originals.copy((it, image), data, shown)?;
        }
        Ok(originals)
    }

    fn copy(
        &mut self,
        (copied, image): (&Copied, &str),
        data: Data<'_>,
        shown: &str,
    ) -> Result<(), Failure> {
        let Originals { bench, all, uncopied, too_much } = self;
        let (volume, most) = (name("data"), bench.args.trial.most << 20);
        bench.engine.make_volume(&volume, mark::own())?;
        let original = Original { volume: volume.clone(), files: Files::new() };
        all.insert(copied.key.clone(), original);
        let part = bench.progress.waiting(format!("copying {shown}"));
        let copied_whole = bench.engine.copy(image, data, &volume, (mark::own(), most));
        drop(part);
        let why = match copied_whole {
            Ok(Some(_)) => None,
            Ok(None) => {
                let why = format!("{shown}: more than {} MiB (--most)", bench.args.trial.most);
                too_much.insert(copied.service.clone(), why.clone());
                Some(why)
            }
            Err(it) if it.is_full() => {
                uncopied.insert(copied.service.clone(), it.to_string());
                Some(it.to_string())
            }
            Err(it) => return Err(it.into()),
        };
        if let Some(why) = why {
            complain(&Shown::line(&format!("{why}: tried on a fresh volume alone")));
            all.remove(&copied.key);
            return Ok(bench.engine.remove_volume(&volume)?);
        }
        let files = bench.engine.files_of(image, &volume, mark::own())?;
        all.insert(copied.key.clone(), Original { volume, files });
        Ok(())
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// That of a key of the model.
    pub(super) fn get(&self, key: &str) -> Option<&Original> {
        self.all.get(key)
    }
}

impl Drop for Originals<'_> {
    fn drop(&mut self) {
        let engine = self.bench.engine;
        for it in self.all.values() {
            if let Err(it) = engine.tidy(|| engine.remove_volume(&it.volume)) {
                complain(&Shown::line(&it.to_string()));
            }
        }
    }
}
