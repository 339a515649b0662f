-- Address books: a connected account's, a file's, a program's. `look` counts how often an account's folders are looked through;
-- `listed_look` is the look for which they were listed last.
CREATE TABLE contact_book (
    id {id},
    workspace_id BIGINT NOT NULL,
    origin TEXT NOT NULL,
    name {key} NOT NULL,
    connection_id BIGINT,
    look BIGINT NOT NULL,
    listed_look BIGINT NOT NULL,
    read_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace_id, origin, name)
);
CREATE INDEX contact_book_connection ON contact_book (connection_id);

-- The folders of an account's contacts, and where the chain of changes of each stands. `look` is the last one in which it was read to
-- the end; `synced_at` is when what its round began with was complete.
CREATE TABLE contact_folder (
    id {id},
    book_id BIGINT NOT NULL REFERENCES contact_book (id) ON DELETE CASCADE,
    graph_id {key} NOT NULL,
    name TEXT NOT NULL,
    link_kind TEXT NOT NULL,
    link TEXT,
    version BIGINT NOT NULL,
    round BIGINT NOT NULL,
    look BIGINT NOT NULL,
    synced_at BIGINT,
    UNIQUE (book_id, graph_id)
);

-- What one source says of somebody, as it came: `card` is JSON. `pending` is what is still to be decided: 'new', 'changed', 'touched'
-- (something that it has in common with others has changed) or 'gone'; `version` grows with each, so that what was decided on an older
-- reading is decided again. `named` is the name that a person gave.
CREATE TABLE source_contact (
    id {id},
    workspace_id BIGINT NOT NULL,
    book_id BIGINT NOT NULL,
    folder_id BIGINT,
    foreign_id {key} NOT NULL,
    origin TEXT NOT NULL,
    card TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    seen_round BIGINT NOT NULL,
    version BIGINT NOT NULL,
    named TEXT,
    contact_id BIGINT,
    pending TEXT,
    sync_id BIGINT,
    UNIQUE (book_id, foreign_id)
);
CREATE INDEX source_contact_contact ON source_contact (contact_id);
CREATE INDEX source_contact_folder ON source_contact (folder_id);
CREATE INDEX source_contact_pending ON source_contact (workspace_id, id) WHERE pending IS NOT NULL;

-- By what source contacts are joined: 'p+628…', with ';' and an extension behind it, or 'a' and an address.
CREATE TABLE contact_key (
    workspace_id BIGINT NOT NULL,
    key {key} NOT NULL,
    source_id BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key, source_id)
) {clustered};
CREATE INDEX contact_key_source ON contact_key (source_id);

-- What was made of them: one row for each person. `content` is JSON; `haystack` is what a search looks through.
CREATE TABLE contact (
    id {id},
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_folded {key} NOT NULL,
    phone TEXT,
    source TEXT NOT NULL,
    source_count BIGINT NOT NULL,
    haystack TEXT NOT NULL,
    content TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX contact_named ON contact (workspace_id, name_folded, id);
CREATE INDEX contact_merged ON contact (workspace_id, name_folded, id) WHERE source_count > 1;

-- What people said: two source contacts are one person's ('joined') or two people's ('parted').
CREATE TABLE contact_pair (
    workspace_id BIGINT NOT NULL,
    one BIGINT NOT NULL,
    other BIGINT NOT NULL,
    said TEXT NOT NULL,
    said_by TEXT NOT NULL,
    said_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, one, other)
) {clustered};
CREATE INDEX contact_pair_other ON contact_pair (workspace_id, other);

-- What people said: a number or an address is shared, or one person's.
CREATE TABLE contact_mark (
    workspace_id BIGINT NOT NULL,
    key {key} NOT NULL,
    shared BIGINT NOT NULL,
    said_by TEXT NOT NULL,
    said_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key)
) {clustered};

-- Two contacts that may be one person's, with a score and the reasons (JSON); all of a workspace are made anew at a time.
CREATE TABLE contact_proposal (
    workspace_id BIGINT NOT NULL,
    one BIGINT NOT NULL,
    other BIGINT NOT NULL,
    score BIGINT NOT NULL,
    reasons TEXT NOT NULL,
    PRIMARY KEY (workspace_id, one, other)
) {clustered};

-- Synchronisations: one reading of an address book, with what came of it. `pulled_at` is when the last of it was read; it has ended
-- when the last of that is decided.
CREATE TABLE contact_sync (
    id {id},
    workspace_id BIGINT NOT NULL,
    book_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    backfill BIGINT NOT NULL,
    total BIGINT NOT NULL,
    problem TEXT,
    asked_by TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    pulled_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX contact_sync_book ON contact_sync (book_id, id);
CREATE INDEX contact_sync_running ON contact_sync (workspace_id) WHERE state = 'running';

-- What came of each source contact that was new or changed: 'new', 'updated', 'merged' or 'skipped'; `reasons` says (JSON) why none of
-- its numbers can be used.
CREATE TABLE contact_sync_line (
    sync_id BIGINT NOT NULL,
    outcome {key} NOT NULL,
    source_id BIGINT NOT NULL,
    reasons TEXT,
    PRIMARY KEY (sync_id, source_id)
) {clustered};
CREATE INDEX contact_sync_line_outcome ON contact_sync_line (sync_id, outcome, source_id);

-- The country whose people write numbers without its code: ISO 3166-1 alpha-2; empty where nobody said.
ALTER TABLE workspace ADD COLUMN region TEXT;
