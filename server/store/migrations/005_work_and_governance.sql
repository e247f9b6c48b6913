-- Scheduled work, its checkpoints, and the rules and records around it.

CREATE TABLE IF NOT EXISTS workspace_schedules (
    id                     UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id           UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name                   TEXT NOT NULL DEFAULT '',
    cron_expr              TEXT NOT NULL,
    timezone               TEXT NOT NULL DEFAULT 'UTC',
    prompt                 TEXT NOT NULL,
    enabled                BOOLEAN NOT NULL DEFAULT true,
    last_run_at            TIMESTAMPTZ,
    next_run_at            TIMESTAMPTZ,
    run_count              INTEGER NOT NULL DEFAULT 0,
    last_status            TEXT DEFAULT '',
    last_error             TEXT DEFAULT '',
    source                 TEXT NOT NULL DEFAULT 'runtime'
        CONSTRAINT workspace_schedules_source_check CHECK (source IN ('template', 'runtime')),
    consecutive_empty_runs INTEGER NOT NULL DEFAULT 0,
    created_at             TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at             TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_schedules_workspace ON workspace_schedules (workspace_id);
CREATE INDEX IF NOT EXISTS idx_schedules_next_run
    ON workspace_schedules (enabled, next_run_at) WHERE enabled;
CREATE UNIQUE INDEX IF NOT EXISTS idx_schedules_workspace_name
    ON workspace_schedules (workspace_id, name);

CREATE TABLE IF NOT EXISTS workflow_checkpoints (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    workflow_id  TEXT NOT NULL,
    step_name    TEXT NOT NULL,
    step_index   INT NOT NULL,
    completed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    payload      JSONB,
    UNIQUE (workspace_id, workflow_id, step_name)
);
CREATE INDEX IF NOT EXISTS idx_wf_checkpoints_ws
    ON workflow_checkpoints (workspace_id, workflow_id, completed_at DESC);

-- Append-only: each row carries the HMAC of the row before it.
CREATE TABLE IF NOT EXISTS audit_events (
    id                   TEXT PRIMARY KEY,
    timestamp            TIMESTAMPTZ NOT NULL,
    agent_id             TEXT NOT NULL,
    session_id           TEXT NOT NULL,
    operation            TEXT NOT NULL,
    input_hash           TEXT,
    output_hash          TEXT,
    model_used           TEXT,
    human_oversight_flag BOOLEAN NOT NULL DEFAULT false,
    risk_flag            BOOLEAN NOT NULL DEFAULT false,
    prev_hmac            TEXT,
    hmac                 TEXT NOT NULL,
    workspace_id         UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS idx_audit_events_agent_id ON audit_events (agent_id);
CREATE INDEX IF NOT EXISTS idx_audit_events_session_id ON audit_events (session_id);
CREATE INDEX IF NOT EXISTS idx_audit_events_workspace ON audit_events (workspace_id);
CREATE INDEX IF NOT EXISTS idx_audit_events_timestamp ON audit_events (timestamp DESC);

CREATE TABLE IF NOT EXISTS org_plugin_allowlist (
    id          UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id      UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    plugin_name TEXT NOT NULL,
    enabled_by  TEXT NOT NULL,
    enabled_at  TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS org_plugin_allowlist_org_plugin
    ON org_plugin_allowlist (org_id, plugin_name);

CREATE TABLE IF NOT EXISTS platform_instructions (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    scope        TEXT NOT NULL
        CONSTRAINT platform_instructions_scope_check
        CHECK (scope IN ('global', 'team', 'workspace')),
    scope_target TEXT,
    title        TEXT NOT NULL
        CONSTRAINT platform_instructions_title_check CHECK (length(title) <= 200),
    content      TEXT NOT NULL
        CONSTRAINT platform_instructions_content_check CHECK (length(content) <= 8192),
    priority     INT DEFAULT 0,
    enabled      BOOLEAN DEFAULT true,
    created_at   TIMESTAMPTZ DEFAULT now(),
    updated_at   TIMESTAMPTZ DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_platform_instructions_scope
    ON platform_instructions (scope, scope_target) WHERE enabled;

-- No row means the moving tag; a malformed digest must not be storable, it becomes an image name.
CREATE TABLE IF NOT EXISTS runtime_image_pins (
    template_name TEXT PRIMARY KEY,
    digest        TEXT NOT NULL
        CONSTRAINT runtime_image_pins_digest_check CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
    updated_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_by    TEXT,
    notes         TEXT
);
