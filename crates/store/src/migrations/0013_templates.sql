-- Texts with merge fields from which mail is made. A name is unique in its workspace, whatever its case.
CREATE TABLE template (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    name_folded {key} NOT NULL,
    subject TEXT NOT NULL,
    html TEXT,
    text TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX template_name ON template (workspace_id, name_folded);

-- What stands below the mail of a mailbox, in two forms, of which one may be empty.
CREATE TABLE signature (
    mailbox_id {id},
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);
