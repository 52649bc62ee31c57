//! A document of the run: trees or lines, and what is done to the text in the end.

use super::node::{Data, How, KeyHow, Node};
use super::random::Random;
use super::write::{Layout, write};

/// A document as it is varied and shrunk.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) source: Source,
    pub(crate) layout: Layout,
    pub(crate) touches: Vec<Touch>,
}

/// What the text is made from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Trees(Vec<Node>),
    Lines(Vec<String>),
}

/// A change of the text; lines are counted round.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Touch {
    Comment(usize),
    Trailing(usize),
    Blank(usize),
    Spaces(usize),
    Swap(usize, usize),
    Indent(usize),
    Delete(usize),
    Twice(usize),
    Anchor(usize),
    CarriageReturns,
    Mark,
    Ends,
}

impl Touch {
    pub(crate) fn any(random: &mut Random) -> Touch {
        let (at, other) = (random.below(1000), random.below(1000));
        match random.below(16) {
            0 | 1 => Touch::Comment(at),
            2 | 3 => Touch::Trailing(at),
            4 => Touch::Blank(at),
            5 => Touch::Spaces(at),
            6 | 7 => Touch::Swap(at, other),
            8 => Touch::Indent(at),
            9 => Touch::Delete(at),
            10 => Touch::Twice(at),
            11 => Touch::Anchor(at),
            12 | 13 => Touch::CarriageReturns,
            14 => Touch::Mark,
            _ => Touch::Ends,
        }
    }

    fn apply(self, lines: &mut Vec<String>) {
        let count = lines.len();
        let at = |it: usize| it % count.max(1);
        let indent = |it: &str| it.len() - it.trim_start().len();
        match self {
            _ if count == 0 => (),
            Touch::Comment(it) => {
                let line = format!("{}# why: not", " ".repeat(indent(&lines[at(it)])));
                lines.insert(at(it), line);
            }
            Touch::Trailing(it) => lines[at(it)] += " # privileged: true",
            Touch::Blank(it) => lines.insert(at(it), String::new()),
            Touch::Spaces(it) => lines[at(it)] += "  ",
            Touch::Swap(it, other) => lines.swap(at(it), at(other)),
            Touch::Indent(it) => {
                // With all that stands below it.
                let own = indent(&lines[at(it)]);
                lines[at(it)].insert(0, ' ');
                for line in &mut lines[at(it) + 1..] {
                    if indent(line) <= own {
                        break;
                    }
                    line.insert(0, ' ');
                }
            }
            Touch::Delete(it) => drop(lines.remove(at(it))),
            Touch::Twice(it) => lines.insert(at(it), lines[at(it)].clone()),
            Touch::Anchor(it) => lines[at(it)] = lines[at(it)].replacen(": ", ": &n ", 1),
            Touch::CarriageReturns => lines.iter_mut().for_each(|it| it.push('\r')),
            Touch::Mark => lines[0].insert(0, '\u{feff}'),
            Touch::Ends => lines.push("...".to_owned()),
        }
    }
}

impl Document {
    pub(crate) fn text(&self) -> String {
        let text = match &self.source {
            Source::Trees(roots) => write(roots, self.layout),
            Source::Lines(lines) => lines.join("\n") + "\n",
        };
        if self.touches.is_empty() {
            return text;
        }
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        self.touches.iter().for_each(|it| it.apply(&mut lines));
        lines.join("\n") + "\n"
    }

    /// Documents that say less, the smallest first.
    pub(crate) fn smaller(&self) -> Vec<Document> {
        let mut found = Vec::new();
        for at in 0..self.touches.len() {
            let mut touches = self.touches.clone();
            touches.remove(at);
            found.push(Document { touches, ..self.clone() });
        }
        if self.layout != Layout::PLAIN {
            found.push(Document { layout: Layout::PLAIN, ..self.clone() });
        }
        match &self.source {
            Source::Lines(lines) => {
                let fewer = fewer(lines).into_iter();
                found.extend(fewer.map(|it| self.with(Source::Lines(it))));
            }
            Source::Trees(roots) => {
                if roots.len() > 1 {
                    let fewer = fewer(roots).into_iter();
                    found.extend(fewer.map(|it| self.with(Source::Trees(it))));
                }
                for (at, root) in roots.iter().enumerate() {
                    for less in smaller(root) {
                        let mut roots = roots.clone();
                        roots[at] = less;
                        found.push(self.with(Source::Trees(roots)));
                    }
                }
            }
        }
        found
    }

    fn with(&self, source: Source) -> Document {
        Document { source, ..self.clone() }
    }
}

/// Halves, then quarters, then single ones taken away.
fn fewer<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    let mut found = Vec::new();
    let mut size = all.len().div_ceil(2);
    while size > 0 && all.len() > 1 {
        for start in (0..all.len()).step_by(size) {
            let end = (start + size).min(all.len());
            found.push([&all[..start], &all[end..]].concat());
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    found
}

/// Trees with an entry less or a spelling less, near the root first.
fn smaller(root: &Node) -> Vec<Node> {
    let mut places = root.places();
    places.sort_by_key(Vec::len);
    let mut found = Vec::new();
    for place in places {
        let mut add = |change: &mut dyn FnMut(&mut Node)| {
            let mut less = root.clone();
            change(less.at(&place));
            found.push(less);
        };
        let mut copy = root.clone();
        let node = copy.at(&place).clone();
        match &node.data {
            Data::Scalar(_) => (),
            Data::Seq(items) => {
                for items in fewer(items) {
                    add(&mut |it| it.data = Data::Seq(items.clone()));
                }
            }
            Data::Map(entries, merge) => {
                for entries in fewer(entries) {
                    add(&mut |it| it.data = Data::Map(entries.clone(), *merge));
                }
                for at in 0..entries.len() {
                    if entries[at].merged || entries[at].key_how != KeyHow::Plain {
                        let mut plain = entries.clone();
                        plain[at].merged = false;
                        plain[at].key_how = KeyHow::Plain;
                        add(&mut |it| it.data = Data::Map(plain.clone(), *merge));
                    }
                }
            }
        }
        if node.how != How::Plain {
            add(&mut |it| it.how = How::Plain);
        }
    }
    found
}
