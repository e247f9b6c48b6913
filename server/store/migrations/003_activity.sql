-- What agents said and did, and what still waits to be said.

CREATE TABLE IF NOT EXISTS activity_logs (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id    UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    activity_type   TEXT NOT NULL,
    -- No foreign keys: a NULL source is the canvas user, and peers may be purged.
    source_id       UUID,
    target_id       UUID,
    method          TEXT,
    summary         TEXT,
    request_body    JSONB,
    response_body   JSONB,
    tool_trace      JSONB,
    metadata        JSONB,
    duration_ms     INTEGER,
    status          TEXT DEFAULT 'ok',
    error_detail    TEXT,
    idempotency_key TEXT,
    created_at      TIMESTAMPTZ DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_activity_ws_type_time
    ON activity_logs (workspace_id, activity_type, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_activity_created_at ON activity_logs (created_at);
CREATE UNIQUE INDEX IF NOT EXISTS activity_logs_idempotency_uniq
    ON activity_logs (workspace_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_activity_logs_tool_trace
    ON activity_logs USING gin (tool_trace) WHERE tool_trace IS NOT NULL;
-- The peer filter asks "source OR target": two partial indexes combine as bitmaps, one compound
-- index could serve only one side.
CREATE INDEX IF NOT EXISTS idx_activity_ws_source
    ON activity_logs (workspace_id, source_id) WHERE source_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_activity_ws_target
    ON activity_logs (workspace_id, target_id) WHERE target_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS a2a_queue (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id    UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    caller_id       UUID,
    priority        SMALLINT NOT NULL DEFAULT 50,
    body            JSONB NOT NULL,
    method          TEXT,
    idempotency_key TEXT,
    enqueued_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    dispatched_at   TIMESTAMPTZ,
    completed_at    TIMESTAMPTZ,
    expires_at      TIMESTAMPTZ,
    attempts        INTEGER NOT NULL DEFAULT 0,
    status          TEXT NOT NULL DEFAULT 'queued'
        CONSTRAINT a2a_queue_status_check
        CHECK (status IN ('queued', 'dispatched', 'completed', 'dropped', 'failed')),
    last_error      TEXT
);
CREATE INDEX IF NOT EXISTS idx_a2a_queue_dispatch
    ON a2a_queue (workspace_id, priority DESC, enqueued_at) WHERE status = 'queued';
CREATE INDEX IF NOT EXISTS idx_a2a_queue_expiry
    ON a2a_queue (expires_at) WHERE status = 'queued' AND expires_at IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS idx_a2a_queue_idempotency
    ON a2a_queue (workspace_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL AND status IN ('queued', 'dispatched');

CREATE TABLE IF NOT EXISTS workspace_token_usage (
    id                 UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id       UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    period_start       TIMESTAMPTZ NOT NULL,
    input_tokens       BIGINT NOT NULL DEFAULT 0,
    output_tokens      BIGINT NOT NULL DEFAULT 0,
    call_count         INTEGER NOT NULL DEFAULT 0,
    estimated_cost_usd NUMERIC(12, 6) NOT NULL DEFAULT 0,
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS workspace_token_usage_ws_period
    ON workspace_token_usage (workspace_id, period_start);
