//! Writes documents in their spelling, in block or flow style.

use super::node::{Data, Entry, How, KeyHow, Merge, Node, quoted};

/// How a document is laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Layout {
    /// Everything below the root's keys in brackets and braces.
    pub(crate) flow: bool,
    /// Keys in double quotes, as in JSON.
    pub(crate) quote: bool,
    /// Spaces of a level, at least one.
    pub(crate) indent: usize,
    /// Whether items stand below their key without more indentation.
    pub(crate) flush: bool,
}

impl Layout {
    pub(crate) const PLAIN: Layout = Layout { flow: false, quote: false, indent: 2, flush: false };
}

struct Writer {
    layout: Layout,
    anchors: Vec<String>,
    /// Documents of one stream share no anchors, but numbers that go on are easier to read.
    count: usize,
}

/// The text of documents.
pub(crate) fn write(roots: &[Node], layout: Layout) -> String {
    let mut writer = Writer { layout, anchors: Vec::new(), count: 0 };
    let mut text = String::new();
    for (index, root) in roots.iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        let body = writer.root(root);
        writer.anchors.drain(..).for_each(|it| text.push_str(&it));
        text.push_str(&body);
    }
    text
}

impl Writer {
    fn root(&mut self, node: &Node) -> String {
        match &node.data {
            Data::Map(entries, merge) if !entries.is_empty() => self.entries(entries, *merge, 0),
            _ => self.flow(node) + "\n",
        }
    }

    /// Lines of the entries of a mapping.
    fn entries(&mut self, entries: &[Entry], merge: Merge, indent: usize) -> String {
        let own: Vec<&Entry> = entries.iter().filter(|it| !it.merged).collect();
        let below: Vec<&Entry> = entries.iter().filter(|it| it.merged).collect();
        let mut lines = String::new();
        let pad = " ".repeat(indent);
        let merged = (!below.is_empty()).then(|| format!("{pad}{}\n", self.merge(&below, merge)));
        if merge != Merge::Last {
            lines.extend(merged.clone());
        }
        for entry in own {
            let key = self.key(entry);
            lines += &format!("{pad}{key}:{}", self.value(&entry.value, indent));
        }
        if merge == Merge::Last {
            lines.extend(merged);
        }
        lines
    }

    /// What follows the colon or dash, with its line break.
    fn value(&mut self, node: &Node, indent: usize) -> String {
        let block = !self.layout.flow && node.how != How::Alias && node.how != How::Flow;
        let step = indent + self.layout.indent;
        let properties = self.properties(node);
        match &node.data {
            Data::Map(entries, merge) if block && !entries.is_empty() => {
                format!("{}\n{}", after_colon(&properties), self.entries(entries, *merge, step))
            }
            Data::Seq(items) if block && !items.is_empty() => {
                let at = if self.layout.flush { indent } else { step };
                let lines: String = items.iter().map(|it| self.item(it, at)).collect();
                format!("{}\n{lines}", after_colon(&properties))
            }
            _ if node.how == How::Newline => format!("\n{}{}\n", " ".repeat(step), self.flow(node)),
            _ => format!(" {}\n", self.flow(node)),
        }
    }

    fn item(&mut self, node: &Node, indent: usize) -> String {
        let pad = " ".repeat(indent);
        let inner = match &node.data {
            Data::Map(entries, merge) if node.how == How::Plain && !entries.is_empty() => {
                Some(self.entries(entries, *merge, indent + 2))
            }
            _ => None,
        };
        match inner {
            Some(lines) if !self.layout.flow => format!("{pad}- {}", lines.trim_start()),
            _ => format!("{pad}-{}", self.value(node, indent)),
        }
    }

    fn properties(&mut self, node: &Node) -> String {
        match node.how {
            How::Anchor => format!("&{} ", self.name()),
            How::Tag => match &node.data {
                Data::Map(..) => "!!map ".to_owned(),
                Data::Seq(_) => "!!seq ".to_owned(),
                Data::Scalar(text) => tag(text).to_owned(),
            },
            How::Reset => "!reset ".to_owned(),
            How::Override => "!override ".to_owned(),
            How::Plain | How::Alias | How::Newline | How::Flow => String::new(),
        }
    }

    fn flow(&mut self, node: &Node) -> String {
        let properties = self.properties(node);
        let text = match &node.data {
            Data::Scalar(text) => text.clone(),
            Data::Seq(items) => {
                let items: Vec<String> = items.iter().map(|it| self.flow(it)).collect();
                format!("[{}]", items.join(", "))
            }
            Data::Map(entries, merge) => self.braces(entries, *merge),
        };
        match node.how {
            How::Alias => self.anchored(&text),
            _ => properties + &text,
        }
    }

    fn braces(&mut self, entries: &[Entry], merge: Merge) -> String {
        let below: Vec<&Entry> = entries.iter().filter(|it| it.merged).collect();
        let mut parts = Vec::new();
        if !below.is_empty() {
            parts.push(self.merge(&below, merge));
        }
        for entry in entries.iter().filter(|it| !it.merged) {
            parts.push(self.entry(entry));
        }
        if merge == Merge::Last && !below.is_empty() {
            let first = parts.remove(0);
            parts.push(first);
        }
        format!("{{{}}}", parts.join(", "))
    }

    fn entry(&mut self, entry: &Entry) -> String {
        format!("{}: {}", self.key(entry), self.flow(&entry.value))
    }

    /// `<<` with what stands below it.
    fn merge(&mut self, below: &[&Entry], merge: Merge) -> String {
        let body = |writer: &mut Writer, entries: &[&Entry]| {
            let parts: Vec<String> = entries.iter().map(|it| writer.entry(it)).collect();
            format!("{{{}}}", parts.join(", "))
        };
        let all = body(self, below);
        let (first, second) = below.split_at(below.len().div_ceil(2));
        match merge {
            Merge::Inline | Merge::Last => format!("<<: {all}"),
            Merge::List => format!("<<: [{all}]"),
            Merge::Alias => format!("<<: {}", self.anchored(&all)),
            Merge::Tagged => format!("!!merge <<: {all}"),
            Merge::Quoted => format!("'<<': {all}"),
            Merge::Escaped => format!("\"\\x3c<\": {all}"),
            Merge::Anchored => format!("&{} <<: {all}", self.name()),
            Merge::Nested => format!("<<: {{<<: {all}}}"),
            Merge::TwoLists => format!("<<: [{}, {}]", body(self, first), body(self, second)),
            Merge::AliasList => {
                let (first, second) = (body(self, first), body(self, second));
                format!("<<: [{}, {}]", self.anchored(&first), self.anchored(&second))
            }
        }
    }

    fn key(&mut self, entry: &Entry) -> String {
        let key = entry.key.as_str();
        let word = |it: char| it.is_ascii_alphanumeric() || "_-./".contains(it);
        let plain = !self.layout.quote && !key.is_empty() && key.chars().all(word);
        match entry.key_how {
            KeyHow::Plain if plain && key != "-" => key.to_owned(),
            KeyHow::Plain | KeyHow::Double => quoted(key),
            KeyHow::Single => format!("'{}'", key.replace('\'', "''")),
            KeyHow::Escaped if key.is_ascii() => {
                let escaped: String = key.bytes().map(|it| format!("\\x{it:02x}")).collect();
                format!("\"{escaped}\"")
            }
            KeyHow::Escaped => quoted(key),
            KeyHow::Explicit => format!("? {} ", quoted(key)),
            KeyHow::Tag => format!("!!str {}", quoted(key)),
            KeyHow::Anchor => format!("&{} {}", self.name(), quoted(key)),
            KeyHow::Alias => self.anchored(&quoted(key)) + " ",
            KeyHow::Binary => format!("!!binary {}", base64(key.as_bytes())),
        }
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("n{}", self.count)
    }

    /// An alias of a text that is written above.
    fn anchored(&mut self, text: &str) -> String {
        let name = self.name();
        self.anchors.push(format!("x-{name}: &{name} {text}\n"));
        format!("*{name}")
    }
}

fn after_colon(properties: &str) -> String {
    match properties.trim_end() {
        "" => String::new(),
        properties => format!(" {properties}"),
    }
}

fn tag(text: &str) -> &'static str {
    match text {
        "true" | "false" => "!!bool ",
        _ if text.starts_with('!') || text.starts_with('&') => "",
        _ if text.parse::<i64>().is_ok() => "!!int ",
        "null" | "~" => "!!null ",
        _ => "!!str ",
    }
}

/// Base64 with its padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            let letter = LETTERS[usize::try_from(index).expect("six bits")];
            text.push(if at > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}
