//! The control-plane backend: four HTTP calls, each judged by the shared wire types.
//!
//! The workspace's UUID is never sent as a machine id; without one on file there is nothing to call
//! (#1738). Bodies of answers reach the log only through the wire types' bounded texts.

use std::{error::Error, time::Duration};

use http::{HeaderName, Method, header};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use server_types::WorkspaceId;
use server_wire::control_plane::{
    ADMIN_TOKEN_HEADER, CLIENT_TIMEOUT_SECS, CONSOLE_BYTES_MAX, Console, ConsoleRefused, FAILURE_BYTES_MAX,
    INSTANCE_ID_QUERY, InstanceState, PROVISION_BYTES_MAX, PROVISION_PATH, ProvisionRefused, ProvisionReply,
    ProvisionRequest, Provisioned, StatusReply, StopRefused, console_path, decode_stop, deprovision_path,
    status_path,
};

use super::Liveness;
use crate::{clients, config::Config};

/// The client of one tenant.
#[derive(Clone, Debug)]
pub struct ControlPlane {
    http: reqwest::Client,
    base: String,
    org_id: String,
    shared_secret: Option<SecretString>,
    admin_api_token: Option<SecretString>,
    identity: Option<SecretString>,
}

/// A call that did not succeed; for the log, never for a public answer.
#[derive(Debug, thiserror::Error)]
pub enum CpError {
    /// No answer at all to a start.
    #[error("cp provisioner: send: {}", whole(.0))]
    Send(#[source] reqwest::Error),
    /// No answer at all to a stop.
    #[error("cp provisioner: stop: {}", whole(.0))]
    Stop(#[source] reqwest::Error),
    /// No answer at all to a console read.
    #[error("cp provisioner: console: {}", whole(.0))]
    Console(#[source] reqwest::Error),
    /// The start was refused.
    #[error(transparent)]
    StartRefused(#[from] ProvisionRefused),
    /// The stop was refused.
    #[error(transparent)]
    StopRefused(#[from] StopRefused),
    /// The console read was refused.
    #[error(transparent)]
    ConsoleRefused(#[from] ConsoleRefused),
}

/// An HTTP error with its causes: "error sending request" alone does not say that nobody listens.
fn whole(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl ControlPlane {
    /// The client of a tenant; `None` when this process is no tenant or nobody named a control plane.
    pub fn of(config: &Config) -> Option<Self> {
        let plane = &config.control_plane;
        Some(Self {
            http: clients::control_plane(),
            base: plane.base()?.to_owned(),
            org_id: config.org_id.clone()?,
            shared_secret: plane.shared_secret.clone(),
            admin_api_token: plane.admin_api_token.clone(),
            identity: config.admin_token.as_ref().map(|token| token.for_control_plane().clone()),
        })
    }

    /// The organisation every start belongs to.
    pub(crate) fn org_id(&self) -> &str {
        &self.org_id
    }

    /// Starts a machine.
    ///
    /// # Errors
    /// Anything but a 201 that names a machine.
    pub(crate) async fn start(&self, request: &ProvisionRequest) -> Result<Provisioned, CpError> {
        let call = self.call(Method::POST, PROVISION_PATH, self.shared_secret.as_ref()).json(request);
        let (status, body) = exchange(call, PROVISION_BYTES_MAX).await.map_err(CpError::Send)?;
        let started = ProvisionReply::decode(status, &body)?;
        tracing::info!(
            "CP provisioner: workspace {} → EC2 instance {} ({})",
            request.workspace_id,
            started.instance_id,
            started.state
        );
        Ok(started)
    }

    /// Stops a machine; stopping one that is gone is a success.
    ///
    /// # Errors
    /// Anything but a 2xx.
    pub(crate) async fn stop(&self, id: WorkspaceId, instance: &str) -> Result<(), CpError> {
        let id = id.to_string();
        let call = self
            .call(Method::DELETE, &deprovision_path(&id), self.shared_secret.as_ref())
            .query(&[(INSTANCE_ID_QUERY, instance)]);
        let (status, body) = exchange(call, FAILURE_BYTES_MAX).await.map_err(CpError::Stop)?;
        Ok(decode_stop(&id, status, &body)?)
    }

    /// Asks whether a machine runs.
    pub(crate) async fn liveness(&self, id: WorkspaceId, instance: &str) -> Liveness {
        let call = self
            .call(Method::GET, &status_path(&id.to_string()), self.shared_secret.as_ref())
            .query(&[(INSTANCE_ID_QUERY, instance)]);
        match exchange(call, FAILURE_BYTES_MAX).await {
            Ok((status, body)) => match StatusReply::decode(status, &body) {
                Ok(InstanceState::Running) => Liveness::Running,
                Ok(InstanceState::NotRunning) => Liveness::Gone,
                Err(unclear) => Liveness::Unknown(unclear.to_string()),
            },
            Err(error) => Liveness::Unknown(format!("cp provisioner: status: {}", whole(&error))),
        }
    }

    /// Reads a machine's serial console.
    ///
    /// # Errors
    /// Anything but a 2xx.
    pub(crate) async fn console(&self, id: WorkspaceId) -> Result<Console, CpError> {
        let call = self.call(Method::GET, &console_path(&id.to_string()), self.admin_api_token.as_ref());
        let (status, body) = exchange(call, CONSOLE_BYTES_MAX).await.map_err(CpError::Console)?;
        Ok(Console::decode(status, &body)?)
    }

    /// A header whose value is empty is not sent at all.
    fn call(&self, method: Method, path: &str, bearer: Option<&SecretString>) -> RequestBuilder {
        let mut call = self
            .http
            .request(method, format!("{}{path}", self.base))
            .timeout(Duration::from_secs(CLIENT_TIMEOUT_SECS));
        if let Some(bearer) = bearer {
            call =
                call.header(header::AUTHORIZATION, sensitive(&format!("Bearer {}", bearer.expose_secret())));
        }
        if let Some(identity) = &self.identity {
            call =
                call.header(HeaderName::from_static(ADMIN_TOKEN_HEADER), sensitive(identity.expose_secret()));
        }
        call
    }
}

/// A secret as header value; one that no header can carry becomes an empty one, which is refused.
fn sensitive(value: &str) -> http::HeaderValue {
    let mut value = http::HeaderValue::from_str(value).unwrap_or_else(|_| http::HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// Status and capped body; errors lose their URL, which may name the machine.
async fn exchange(call: RequestBuilder, bytes_max: usize) -> Result<(u16, bytes::Bytes), reqwest::Error> {
    let mut response = call.send().await.map_err(reqwest::Error::without_url)?;
    let status = response.status().as_u16();
    Ok((status, clients::read_capped(&mut response, bytes_max).await?))
}
