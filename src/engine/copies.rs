//! Volumes for a trial, with copies of data in them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bollard::models::{
    ContainerCreateBody, HostConfig, Mount, MountType, MountVolumeOptions, VolumeCreateRequest,
};
use bollard::query_parameters::{
    CreateContainerOptions, DownloadFromContainerOptions, RemoveContainerOptions,
    RemoveVolumeOptions, UploadToContainerOptions,
};
use futures_util::StreamExt as _;

use super::renumber::Renumber;
use super::{Engine, Fault, Files};

/// The label of all that a trial makes, so that it can be found again.
pub const LABEL: &str = "casehard.verify";

/// Where data is mounted in the containers that hand it over: the folder itself goes along, with its owner and mode.
const PLACE: &str = "/casehard-data";

/// What is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data<'d> {
    /// A named volume.
    Volume(&'d str),
    /// A folder of the engine's host.
    Folder(&'d str),
}

impl Engine {
    /// Makes an empty volume.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn make_volume(&self, name: &str, run: &str) -> Result<(), Fault> {
        let wanted = VolumeCreateRequest {
            name: Some(name.to_owned()),
            labels: Some([(LABEL.to_owned(), run.to_owned())].into()),
            ..VolumeCreateRequest::default()
        };
        self.ask(&format!("volume {name}"), self.api().create_volume(wanted)).map(drop)
    }

    /// Whether there is such a volume.
    pub fn has_volume(&self, name: &str) -> bool {
        self.ask(name, self.api().inspect_volume(name)).is_ok()
    }

    /// Takes a volume away.
    ///
    /// # Errors
    /// It is in use, or the engine refuses.
    pub fn remove_volume(&self, name: &str) -> Result<(), Fault> {
        let options = RemoveVolumeOptions { force: true };
        self.ask(&format!("volume {name}"), self.api().remove_volume(name, Some(options)))
    }

    /// Copies data into a volume, with owners and modes, by a container of the image that is never started. Tells how
    /// many bytes; nothing where it is more than `most`, and the volume is not whole then.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn copy(
        &self,
        image: &str,
        data: Data<'_>,
        volume: &str,
        (run, most): (&str, u64),
    ) -> Result<Option<u64>, Fault> {
        let what = match data {
            Data::Volume(it) => format!("copying volume {it}"),
            Data::Folder(it) => format!("copying {it}"),
        };
        let (kind, source) = match data {
            Data::Volume(it) => (MountType::VOLUME, it),
            Data::Folder(it) => (MountType::BIND, it),
        };
        // Each of them is locked while it hands over.
        let from = self.holder(&what, (image, run), mount(kind, source, true))?;
        let to = self.holder(&what, (image, run), mount(MountType::VOLUME, volume, false));
        let copied = to.and_then(|to| {
            let copied = self.through(&what, (&from, &to), most);
            self.remove_container(&what, &to).and(copied)
        });
        self.remove_container(&what, &from).and(copied)
    }

    /// The files of a volume, by a container of the image that is never started.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn files_of(&self, image: &str, volume: &str, run: &str) -> Result<Files, Fault> {
        let what = format!("looking at volume {volume}");
        let holder = self.holder(&what, (image, run), mount(MountType::VOLUME, volume, true))?;
        let files = self.files(&holder, PLACE);
        self.remove_container(&what, &holder).and(files)
    }

    /// A container that is never started, for what it mounts.
    fn holder(
        &self,
        what: &str,
        (image, run): (&str, &str),
        mount: Mount,
    ) -> Result<String, Fault> {
        let wanted = ContainerCreateBody {
            image: Some(image.to_owned()),
            entrypoint: Some(vec!["/casehard-is-never-started".to_owned()]),
            labels: Some([(LABEL.to_owned(), run.to_owned())].into()),
            host_config: Some(HostConfig {
                mounts: Some(vec![mount]),
                network_mode: Some("none".to_owned()),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let made = self.api().create_container(None::<CreateContainerOptions>, wanted);
        self.ask(what, made).map(|it| it.id)
    }

    /// Takes a container away with the volumes that have no name.
    pub(super) fn remove_container(&self, what: &str, id: &str) -> Result<(), Fault> {
        let options =
            RemoveContainerOptions { force: true, v: true, ..RemoveContainerOptions::default() };
        self.ask(what, self.api().remove_container(id, Some(options)))
    }

    /// Hands what one container mounts to another.
    fn through(
        &self,
        what: &str,
        (from, to): (&str, &str),
        most: u64,
    ) -> Result<Option<u64>, Fault> {
        let count = Arc::new(AtomicU64::new(0));
        let failed = Arc::new(AtomicBool::new(false));
        let options = DownloadFromContainerOptions { path: PLACE.to_owned() };
        let (seen, broken) = (Arc::clone(&count), Arc::clone(&failed));
        let pieces = self.api().download_from_container(from, Some(options));
        let pieces = pieces.take_while(move |it| {
            let goes_on = match it {
                Ok(piece) => {
                    seen.fetch_add(piece.len() as u64, Ordering::Relaxed) + piece.len() as u64
                        <= most
                }
                Err(_) => {
                    broken.store(true, Ordering::Relaxed);
                    false
                }
            };
            std::future::ready(goes_on)
        });
        let mut renumber = self.numbers().cloned().map(Renumber::new);
        let pieces = pieces.filter_map(move |it| {
            let piece = it.ok().map(|it| match &mut renumber {
                Some(renumber) => renumber.piece(&it),
                None => it,
            });
            std::future::ready(piece.filter(|it| !it.is_empty()))
        });
        let options = UploadToContainerOptions {
            path: "/".to_owned(),
            ..UploadToContainerOptions::default()
        };
        let told = self.wait(self.api().upload_to_container(
            to,
            Some(options),
            bollard::body_stream(pieces),
        ))?;
        let bytes = count.load(Ordering::Relaxed);
        if bytes > most {
            return Ok(None);
        }
        if failed.load(Ordering::Relaxed) {
            return Err(Fault::new(format!("{what}: the engine broke off")));
        }
        told.map_err(|it| Fault::of(what, &it))?;
        Ok(Some(bytes))
    }
}

fn mount(kind: MountType, source: &str, read_only: bool) -> Mount {
    let no_copy = MountVolumeOptions { no_copy: Some(true), ..MountVolumeOptions::default() };
    Mount {
        target: Some(PLACE.to_owned()),
        source: Some(source.to_owned()),
        typ: Some(kind),
        read_only: Some(read_only),
        volume_options: Some(no_copy).filter(|_| kind == MountType::VOLUME),
        ..Mount::default()
    }
}
