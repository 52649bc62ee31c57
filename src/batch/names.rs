//! What lies in the folders of a run: each is listed once, and what is not in the list needs not be looked for.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use foldhash::HashMap;

use crate::source;

/// How many names of a folder are looked at.
const MANY: usize = 512;

/// The names of folders, as far as they were asked for.
#[derive(Default)]
pub(super) struct Names {
    known: HashMap<OsString, Arc<[String]>>,
}

impl Names {
    /// The names of what is in a folder, sorted, up to a number of them.
    pub(super) fn of(&mut self, folder: &Path) -> Arc<[String]> {
        if let Some(known) = self.known.get(folder.as_os_str()) {
            return Arc::clone(known);
        }
        let names: Arc<[String]> = source::Folder::new(folder).names(Path::new("."), MANY).into();
        self.known.insert(folder.into(), Arc::clone(&names));
        names
    }

    /// Whether something may be at a path; that nothing is there is certain.
    pub(super) fn may_hold(&mut self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return true };
        // A system may list other letters by other bytes than they were asked for by.
        let Some(name) = name.to_str().filter(|it| it.is_ascii()) else { return true };
        let names = self.of(folder);
        // A folder that cannot be listed may be one that can be read, and some systems do not tell cases apart.
        names.is_empty()
            || names.len() >= MANY
            || names.iter().any(|it| it.eq_ignore_ascii_case(name))
    }
}
