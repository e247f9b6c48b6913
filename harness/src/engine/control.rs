//! The control interfaces of the stand-ins: the stub, the agents, the edge.
//!
//! These are the harness's own, never reached through the server under test; a call here that fails is
//! trouble of the harness, not of the server.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use thiserror::Error;

use super::http::{Body, Client, Read, Request};
use crate::world::{Service, World, WorldError};

/// A control call is local and answers at once; agents' tools may wait for the server, though.
const WITHIN: Duration = Duration::from_secs(30);

/// The control interface of one stand-in.
#[derive(Debug)]
pub struct Control<'a> {
    client: Client,
    name: &'a str,
    base: url::Url,
}

/// A control call failed.
#[derive(Debug, Error)]
pub enum ControlError {
    /// The world has no such stand-in.
    #[error(transparent)]
    World(#[from] WorldError),
    /// It has no address.
    #[error("`{0}` cannot be called: it speaks no HTTP; name a service with an address of its own")]
    NoAddress(String),
    /// No answer.
    #[error("{who} {call}: {cause}")]
    Transport {
        /// Who was called.
        who: String,
        /// Method and path.
        call: String,
        /// What went wrong.
        cause: String,
    },
    /// It refused.
    #[error("{who} {call}: status {status}: {body}")]
    Refused {
        /// Who was called.
        who: String,
        /// Method and path.
        call: String,
        /// The status.
        status: u16,
        /// What it said.
        body: String,
    },
}

impl<'a> Control<'a> {
    /// The stand-in that plays a role.
    ///
    /// # Errors
    /// When the world has none.
    pub fn of(world: &'a World, role: &str) -> Result<Self, ControlError> {
        Self::at(world.role(role)?)
    }

    /// A stand-in by its service's name, or the one that plays a role.
    ///
    /// # Errors
    /// When the world has none.
    pub fn named_or(world: &'a World, name: Option<&str>, role: &str) -> Result<Self, ControlError> {
        match name {
            Some(name) => Self::at(world.service(name)?),
            None => Self::of(world, role),
        }
    }

    fn at(service: &'a Service) -> Result<Self, ControlError> {
        let missing = || ControlError::NoAddress(service.name().to_owned());
        let base = service.url().and_then(|url| url.parse().ok()).ok_or_else(missing)?;
        Ok(Self { client: Client::default(), name: service.name(), base })
    }

    /// The stand-in's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// Reads something.
    ///
    /// # Errors
    /// When there is no answer or a refusal.
    pub async fn get(&self, path: &str) -> Result<Value, ControlError> {
        self.call(Method::GET, path, None).await
    }

    /// Calls it.
    ///
    /// # Errors
    /// When there is no answer or a refusal.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, ControlError> {
        let who = || self.name.to_owned();
        let call = format!("{method} {path}");
        let request = self.request(method, path, body);
        let reply = self.client.send(&request).await.map_err(|error| ControlError::Transport {
            who: who(),
            call: call.clone(),
            cause: error.to_string(),
        })?;
        let text = String::from_utf8_lossy(&reply.body);
        if !reply.status.is_success() {
            let (status, body) = (reply.status.as_u16(), text.into_owned());
            return Err(ControlError::Refused { who: who(), call, status, body });
        }
        Ok(serde_json::from_str(&text)
            .unwrap_or_else(|_| if text.is_empty() { Value::Null } else { text.into() }))
    }

    fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Request {
        let mut headers = HeaderMap::new();
        let host = self.base.authority();
        headers.insert("host", HeaderValue::from_str(host).expect("an authority is a header value"));
        let body = body.map_or_else(Body::empty, |body| {
            headers.insert("content-type", HeaderValue::from_static("application/json"));
            Body::bytes(body.to_string())
        });
        Request {
            method,
            base: self.base.clone(),
            target: path.to_owned(),
            headers,
            body,
            timeout: WITHIN,
            read: Read::All,
        }
    }
}
