//! Organisation API tokens: full access to one tenant, stored as SHA-256 only.

use server_types::{OrgTokenId, WorkspaceId};
use sqlx::{
    PgExecutor,
    types::chrono::{DateTime, Utc},
};

use crate::{DbError, tokens::TokenHash};

/// Most rows of one listing.
const LIST_MAX: i64 = 500;

/// What a live organisation token proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOrgToken {
    /// Its row.
    pub id: OrgTokenId,
    /// First eight characters; names the token in audit labels.
    pub prefix: String,
    /// Root workspace it is bound to, if any.
    pub org_id: Option<WorkspaceId>,
}

/// An organisation token as an administrator may list it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct OrgTokenRow {
    /// Its row.
    pub id: OrgTokenId,
    /// First eight characters.
    pub prefix: String,
    /// What the minter called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Root workspace it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<WorkspaceId>,
    /// Audit label of the minter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// When it was minted.
    pub created_at: DateTime<Utc>,
    /// When it last passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What a new organisation token is stored with.
#[derive(Clone, Debug, Default)]
pub struct NewOrgToken<'a> {
    /// What the minter calls it.
    pub name: Option<&'a str>,
    /// Audit label of the minter.
    pub created_by: Option<&'a str>,
    /// Inherited from a minting organisation token.
    pub org_id: Option<WorkspaceId>,
}

/// The live organisation token with this hash; notes its use, best effort.
///
/// # Errors
/// The lookup failed; the token may well be valid.
pub async fn validate(
    db: impl PgExecutor<'_> + Copy,
    hash: &TokenHash,
) -> Result<Option<LiveOrgToken>, DbError> {
    let found = sqlx::query_as!(
        LiveOrgToken,
        r#"select id as "id: OrgTokenId", prefix, org_id as "org_id: WorkspaceId" from org_api_tokens
           where token_hash = $1 and revoked_at is null"#,
        hash.as_bytes()
    )
    .fetch_optional(db)
    .await?;
    if let Some(token) = &found {
        // At most one write a second and token, as for workspace tokens.
        let noted = sqlx::query!(
            "update org_api_tokens set last_used_at = now()
             where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 second')",
            token.id.0
        );
        if let Err(error) = noted.execute(db).await {
            tracing::warn!(%error, token = %token.id, "last_used_at of an org token was not written");
        }
    }
    Ok(found)
}

/// Live tokens, newest first, at most 500.
///
/// # Errors
/// The query failed.
pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<OrgTokenRow>, DbError> {
    sqlx::query_as!(
        OrgTokenRow,
        r#"select id as "id: OrgTokenId", prefix, nullif(name, '') as name,
                  org_id as "org_id: WorkspaceId", nullif(created_by, '') as created_by,
                  created_at, last_used_at
           from org_api_tokens where revoked_at is null order by created_at desc, id limit $1"#,
        LIST_MAX
    )
    .fetch_all(db)
    .await
}

/// Stores a fresh token.
///
/// # Errors
/// The insert failed.
pub async fn insert(
    db: impl PgExecutor<'_>,
    hash: &TokenHash,
    prefix: &str,
    new: NewOrgToken<'_>,
) -> Result<OrgTokenId, DbError> {
    sqlx::query_scalar!(
        r#"insert into org_api_tokens (token_hash, prefix, name, created_by, org_id)
           values ($1, $2, $3, $4, $5) returning id as "id: OrgTokenId""#,
        hash.as_bytes(),
        prefix,
        new.name,
        new.created_by,
        new.org_id.map(|org| org.0)
    )
    .fetch_one(db)
    .await
}

/// Revokes a live token; false when there was none to revoke.
///
/// # Errors
/// The update failed.
pub async fn revoke(db: impl PgExecutor<'_>, token: OrgTokenId) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "update org_api_tokens set revoked_at = now() where id = $1 and revoked_at is null",
        token.0
    );
    Ok(done.execute(db).await?.rows_affected() > 0)
}
