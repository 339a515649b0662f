-- Who may use the API and the console, and what was asked for before.

-- A key by which a program uses the API; of the key itself only a hash is kept. `mailboxes` is NULL for all of them.
CREATE TABLE api_key (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    prefix {key} NOT NULL,
    hash {bytes} NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    mailboxes TEXT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_key_workspace ON api_key (workspace_id, id);

-- What a request with an Idempotency-Key was answered, so that it is done once however often it is sent.
CREATE TABLE idempotency (
    asker {key} NOT NULL,
    key {key} NOT NULL,
    request_hash {bytes} NOT NULL,
    begun_at BIGINT NOT NULL,
    status BIGINT,
    headers TEXT,
    answer {bytes},
    PRIMARY KEY (asker, key)
) {clustered};
CREATE INDEX idempotency_begun ON idempotency (begun_at);

-- Work that was asked for and goes on behind an answer.
CREATE TABLE job (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    kind {key} NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT,
    problem TEXT,
    asked_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX job_workspace ON job (workspace_id, id);

-- Signing in: whose people belong to which workspace, who is signed in, and who has begun a flow for what.
CREATE TABLE workspace_home (
    kind {key} NOT NULL,
    name {key} NOT NULL,
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE INDEX workspace_home_workspace ON workspace_home (workspace_id);

-- Sessions and flows last hours and minutes: those of before are not carried over.
DROP TABLE session;
CREATE TABLE session (
    token_hash {bytes} PRIMARY KEY,
    csrf TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    tenant_id TEXT,
    object_id TEXT,
    email TEXT,
    name TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

DROP TABLE oauth_flow;
CREATE TABLE oauth_flow (
    state_hash {bytes} PRIMARY KEY,
    browser_hash {bytes},
    workspace_id BIGINT,
    asker TEXT NOT NULL,
    asker_email TEXT,
    purpose TEXT NOT NULL,
    provider {key} NOT NULL,
    redirect_uri TEXT NOT NULL,
    verifier_sealed {bytes} NOT NULL,
    nonce TEXT NOT NULL,
    return_to TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
