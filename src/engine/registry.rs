//! Registries: spoken to only where `--pull` asks for it.

use std::io::Read;
use std::time::Duration;

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential};
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};

use super::fault::with_causes;
use super::{Fault, Waiter};
use crate::layers::{Blobs, LONGEST_TEXT, LayerError, Picture, Platform, pulled};

/// What a registry may answer with.
const MANIFESTS: [&str; 4] = [
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
];

/// How long a registry may be silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// A registry, with an image of it.
pub struct Registry {
    waiter: Waiter,
    client: Client,
    image: Reference,
    auth: RegistryAuth,
    /// The manifest that was asked for by name.
    first: Option<(String, Vec<u8>)>,
}

impl Registry {
    /// The registry of an image, with the credentials that Docker's configuration has for it.
    ///
    /// # Errors
    /// The name is none, or the credentials cannot be read.
    pub fn of(image: &str) -> Result<Registry, Fault> {
        let image: Reference = image
            .parse()
            .map_err(|it| Fault::new(format!("{image}: no name of an image: {it}")))?;
        let host = image.resolve_registry().to_owned();
        let auth = credentials(&host)?;
        let is_here = ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|it| host.strip_prefix(it).is_some_and(|it| it.is_empty() || it.starts_with(':')));
        let protocol = match is_here {
            true => ClientProtocol::HttpsExcept(vec![host]),
            false => ClientProtocol::Https,
        };
        let config = ClientConfig {
            protocol,
            connect_timeout: Some(Duration::from_secs(15)),
            read_timeout: Some(PATIENCE),
            ..ClientConfig::default()
        };
        let waiter = Waiter::new()?;
        let client = Client::try_from(config)
            .map_err(|it| Fault::new(format!("{image}: no way to speak to a registry: {it}")))?;
        Ok(Registry { waiter, client, image, auth, first: None })
    }

    /// The image, read as its layers stream by.
    ///
    /// # Errors
    /// The registry refuses, has no such image, or answers with something else than its digests say.
    pub fn picture(&mut self, name: &str, platform: &Platform) -> Result<Picture, Fault> {
        let told = |it: LayerError| Fault::new(format!("{name}: {it}"));
        let (bytes, digest) = self.manifest(&self.image.clone()).map_err(told)?;
        let named = self.image.digest().map(str::to_owned);
        if let Some(named) = named.filter(|it| *it != digest) {
            return Err(Fault::new(format!(
                "{name}: the registry answers with {digest}: do not trust it ({named} was asked for)"
            )));
        }
        self.first = Some((digest.clone(), bytes));
        pulled(self, &digest, vec![name.to_owned()], platform).map_err(told)
    }

    fn manifest(&self, image: &Reference) -> Result<(Vec<u8>, String), LayerError> {
        let asked = self.client.pull_manifest_raw(image, &self.auth, &MANIFESTS);
        let (bytes, digest) = self
            .waiter
            .wait(asked)
            .map_err(|it| LayerError(it.to_string()))?
            .map_err(|it| refused(image.registry(), &it))?;
        Ok((bytes.to_vec(), digest))
    }
}

impl Blobs for Registry {
    fn text(&mut self, digest: &str) -> Result<Vec<u8>, LayerError> {
        if let Some((_, bytes)) = self.first.take_if(|it| it.0 == digest) {
            return Ok(bytes);
        }
        let image = self.image.clone_with_digest(digest.to_owned());
        if let Ok((bytes, _)) = self.manifest(&image) {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        self.layer(digest, &mut |it| {
            let read = it.take(LONGEST_TEXT).read_to_end(&mut bytes);
            read.map(drop).map_err(|it| LayerError(it.to_string()))
        })?;
        Ok(bytes)
    }

    fn layer(
        &mut self,
        digest: &str,
        take: &mut dyn FnMut(&mut dyn Read) -> Result<(), LayerError>,
    ) -> Result<(), LayerError> {
        let asked = self.client.pull_blob_stream(&self.image, digest);
        let stream = self
            .waiter
            .wait(asked)
            .map_err(|it| LayerError(it.to_string()))?
            .map_err(|it| refused(self.image.registry(), &it))?;
        take(&mut self.waiter.read(stream.stream))
    }
}

/// What Docker's configuration has for a registry.
fn credentials(host: &str) -> Result<RegistryAuth, Fault> {
    let name = if host == "index.docker.io" { "https://index.docker.io/v1/" } else { host };
    match get_credential(name) {
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(RegistryAuth::Basic(user, password))
        }
        Ok(DockerCredential::IdentityToken(_)) => Err(Fault::new(format!(
            "{host}: Docker's configuration has an identity token for it, which cannot be used here: pull the image, \
             and learn it from the engine"
        ))),
        Err(
            CredentialRetrievalError::ConfigNotFound
            | CredentialRetrievalError::ConfigReadError
            | CredentialRetrievalError::NoCredentialConfigured,
        ) => Ok(RegistryAuth::Anonymous),
        Err(it) => Err(Fault::new(format!("{host}: its credentials cannot be read: {it}"))),
    }
}

/// What a registry refused, and what to do.
fn refused(host: &str, error: &oci_client::errors::OciDistributionError) -> LayerError {
    use oci_client::errors::{OciDistributionError as Error, OciErrorCode as Code};
    let says = |codes: &[Code]| match error {
        Error::RegistryError { envelope, .. } => {
            envelope.errors.iter().any(|it| codes.contains(&it.code))
        }
        _ => false,
    };
    let is_closed =
        matches!(error, Error::AuthenticationFailure(_) | Error::UnauthorizedError { .. })
            || says(&[Code::Unauthorized, Code::Denied]);
    let is_absent = matches!(error, Error::ImageManifestNotFoundError(_))
        || says(&[Code::ManifestUnknown, Code::NameUnknown, Code::NotFound]);
    LayerError(match () {
        () if is_closed => format!("{host} refuses: `docker login {host}` first"),
        () if is_absent => format!("{host} has no such image, or does not show it"),
        () => format!("{host}: {}", with_causes(error)),
    })
}
