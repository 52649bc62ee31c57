//! `security_opt`: the walls that a service has taken down, and new privileges.

use super::Service;
use super::read::item_site;
use crate::workload::text::UNKNOWN;
use crate::workload::{Breach, Item, Remedy, State, Wall, Written, text};
use crate::yaml::Value;

impl<'t> Service<'t> {
    /// Whether new privileges are forbidden: the last entry of `security_opt` that speaks of it wins.
    pub fn no_new_privileges(&self) -> State {
        let mut state = State::Unset;
        for item in self.list("security_opt") {
            let text = self.evaluate(item.node);
            let site = item_site(&item);
            state = match said_of(&text.value, "no-new-privileges") {
                None => continue,
                Some(None) => State::Unknown(site),
                Some(Some("" | "1" | "t" | "T" | "TRUE" | "true" | "True")) => State::On(site),
                Some(Some(_)) => State::Off(site),
            };
        }
        state
    }

    /// The entries of `security_opt` that take a wall down.
    pub fn breaches(&self) -> Vec<Breach<'t>> {
        self.list("security_opt").into_iter().filter_map(|it| self.breach(it)).collect()
    }

    /// Forbids new privileges, in place of an entry that allows them.
    pub fn forbid_new_privileges(&self) -> Written {
        const ENTRY: &str = "no-new-privileges:true";
        let mut speaking = self.list("security_opt");
        speaking.retain(|it| option(&self.evaluate(it.node).value, "no-new-privileges").is_some());
        let written = |it: &Item<'t>| it.node.resolve().value().unwrap_or("");
        let Some(&last) = speaking.last() else {
            return self.append("security_opt", Value::from(ENTRY));
        };
        let text = written(&last);
        let at = text.find('$').unwrap_or(text.len());
        let new = text::with_default(&text[at..], "true")
            .map_or_else(|| ENTRY.to_owned(), |it| format!("{}{it}", &text[..at]));
        // Two items that are equal once their variables are read are refused.
        let wanted = [ENTRY.into(), self.interpolate(&new).value];
        let says_it = |it: &Item<'t>| {
            it.node.id() != last.node.id() && wanted.contains(&self.evaluate(it.node).value)
        };
        if speaking.iter().any(says_it) {
            speaking.retain(|it| !says_it(it));
            return self.remove_items("security_opt", &speaking);
        }
        self.refuse_told(last.node.resolve())?;
        self.replace_item("security_opt", &last, &Value::from(new))
    }
}

/// What an evaluated entry of `security_opt` says of something: its value, nothing where that is not known. No answer
/// where it speaks of something else: what stands before a variable tells.
pub fn said_of<'s>(text: &'s str, name: &str) -> Option<Option<&'s str>> {
    let head = text.split(UNKNOWN).next().unwrap_or("");
    let says = |it: &str| it.is_empty() || it.starts_with([':', '=']);
    if text.len() > head.len() {
        let may = name.starts_with(head) || head.strip_prefix(name).is_some_and(says);
        return may.then_some(None);
    }
    let rest = text.strip_prefix(name).filter(|it| says(it))?;
    Some(Some(rest.trim_start_matches([':', '='])))
}

/// The value of `name[:=]VALUE`, empty for the bare name.
fn option<'s>(text: &'s str, name: &str) -> Option<&'s str> {
    let rest = text.strip_prefix(name)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix([':', '=']) }
}

impl<'t> Service<'t> {
    fn breach(&self, item: Item<'t>) -> Option<Breach<'t>> {
        let text = self.evaluate(item.node);
        let written = text.known()?;
        let wall = if let Some(profile) = option(written, "seccomp") {
            match profile {
                "builtin" | "" => return None,
                _ => Wall::Seccomp,
            }
        } else if let Some(profile) = option(written, "apparmor") {
            match profile {
                "unconfined" => Wall::SecurityModule,
                _ => return None,
            }
        } else if let Some(label) = option(written, "label") {
            let weak = label == "disable"
                || label == "type:spc_t"
                || label.starts_with("user:")
                || label.starts_with("role:");
            match weak {
                true => Wall::SecurityModule,
                false => return None,
            }
        } else if written == "disable" {
            Wall::SecurityModule
        } else if written == "systempaths=unconfined"
            || option(written, "unmask").is_some()
            || option(written, "writable-cgroups").is_some_and(|it| it == "true")
        {
            Wall::MaskedPaths
        } else {
            return None;
        };
        Some(Breach {
            wall,
            custom: wall == Wall::Seccomp && option(written, "seccomp") != Some("unconfined"),
            written: written.to_owned(),
            site: item_site(&item),
            remedy: Remedy::RemoveItem(item),
        })
    }
}
