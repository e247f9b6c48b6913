//! A route: where it is, who may call it, and where its shape comes from.

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, on},
};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use crate::stub::Stub;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthClass {
    /// The shared secret as bearer and the org's admin token.
    Shared,
    /// The tenant's admin token as bearer and its org id.
    Tenant,
    /// The admin API token as bearer.
    Admin,
    /// A session cookie.
    Session,
    /// Anyone.
    Open,
}

/// A route and where its shape comes from.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Path with `{name}` for a segment.
    pub path: &'static str,
    /// Who may call it.
    pub auth: AuthClass,
    /// The client code or incident that pins its shape.
    pinned_by: &'static str,
    /// The day on which the shape was the real one's.
    pub dated: &'static str,
    filter: MethodFilter,
}

impl Route {
    pub(super) const fn get(
        path: &'static str,
        auth: AuthClass,
        pinned_by: &'static str,
        dated: &'static str,
    ) -> Self {
        Self { method: "GET", path, auth, pinned_by, dated, filter: MethodFilter::GET }
    }

    pub(super) const fn post(
        path: &'static str,
        auth: AuthClass,
        pinned_by: &'static str,
        dated: &'static str,
    ) -> Self {
        Self { method: "POST", filter: MethodFilter::POST, ..Self::get(path, auth, pinned_by, dated) }
    }

    pub(super) const fn delete(
        path: &'static str,
        auth: AuthClass,
        pinned_by: &'static str,
        dated: &'static str,
    ) -> Self {
        Self { method: "DELETE", filter: MethodFilter::DELETE, ..Self::get(path, auth, pinned_by, dated) }
    }

    /// The real handler it stands for. The handlers live in `molecule-controlplane`, outside this
    /// project: a name is the route itself together with what pins its shape.
    #[must_use]
    pub fn origin(&self) -> String {
        let path = self.path.replace('{', ":").replace('}', "");
        format!("molecule-controlplane {} {path} ({})", self.method, self.pinned_by)
    }

    pub(super) fn to<T: 'static>(&self, handler: impl Handler<T, Stub>) -> Router<Stub> {
        Router::new().route(self.path, on(self.filter, handler))
    }
}

impl Serialize for Route {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Route", 5)?;
        fields.serialize_field("method", self.method)?;
        fields.serialize_field("path", self.path)?;
        fields.serialize_field("auth", &self.auth)?;
        fields.serialize_field("origin", &self.origin())?;
        fields.serialize_field("dated", self.dated)?;
        fields.end()
    }
}
