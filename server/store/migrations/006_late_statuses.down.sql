-- Rollback, run by hand only; the boot never picks up a *.down.sql file (#211).
-- Postgres cannot drop an enum label, so the honest way is a new type with the rows mapped to the
-- nearest older status.
BEGIN;
SET LOCAL lock_timeout = '5s';
ALTER TYPE workspace_status RENAME TO workspace_status_late;
CREATE TYPE workspace_status AS ENUM (
    'provisioning', 'online', 'offline', 'degraded', 'failed', 'removed', 'paused', 'hibernated'
);
ALTER TABLE workspaces ALTER COLUMN status DROP DEFAULT;
ALTER TABLE workspaces ALTER COLUMN status TYPE workspace_status USING (
    CASE status::text
        WHEN 'awaiting_agent' THEN 'offline'
        WHEN 'hibernating' THEN 'hibernated'
        ELSE status::text
    END
)::workspace_status;
ALTER TABLE workspaces ALTER COLUMN status SET DEFAULT 'provisioning';
DROP TYPE workspace_status_late;
COMMIT;
