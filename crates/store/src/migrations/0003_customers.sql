-- People, customers, what is filed under whom, and their timelines.

-- How much of a mailbox others see: 'metadata', 'subject', 'everything'.
ALTER TABLE mailbox ADD COLUMN visibility TEXT NOT NULL DEFAULT 'everything';
-- Whether its author marked it as private, and who is behind it: 'personal', 'list', 'automatic'.
ALTER TABLE message ADD COLUMN private BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN nature TEXT NOT NULL DEFAULT 'personal';

-- Grows with each change made by hand, so that what was decided on an older reading is decided again.
CREATE TABLE customer_book (
    workspace_id {id},
    version BIGINT NOT NULL
);

CREATE TABLE customer (
    id {id},
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_folded {key} NOT NULL,
    named_by_hand BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    thread_count BIGINT NOT NULL,
    version BIGINT NOT NULL,
    merged_into BIGINT
);
CREATE INDEX customer_latest ON customer (workspace_id, last_at, id) WHERE merged_into IS NULL;
CREATE INDEX customer_named ON customer (workspace_id, name_folded, id) WHERE merged_into IS NULL;

-- Whose a domain is. A domain without customer makes none: a person said so.
CREATE TABLE customer_domain (
    workspace_id BIGINT NOT NULL,
    domain {key} NOT NULL,
    customer_id BIGINT,
    by_hand BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, domain)
) {clustered};
CREATE INDEX customer_domain_customer ON customer_domain (customer_id);

-- `domain` is the one by which the person's customer is found.
CREATE TABLE person (
    id {id},
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_folded {key} NOT NULL,
    named_by_hand BIGINT NOT NULL,
    kind {key} NOT NULL,
    domain {key} NOT NULL,
    customer_id BIGINT,
    customer_by_hand BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    merged_into BIGINT
);
CREATE INDEX person_latest ON person (workspace_id, last_at, id) WHERE merged_into IS NULL;
CREATE INDEX person_named ON person (workspace_id, name_folded, id) WHERE merged_into IS NULL;
CREATE INDEX person_customer ON person (customer_id, last_at, id) WHERE customer_id IS NOT NULL;
CREATE INDEX person_domain ON person (workspace_id, domain);

-- `address` is folded, `written` as it was last seen.
CREATE TABLE person_address (
    workspace_id BIGINT NOT NULL,
    address {key} NOT NULL,
    person_id BIGINT NOT NULL,
    written TEXT NOT NULL,
    by_hand BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, address)
) {clustered};
CREATE INDEX person_address_person ON person_address (person_id);

-- Under whom a thread is filed, by which rule ('domain', 'person', 'hand'), and the address or the actor that caused it.
CREATE TABLE thread_customer (
    thread_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    rule TEXT NOT NULL,
    because TEXT NOT NULL,
    filed_at BIGINT NOT NULL,
    PRIMARY KEY (thread_id, customer_id)
) {clustered};
CREATE INDEX thread_customer_customer ON thread_customer (customer_id, thread_id);

-- Threads that a person has filed: the rules leave them alone.
CREATE TABLE filed_by_hand (
    thread_id {id},
    workspace_id BIGINT NOT NULL,
    actor TEXT NOT NULL,
    filed_at BIGINT NOT NULL
);

-- What is in the timeline of a workspace ('workspace'), a customer or a person, once for each mailbox it is seen in (0 for
-- what is in none), at the time of its latest part there.
CREATE TABLE timeline (
    entry_id BIGINT NOT NULL,
    owner_kind {key} NOT NULL,
    owner_id BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (entry_id, owner_kind, owner_id, mailbox_id)
) {clustered};
CREATE INDEX timeline_order ON timeline (owner_kind, owner_id, at, entry_id, mailbox_id, kind);

-- Addresses ('address') and domains ('domain') that are never filed and make no person.
CREATE TABLE exclusion (
    workspace_id BIGINT NOT NULL,
    kind {key} NOT NULL,
    value {key} NOT NULL,
    why TEXT NOT NULL,
    actor TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, kind, value)
) {clustered};

-- Domains that are ours beside those of the mailboxes.
CREATE TABLE own_domain (
    workspace_id BIGINT NOT NULL,
    domain {key} NOT NULL,
    PRIMARY KEY (workspace_id, domain)
) {clustered};

-- Threads that are to be looked at again, and how far that is: 'thread', 'person', 'customer', 'domain', 'everything'.
CREATE TABLE refiling (
    id {id},
    workspace_id BIGINT NOT NULL,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    actor TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    after_thread BIGINT NOT NULL,
    done BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX refiling_open ON refiling (workspace_id, id) WHERE finished_at IS NULL;
