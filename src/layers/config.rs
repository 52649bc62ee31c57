//! The configuration of an image, as the OCI's image specification and Docker write it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::fault::LayerError;

/// What an image says of itself.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Config {
    #[serde(default)]
    pub(super) os: String,
    #[serde(default)]
    pub(super) config: Option<Settings>,
    pub(super) rootfs: RootFs,
}

/// The layers that it is made of.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RootFs {
    /// The digests of the unpacked layers, the lowest first.
    #[serde(default)]
    pub(super) diff_ids: Vec<String>,
}

/// How it runs.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Settings {
    pub(super) user: Option<String>,
    pub(super) env: Option<Vec<String>>,
    pub(super) entrypoint: Option<Vec<String>>,
    pub(super) cmd: Option<Vec<String>>,
    pub(super) working_dir: Option<String>,
    pub(super) volumes: Option<BTreeMap<String, IgnoredAny>>,
    pub(super) exposed_ports: Option<BTreeMap<String, IgnoredAny>>,
}

impl Config {
    /// Reads it.
    ///
    /// # Errors
    /// It is none, or that of an image that is not for Linux.
    pub(super) fn read(bytes: &[u8]) -> Result<Config, LayerError> {
        let config: Config = serde_json::from_slice(bytes)
            .map_err(|it| LayerError(format!("the image's configuration is none: {it}")))?;
        match config.os.as_str() {
            "" | "linux" => Ok(config),
            other => Err(LayerError(format!(
                "it is an image for {other}: only those for Linux are read"
            ))),
        }
    }
}
