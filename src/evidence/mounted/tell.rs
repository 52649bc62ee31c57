//! From settings to what they say, by the tables of directives.

use foldhash::{HashMap, HashSet};

use super::grammar::{Directive, Grammar, Says, is_named};
use super::path::{self, Address};
use super::setting::Setting;
use super::{Kind, Said, Told, Written};

/// What settings say, where those of `over` hide the same ones among them without being told themselves.
pub(super) fn tell(grammar: &Grammar, settings: &[Setting], over: &[Setting]) -> Told {
    let last: HashMap<&str, &Setting> =
        settings.iter().chain(over).map(|it| (it.key.as_str(), it)).collect();
    let stated = last.get(grammar.base.key).and_then(|it| it.values.first());
    let base = match stated {
        Some(stated) => path::absolute(grammar.base.default, stated),
        None => grammar.base.default.map(str::to_owned),
    };
    let is_off = |switch: &str| last.get(switch).is_some_and(|it| says_off(it));
    let mut told = Told::default();
    for setting in settings {
        let Some(directive) = find(grammar.directives, &setting.key) else { continue };
        if !directive.switch.is_some_and(is_off) {
            for value in &setting.values {
                note(&mut told, setting, directive.says, (value, base.as_deref()));
            }
        }
    }
    drop_repeated(&mut told);
    told
}

fn find<'a>(directives: &'a [Directive], key: &str) -> Option<&'a Directive> {
    directives.iter().find(|it| is_named(it.name, key))
}

fn says_off(setting: &Setting) -> bool {
    let off = ["off", "0", "false", "no"];
    setting.values.first().is_some_and(|it| off.iter().any(|off| it.eq_ignore_ascii_case(off)))
}

fn note(told: &mut Told, setting: &Setting, says: Says, (value, base): (&str, Option<&str>)) {
    match says {
        Says::Writes(kind) => {
            told.writes.extend(path::written(base, value).map(|it| written(setting, kind, it)));
        }
        Says::Listens => match path::address(value) {
            Some(Address::Port(port)) => told.ports.push(said(setting, port)),
            Some(Address::Socket(socket)) => {
                let path = path::written(base, socket);
                told.writes.extend(path.map(|it| written(setting, Kind::Socket, it)));
            }
            None => (),
        },
        Says::Account if !value.is_empty() => told.accounts.push(said(setting, value.to_owned())),
        Says::Account => (),
        Says::Chroot => {
            told.chroots.extend(path::absolute(base, value).map(|it| said(setting, it)));
        }
    }
}

fn written(setting: &Setting, kind: Kind, path: String) -> Written {
    let Said { value: path, by, file, line } = said(setting, path);
    Written { path, kind, by, file, line }
}

fn said<T>(setting: &Setting, value: T) -> Said<T> {
    let file = setting.file.as_deref().map(str::to_owned);
    Said { value, by: setting.by.clone(), file, line: setting.line }
}

/// Keeps the first of what is said in the same way of the same thing.
fn drop_repeated(told: &mut Told) {
    let mut seen = HashSet::default();
    told.writes
        .retain(|it| seen.insert((it.path.clone(), it.kind, it.by.clone(), it.file.clone())));
    let mut seen = HashSet::default();
    told.ports.retain(|it| seen.insert((it.value, it.by.clone(), it.file.clone())));
    let mut seen = HashSet::default();
    told.accounts.retain(|it| seen.insert((it.value.clone(), it.by.clone(), it.file.clone())));
}
