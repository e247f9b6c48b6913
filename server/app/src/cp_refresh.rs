//! Boot step 2: the control plane may override the environment before anything else reads it.
//!
//! This is how a rotated secret reaches a tenant that was provisioned long ago. A failure is logged
//! and never stops the boot. The base is `MOLECULE_CP_URL` alone: with any other fallback the call
//! once went to the real control plane (#2863).

use std::time::Duration;

use server_wire::control_plane::{CONFIG_BYTES_MAX, CONFIG_PATH, ConfigRefused, ORG_ID_HEADER, TenantConfig};

use crate::{
    clients,
    config::{Environment, knobs},
};

/// Longest wait for the whole answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
enum RefreshError {
    #[error(transparent)]
    Refused(#[from] ConfigRefused),
    #[error("cp is unreachable")]
    Transport(#[source] reqwest::Error),
    #[error("cp did not answer within {DEADLINE:?}")]
    TooSlow,
}

/// Asks the control plane and applies its values above all others; silent where it does not apply.
pub async fn refresh(env: &mut Environment) {
    let identity = env.get(knobs::MOLECULE_ORG_ID.name).zip(env.get(knobs::ADMIN_TOKEN.name));
    let Some((org_id, admin_token)) = identity else { return };
    let Some(base) = env.get(knobs::MOLECULE_CP_URL.name).map(|base| base.trim().trim_end_matches('/'))
    else {
        if env.get(knobs::CP_PROVISION_URL.name).is_some() {
            tracing::info!("CP env refresh: skipped, MOLECULE_CP_URL is not set");
        }
        return;
    };
    let url = format!("{base}{CONFIG_PATH}");
    let answer = tokio::time::timeout(DEADLINE, fetch(&url, org_id.trim(), admin_token)).await;
    match answer.unwrap_or(Err(RefreshError::TooSlow)) {
        Ok(config) => {
            let applied = config.0.len();
            config.0.into_iter().for_each(|(name, value)| env.set(name, value));
            tracing::info!("CP env refresh: applied {applied} values from {url}");
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(cause, "CP env refresh: {error} (continuing with baked-in env)");
        }
    }
}

async fn fetch(url: &str, org_id: &str, admin_token: &str) -> Result<TenantConfig, RefreshError> {
    let request = clients::control_plane().get(url).bearer_auth(admin_token).header(ORG_ID_HEADER, org_id);
    let transport = |error: reqwest::Error| RefreshError::Transport(error.without_url());
    let mut response = request.send().await.map_err(transport)?;
    let status = response.status().as_u16();
    let body = clients::read_capped(&mut response, CONFIG_BYTES_MAX).await.map_err(transport)?;
    Ok(TenantConfig::decode(status, &body)?)
}

#[cfg(test)]
mod tests {
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{header, method, path},
    };

    use super::*;

    async fn refreshed(template: ResponseTemplate) -> Environment {
        clients::install_tls();
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path(CONFIG_PATH))
            .and(header("authorization", "Bearer admin"))
            .and(header(ORG_ID_HEADER, "org"))
            .respond_with(template)
            .expect(1)
            .mount(&server)
            .await;
        let base = format!("{}/", server.uri());
        let mut env = Environment::from([
            ("MOLECULE_ORG_ID", "org"),
            ("ADMIN_TOKEN", "admin"),
            ("MOLECULE_CP_URL", base.as_str()),
            ("KEPT", "baked-in"),
        ]);
        refresh(&mut env).await;
        env
    }

    fn json(body: &str) -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_raw(body, "application/json")
    }

    /// Ledger: EDGE-50.
    #[tokio::test]
    async fn values_override_but_oversized_ones_and_empty_keys_do_not() {
        let (fits, big) = ("e".repeat(4096), "b".repeat(5 * 1024));
        let body = format!(r#"{{"":"x","KEPT":"{big}","FITS":"{fits}","ADMIN_TOKEN":"rotated"}}"#);
        let env = refreshed(json(&body)).await;
        assert_eq!(env.get("KEPT"), Some("baked-in"));
        assert_eq!(env.get("FITS"), Some(fits.as_str()));
        assert_eq!(env.get("ADMIN_TOKEN"), Some("rotated"));
    }

    #[tokio::test]
    async fn an_answer_that_is_no_flat_map_applies_nothing() {
        for template in [
            json(r#"{"KEPT":"new","N":1}"#),
            json("garbage"),
            ResponseTemplate::new(401).set_body_string(r#"{"KEPT":"new"}"#),
            ResponseTemplate::new(500),
            json(&format!(r#"{{"KEPT":"new","PAD":"{}"}}"#, "p".repeat(CONFIG_BYTES_MAX))),
        ] {
            assert_eq!(refreshed(template).await.get("KEPT"), Some("baked-in"));
        }
    }

    #[tokio::test]
    async fn without_a_tenant_identity_nobody_is_called() {
        clients::install_tls();
        let server = MockServer::start().await;
        Mock::given(method("GET")).respond_with(json(r#"{"A":"1"}"#)).expect(0).mount(&server).await;
        let uri = server.uri();
        for missing in ["MOLECULE_ORG_ID", "ADMIN_TOKEN"] {
            let mut env = Environment::from([
                ("MOLECULE_ORG_ID", "org"),
                ("ADMIN_TOKEN", "admin"),
                ("MOLECULE_CP_URL", uri.as_str()),
                ("CP_UPSTREAM_URL", uri.as_str()),
            ]);
            env.set(missing, "");
            refresh(&mut env).await;
            assert_eq!(env.get("A"), None);
        }
        let mut env = Environment::from([
            ("MOLECULE_ORG_ID", "org"),
            ("ADMIN_TOKEN", "admin"),
            ("CP_UPSTREAM_URL", uri.as_str()),
            ("CP_PROVISION_URL", uri.as_str()),
        ]);
        refresh(&mut env).await;
        assert_eq!(env.get("A"), None, "only MOLECULE_CP_URL is a base");
    }
}
