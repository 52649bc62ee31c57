//! The files that `COMPOSE_FILE` lists: in the environment, else in the `.env` beside a file.

use std::path::{Path, PathBuf};

use super::env::Environment;
use crate::workload::clean;

/// What the environment lists if it lists this file, else what the `.env` in its folder does.
pub(super) fn files(known: &mut Environment, path: &Path) -> Option<Vec<PathBuf>> {
    let folder = path.parent()?;
    let environment = |name: &str| std::env::var(name).ok();
    let here = || match path.is_absolute() {
        true => std::env::current_dir().ok(),
        false => Some(PathBuf::new()),
    };
    let outer = listed(environment, here).filter(|all| all.iter().any(|it| it == path));
    outer.or_else(|| in_folder(known, folder))
}

/// What the `.env` in a folder lists.
pub(super) fn in_folder(known: &mut Environment, folder: &Path) -> Option<Vec<PathBuf>> {
    let own = known.own(folder)?;
    let separator = std::env::var(SEPARATOR).ok();
    let given = |it: &str| own.value(it).map(str::to_owned);
    let variable = |it: &str| given(it).or_else(|| separator.clone().filter(|_| it == SEPARATOR));
    listed(variable, || Some(folder.to_owned()))
}

const SEPARATOR: &str = "COMPOSE_PATH_SEPARATOR";

/// The files of a list, whose names are relative to a folder.
fn listed(
    variable: impl Fn(&str) -> Option<String>,
    folder: impl FnOnce() -> Option<PathBuf>,
) -> Option<Vec<PathBuf>> {
    let given = |it: &&String| !it.is_empty();
    let list = variable("COMPOSE_FILE").as_ref().filter(given).cloned()?;
    let usual = if cfg!(windows) { ";" } else { ":" };
    let separator = variable(SEPARATOR).as_ref().filter(given).cloned();
    let folder = folder()?;
    let names = list.split(separator.as_deref().unwrap_or(usual));
    Some(names.filter(|it| !it.is_empty()).map(|it| clean(&folder.join(it))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Variables;

    #[track_caller]
    fn check(text: &str, expected: Option<&[&str]>) {
        let own = Variables::of_files([(".env", text)]);
        let found = listed(|it| own.value(it).map(str::to_owned), || Some("deploy".into()));
        let expected = expected.map(|all| all.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn lists_are_read_as_compose_does() {
        let both = Some(&["deploy/a.yml", "shared/b.yml"][..]);
        check("COMPOSE_FILE=a.yml\n", Some(&["deploy/a.yml"]));
        check("COMPOSE_FILE=\n#COMPOSE_FILE=a.yml\n", None);
        check("COMPOSE_FILES=a.yml\n", None);
        check(
            "COMPOSE_PATH_SEPARATOR=,\nexport COMPOSE_FILE='a.yml,../shared/b.yml' # both\n",
            both,
        );
        check(
            "COMPOSE_FILE=c\nCOMPOSE_PATH_SEPARATOR=;\nCOMPOSE_FILE = a.yml;../shared/b.yml # x\n",
            both,
        );
    }
}
