-- Secret addresses at which programs subscribe to a calendar, or to all calendars of an account (`calendar_id` is empty). Of the secret
-- only a hash is kept. `details` is `all` or `busy`.
CREATE TABLE calendar_feed (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    connection_id BIGINT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    calendar_id BIGINT REFERENCES calendar (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    hash {bytes} NOT NULL UNIQUE,
    details TEXT NOT NULL,
    private_details BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    renewed_at BIGINT,
    last_read_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX calendar_feed_workspace ON calendar_feed (workspace_id, id);
CREATE INDEX calendar_feed_connection ON calendar_feed (connection_id);
CREATE INDEX calendar_feed_calendar ON calendar_feed (calendar_id) WHERE calendar_id IS NOT NULL;
