-- Two statuses came after the type was in use (#2388). ADD VALUE is safe to repeat and takes no
-- long lock; a new label only must not be used in the transaction that adds it.
ALTER TYPE workspace_status ADD VALUE IF NOT EXISTS 'awaiting_agent';
ALTER TYPE workspace_status ADD VALUE IF NOT EXISTS 'hibernating';
