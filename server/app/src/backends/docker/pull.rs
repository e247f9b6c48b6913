//! Getting an image onto the engine: when it is missing, and at every start when its tag moves.

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::TryStreamExt as _;
use http::HeaderValue;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{Docker, EngineError, image};
use crate::config::RegistryLogin;

const REGISTRY: &str = "ghcr.io";
const AUTH_HEADER: &str = "x-registry-auth";

/// Pulls when the rule says so. A pull that fails is only logged: the image may well be there.
pub(super) async fn when_due(docker: &Docker, image: &str) {
    let here = match docker.engine.inspect_image(image).await {
        Ok(_) => true,
        Err(error) => {
            tracing::debug!(%error, image, "image is not here");
            false
        }
    };
    if here && !image::is_moving(image) {
        return;
    }
    tracing::info!(image, here, "Provisioner: pulling");
    if let Err(error) = pull(docker, image).await {
        tracing::warn!(%error, image, here, "Provisioner: pull failed, trying without");
    }
}

/// Reads the progress to its end: the engine stops pulling when nobody listens.
async fn pull(docker: &Docker, image: &str) -> Result<(), EngineError> {
    let mut options = CreateImageOptionsBuilder::new().from_image(&tagged(image));
    if let Some(platform) = &docker.config.docker.platform {
        options = options.platform(platform);
    }
    let engine = match docker.config.docker.registry.as_ref().and_then(auth_header) {
        // The client's own way to send credentials uses an alphabet that the engine does not read.
        Some(header) => docker.engine.clone().with_request_modifier(move |mut request| {
            request.headers_mut().insert(AUTH_HEADER, header.clone());
            request
        }),
        None => docker.engine.clone(),
    };
    engine.create_image(Some(options.build()), None, None).try_for_each(|_| async { Ok(()) }).await
}

/// A reference without tag and digest would pull every tag there is.
fn tagged(image: &str) -> String {
    if image::has_tag_or_digest(image) { image.to_owned() } else { format!("{image}:latest") }
}

fn auth_header(login: &RegistryLogin) -> Option<HeaderValue> {
    let text = json!({
        "username": login.user,
        "password": login.token.expose_secret(),
        "serveraddress": REGISTRY,
    });
    let mut header = HeaderValue::from_str(&URL_SAFE.encode(text.to_string())).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn credentials_are_url_safe_and_hidden() {
        // Chosen so that the standard alphabet would need `/` and `+`.
        let login = RegistryLogin { user: "me".into(), token: SecretString::from("???>>>~~~") };
        let header = auth_header(&login).expect("a header");
        let text = header.to_str().expect("base64").to_owned();
        assert!(!text.contains(['+', '/']) && text.contains(['-', '_']), "{text}");
        let decoded: serde_json::Value =
            serde_json::from_slice(&URL_SAFE.decode(&text).expect("base64")).expect("JSON");
        assert_eq!(decoded, json!({"username": "me", "password": "???>>>~~~", "serveraddress": "ghcr.io"}));
        assert!(header.is_sensitive());
    }

    #[test]
    fn one_tag_is_pulled_and_never_all_of_them() {
        assert_eq!(tagged("localhost:5000/x"), "localhost:5000/x:latest");
        for image in ["localhost:5000/x:1", "x@sha256:ab", "x:latest"] {
            assert_eq!(tagged(image), image);
        }
    }
}
