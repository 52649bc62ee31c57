//! Random documents in all the styles that people write.

/// A small generator of numbers, the same for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((it ^ (it >> 31)) % limit as u64) as usize
    }

    /// One of some texts.
    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// The text of one to three documents.
pub(crate) fn write(dice: &mut Dice) -> String {
    let mut writer = Writer { out: String::new(), anchors: 0, step: 1 + dice.below(4), dash: 0 };
    writer.dash = dice.below(2) * (1 + dice.below(3));
    if dice.below(20) == 0 {
        writer.out.push('\u{feff}');
    }
    for number in 0..1 + dice.below(3) {
        if number > 0 || dice.below(4) == 0 {
            writer.out.push_str(dice.pick(&["---\n", "--- # doc\n", "---\n# c\n"]));
        }
        match dice.below(6) {
            0 => writer.sequence(dice, 0, 3),
            1 => {
                let flow = writer.flow(dice, 2);
                writer.out.push_str(&flow);
                writer.out.push('\n');
            }
            _ => writer.mapping(dice, 0, 3),
        }
        if dice.below(8) == 0 {
            writer.out.push_str("...\n");
        }
        writer.anchors = (writer.anchors / 100 + 1) * 100;
    }
    let mut text = writer.out;
    if dice.below(4) == 0 {
        text = text.trim_end_matches('\n').to_owned();
    }
    if dice.below(4) == 0 { text.replace('\n', "\r\n") } else { text }
}

struct Writer {
    out: String,
    anchors: usize,
    step: usize,
    dash: usize,
}

const SCALARS: &[&str] = &[
    "x",
    "true",
    "1000",
    "~",
    "null",
    "'it''s'",
    "\"a\\tb\"",
    "nginx:1.27",
    "80:80",
    "a b",
    "é✓",
    "http://x/#y",
    "!!str 5",
    "\"\"",
    "''",
    "!custom v",
];

impl Writer {
    fn pad(&mut self, width: usize) {
        self.out.push_str(&" ".repeat(width));
    }

    /// Blank lines and comments between entries.
    fn between(&mut self, dice: &mut Dice, column: usize) {
        match dice.below(10) {
            0 => self.out.push('\n'),
            1 => {
                self.pad(column);
                self.out.push_str("# own line\n");
            }
            2 => {
                self.pad(column + dice.below(3));
                self.out.push_str(dice.pick(&["# - x\n", "# k: v\n", "#\n", "# é\n"]));
            }
            _ => (),
        }
    }

    /// The end of a line, with a comment at times.
    fn end(&mut self, dice: &mut Dice) {
        self.out.push_str(dice.pick(&["\n", "\n", "\n", "\n", " # c\n", "   # wide\n", "  \n"]));
    }

    fn mapping(&mut self, dice: &mut Dice, column: usize, depth: usize) {
        for number in 0..1 + dice.below(4) {
            if number > 0 {
                self.between(dice, column);
                self.pad(column);
            }
            let key = match dice.below(8) {
                0 => format!("\"k{number}\""),
                1 => format!("'k{number}'"),
                2 => format!("? k{number}\n{}", " ".repeat(column)),
                _ => format!("k{number}"),
            };
            self.out.push_str(&key);
            self.out.push(':');
            self.value(dice, column, depth);
        }
    }

    /// What follows a key's colon.
    fn value(&mut self, dice: &mut Dice, column: usize, depth: usize) {
        let choice = dice.below(if depth > 0 { 12 } else { 8 });
        if choice == 8 || choice == 9 {
            self.anchor(dice);
            self.end(dice);
            self.between(dice, column + self.step);
            self.pad(column + self.step);
            return self.mapping(dice, column + self.step, depth - 1);
        }
        if choice == 10 || choice == 11 {
            self.anchor(dice);
            self.end(dice);
            self.pad(column + self.dash);
            return self.sequence(dice, column + self.dash, depth - 1);
        }
        self.leaf(dice, column, choice);
    }

    fn anchor(&mut self, dice: &mut Dice) {
        if dice.below(10) == 0 {
            self.anchors += 1;
            self.out.push_str(&format!(" &n{}", self.anchors));
        }
    }

    fn leaf(&mut self, dice: &mut Dice, column: usize, choice: usize) {
        match choice {
            0 => {
                let header = dice.pick(&["|", ">", "|-", "|+", ">-", "| # h"]);
                let pad = " ".repeat(column + self.step.max(2));
                let lines =
                    dice.pick(&["one\n@two\n", "a: b\n\n@- c\n", "x\n\n\n", "# no\n@  deep\n@x\n"]);
                let lines = lines.replace('@', &pad);
                self.out.push_str(&format!(" {header}\n{pad}{lines}"));
            }
            1 => self.end(dice),
            2 | 3 => {
                let flow = self.flow(dice, 2);
                let least = column + usize::from(dice.below(6) > 0);
                let flow = flow.replace('\n', &format!("\n{}", " ".repeat(least)));
                self.out.push_str(&format!(" {flow}"));
                self.end(dice);
            }
            4 if !self.anchors.is_multiple_of(100) => {
                self.out.push_str(&format!(" *n{}", self.anchors));
                self.end(dice);
            }
            5 => {
                let pad = " ".repeat(column + 2);
                let text = dice
                    .pick(&["multi\n@line", "\"quoted\n@text\"", "\n@below"])
                    .replace('@', &pad);
                self.out.push_str(&format!(" {text}"));
                self.end(dice);
            }
            _ => {
                self.anchor(dice);
                self.out.push_str(&format!("{}{}", dice.pick(&[" ", "  "]), dice.pick(SCALARS)));
                self.end(dice);
            }
        }
    }

    fn sequence(&mut self, dice: &mut Dice, column: usize, depth: usize) {
        for number in 0..1 + dice.below(3) {
            if number > 0 {
                self.between(dice, column);
                self.pad(column);
            }
            self.out.push('-');
            let gap = 1 + dice.below(8) / 6 * 2;
            match dice.below(if depth > 0 { 8 } else { 4 }) {
                4 | 5 => {
                    self.pad(gap);
                    self.mapping(dice, column + 1 + gap, depth - 1);
                }
                6 => {
                    self.pad(gap);
                    self.sequence(dice, column + 1 + gap, depth - 1);
                }
                7 => {
                    self.end(dice);
                    self.pad(column + 2);
                    self.mapping(dice, column + 2, depth - 1);
                }
                _ => {
                    let choice = dice.below(8);
                    self.leaf(dice, column, choice);
                }
            }
        }
    }

    /// A flow collection, on one line or several.
    fn flow(&mut self, dice: &mut Dice, depth: usize) -> String {
        let json = dice.below(4) == 0;
        let lines = dice.below(3) == 0;
        let open = dice.below(2) == 0;
        let count = dice.below(4);
        let mut items = Vec::new();
        for number in 0..count {
            let text = match dice.below(if depth > 0 { 6 } else { 4 }) {
                4 => self.flow(dice, depth - 1).replace('\n', "\n  "),
                5 => dice.pick(&["[]", "{}"]).to_owned(),
                _ if json => dice.pick(&["\"x\"", "1", "true", "null"]).to_owned(),
                _ => dice.pick(&["x", "'q'", "\"d\"", "1", "a b"]).to_owned(),
            };
            let key = match (open, json) {
                (true, _) => String::new(),
                (false, true) => format!("\"k{number}\":{}", dice.pick(&["", " "])),
                (false, false) => format!("k{number}: "),
            };
            items.push(format!("{key}{text}"));
        }
        let (start, end) = if open { ("[", "]") } else { ("{", "}") };
        if !lines || items.is_empty() {
            let pad = if items.is_empty() { "" } else { dice.pick(&["", " "]) };
            return format!("{start}{pad}{}{pad}{end}", items.join(dice.pick(&[", ", ","])));
        }
        let comma = if json { "" } else { dice.pick(&["", ","]) };
        let separator = if json { ",\n  " } else { dice.pick(&[",\n  ", ", # c\n  "]) };
        format!("{start}\n  {}{comma}\n{end}", items.join(separator))
    }
}
