//! Custom resources that the project lets us rewrite.

use schemars::JsonSchema;
use serde::Deserialize;

/// A custom resource that holds a pod and may be rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "KindEntry")]
pub struct Kind {
    /// The API group, such as `example.com`; empty for the core group.
    pub group: String,
    /// The version of the group; none means any.
    pub version: Option<String>,
    /// The kind, such as `Widget`.
    pub kind: String,
    /// The keys that lead to the pod's specification.
    pub path: Vec<String>,
}

/// A custom resource as the file spells it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KindEntry {
    /// The group and version, such as `example.com/v1`; or give `group`.
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
    /// The group alone, for every version of it.
    group: Option<String>,
    /// The kind, such as `Widget`.
    kind: String,
    /// The keys that lead to the pod's specification, such as `spec.template.spec`.
    path: String,
}

impl TryFrom<KindEntry> for Kind {
    type Error = String;

    fn try_from(written: KindEntry) -> Result<Kind, String> {
        let (group, version) = match (written.api_version, written.group) {
            (Some(api), None) => {
                let (group, version) = api.split_once('/').unwrap_or(("", &api));
                (group.to_owned(), Some(version.to_owned()))
            }
            (None, Some(group)) => (group, None),
            _ => return Err("expected either `apiVersion` or `group`".to_owned()),
        };
        let path: Vec<_> = written.path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(format!(
                "`{}` is not a path to a pod such as spec.template.spec",
                written.path
            ));
        }
        Ok(Kind { group, version, kind: written.kind, path })
    }
}
