//! Reads the sources of `COPY` and `ADD`.

use parse_dockerfile::Source;

use super::copies::{Copy, Origin, Shape, in_context};
use super::facts::Why;
use super::programs::name;
use super::variables::Variables;

/// The ends of archives that `ADD` unpacks.
const ARCHIVES: [&str; 6] = [".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"];

/// Where the sources come from, each kind by itself.
pub(super) fn origins(
    sources: &[Source<'_>],
    stage: Option<&str>,
    variables: &Variables,
) -> Vec<Origin> {
    let mut origins = Vec::new();
    let (mut context, mut elsewhere, mut fetched) = (Vec::new(), Vec::new(), Vec::new());
    for source in sources {
        let path = match source {
            Source::Path(it) => variables.expand_word(&it.value),
            Source::HereDoc(it) if it.expand => {
                origins.push(Origin::Written(variables.expand(&it.value)));
                continue;
            }
            Source::HereDoc(it) => {
                origins.push(Origin::Written(it.value.to_string()));
                continue;
            }
            _ => continue,
        };
        if stage.is_some() {
            elsewhere.push(in_context(&path));
        } else if path.contains("://") || path.starts_with("git@") {
            fetched.push(path);
        } else if ARCHIVES.iter().any(|it| path.ends_with(it)) {
            origins.push(Origin::Unknown(Why::Fetched, Vec::new()));
        } else if path.contains(['$', '\0']) {
            origins.push(Origin::Unknown(Why::Open, Vec::new()));
        } else {
            context.push(in_context(&path));
        }
    }
    if !context.is_empty() {
        origins.push(Origin::Context(context));
    }
    for (why, paths) in [(Why::OfAnotherStage, elsewhere), (Why::Fetched, fetched)] {
        if !paths.is_empty() {
            origins.push(Origin::Unknown(why, paths));
        }
    }
    origins
}

/// The paths of the image at which the files come to lie, as far as their names show.
pub(super) fn places(copy: &Copy) -> Vec<String> {
    let (Origin::Context(sources) | Origin::Unknown(_, sources), Shape::Folder) =
        (&copy.origin, copy.shape)
    else {
        return vec![copy.to.clone()];
    };
    let mut places: Vec<String> = Vec::new();
    for source in sources {
        let name = name(source);
        // Only names with an end are those of files for certain; folders give their content.
        let place = match name.contains('.') && !name.contains(['*', '?', '[']) {
            true => format!("{}/{name}", copy.to.trim_end_matches('/')),
            false => copy.to.clone(),
        };
        if !places.contains(&place) && places.len() < 64 {
            places.push(place);
        }
    }
    places
}
