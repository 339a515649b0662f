-- Mail: who is connected, what is mirrored, what has happened, what is due.
-- Booleans are 0 or 1, times are milliseconds since 1970, ids are numbers, JSON is text, texts that are looked up compare
-- byte by byte. Names are those of the glossary.

CREATE TABLE workspace (
    id {id},
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE connection (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    provider {key} NOT NULL,
    kind TEXT NOT NULL,
    tenant_id {key} NOT NULL,
    account_id {key} NOT NULL,
    principal_name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    state TEXT NOT NULL,
    state_problem TEXT,
    state_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace_id, provider, tenant_id, account_id)
);

CREATE TABLE oauth_grant (
    connection_id {id} REFERENCES connection (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    refresh_token_sealed {bytes},
    access_token_sealed {bytes},
    access_expires_at BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    granted_at BIGINT NOT NULL
);

CREATE TABLE oauth_flow (
    state_hash {bytes} PRIMARY KEY,
    browser_hash {bytes} NOT NULL,
    workspace_id BIGINT NOT NULL,
    provider {key} NOT NULL,
    redirect_uri TEXT NOT NULL,
    verifier_sealed {bytes} NOT NULL,
    nonce TEXT NOT NULL,
    return_to TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE mailbox (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    connection_id BIGINT NOT NULL REFERENCES connection (id),
    graph_user_id {key} NOT NULL,
    address TEXT NOT NULL,
    display_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    state_problem TEXT,
    state_at BIGINT NOT NULL,
    first_synced_at BIGINT,
    last_contact_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace_id, graph_user_id)
);
CREATE INDEX mailbox_connection ON mailbox (connection_id);

CREATE TABLE folder (
    id {id},
    mailbox_id BIGINT NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    graph_id {key} NOT NULL,
    parent_graph_id TEXT,
    display_name TEXT NOT NULL,
    well_known TEXT,
    hidden BIGINT NOT NULL,
    total_there BIGINT NOT NULL,
    unread_there BIGINT NOT NULL,
    removed_at BIGINT,
    first_synced_at BIGINT,
    last_synced_at BIGINT,
    estimate_total BIGINT,
    audit_at BIGINT,
    audit_there BIGINT,
    audit_here BIGINT,
    audit_missing BIGINT,
    audit_extra BIGINT,
    UNIQUE (mailbox_id, graph_id)
);

-- Where a delta chain stands: 'folders', or 'messages:' and the folder's Graph id.
CREATE TABLE delta_cursor (
    mailbox_id BIGINT NOT NULL,
    resource {key} NOT NULL,
    kind TEXT NOT NULL,
    link TEXT,
    version BIGINT NOT NULL,
    round BIGINT NOT NULL,
    round_started_at BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (mailbox_id, resource)
) {clustered};

-- An id sorts by the time of receipt, so the indexes that end in it list newest first.
CREATE TABLE message (
    id {id},
    workspace_id BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    folder_id BIGINT,
    graph_id {key} NOT NULL,
    change_key TEXT NOT NULL,
    internet_message_id TEXT,
    conversation_id TEXT,
    conversation_index TEXT,
    subject TEXT NOT NULL,
    preview TEXT NOT NULL,
    from_name TEXT,
    from_address TEXT,
    recipients TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    sent_at BIGINT,
    modified_at BIGINT,
    is_read BIGINT NOT NULL,
    is_draft BIGINT NOT NULL,
    importance TEXT NOT NULL,
    flag TEXT NOT NULL,
    categories TEXT NOT NULL,
    has_attachments BIGINT NOT NULL,
    in_reply_to TEXT,
    reference_ids TEXT NOT NULL,
    is_focused BIGINT NOT NULL,
    web_link TEXT,
    body_hash BIGINT NOT NULL,
    attachments_wanted BIGINT NOT NULL,
    seen_round BIGINT NOT NULL,
    left_at BIGINT,
    left_folder_id BIGINT,
    claimed_by BIGINT,
    claimed_at BIGINT,
    deleted_at BIGINT,
    thread_id BIGINT,
    UNIQUE (mailbox_id, graph_id)
);
CREATE INDEX message_folder ON message (folder_id, id);
CREATE INDEX message_mailbox ON message (mailbox_id, id);
CREATE INDEX message_unsettled ON message (mailbox_id) WHERE left_at IS NOT NULL OR claimed_at IS NOT NULL;
CREATE INDEX message_attachments ON message (mailbox_id, id) WHERE attachments_wanted = 1;
CREATE INDEX message_thread ON message (thread_id, received_at) WHERE thread_id IS NOT NULL;

CREATE TABLE message_body (
    message_id {id},
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    headers TEXT
);

CREATE TABLE attachment (
    message_id BIGINT NOT NULL,
    graph_id {key} NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT,
    size_bytes BIGINT NOT NULL,
    is_inline BIGINT NOT NULL,
    content_id TEXT,
    PRIMARY KEY (message_id, graph_id)
) {clustered};

-- The ledger. `stream` holds the last number given out for a workspace ('w') and for a mailbox ('m').
CREATE TABLE stream (
    kind {key} NOT NULL,
    id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
) {clustered};

CREATE TABLE event (
    workspace_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    mailbox_seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    backfill BIGINT NOT NULL,
    data TEXT,
    PRIMARY KEY (workspace_id, seq)
) {clustered};
CREATE UNIQUE INDEX event_mailbox ON event (mailbox_id, mailbox_seq);

CREATE TABLE consumer_cursor (
    consumer {key} NOT NULL,
    workspace_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (consumer, workspace_id)
) {clustered};

-- Due work. `due_at` is when it may be claimed: while somebody holds it, that is the end of the lease.
CREATE TABLE work (
    kind {key} NOT NULL,
    key {key} NOT NULL,
    lane BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    holder TEXT,
    fence BIGINT NOT NULL,
    marks BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    problem TEXT,
    PRIMARY KEY (kind, key)
) {clustered};
CREATE INDEX work_due ON work (lane, due_at);

CREATE TABLE hint (
    mailbox_id BIGINT NOT NULL,
    graph_message_id {key} NOT NULL,
    change_type {key} NOT NULL,
    arrived_at BIGINT NOT NULL,
    PRIMARY KEY (mailbox_id, graph_message_id, change_type)
) {clustered};

CREATE TABLE subscription (
    mailbox_id {id},
    graph_id {key} NOT NULL,
    client_state_hash {bytes} NOT NULL,
    resource {key} NOT NULL,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    renew_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_notified_at BIGINT
);
CREATE INDEX subscription_graph ON subscription (graph_id);

CREATE TABLE audit (
    id {id},
    at BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT
);

CREATE TABLE thread (
    id {id},
    workspace_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    message_count BIGINT NOT NULL
);
CREATE INDEX thread_latest ON thread (workspace_id, last_at, id);

-- What leads to a thread: a hash of a Message-ID, of a conversation, or of a subject with its participants.
CREATE TABLE thread_key (
    workspace_id BIGINT NOT NULL,
    key BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key)
) {clustered};
CREATE INDEX thread_key_thread ON thread_key (thread_id);

CREATE TABLE sealed_key (
    id {id},
    purpose TEXT NOT NULL,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

CREATE TABLE setting (
    name {key} PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE session (
    token_hash {bytes} PRIMARY KEY,
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE administrator (
    id {id},
    token_argon2id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
