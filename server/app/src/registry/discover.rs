//! `GET /registry/discover/{id}`: where one agent reaches another.

use server_store::{
    DbError,
    workspaces::{Facts, facts},
};
use server_types::{WorkspaceId, WorkspaceStatus};

use crate::{App, url_policy::Profile};

/// Where the asked-for agent is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: WorkspaceId,
    /// Its address, from the caller's point of view.
    pub url: String,
    /// Its name.
    pub name: String,
}

/// Why there is no address.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverRefused {
    /// Not related, or not there: existence is not revealed.
    #[error("not authorized to discover this workspace")]
    NotAuthorized,
    /// The row vanished after the hierarchy check.
    #[error("workspace not found")]
    NotFound,
    /// It stands somewhere where nobody answers.
    #[error("workspace not available")]
    NotAvailable(WorkspaceStatus),
    /// Its address is none that anybody may call (#1484).
    #[error("workspace URL failed safety check")]
    Unsafe,
    /// The database failed.
    #[error("lookup failed")]
    Query(#[from] DbError),
}

impl App {
    /// The address of `target` for `caller`, who has proved who it is.
    ///
    /// # Errors
    /// See [`DiscoverRefused`].
    pub async fn discover(&self, caller: WorkspaceId, target: WorkspaceId) -> Result<Found, DiscoverRefused> {
        if !self.can_communicate(caller, target).await {
            return Err(DiscoverRefused::NotAuthorized);
        }
        let row = facts::facts(&self.store.db, target).await?.ok_or(DiscoverRefused::NotFound)?;
        let url = self.address_for(caller, &row).await?;
        Ok(Found { id: target, url, name: row.name })
    }

    async fn address_for(&self, caller: WorkspaceId, row: &Facts) -> Result<String, DiscoverRefused> {
        if row.is_external() && !row.url.is_empty() {
            let asking = facts::facts(&self.store.db, caller).await?;
            let outside = asking.is_some_and(|asking| asking.is_external());
            return self
                .judged(if outside { row.url.clone() } else { seen_from_a_container(&row.url) })
                .await;
        }
        match self.store.cache.internal_url(row.id).await {
            Ok(Some(url)) => return Ok(url),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, workspace = %row.id, "internal URL cache is not readable"),
        }
        let reachable = matches!(row.status, WorkspaceStatus::Online | WorkspaceStatus::Degraded);
        if !reachable || row.url.is_empty() {
            return Err(DiscoverRefused::NotAvailable(row.status));
        }
        self.judged(row.url.clone()).await
    }

    async fn judged(&self, url: String) -> Result<String, DiscoverRefused> {
        match self.url_policy.check(Profile::Forward, &url).await {
            Ok(_) => Ok(url),
            Err(_) => Err(DiscoverRefused::Unsafe),
        }
    }
}

/// An operator's own machine is loopback for the operator and `host.docker.internal` for a container.
fn seen_from_a_container(url: &str) -> String {
    const HOST: &str = "host.docker.internal";
    url.replacen("127.0.0.1", HOST, 1).replacen("localhost", HOST, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_loopback_spelling_of_each_kind_is_rewritten() {
        for (url, seen) in [
            ("http://127.0.0.1:9000/a", "http://host.docker.internal:9000/a"),
            ("http://localhost:9000", "http://host.docker.internal:9000"),
            ("http://localhost/127.0.0.1", "http://host.docker.internal/host.docker.internal"),
            ("http://127.0.0.1/127.0.0.1", "http://host.docker.internal/127.0.0.1"),
            ("https://agent.example", "https://agent.example"),
        ] {
            assert_eq!(seen_from_a_container(url), seen);
        }
    }
}
