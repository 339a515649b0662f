-- What is to be sent, and what came of it. `written` is the whole mail as JSON, `attempted_at` when handing the finished
-- draft over was begun: from then on it is looked for before anything is done again.
CREATE TABLE outgoing (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
    state TEXT NOT NULL,
    mark {key} NOT NULL,
    kind TEXT NOT NULL,
    original_id BIGINT,
    written TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    send_at BIGINT NOT NULL,
    draft_graph_id {key},
    attempted_at BIGINT,
    internet_message_id {key},
    accepted_at BIGINT,
    sent_at BIGINT,
    problem TEXT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX outgoing_mark ON outgoing (workspace_id, mark);
CREATE INDEX outgoing_workspace ON outgoing (workspace_id, id);
CREATE INDEX outgoing_mailbox ON outgoing (mailbox_id, id);
CREATE INDEX outgoing_draft ON outgoing (mailbox_id, draft_graph_id);
CREATE INDEX outgoing_message_id ON outgoing (internet_message_id);

-- Files that go with outgoing mail, in chunks, so that none is ever in memory whole.
CREATE TABLE file (
    id {id},
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 {bytes},
    asked_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    completed_at BIGINT
);
CREATE INDEX file_workspace ON file (workspace_id, id);

CREATE TABLE file_chunk (
    file_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (file_id, place)
);

-- Which file goes with which mail: a file is kept as long as a mail needs it.
CREATE TABLE enclosed (
    outgoing_id BIGINT NOT NULL,
    file_id BIGINT NOT NULL,
    PRIMARY KEY (outgoing_id, file_id)
) {clustered};
CREATE INDEX enclosed_file ON enclosed (file_id);
