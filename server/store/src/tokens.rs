//! Workspace tokens: only the SHA-256 of a token is stored.
//!
//! [`live`] is the one predicate that says whether a presented token counts; every validator goes
//! through it, so a safety condition cannot be added to one path and missed on another.

use server_types::{TokenId, WorkspaceId};
use sha2::{Digest, Sha256};
use sqlx::{
    PgExecutor,
    types::chrono::{DateTime, Utc},
};

use crate::DbError;

/// The digest under which a token is stored and looked up.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Digest of a plaintext token.
    pub fn of(plaintext: &str) -> Self {
        Self(Sha256::digest(plaintext.as_bytes()).into())
    }

    /// The bytes as stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A token that counts: not revoked, and its workspace is not removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveToken {
    /// Its row.
    pub id: TokenId,
    /// Its owner.
    pub workspace: WorkspaceId,
}

/// A token as its owner may list it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TokenRow {
    /// Its row.
    pub id: TokenId,
    /// First eight characters.
    pub prefix: String,
    /// When it was minted.
    pub created_at: DateTime<Utc>,
    /// When it last passed, if ever.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// How a workspace stands towards its own credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// It has a token that is not revoked.
    pub has_live_token: bool,
    /// Its row says `removed`.
    pub removed: bool,
}

/// The one predicate: the live token with this hash.
async fn live(db: impl PgExecutor<'_>, hash: &TokenHash) -> Result<Option<LiveToken>, DbError> {
    sqlx::query_as!(
        LiveToken,
        r#"select t.id as "id: TokenId", t.workspace_id as "workspace: WorkspaceId"
           from workspace_auth_tokens t join workspaces w on w.id = t.workspace_id
           where t.token_hash = $1 and t.revoked_at is null and w.status <> 'removed'"#,
        hash.as_bytes()
    )
    .fetch_optional(db)
    .await
}

/// Validates a token for one workspace and notes its use, best effort.
///
/// # Errors
/// The lookup failed; the token may well be valid.
pub async fn validate_for(
    db: impl PgExecutor<'_> + Copy,
    hash: &TokenHash,
    workspace: WorkspaceId,
) -> Result<bool, DbError> {
    let found = live(db, hash).await?.filter(|token| token.workspace == workspace);
    note_use(db, found).await;
    Ok(found.is_some())
}

/// Validates a token of any workspace and notes its use, best effort.
///
/// # Errors
/// The lookup failed.
pub async fn validate_any(
    db: impl PgExecutor<'_> + Copy,
    hash: &TokenHash,
) -> Result<Option<WorkspaceId>, DbError> {
    let found = live(db, hash).await?;
    note_use(db, found).await;
    Ok(found.map(|token| token.workspace))
}

/// The owner of a live token; does not count as a use.
///
/// # Errors
/// The lookup failed.
pub async fn workspace_of(db: impl PgExecutor<'_>, hash: &TokenHash) -> Result<Option<WorkspaceId>, DbError> {
    Ok(live(db, hash).await?.map(|token| token.workspace))
}

/// At most one write a second and token: a busy agent must not turn every request into a commit.
async fn note_use(db: impl PgExecutor<'_>, token: Option<LiveToken>) {
    let Some(LiveToken { id, .. }) = token else { return };
    let noted = sqlx::query!(
        "update workspace_auth_tokens set last_used_at = now()
         where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 second')",
        id.0
    );
    if let Err(error) = noted.execute(db).await {
        tracing::warn!(%error, token = %id, "last_used_at of a workspace token was not written");
    }
}

/// Whether the workspace has a live token, and whether it is removed.
///
/// # Errors
/// The lookup failed.
pub async fn standing(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Standing, DbError> {
    sqlx::query_as!(
        Standing,
        r#"select exists(select 1 from workspace_auth_tokens
                         where workspace_id = $1 and revoked_at is null) as "has_live_token!",
                  exists(select 1 from workspaces where id = $1 and status = 'removed') as "removed!""#,
        workspace.0
    )
    .fetch_one(db)
    .await
}

/// Whether any workspace has a live token.
///
/// # Errors
/// The lookup failed.
pub async fn any_live(db: impl PgExecutor<'_>) -> Result<bool, DbError> {
    sqlx::query_scalar!(
        r#"select exists(select 1 from workspace_auth_tokens where revoked_at is null) as "any!""#
    )
    .fetch_one(db)
    .await
}

/// Locks the workspace row for the rest of the transaction; false when there is none.
///
/// # Errors
/// The query failed.
pub async fn lock_owner(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<bool, DbError> {
    let row = sqlx::query_scalar!("select 1 from workspaces where id = $1 for update", workspace.0);
    Ok(row.fetch_optional(db).await?.is_some())
}

/// Live tokens of a workspace.
///
/// # Errors
/// The count failed.
pub async fn count_live(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<i64, DbError> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from workspace_auth_tokens where workspace_id = $1 and revoked_at is null"#,
        workspace.0
    )
    .fetch_one(db)
    .await
}

/// Stores a fresh token.
///
/// # Errors
/// The insert failed, for an unknown workspace too.
pub async fn insert(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    hash: &TokenHash,
    prefix: &str,
) -> Result<TokenId, DbError> {
    sqlx::query_scalar!(
        r#"insert into workspace_auth_tokens (workspace_id, token_hash, prefix)
           values ($1, $2, $3) returning id as "id: TokenId""#,
        workspace.0,
        hash.as_bytes(),
        prefix
    )
    .fetch_one(db)
    .await
}

/// Live tokens of a workspace, newest first.
///
/// # Errors
/// The query failed.
pub async fn list(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    limit: i64,
    offset: i64,
) -> Result<Vec<TokenRow>, DbError> {
    sqlx::query_as!(
        TokenRow,
        r#"select id as "id: TokenId", prefix, created_at, last_used_at from workspace_auth_tokens
           where workspace_id = $1 and revoked_at is null
           order by created_at desc, id limit $2 offset $3"#,
        workspace.0,
        limit,
        offset
    )
    .fetch_all(db)
    .await
}

/// Revokes one live token of a workspace; false when there was none to revoke.
///
/// # Errors
/// The update failed.
pub async fn revoke(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    token: TokenId,
) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "update workspace_auth_tokens set revoked_at = now()
         where id = $1 and workspace_id = $2 and revoked_at is null",
        token.0,
        workspace.0
    );
    Ok(done.execute(db).await?.rows_affected() > 0)
}

/// Revokes every live token of the workspaces; returns how many.
///
/// # Errors
/// The update failed; nothing was revoked.
pub async fn revoke_all(db: impl PgExecutor<'_>, workspaces: &[WorkspaceId]) -> Result<u64, DbError> {
    let ids: Vec<_> = workspaces.iter().map(|workspace| workspace.0).collect();
    let done = sqlx::query!(
        "update workspace_auth_tokens set revoked_at = now() where workspace_id = any($1) and revoked_at is null",
        &ids
    );
    Ok(done.execute(db).await?.rows_affected())
}
