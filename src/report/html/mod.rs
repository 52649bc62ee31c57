//! A page for people, in one file that needs no other: what is held, by folder, rule and image, and each container with
//! its checklist, its findings and what is changed of it.
//!
//! All of it can be read without its script, which filters.

mod containers;
mod decided;
mod diffs;
mod ladder;
mod lists;
mod overview;
mod page;

use sha2::{Digest as _, Sha256};

use super::closing::{became, gone, rest};
use super::shown::Shown;
use super::summary::count;
use crate::outcome::{Count, Outcome};
use page::Page;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page of a run.
pub fn render(outcome: &Outcome) -> Shown {
    let mut page = Page::default();
    head(&mut page);
    page.raw("<body>\n<a class=skip href=\"#main\">Skip to the report</a>\n");
    header(outcome, &mut page);
    page.raw("<main id=main>\n");
    overview::held_by_all(outcome, &mut page);
    overview::rules(outcome, &mut page);
    overview::folders(outcome, &mut page);
    overview::images(outcome, &mut page);
    ladder::ladder(outcome, &mut page);
    lists::decide(outcome, &mut page);
    decided::decided(outcome, &mut page);
    lists::waived(outcome, &mut page);
    containers::containers(outcome, &mut page);
    lists::unjudged(outcome, &mut page);
    lists::remarks(outcome, &mut page);
    page.raw("</main>\n<footer><p>Made by casehard ")
        .text(env!("CARGO_PKG_VERSION"))
        .raw(". Nothing in this file is fetched from elsewhere.</p></footer>\n<script>")
        .raw(SCRIPT)
        .raw("</script>\n</body>\n</html>\n");
    Shown::exact(page.into_text())
}

/// Nothing is fetched, and no script runs but the one that the program wrote.
fn head(page: &mut Page) {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(SCRIPT.as_bytes()))
    );
    page.raw("<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n")
        .open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)])
        .raw("\n<meta name=viewport content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=color-scheme content=\"light dark\">\n<title>casehard: posture of containers</title>\n<style>")
        .raw(STYLE)
        .raw("</style>\n</head>\n");
}

fn header(outcome: &Outcome, page: &mut Page) {
    let numbers = Count::of(outcome);
    page.raw("<header>\n<h1>Posture of containers</h1>\n<p class=lead>");
    let looked =
        format!("{} in {}", count(numbers.containers, "container"), count(numbers.files, "file"));
    page.text(&looked).raw(": ");
    let left = count(numbers.remaining(), "finding");
    page.text(&match became(outcome.action) {
        None => format!("{left} to report"),
        Some((fixed, kept)) => {
            format!("{} {fixed}, {left} {kept}", count(numbers.fixed, "finding"))
        }
    });
    page.raw(".</p>\n");
    let mut rest = rest(outcome, &numbers);
    if let Some(it) = &outcome.baseline {
        rest.insert(0, format!("told is what {} does not have", it.path.display()));
    }
    rest.extend(gone(outcome));
    if !rest.is_empty() {
        page.raw("<p class=note id=rest>").text(&rest.join("; ")).raw(".</p>\n");
    }
    page.raw("<nav aria-label=Sections><ul>\n");
    let places = [
        ("#posture", "Posture", true),
        ("#rules", "Rules", true),
        ("#folders", "Folders", true),
        ("#images", "Images", true),
        ("#pods", "Pod Security", !outcome.pods.is_empty()),
        ("#decide", "Yours to decide", true),
        ("#decided", "Decided", decided::has_any(outcome)),
        ("#waived", "Waived", true),
        ("#containers", "Containers", true),
        ("#unjudged", "Not judged", lists::has_unjudged(outcome)),
        ("#remarks", "To know", lists::has_remarks(outcome)),
    ];
    for (to, name, _) in places.iter().filter(|it| it.2) {
        page.raw("<li>").element("a", &[("href", to)], name).raw("</li>\n");
    }
    page.raw("</ul></nav>\n</header>\n");
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let all = three.iter().fold(0_u32, |all, it| all << 8 | u32::from(*it))
            << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = LETTERS[(all >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_written_as_browsers_read_them() {
        assert_eq!(base64(b"Man"), "TWFu");
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(base64(b"M"), "TQ==");
    }
}
