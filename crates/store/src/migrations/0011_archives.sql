-- Original mail that is brought out to a place outside: one row a run, and one for each message that belongs to it, so that none is
-- missing without being named. `written_bytes` is how much of an mbox file is surely written.
CREATE TABLE archive (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    state TEXT NOT NULL,
    wanted TEXT NOT NULL,
    mailboxes TEXT,
    target TEXT NOT NULL,
    secret_sealed {bytes},
    by_command BIGINT NOT NULL,
    plan_cursor TEXT,
    planned_at BIGINT,
    planned BIGINT NOT NULL,
    kept BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    written_bytes BIGINT NOT NULL,
    manifest_sha256 {bytes},
    problem TEXT,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX archive_workspace ON archive (workspace_id, id);

CREATE TABLE archive_item (
    archive_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    graph_id {key} NOT NULL,
    internet_message_id TEXT,
    folder TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    size_bytes BIGINT,
    sha256 {bytes},
    file TEXT,
    start BIGINT,
    altered TEXT,
    code TEXT,
    detail TEXT,
    PRIMARY KEY (archive_id, message_id)
) {clustered};
CREATE INDEX archive_item_waiting ON archive_item (archive_id, message_id) WHERE state = 'waiting';
