-- The server's own memory tables. The memory plugin keeps its tables by its own migrations.

CREATE TABLE IF NOT EXISTS agent_memories (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id UUID REFERENCES workspaces (id),
    content      TEXT NOT NULL,
    scope        VARCHAR(10) NOT NULL
        CONSTRAINT agent_memories_scope_check CHECK (scope IN ('LOCAL', 'TEAM', 'GLOBAL')),
    namespace    VARCHAR(50) NOT NULL DEFAULT 'general',
    content_tsv  tsvector GENERATED ALWAYS AS (to_tsvector('english', content)) STORED,
    created_at   TIMESTAMPTZ DEFAULT now(),
    updated_at   TIMESTAMPTZ DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_memories_workspace ON agent_memories (workspace_id);
CREATE INDEX IF NOT EXISTS idx_memories_scope ON agent_memories (scope);
CREATE INDEX IF NOT EXISTS idx_memories_fts ON agent_memories USING gin (content_tsv);
CREATE INDEX IF NOT EXISTS idx_memories_ns ON agent_memories (workspace_id, namespace);

-- Semantic search is optional: without pgvector, or without the right to create it, the server
-- works with text search alone.
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector') THEN
        CREATE EXTENSION IF NOT EXISTS vector;
        ALTER TABLE agent_memories ADD COLUMN IF NOT EXISTS embedding vector(1536);
        CREATE INDEX IF NOT EXISTS agent_memories_embedding_idx
            ON agent_memories USING ivfflat (embedding vector_cosine_ops)
            WHERE embedding IS NOT NULL;
    END IF;
EXCEPTION WHEN insufficient_privilege OR undefined_object OR undefined_file THEN
    RAISE NOTICE 'pgvector is not usable here; semantic search stays off';
END $$;

CREATE TABLE IF NOT EXISTS workspace_memory (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id UUID NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    key          TEXT NOT NULL,
    value        JSONB NOT NULL,
    expires_at   TIMESTAMPTZ,
    updated_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Grows with every write: the token of compare-and-set.
    version      BIGINT NOT NULL DEFAULT 1,
    UNIQUE (workspace_id, key)
);
CREATE INDEX IF NOT EXISTS workspace_memory_workspace_id_idx ON workspace_memory (workspace_id);
