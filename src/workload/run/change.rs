//! What changed in a project, as flags; and the proof that nothing else did.

use super::command::{Command, Given, New, Value};
use super::flags::{Flag, Says, saying};
use super::form::Form;
use super::{Script, project, quadlet};
use crate::yaml::{EditError, Kind, Node, NodeId, Span, Tree};

/// One thing that a service says: the key, what it says of it, and the node that does.
struct Said<'t> {
    key: &'t str,
    what: String,
    node: Node<'t>,
}

/// The keys whose pairs are said one by one.
const PAIRS: [&str; 3] = ["environment", "labels", "sysctls"];

/// The services of a project in their order.
fn services(tree: &Tree) -> Vec<Node<'_>> {
    let services = tree.documents().find_map(|it| it.get("services"));
    let entries = services.map(|it| it.entries()).unwrap_or_default();
    entries.into_iter().map(|it| it.value).collect()
}

/// All that a service says, item by item. What is not true is not said.
fn said<'t>(service: Node<'t>) -> Vec<Said<'t>> {
    let mut all = Vec::new();
    for entry in service.entries() {
        let Some(key) = entry.key.value() else { continue };
        let value = entry.value;
        if PAIRS.contains(&key) && value.kind() == Kind::Mapping {
            let pair = |it: crate::yaml::view::Entry<'t>| {
                let what = format!("{}={}", it.key.value()?, plain(it.value));
                Some(Said { key, what, node: it.value })
            };
            all.extend(value.entries().into_iter().filter_map(pair));
            continue;
        }
        let is_list = value.kind() == Kind::Sequence && !matches!(key, "command" | "entrypoint");
        let nodes = if is_list { value.items().collect() } else { vec![value] };
        for node in nodes {
            let truth = saying(key).is_some_and(|it| matches!(it.says, Says::Truth(_)));
            if !(truth && node.value() == Some("false")) {
                all.push(Said { key, what: plain(node), node });
            }
        }
    }
    all
}

/// What a node says, whatever the order of its keys.
fn plain(node: Node<'_>) -> String {
    match node.kind() {
        Kind::Scalar | Kind::Alias => node.value().unwrap_or("").to_owned(),
        Kind::Sequence => {
            let all: Vec<String> = node.items().map(plain).collect();
            format!("{all:?}")
        }
        Kind::Mapping => {
            let pair = |it: crate::yaml::view::Entry<'_>| {
                Some((it.key.value()?.to_owned(), plain(it.value)))
            };
            let mut all: Vec<_> = node.entries().into_iter().filter_map(pair).collect();
            all.retain(|it| it.1 != "false");
            all.sort();
            format!("{all:?}")
        }
    }
}

/// What is said before and not after, and the other way round.
fn difference<'a, 'b>(old: Node<'a>, new: Node<'b>) -> (Vec<Said<'a>>, Vec<Said<'b>>) {
    let (mut gone, mut fresh) = (said(old), said(new));
    gone.retain(|it| {
        let same = fresh.iter().position(|other| (other.key, &other.what) == (it.key, &it.what));
        same.map(|at| drop(fresh.remove(at))).is_none()
    });
    (gone, fresh)
}

/// A stretch of the text and what takes its place.
type Splice = (Span, String);

/// The text in which flags say what the mended project does.
pub(super) fn edited(
    script: &Script,
    shown: &Tree,
    mended: &Tree,
) -> Result<String, Vec<EditError>> {
    let (mut splices, mut errors) = (Vec::new(), Vec::new());
    let pairs = services(&script.document).into_iter().zip(services(mended));
    for (command, (old, new)) in script.commands.iter().zip(pairs) {
        match splices_of((script, shown.text()), command, (old, new)) {
            Ok(all) => splices.extend(all),
            Err((id, message)) => {
                let span = id.map_or(command.span, |it| shown.node(it).span());
                errors.push(Script::error(span, message));
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    splices.sort_by_key(|it: &Splice| (it.0.start, it.0.end));
    let mut text = String::new();
    let mut from = 0;
    for (span, new) in splices {
        let holds = comments(script, &shown.text()[span.start..span.end]);
        if !holds.is_empty() && comments(script, &new) != holds {
            let message = "a comment stands before it on a continued line, and would go with it: do it by hand";
            // The end of the flag tells which one it is.
            let end = span.end.saturating_sub(1);
            let at = Span { start: end, end };
            return Err(vec![Script::error(at, message.to_owned())]);
        }
        if span.start < from {
            let message = "changes of one word that exclude each other".to_owned();
            return Err(vec![Script::error(span, message)]);
        }
        text.push_str(&shown.text()[from..span.start]);
        text.push_str(&new);
        from = span.end;
    }
    text.push_str(&shown.text()[from..]);
    Ok(text)
}

fn splices_of(
    (script, text): (&Script, &str),
    command: &Command,
    (old, new): (Node<'_>, Node<'_>),
) -> Result<Vec<Splice>, (Option<NodeId>, String)> {
    let (gone, mut fresh) = difference(old, new);
    let mut splices = Vec::new();
    let mut going: Vec<&Given> = Vec::new();
    for said in gone {
        let fail = |message: String| (Some(said.node.id()), message);
        let flag = script.flags[said.node.id().number()];
        let Some(given) = flag.map(|it| &command.flags[it]) else {
            return Err(fail(format!("`{}` of a command line is not changed", said.key)));
        };
        let instead = fresh.iter().position(|it| is_about_same(&said, it));
        match instead.map(|it| fresh.remove(it)) {
            None => going.push(given),
            Some(new) => splices.push(replaced(given, &said, &new).map_err(fail)?),
        }
    }
    splices.extend(removed(command, &going, text).into_iter().map(|it| (it, String::new())));
    let mut added = String::new();
    for said in fresh {
        // What was said not to be so is so from now on.
        let denied = command
            .flags
            .iter()
            .find(|it| matches!(it.flag.says, Says::Truth(key) if key == said.key));
        if let Some(value) = denied.and_then(|it| it.value.as_ref()) {
            splices.push((value.span, "true".to_owned()));
            continue;
        }
        added.push_str(&new_flag(script.form, command, &said).map_err(|it| (None, it))?);
    }
    if !added.is_empty() {
        let (New::Words { at, .. } | New::Lines { at, .. }) = &command.new;
        splices.push((Span { start: *at, end: *at }, added));
    }
    Ok(splices)
}

/// What goes with flags: a line of which nothing stays goes whole.
fn removed(command: &Command, going: &[&Given], text: &str) -> Vec<Span> {
    let goes = |given: &Given| going.iter().any(|it| it.span == given.span);
    let is_whole = |line: Span| command.flags.iter().filter(|it| it.line == Some(line)).all(goes);
    // What stood first on its line leaves no blank behind, where the next stays.
    let closed = |it: Span| {
        let blanks = text[it.end..].bytes().take_while(|it| *it == b' ').count();
        let first = text[..it.start].ends_with('=');
        let next_goes =
            going.iter().any(|other| other.gone.iter().any(|gone| gone.start == it.end));
        let end = if first && !next_goes { it.end + blanks } else { it.end };
        Span { end, ..it }
    };
    let mut all = Vec::new();
    for given in going {
        match given.line.filter(|it| is_whole(*it)) {
            Some(line) if all.contains(&line) => (),
            Some(line) => all.push(line),
            None => all.extend(given.gone.iter().map(|it| closed(*it))),
        }
    }
    all
}

/// Whether one takes the place of the other.
fn is_about_same(old: &Said<'_>, new: &Said<'_>) -> bool {
    if old.key != new.key {
        return false;
    }
    let about = |it: &Said<'_>| match it.key {
        "volumes" => match it.node.get("target") {
            Some(target) => plain(target),
            None => super::super::compose::parse_short(&it.what).target.to_owned(),
        },
        "tmpfs" => it.what.split(':').next().unwrap_or("").to_owned(),
        "cap_add" | "cap_drop" => {
            let name = it.what.to_uppercase();
            name.strip_prefix("CAP_").unwrap_or(&name).to_owned()
        }
        "security_opt" => it.what.split([':', '=']).next().unwrap_or("").to_owned(),
        _ => it.what.clone(),
    };
    let is_list = saying(old.key).is_some_and(|it| matches!(it.says, Says::Item(_)));
    !is_list || about(old) == about(new)
}

/// The value of a flag with what is another one in it.
fn replaced(given: &Given, old: &Said<'_>, new: &Said<'_>) -> Result<Splice, String> {
    let Some(value) = &given.value else {
        return Err(format!("`--{}` has no value to change", given.flag.name));
    };
    if old.node.kind() == Kind::Mapping {
        let is_only_closed = new.node.kind() == Kind::Mapping
            && new.node.get("read_only").and_then(Node::value) == Some("true")
            && old.node.get("read_only").is_none()
            && new.node.size() == old.node.size() + 1;
        return match is_only_closed {
            true => within(value, &value.text, &format!("{},readonly", value.text)),
            false => Err("a mount is not written in another way: do it by hand".to_owned()),
        };
    }
    within(value, &old.what, &new.what)
}

/// The bytes of a value that say what is another thing now.
fn within(value: &Value, old: &str, new: &str) -> Result<Splice, String> {
    let cannot = || format!("`{new}` cannot be said in the place of `{old}`: write it by hand");
    if value.text != old {
        return Err(cannot());
    }
    let same = |a: &mut dyn Iterator<Item = (u8, u8)>| a.take_while(|it| it.0 == it.1).count();
    let first = same(&mut old.bytes().zip(new.bytes()));
    let room = old.len().min(new.len()) - first;
    let last = same(&mut old.bytes().rev().zip(new.bytes().rev())).min(room);
    let (mut from, mut to) = (first, old.len() - last);
    // What says several bytes at once goes as a whole.
    let cuts = |at: usize| at > 0 && at < old.len() && value.map[at - 1] == value.map[at];
    while cuts(from) {
        from -= 1;
    }
    while cuts(to) {
        to += 1;
    }
    let middle = new.get(from..new.len() - (old.len() - to)).ok_or_else(cannot)?;
    if !is_plain(middle) {
        return Err(cannot());
    }
    let end = |at: usize| at.checked_sub(1).map_or(value.span.start, |it| value.map[it].end);
    let start = if from < to { value.map[from].start } else { end(from) };
    let end = if from < to { value.map[to - 1].end } else { start };
    Ok((Span { start, end }, middle.to_owned()))
}

/// Whether a text means the same in all quotes and in none.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_./:=,@+-".contains(&it))
}

/// The flag that a command line gets, with what stands before it.
fn new_flag(form: Form, command: &Command, said: &Said<'_>) -> Result<String, String> {
    let name = match said.key {
        "network_mode" | "networks" => Some("network"),
        key => saying(key).map(|it: &Flag| it.name),
    };
    let name = name
        .ok_or_else(|| format!("`{}` cannot be said on a command line: do it by hand", said.key))?;
    if said.node.kind() != Kind::Scalar || !is_plain(&said.what) {
        return Err(format!("`--{name}` with `{}` is not written: do it by hand", said.what));
    }
    let is_truth = said.what == "true" && project::is_truth(said.key);
    let value = (!is_truth).then_some(said.what.as_str());
    Ok(match &command.new {
        New::Lines { opens, .. } => {
            let line = quadlet::line(name, value.unwrap_or("true"));
            let line = line.ok_or_else(|| {
                format!("no key of {} says `--{name}`: do it by hand", form.name())
            })?;
            if *opens { format!("\n{line}") } else { format!("{line}\n") }
        }
        New::Words { gap, equals, .. } => match value {
            None => format!("{gap}--{name}"),
            Some(value) if *equals => format!("{gap}--{name}={value}"),
            Some(value) => format!("{gap}--{name} {value}"),
        },
    })
}

/// Whether one text has the commands of another as they are mended, and all else as it was.
pub(super) fn prove(
    (old, old_text): (&Script, &str),
    (new, new_text): (&Script, &str),
    mended: &Tree,
) -> Result<(), String> {
    if old.commands.len() != new.commands.len() {
        return Err("the new text has other commands".to_owned());
    }
    for (wanted, got) in services(mended).into_iter().zip(services(&new.document)) {
        let (missing, more) = difference(wanted, got);
        if let Some(it) = missing.first().or(more.first()) {
            return Err(format!("the new command line does not say what is planned: `{}`", it.key));
        }
    }
    if rest(old, old_text) != rest(new, new_text) {
        return Err("something else than flags changed".to_owned());
    }
    for (old, new) in old.commands.iter().zip(&new.commands) {
        if unjudged(old, old_text) != unjudged(new, new_text) {
            return Err("a flag that nobody asked for changed".to_owned());
        }
    }
    Ok(())
}

/// The comments between continued lines, which a unit may have.
fn comments<'t>(script: &Script, text: &'t str) -> Vec<&'t str> {
    let may = matches!(script.form, Form::Unit | Form::Quadlet);
    let lines = text.split('\n').skip(1).map(str::trim_start).filter(|_| may);
    lines.filter(|it| it.starts_with(['#', ';'])).collect()
}

/// What of a text is no flag of a command that is judged, and the comments among the flags.
fn rest(script: &Script, text: &str) -> String {
    let flags = script.commands.iter().flat_map(|it| &it.flags);
    let whole = |it: &Given| it.line.map_or_else(|| it.gone.clone(), |line| vec![line]);
    let mut gone: Vec<Span> = flags.flat_map(whole).collect();
    gone.sort_by_key(|it| it.start);
    let blanks = [' ', '\t', '\\', '\n'];
    let (mut out, mut from) = (String::new(), 0);
    for it in gone {
        if from > 0 && it.end <= from {
            continue;
        }
        let kept = text.get(from..it.start).unwrap_or_default();
        // Of letters behind one dash all are flags, so the dash is none of the rest.
        let dash = kept.strip_suffix('-').filter(|it| it.ends_with(blanks));
        out.push_str(dash.map_or(kept, |it| it.trim_end_matches(blanks)));
        let all = text.get(it.start..it.end).map(|it| comments(script, it)).unwrap_or_default();
        all.into_iter().for_each(|it| out.push_str(it));
        from = from.max(it.end);
    }
    out.push_str(&text[from..]);
    // A last line without an end gets one once another follows it.
    if script.form == Form::Quadlet && out.ends_with('\n') {
        out.pop();
    }
    out
}

/// The flags that are not judged, as they are written.
fn unjudged<'t>(command: &Command, text: &'t str) -> Vec<&'t str> {
    let flags = command.flags.iter().filter(|it| it.flag.says == Says::Nothing);
    // A letter that is left alone has the dash of its group.
    flags.map(|it| text[it.span.start..it.span.end].trim_start_matches('-')).collect()
}
