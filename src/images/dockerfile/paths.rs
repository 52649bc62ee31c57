//! Knows how paths in an image are put together.

/// The folder that commands run in; nothing where it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Folder(Option<String>);

impl Folder {
    pub(super) fn new(path: Option<&str>) -> Self {
        Folder(path.filter(|it| it.starts_with('/') && !it.contains('$')).map(clean))
    }

    /// Follows a `cd`.
    pub(super) fn enter(&mut self, path: &str) {
        self.0 = self.exact(path);
    }

    /// A path made absolute; a variable in it cuts it to the folder before.
    pub(super) fn path(&self, path: &str) -> Option<String> {
        let known = match path.find(['$', '*', '?', '[', '{']) {
            // The root is no place that it can be said to lie in.
            Some(at) => &path[..=path[..at].rfind('/').filter(|it| *it > 0)?],
            None => path,
        };
        self.exact(known)
    }

    /// A path made absolute, if all of it is known.
    pub(super) fn exact(&self, path: &str) -> Option<String> {
        if path.is_empty()
            || path.starts_with(['$', '~', '-', '<'])
            || path.contains(['$', '`', '\0'])
        {
            return None;
        }
        match path.starts_with('/') {
            true => Some(clean(path)),
            false => Some(clean(&format!("{}/{path}", self.0.as_ref()?))),
        }
    }
}

/// A path in the container without `//`, `.`, `..` and a trailing `/`.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// What of a path lies below a folder: `app/x` of `/srv/app/x` below `/srv`.
pub(super) fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder == "/" {
        return path.strip_prefix('/').filter(|it| !it.is_empty());
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// Whether a name fits a pattern of `*` and `?`.
pub(super) fn fits(name: &str, pattern: &str) -> bool {
    let (name, pattern) = (name.as_bytes(), pattern.as_bytes());
    let (mut at, mut with) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(with) {
            Some(b'*') => {
                star = Some((with, at));
                with += 1;
            }
            Some(it) if *it == b'?' || *it == name[at] => {
                at += 1;
                with += 1;
            }
            _ => match star {
                Some((back, from)) => {
                    star = Some((back, from + 1));
                    at = from + 1;
                    with = back + 1;
                }
                None => return false,
            },
        }
    }
    pattern[with..].iter().all(|it| *it == b'*')
}
