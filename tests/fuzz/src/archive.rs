//! Any bytes as an archive of images, and images of any layers: they are read in bounds, or refused with a reason.

use std::collections::BTreeMap;
use std::io::Write as _;

use arbitrary::Arbitrary;
use casehard::date::Date;
use casehard::layers::{Platform, archive, learned};
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

/// What is made of bytes, so that most of them are images.
#[derive(Arbitrary, Debug)]
pub struct Image {
    layers: Vec<Vec<Entry>>,
    user: u8,
    entrypoint: Vec<u8>,
    command: Vec<u8>,
    is_layout: bool,
    packing: Packing,
    /// Bytes of the archive that are others, as it is packed.
    broken: Vec<(u16, u8)>,
}

#[derive(Arbitrary, Debug)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// A file of a layer.
#[derive(Arbitrary, Debug)]
struct Entry {
    path: u8,
    kind: u8,
    mode: u16,
    owner: u32,
    link: u8,
    content: Content,
    attribute: Option<(u8, Vec<u8>)>,
    /// What the header says of the size, where that is wrong.
    size: Option<u64>,
}

#[derive(Arbitrary, Debug)]
enum Content {
    Bytes(Vec<u8>),
    Known(u8),
}

const PATHS: [&str; 20] = [
    "etc/passwd",
    "etc/group",
    "usr/bin/app",
    "app/start.sh",
    "bin/sh",
    "data/",
    "data",
    "tmp/x",
    "tmp/.wh.x",
    "app/.wh..wh..opq",
    "../x",
    "/",
    "a//b/./c",
    "usr/local/bin/docker-entrypoint.sh",
    "run/x",
    "usr",
    "usr/bin",
    ".wh.usr",
    "\u{1}é",
    "lib/ld-musl.so",
];

const TEXTS: [&str; 12] = [
    "root:x:0:0::/root:/bin/sh\napp:x:999:998::/data:/bin/false\n",
    "root:x:0:\nextra:x:50:app\n",
    "#!/bin/sh\nif [ \"$(id -u)\" = 0 ]; then\n exec gosu app \"$0\" \"$@\"\nfi\nexec \"$@\"\n",
    "#!/usr/bin/env bash\nset -e\nchown -R app /data\nexec su-exec app:app \"$@\"\n",
    "#!",
    "#!/app/start.sh",
    "\u{7f}ELF\u{2}\u{1} no segments",
    "{}",
    "[",
    "app",
    "999:998",
    "",
];

const WORDS: [&str; 12] = [
    "app",
    "start.sh",
    "/bin/sh",
    "-c",
    "exec app",
    "",
    "999",
    "app:app",
    "0",
    "4294967296",
    "--x",
    "/usr/bin/app",
];

const KEYS: [&str; 5] =
    ["SCHILY.xattr.security.capability", "path", "size", "GNU.sparse.map", "linkpath"];

fn pick<'a>(all: &[&'a str], number: u8) -> &'a str {
    all[usize::from(number) % all.len()]
}

fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|it| format!("{it:02x}")).collect()
}

impl Entry {
    fn put(&self, layer: &mut Builder<Vec<u8>>) {
        if let Some((key, value)) = &self.attribute {
            let extension = [(pick(&KEYS, *key), value.as_slice())];
            layer.append_pax_extensions(extension).expect("memory takes it");
        }
        let bytes = match &self.content {
            Content::Bytes(it) => it.as_slice(),
            Content::Known(it) => pick(&TEXTS, *it).as_bytes(),
        };
        let mut header = Header::new_gnu();
        let kinds = b"0000555212346g7SLKx";
        header.set_entry_type(EntryType::new(kinds[usize::from(self.kind) % kinds.len()]));
        header.set_mode(u32::from(self.mode));
        header.set_uid(u64::from(self.owner % 3_000));
        header.set_gid(u64::from(self.owner));
        header.set_size(self.size.unwrap_or(bytes.len() as u64));
        let old = header.as_old_mut();
        for (field, path) in [(&mut old.name, self.path), (&mut old.linkname, self.link)] {
            let path = pick(&PATHS, path).as_bytes();
            field[..path.len()].copy_from_slice(path);
        }
        header.set_cksum();
        layer.append(&header, bytes).expect("memory takes it");
    }
}

impl Image {
    /// Its files, as `docker save` or the OCI's layout has them.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let layer = |it: &Vec<Entry>| {
            let mut layer = Builder::new(Vec::new());
            it.iter().for_each(|it| it.put(&mut layer));
            layer.into_inner().expect("memory takes it")
        };
        let layers: Vec<Vec<u8>> = self.layers.iter().map(layer).collect();
        let digests: Vec<String> = layers.iter().map(|it| digest(it)).collect();
        let quoted = |all: Vec<String>| format!("[{}]", all.join(","));
        let words =
            |all: &[u8]| quoted(all.iter().map(|it| format!("{:?}", pick(&WORDS, *it))).collect());
        let named = |before: &str, after: &str| -> String {
            quoted(digests.iter().map(|it| format!("{before}{it}{after}")).collect())
        };
        let config = format!(
            r#"{{"os":"linux","config":{{"User":"{}","Entrypoint":{},"Cmd":{},"Volumes":{{"/data":{{}}}}}},"rootfs":{{"diff_ids":{}}}}}"#,
            pick(&WORDS, self.user),
            words(&self.entrypoint),
            words(&self.command),
            named("\"sha256:", "\""),
        );
        let name = digest(config.as_bytes());
        let path = |digest: &str| format!("blobs/sha256/{digest}");
        let mut files = BTreeMap::new();
        if self.is_layout {
            let layers = named(r#"{"digest":"sha256:"#, "\"}");
            let manifest =
                format!(r#"{{"config":{{"digest":"sha256:{name}"}},"layers":{layers}}}"#);
            let digest = digest(manifest.as_bytes());
            let index = format!(r#"{{"manifests":[{{"digest":"sha256:{digest}"}}]}}"#);
            files.insert(path(&digest), manifest.into_bytes());
            files.insert("index.json".to_owned(), index.into_bytes());
        } else {
            let layers = named("\"blobs/sha256/", "\"");
            let saved = format!(r#"[{{"Config":"{}","Layers":{layers}}}]"#, path(&name));
            files.insert("manifest.json".to_owned(), saved.into_bytes());
        }
        files.insert(path(&name), config.into_bytes());
        files.extend(digests.iter().map(|it| path(it)).zip(layers));
        files
    }

    fn archive(&self) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for (path, bytes) in self.files() {
            let mut header = Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, path, bytes.as_slice()).expect("memory takes it");
        }
        let mut bytes = self.packing.pack(builder.into_inner().expect("memory takes it"));
        for (at, byte) in self.broken.iter().take(8) {
            let at = usize::from(*at) % bytes.len();
            bytes[at] = *byte;
        }
        bytes
    }
}

impl Packing {
    fn pack(&self, bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Packing::Plain => bytes,
            Packing::Gzip => {
                let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
                packer.write_all(&bytes).expect("memory takes it");
                packer.finish().expect("memory takes it")
            }
            Packing::Zstd => compress_to_vec(bytes.as_slice(), CompressionLevel::Fastest),
        }
    }
}

/// Bytes themselves, bytes whose headers are made to fit their sums, or an image that bytes tell of.
#[derive(Arbitrary, Debug)]
pub enum Given<'b> {
    Raw(&'b [u8]),
    Summed(&'b [u8]),
    Made(Image),
}

/// The archive with the sum that each of its headers should have, and those of archives in it.
fn summed(bytes: &mut [u8], depth: usize) {
    let mut at = 0;
    while at + 512 <= bytes.len() {
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(&bytes[at..at + 512]);
        header.set_cksum();
        bytes[at..at + 512].copy_from_slice(header.as_bytes());
        let size = header.entry_size().unwrap_or(0).min(bytes.len() as u64) as usize;
        let end = (at + 512 + size).min(bytes.len());
        if depth > 0 && header.as_old().name.starts_with(b"layer.tar") {
            summed(&mut bytes[at + 512..end], depth - 1);
        }
        at = (at + 512 + size).next_multiple_of(512);
        if bytes.get(at..at + 512).is_none_or(|it| it.iter().all(|it| *it == 0)) {
            return;
        }
    }
}

/// Fails where that does not hold of these.
pub fn run(given: Given<'_>) {
    match given {
        Given::Raw(bytes) => read(bytes),
        Given::Summed(bytes) => {
            let mut bytes = bytes.to_vec();
            summed(&mut bytes, 1);
            read(&bytes);
        }
        Given::Made(image) => read(&image.archive()),
    }
}

fn read(bytes: &[u8]) {
    match archive(bytes, &Platform::here()) {
        Err(error) => assert!(!error.to_string().is_empty(), "an error says nothing"),
        Ok(pictures) => {
            for picture in &pictures {
                let targets = ["/data".to_owned(), "/etc/app.conf".to_owned()];
                let learned = learned(picture, &targets, Date::today());
                assert_eq!(learned.id, picture.id);
            }
        }
    }
}
