-- Who may use the API and the console, and what was asked for before.

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
