-- What is wanted done to messages at Microsoft. `deed` is JSON, and so is `begun`: what was there before a copy was made.
CREATE TABLE instruction (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
    message_id BIGINT NOT NULL,
    job_id BIGINT,
    deed TEXT NOT NULL,
    state TEXT NOT NULL,
    begun TEXT,
    tries BIGINT NOT NULL,
    problem TEXT,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX instruction_waiting ON instruction (mailbox_id, id) WHERE state = 'waiting';
CREATE INDEX instruction_message ON instruction (message_id, id);
CREATE INDEX instruction_workspace ON instruction (workspace_id, id);
CREATE INDEX instruction_job ON instruction (job_id, id) WHERE job_id IS NOT NULL;
CREATE INDEX instruction_ended ON instruction (ended_at) WHERE ended_at IS NOT NULL;
