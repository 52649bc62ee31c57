//! `casehard learn`: what images are, read off them.

use super::Failure;
use crate::date::Date;
use crate::engine::Engine;
use crate::images::learned::Learned;

// STUB for trying `observe` alone: replaced by the real one at merge.
/// What an image of the engine is, with what is known of its folders at the paths given.
///
/// # Errors
/// The engine does not have it, or it cannot be read.
pub(super) fn of_engine(engine: &Engine, image: &str, _: &[String]) -> Result<Learned, Failure> {
    let told = engine.ask(image, engine.api().inspect_image(image));
    let told = told.map_err(|it| Failure(it.to_string()))?;
    Ok(Learned {
        id: told.id.unwrap_or_default(),
        names: told.repo_tags.unwrap_or_default(),
        digests: Vec::new(),
        read: Date::today(),
        user: String::new(),
        account: None,
        groups: Vec::new(),
        entrypoint: Vec::new(),
        command: Vec::new(),
        workdir: String::new(),
        volumes: Vec::new(),
        ports: Vec::new(),
        variables: Vec::new(),
        tmp: Vec::new(),
        run: Vec::new(),
        program: None,
        start: crate::images::learned::Start::default(),
        folders: Vec::new(),
        privileged: Vec::new(),
        observed: Vec::new(),
        verified: Vec::new(),
    })
}
