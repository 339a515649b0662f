-- What mail systems report about outgoing mail, a row a recipient: the worst that was heard of it.
CREATE TABLE bounce (
    outgoing_id BIGINT NOT NULL REFERENCES outgoing (id),
    recipient {key} NOT NULL,
    failed BIGINT NOT NULL,
    hard BIGINT NOT NULL,
    status TEXT,
    reason TEXT NOT NULL,
    diagnostic TEXT NOT NULL,
    report_id BIGINT NOT NULL,
    reported_at BIGINT NOT NULL,
    PRIMARY KEY (outgoing_id, recipient)
) {clustered};
ALTER TABLE outgoing ADD COLUMN bounced_at BIGINT;
