//! Images made here, in every form in which they come.

use std::io::{Read, Write as _};

use serde_json::json;

use super::packed::digest_of;
use super::{Blobs, LayerError, Picture, Platform, archive, learned, pulled};
use crate::date::Date;
use crate::images::learned::{Does, Learned};

const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nredis:x:999:998::/data:/bin/false\n";
const GROUP: &str = "root:x:0:\nredis:x:998:\nextra:x:50:redis\n";
const SCRIPT: &str = "#!/bin/sh\nset -e\nif [ \"$(id -u)\" = '0' ]; then\n  find /data \\! -user redis -exec chown redis '{}' +\n  exec gosu redis \"$0\" \"$@\"\nfi\nexec \"$@\"\n";

/// A file of a layer.
struct Entry<'f> {
    path: &'f str,
    bytes: &'f [u8],
    owner: (u64, u64),
    mode: u32,
    capability: Option<&'f [u8]>,
}

impl<'f> Entry<'f> {
    fn of(path: &'f str, text: &'f str, mode: u32) -> Entry<'f> {
        Entry { path, bytes: text.as_bytes(), owner: (0, 0), mode, capability: None }
    }
}

/// A layer; a path that ends in `/` is a folder.
fn layer(files: &[Entry<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for it in files {
        if let Some(value) = it.capability {
            let key = "SCHILY.xattr.security.capability";
            builder.append_pax_extensions([(key, value)]).expect("written to memory");
        }
        let mut header = tar::Header::new_gnu();
        header.set_size(it.bytes.len() as u64);
        header.set_uid(it.owner.0);
        header.set_gid(it.owner.1);
        header.set_mode(it.mode);
        let is_folder = it.path.ends_with('/');
        header.set_entry_type(if is_folder {
            tar::EntryType::Directory
        } else {
            tar::EntryType::Regular
        });
        // Straight into the header: the maker of archives refuses what leaves the root.
        let name = &mut header.as_old_mut().name;
        name[..it.path.len()].copy_from_slice(it.path.as_bytes());
        header.set_cksum();
        builder.append(&header, it.bytes).expect("written to memory");
    }
    builder.into_inner().expect("written to memory")
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("written to memory");
    packer.finish().expect("written to memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// The layers of an image as redis is one.
fn layers() -> Vec<Vec<u8>> {
    let program = b"\x7fELF\x02\x01 no segments";
    let carried = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let data = Entry { owner: (999, 998), ..Entry::of("data/", "", 0o755) };
    let server = Entry {
        path: "usr/local/bin/redis-server",
        bytes: program,
        owner: (0, 0),
        mode: 0o755,
        capability: Some(&carried),
    };
    vec![
        layer(&[
            Entry::of("etc/passwd", PASSWD, 0o644),
            Entry::of("etc/group", GROUP, 0o644),
            Entry::of("tmp/left", "x", 0o600),
            Entry::of("usr/bin/su", "#!/bin/sh\n", 0o4755),
        ]),
        layer(&[
            data,
            server,
            Entry::of("usr/local/bin/start.sh", SCRIPT, 0o755),
            Entry::of("tmp/.wh.left", "", 0o600),
        ]),
    ]
}

fn config(layers: &[Vec<u8>]) -> Vec<u8> {
    let digests: Vec<String> = layers.iter().map(|it| digest_of(it)).collect();
    let config = json!({
        "os": "linux",
        "architecture": Platform::here().architecture,
        "config": {
            "Env": ["PATH=/usr/local/bin:/usr/bin", "TOKEN=only-the-owner-knows"],
            "Entrypoint": ["start.sh"],
            "Cmd": ["redis-server", "--requirepass", "only-the-owner-knows"],
            "Volumes": { "/data": {} },
            "ExposedPorts": { "6379/tcp": {} },
        },
        "rootfs": { "type": "layers", "diff_ids": digests },
    });
    serde_json::to_vec(&config).expect("JSON")
}

fn put(builder: &mut tar::Builder<Vec<u8>>, path: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    builder.append_data(&mut header, path, bytes).expect("written to memory");
}

/// What `docker save` writes.
fn saved(layers: &[Vec<u8>]) -> Vec<u8> {
    let config = config(layers);
    let mut builder = tar::Builder::new(Vec::new());
    let mut names = Vec::new();
    for (number, it) in layers.iter().enumerate() {
        let name = format!("{number}/layer.tar");
        put(&mut builder, &name, it);
        names.push(name);
    }
    put(&mut builder, "config.json", &config);
    let manifest =
        json!([{ "Config": "config.json", "RepoTags": ["own/redis:1"], "Layers": names }]);
    put(&mut builder, "manifest.json", manifest.to_string().as_bytes());
    builder.into_inner().expect("written to memory")
}

/// Blobs by their digests, as a layout and a registry have them.
#[derive(Default)]
struct Store(std::collections::BTreeMap<String, Vec<u8>>);

impl Store {
    fn put(&mut self, bytes: Vec<u8>) -> String {
        let digest = digest_of(&bytes);
        self.0.insert(digest.clone(), bytes);
        digest
    }

    /// The image, its layers packed, behind an index; the digest of that.
    fn image(&mut self, layers: &[Vec<u8>], pack: fn(&[u8]) -> Vec<u8>) -> String {
        let config = self.put(config(layers));
        let layers: Vec<_> =
            layers.iter().map(|it| json!({ "digest": self.put(pack(it)) })).collect();
        let manifest = json!({ "config": { "digest": config }, "layers": layers });
        let manifest = self.put(manifest.to_string().into_bytes());
        let here = Platform::here().architecture;
        let other = json!({ "digest": digest_of(b"none"), "platform": { "os": "linux", "architecture": "other" } });
        let own =
            json!({ "digest": manifest, "platform": { "os": "linux", "architecture": here } });
        self.put(json!({ "manifests": [other, own] }).to_string().into_bytes())
    }
}

impl Blobs for Store {
    fn text(&mut self, digest: &str) -> Result<Vec<u8>, LayerError> {
        self.0.get(digest).cloned().ok_or_else(|| LayerError(format!("{digest}: not there")))
    }

    fn layer(
        &mut self,
        digest: &str,
        read: &mut dyn FnMut(&mut dyn Read) -> Result<(), LayerError>,
    ) -> Result<(), LayerError> {
        read(&mut self.text(digest)?.as_slice())
    }
}

fn facts(mut picture: Picture) -> Learned {
    picture.names = vec!["own/redis:1".to_owned()];
    picture.digests.clear();
    learned(&picture, &["/var/lib/other".to_owned()], Date::today())
}

fn of_archive(bytes: &[u8]) -> Result<Picture, LayerError> {
    archive(bytes, &Platform::here()).map(|mut it| it.remove(0))
}

#[test]
fn every_form_of_an_image_gives_the_same_facts() {
    let layers = layers();
    let plain = saved(&layers);
    let first = facts(of_archive(&plain).expect("an image"));
    assert_eq!(facts(of_archive(&gzipped(&plain)).expect("an image")), first);
    assert_eq!(facts(of_archive(&zstd(&plain)).expect("an image")), first);
    for pack in [gzipped, zstd, <[u8]>::to_vec] {
        let mut store = Store::default();
        let digest = store.image(&layers, pack);
        let found = pulled(&mut store, &digest, Vec::new(), &Platform::here()).expect("an image");
        assert_eq!(found.digests.len(), 2, "those of the index and of the manifest");
        assert_eq!(facts(found), first);
    }
}

#[test]
fn what_is_kept_says_how_it_starts_and_nothing_secret() {
    let found = facts(of_archive(&saved(&layers())).expect("an image"));
    let text = format!("{found:?}");
    assert!(!text.contains("only-the-owner-knows"), "{text}");
    assert_eq!(found.variables, ["PATH", "TOKEN"]);
    assert_eq!(found.command, ["redis-server", "--requirepass", "…"]);
    assert!(found.tmp.is_empty(), "the second layer takes it away: {:?}", found.tmp);
    let drops = found.start.first(Does::Drops).expect("gosu");
    let account = drops.account.as_ref().expect("redis");
    assert_eq!((account.uid, account.gid), (999, 998));
    assert!(drops.as_root && drops.again);
    let owner = found.start.first(Does::ChangesOwner).expect("chown");
    assert_eq!((owner.path.as_str(), owner.as_root), ("/data", true));
    let folder = |path: &str| found.folders.iter().find(|it| it.path == path).expect("told");
    assert_eq!((folder("/data").uid, folder("/data").gid), (999, 998));
    assert!(!folder("/var/lib/other").made);
    let paths: Vec<&str> = found.privileged.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["/usr/bin/su", "/usr/local/bin/redis-server"]);
    let program = found.program.expect("redis-server");
    assert_eq!(program.capabilities, ["NET_BIND_SERVICE"]);
}

#[track_caller]
fn refuses(found: Result<Picture, LayerError>, words: &str) {
    let error = found.expect_err("it is refused");
    assert!(error.0.contains(words), "{error}");
}

#[test]
fn images_that_are_not_what_they_say_are_refused() {
    let layers = layers();
    let whole = saved(&layers);
    refuses(of_archive(&whole[..whole.len() / 2]), "it again");
    let packed = gzipped(&whole);
    refuses(of_archive(&packed[..packed.len() / 2]), "ends in the middle");
    // Also in the middle of the first header, or just after it.
    for end in [1, 511, 700] {
        refuses(of_archive(&packed[..end]), "ends in the middle: fetch or save it again");
    }
    refuses(of_archive(&[b'x'; 2048]), "no tar archive");
    refuses(of_archive(b"FROM scratch\n"), "no tar archive");
    let outside = [layer(&[Entry::of("../etc/passwd", "x", 0o644)])];
    refuses(of_archive(&saved(&outside)), "leaves the root");
    let mut store = Store::default();
    let digest = store.image(&layers, gzipped);
    store.0.values_mut().for_each(|it| {
        if it.starts_with(&[0x1f, 0x8b]) {
            *it = gzipped(&layer(&[Entry::of("etc/passwd", "evil", 0o644)]));
        }
    });
    refuses(pulled(&mut store, &digest, Vec::new(), &Platform::here()), "not what the image says");
    let mut store = Store::default();
    let digest = store.image(&layers, gzipped);
    store.0.insert(digest.clone(), b"{}".to_vec());
    refuses(pulled(&mut store, &digest, Vec::new(), &Platform::here()), "do not trust");
}

/// A file that is described in so many bytes before its content.
fn described_in(bytes: usize) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let value = vec![b'x'; bytes];
    builder.append_pax_extensions([("comment", &value[..])]).expect("written to memory");
    put(&mut builder, "etc/own", b"x");
    builder.into_inner().expect("written to memory")
}

#[test]
fn images_that_would_fill_the_memory_are_left_alone() {
    let image = |layer: Vec<u8>| of_archive(&gzipped(&saved(&[layer])));
    image(described_in(1 << 16)).expect("long attributes are none too long");
    refuses(image(described_in(8 << 20)), "in more than 1 MiB");
    let outer = |texts: usize| {
        let mut builder = tar::Builder::new(Vec::new());
        let text = [b"[".to_vec(), vec![b' '; 7 << 20]].concat();
        for number in 0..texts {
            put(&mut builder, &format!("{number}.json"), &text);
        }
        gzipped(&builder.into_inner().expect("written to memory"))
    };
    refuses(of_archive(&outer(10)), "more than 64 MiB of JSON");
    let many = vec![layer(&[Entry::of("etc/own", "x", 0o644)]); 1001];
    refuses(of_archive(&saved(&many)), "more than 1000 layers");
    let mut store = Store::default();
    let digest = store.image(&many, gzipped);
    refuses(pulled(&mut store, &digest, Vec::new(), &Platform::here()), "more than 1000 layers");
}

#[test]
fn layers_are_read_past_long_contents_and_holes() {
    let long = "x".repeat(3 << 20);
    let layers = [layer(&[
        Entry::of("opt/long", &long, 0o644),
        Entry::of("opt/run.sh", &long, 0o755),
        Entry::of("etc/passwd", PASSWD, 0o644),
    ])];
    let found = of_archive(&saved(&layers)).expect("an image");
    assert!(found.root.text("/etc/passwd").is_some());
}
