//! The page for people: whole, self-contained, the same for the same files, and nothing but text where files speak.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// Elements that have no end.
const VOID: [&str; 3] = ["meta", "input", "br"];

fn page(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("casehard").unwrap();
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code().is_some_and(|it| it < 2), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn of(text: &str) -> String {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("compose.yaml"), text).unwrap();
    page(folder.path(), &["fix", "--diff", "--format", "html", "compose.yaml"])
}

/// A tag of a page, with what stands in it.
struct Tag<'p> {
    name: &'p str,
    ends: bool,
    inside: &'p str,
}

/// The tags of a page; what its style and script hold is none.
fn tags(page: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').unwrap();
        let inside = &rest[..end];
        rest = &rest[end + 1..];
        if inside.starts_with('!') {
            continue;
        }
        let ends = inside.starts_with('/');
        let name = inside.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        found.push(Tag { name, ends, inside });
        if !ends && matches!(name, "style" | "script") {
            rest = &rest[rest.find(&format!("</{name}>")).unwrap()..];
        }
    }
    found
}

/// The attributes of a tag, with their values.
fn attributes<'p>(tag: &Tag<'p>) -> Vec<(&'p str, &'p str)> {
    let mut found = Vec::new();
    let mut rest = tag.inside[tag.name.len() + usize::from(tag.ends)..].trim_start();
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (name, more) = rest.split_at(end);
        let Some(value) = more.strip_prefix('=') else {
            found.push((name, ""));
            rest = more.trim_start();
            continue;
        };
        let (value, more) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap(),
            None => value.split_at(value.find(' ').unwrap_or(value.len())),
        };
        found.push((name, value));
        rest = more.trim_start();
    }
    found
}

fn attribute<'p>(tag: &Tag<'p>, name: &str) -> Option<&'p str> {
    attributes(tag).into_iter().find(|it| it.0 == name).map(|it| it.1)
}

/// Every element ends where it should, ids are unique, places that are led to are there, rows are complete.
#[track_caller]
fn is_whole(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let (mut ids, mut links) = (HashSet::new(), Vec::new());
    let (mut columns, mut cells) = (0, 0);
    for tag in tags(page) {
        if tag.ends {
            assert_eq!(open.pop(), Some(tag.name), "in {open:?}");
            match tag.name {
                "tr" if open.last() == Some(&"thead") => columns = cells,
                "tr" => assert_eq!(cells, columns, "a row is not complete"),
                _ => (),
            }
            continue;
        }
        if let Some(id) = attribute(&tag, "id") {
            assert!(ids.insert(id.to_owned()), "{id} stands twice");
        }
        let led = ["href", "aria-labelledby", "for"].iter().filter_map(|it| attribute(&tag, it));
        links.extend(led.map(|it| it.trim_start_matches('#').to_owned()));
        match tag.name {
            "tr" => cells = 0,
            "td" | "th" => cells += 1,
            _ => (),
        }
        if tag.name == "th" {
            assert!(attribute(&tag, "scope").is_some(), "a head of no cells");
        }
        if !VOID.contains(&tag.name) {
            open.push(tag.name);
        }
    }
    assert!(open.is_empty(), "{open:?} is not ended");
    let lost: Vec<&String> =
        links.iter().filter(|it| !it.contains('=') && !ids.contains(*it)).collect();
    assert!(lost.is_empty(), "{lost:?} lead nowhere");
}

/// Nothing is fetched: no address but in text.
#[track_caller]
fn is_alone(page: &str) {
    for tag in tags(page) {
        assert!(
            !matches!(tag.name, "link" | "img" | "iframe" | "object" | "base"),
            "{}",
            tag.inside
        );
        for name in ["src", "srcset", "action", "background"] {
            assert_eq!(attribute(&tag, name), None, "{}", tag.inside);
        }
        let led = attribute(&tag, "href").unwrap_or("#");
        assert!(led.starts_with('#'), "{led}");
        assert!(attributes(&tag).iter().all(|it| !it.0.starts_with("on")), "{}", tag.inside);
    }
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn names_of_files_are_text_and_nothing_else() {
    let page = of(
        "services:\n  \"<script>alert(1)</script>\":\n    image: \"x\\\" onload='y'><img src=q>\\u001b[2J\\u202e\"\n    \
user: \"<b>&amp;\"\n    container_name: \"</pre><script>\"\n    # casehard: allow privileged -- <i>it's \"mine\"</i>\n    \
privileged: true\n    volumes: [\"/</script>:/x\"]\n",
    );
    is_whole(&page);
    is_alone(&page);
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the name is not shown");
    assert!(
        page.contains("&lt;i&gt;it&#39;s &quot;mine&quot;&lt;/i&gt;"),
        "the reason is not shown"
    );
    assert!(!page.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn the_page_shows_the_checklist_the_findings_and_the_change() {
    let page = of(
        "services:\n  db:\n    image: postgres:16\n    volumes: [data:/var/lib/postgresql/data]\n  web:\n    image: \
nginx:1.27\n    privileged: true\nvolumes: {data: {}}\n",
    );
    is_whole(&page);
    for it in [
        "<h4>service db</h4>",
        "href=\"#rule=privileged\"",
        "href=\"#image=postgres:16\"",
        "<ins>+     user: &quot;999:999&quot;</ins>",
        "<dt title=\"Which Linux capabilities remain?\">capabilities</dt>",
        "data-not=\"",
    ] {
        assert!(page.contains(it), "no {it}");
    }
    // What is changed of one service stands with it.
    let db = page.split("<article").find(|it| it.contains("<h4>service db</h4>")).unwrap();
    assert!(db.contains("999:999") && db.contains("What is changed"));
}

#[test]
fn every_kind_of_page_is_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = root.join("golden/rules");
    for arguments in [
        &["check", "--format", "html", "--exit-zero", "writable-rootfs"],
        &["check", "--format", "html", "--exit-zero", "host-network"],
        &["check", "--format", "html", "--exit-zero", "kept-capabilities"],
        &["fix", "--diff", "--format", "html", "seccomp-off"],
    ] {
        let text = page(&golden, arguments);
        is_whole(&text);
        is_alone(&text);
        assert_eq!(text, page(&golden, arguments), "two runs differ");
    }
}

#[test]
fn a_large_tree_makes_a_page_that_browsers_open() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !corpus.is_dir() {
        println!("skipped: there is no corpus in {}", corpus.display());
        return;
    }
    let mut command = Command::cargo_bin("casehard").unwrap();
    let arguments = ["check", "--format", "html", "-q", "--exit-zero", "compose"];
    let output = command.current_dir(&corpus).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    is_whole(&text);
    is_alone(&text);
    assert!(text.len() < 5_000_000, "{} bytes", text.len());
}
