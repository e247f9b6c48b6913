-- Credentials: only digests of tokens, only ciphertext of secrets.

CREATE TABLE IF NOT EXISTS workspace_auth_tokens (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    token_hash   BYTEA NOT NULL UNIQUE,
    prefix       TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_used_at TIMESTAMPTZ,
    revoked_at   TIMESTAMPTZ
);
CREATE INDEX IF NOT EXISTS workspace_auth_tokens_live_idx
    ON workspace_auth_tokens (workspace_id) WHERE revoked_at IS NULL;

CREATE TABLE IF NOT EXISTS org_api_tokens (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    token_hash   BYTEA NOT NULL UNIQUE,
    prefix       TEXT NOT NULL,
    name         TEXT,
    created_by   TEXT,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_used_at TIMESTAMPTZ,
    revoked_at   TIMESTAMPTZ,
    org_id       UUID REFERENCES workspaces (id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS org_api_tokens_live_idx
    ON org_api_tokens (token_hash) WHERE revoked_at IS NULL;
CREATE INDEX IF NOT EXISTS org_api_tokens_org_id_idx
    ON org_api_tokens (org_id) WHERE org_id IS NOT NULL;

-- encryption_version: 0 = plaintext (no key configured), 1 = AES-256-GCM.
CREATE TABLE IF NOT EXISTS workspace_secrets (
    id                 UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id       UUID REFERENCES workspaces (id),
    key                TEXT NOT NULL,
    encrypted_value    BYTEA NOT NULL,
    encryption_version INT NOT NULL DEFAULT 0,
    created_at         TIMESTAMPTZ DEFAULT now(),
    updated_at         TIMESTAMPTZ DEFAULT now(),
    UNIQUE (workspace_id, key)
);

CREATE TABLE IF NOT EXISTS global_secrets (
    id                 UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    key                TEXT NOT NULL UNIQUE,
    encrypted_value    BYTEA NOT NULL,
    encryption_version INT NOT NULL DEFAULT 0,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);
