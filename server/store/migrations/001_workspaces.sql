-- The core: workspaces, what is drawn of them, and what happened to them.
-- Every statement may run again: a boot after a lost bookkeeping table must not fail.

DO $$ BEGIN
    CREATE TYPE workspace_status AS ENUM (
        'provisioning', 'online', 'offline', 'degraded', 'failed', 'removed', 'paused', 'hibernated'
    );
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

CREATE TABLE IF NOT EXISTS workspaces (
    id                       UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name                     TEXT NOT NULL,
    role                     TEXT,
    tier                     INTEGER DEFAULT 1,
    status                   workspace_status NOT NULL DEFAULT 'provisioning',
    source_bundle_id         TEXT,
    agent_card               JSONB,
    url                      TEXT,
    parent_id                UUID REFERENCES workspaces (id),
    forwarded_to             UUID REFERENCES workspaces (id),
    last_heartbeat_at        TIMESTAMPTZ,
    last_error_rate          DOUBLE PRECISION DEFAULT 0,
    last_sample_error        TEXT,
    active_tasks             INTEGER DEFAULT 0,
    uptime_seconds           INTEGER DEFAULT 0,
    current_task             TEXT,
    awareness_namespace      TEXT,
    runtime                  TEXT DEFAULT 'claude-code',
    workspace_dir            TEXT,
    workspace_access         VARCHAR(20) NOT NULL DEFAULT 'none'
        CONSTRAINT workspaces_workspace_access_check
        CHECK (workspace_access IN ('none', 'read_only', 'read_write')),
    budget_limit             BIGINT,
    monthly_spend            BIGINT NOT NULL DEFAULT 0,
    hibernation_idle_minutes INT,
    last_outbound_at         TIMESTAMPTZ,
    max_concurrent_tasks     INTEGER NOT NULL DEFAULT 1,
    instance_id              TEXT,
    platform_inbound_secret  TEXT,
    -- NULL means "not decided yet": the first registration resolves it.
    delivery_mode            TEXT DEFAULT 'push'
        CONSTRAINT workspaces_delivery_mode_check CHECK (delivery_mode IN ('push', 'poll')),
    runtime_image_digest     TEXT,
    created_at               TIMESTAMPTZ DEFAULT now(),
    updated_at               TIMESTAMPTZ DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_workspaces_parent_id ON workspaces (parent_id);
CREATE INDEX IF NOT EXISTS idx_workspaces_status ON workspaces (status);
CREATE INDEX IF NOT EXISTS idx_workspaces_hibernation
    ON workspaces (hibernation_idle_minutes) WHERE hibernation_idle_minutes IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_workspaces_instance_id
    ON workspaces (instance_id) WHERE instance_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_workspaces_runtime_image_digest
    ON workspaces (runtime_image_digest) WHERE runtime_image_digest IS NOT NULL;

CREATE TABLE IF NOT EXISTS agents (
    id             UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id   UUID REFERENCES workspaces (id),
    model          TEXT,
    status         TEXT DEFAULT 'active',
    removed_at     TIMESTAMPTZ,
    removal_reason TEXT,
    created_at     TIMESTAMPTZ DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_agents_workspace_id ON agents (workspace_id);

-- Append-only; no foreign key, so that history outlives a purged workspace.
CREATE TABLE IF NOT EXISTS structure_events (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    event_type   TEXT NOT NULL,
    workspace_id UUID,
    agent_id     UUID,
    target_id    UUID,
    payload      JSONB,
    created_at   TIMESTAMPTZ DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_events_workspace_id ON structure_events (workspace_id);
CREATE INDEX IF NOT EXISTS idx_events_created_at ON structure_events (created_at);

CREATE TABLE IF NOT EXISTS canvas_layouts (
    workspace_id UUID PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    x            DOUBLE PRECISION NOT NULL DEFAULT 0,
    y            DOUBLE PRECISION NOT NULL DEFAULT 0,
    collapsed    BOOLEAN DEFAULT false
);
CREATE INDEX IF NOT EXISTS idx_canvas_layouts_ws ON canvas_layouts (workspace_id);

CREATE TABLE IF NOT EXISTS canvas_viewport (
    id       UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    x        DOUBLE PRECISION NOT NULL DEFAULT 0,
    y        DOUBLE PRECISION NOT NULL DEFAULT 0,
    zoom     DOUBLE PRECISION NOT NULL DEFAULT 1,
    saved_at TIMESTAMPTZ DEFAULT now()
);

CREATE TABLE IF NOT EXISTS workspace_config (
    workspace_id UUID PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    data         JSONB NOT NULL DEFAULT '{}',
    updated_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS approval_requests (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id UUID REFERENCES workspaces (id),
    task_id      TEXT,
    action       TEXT NOT NULL,
    reason       TEXT,
    context      JSONB DEFAULT '{}',
    status       TEXT DEFAULT 'pending'
        CONSTRAINT approval_requests_status_check
        CHECK (status IN ('pending', 'approved', 'denied', 'escalated')),
    decided_by   TEXT,
    decided_at   TIMESTAMPTZ,
    created_at   TIMESTAMPTZ DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_approvals_workspace ON approval_requests (workspace_id);
CREATE INDEX IF NOT EXISTS idx_approvals_status ON approval_requests (status);
