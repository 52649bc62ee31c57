//! Knows how folders of data, features and writable paths are put into words.

use super::Reason;
use crate::images::image::Image;
use crate::images::parts::{Data, Feature, Writable};

/// A folder of data with its owner in the image.
pub(super) fn data(data: &Data) -> String {
    let owner = match (data.uid, data.gid) {
        (Some(uid), Some(gid)) => format!("{uid}:{gid}"),
        (Some(uid), None) => uid.to_string(),
        (None, _) => String::new(),
    };
    let missing = (data.made == Some(false)).then(|| "not in the image".to_owned());
    let notes: Vec<String> =
        missing.into_iter().chain([owner].into_iter().filter(|it| !it.is_empty())).collect();
    match notes.is_empty() {
        true => data.path.clone(),
        false => format!("{} ({})", data.path, notes.join("; ")),
    }
}

pub(super) fn feature(feature: &Feature) -> Reason {
    let mut needs: Vec<String> = feature.caps.iter().map(|it| format!("cap_add {it}")).collect();
    needs.extend(feature.writable.iter().map(|it| format!("{} writable", it.path)));
    needs.extend(feature.breaks.iter().map(|it| format!("fails with {}", it.name())));
    needs.extend(feature.risks.iter().map(|it| format!("may fail with {}", it.name())));
    needs.extend(feature.why.clone());
    Reason { what: feature.name.clone(), why: needs.join("; ") }
}

pub(super) fn writable(image: &Image) -> Vec<Reason> {
    let text = |it: &Writable| {
        let mut what = it.path.clone();
        let options = [
            it.uid.map(|uid| format!("uid={uid}")),
            it.gid.map(|gid| format!("gid={gid}")),
            it.mode.as_ref().map(|mode| format!("mode={mode}")),
            it.exec.then(|| "exec".to_owned()),
        ];
        let options: Vec<String> = options.into_iter().flatten().collect();
        if !options.is_empty() {
            what = format!("{what} ({})", options.join(","));
        }
        let optional = it.optional.then(|| "optional".to_owned());
        let when = it.when.as_ref().map(|when| format!("only when: {when}"));
        let why: Vec<String> = it.why.clone().into_iter().chain(optional).chain(when).collect();
        Reason { what, why: why.join("; ") }
    };
    image.writable.iter().map(text).collect()
}
