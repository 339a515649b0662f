-- Threads: why a message is in its thread, what became one with what, and what a person keeps apart.
-- A message is in a node; nodes are connected by joins; a thread is what is connected, and its id is that of one of its
-- nodes. Nodes hold what references connect; everything weaker, and everything by hand, is a join that can be undone.

-- Grows with every change: the thread's ETag.
ALTER TABLE thread ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Copies of one mail in several mailboxes share the copy key.
ALTER TABLE message ADD COLUMN copy_key BIGINT;
ALTER TABLE message ADD COLUMN node_id BIGINT;
ALTER TABLE message ADD COLUMN thread_reason TEXT;

CREATE TABLE thread_node (
    id {id},
    workspace_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL
);
CREATE INDEX thread_node_thread ON thread_node (thread_id);

INSERT INTO thread_node (id, workspace_id, thread_id) SELECT id, workspace_id, id FROM thread;
UPDATE message SET node_id = thread_id, copy_key = id, thread_reason = 'reference' WHERE thread_id IS NOT NULL;
ALTER TABLE thread_key RENAME COLUMN thread_id TO node_id;

-- `message_id` is the mail that showed it; `actor` the person who did it by hand.
CREATE TABLE thread_join (
    id {id},
    workspace_id BIGINT NOT NULL,
    one_node BIGINT NOT NULL,
    other_node BIGINT NOT NULL,
    message_id BIGINT,
    reason TEXT NOT NULL,
    actor TEXT,
    at BIGINT NOT NULL,
    undone_at BIGINT,
    undone_by TEXT
);
CREATE INDEX thread_join_one ON thread_join (one_node);
CREATE INDEX thread_join_other ON thread_join (other_node);

-- Nodes that no evidence may bring together again: a person parted them. The smaller id comes first.
CREATE TABLE thread_apart (
    one_node BIGINT NOT NULL,
    other_node BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (one_node, other_node)
) {clustered};
CREATE INDEX thread_apart_other ON thread_apart (other_node);

-- What a person wants done to threads: performed by the one who decides on threads, in this order.
CREATE TABLE thread_edit (
    id {id},
    workspace_id BIGINT NOT NULL,
    intent TEXT NOT NULL,
    actor TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    done_at BIGINT,
    outcome TEXT,
    thread_id BIGINT
);
CREATE INDEX thread_edit_waiting ON thread_edit (workspace_id, id) WHERE done_at IS NULL;
