-- Endpoints and what they are told.

-- A URL may hold a password of its maker (Power Automate's do): it is sealed, and `host` is what may be shown of it.
-- `kinds` and `mailboxes` are JSON lists, an empty one for "all". An endpoint is told of what comes after `after_seq`.
CREATE TABLE endpoint (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    url_sealed {bytes} NOT NULL,
    description TEXT NOT NULL,
    kinds TEXT NOT NULL,
    mailboxes TEXT NOT NULL,
    expand BIGINT NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    state_at BIGINT NOT NULL,
    state_problem TEXT,
    secret_sealed {bytes} NOT NULL,
    previous_secret_sealed {bytes},
    previous_until BIGINT,
    failures BIGINT NOT NULL,
    failing_since BIGINT,
    succeeded_at BIGINT,
    held_until BIGINT,
    after_seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX endpoint_workspace ON endpoint (workspace_id, id);

-- What an endpoint is told about one mailbox, or about the workspace as a whole, in order. `sequence` is the last number
-- given out, `head` the first that is not settled, `due_at` when that one may be tried.
CREATE TABLE endpoint_stream (
    endpoint_id BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    head BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (endpoint_id, stream)
) {clustered};
CREATE INDEX endpoint_stream_due ON endpoint_stream (endpoint_id, due_at);

-- `attempts` is a JSON list: most deliveries have one, which is never looked for.
CREATE TABLE delivery (
    id {id},
    workspace_id BIGINT NOT NULL,
    endpoint_id BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    event_seq BIGINT NOT NULL,
    event_kind TEXT NOT NULL,
    replay_of BIGINT,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    attempts TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE UNIQUE INDEX delivery_sequence ON delivery (endpoint_id, stream, sequence);
CREATE INDEX delivery_endpoint ON delivery (endpoint_id, id);
CREATE INDEX delivery_parked ON delivery (endpoint_id, id) WHERE state = 'parked';
