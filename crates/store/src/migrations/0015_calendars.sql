-- Calendars of connected accounts, and where the chain of changes of each stands: `link` is Microsoft's, `link_kind` as in
-- `delta_cursor`; it is about the time from `window_from` to `window_until`. A round begins from nothing; `synced_at` is when what it
-- began with was last complete, and empty until then.
CREATE TABLE calendar (
    id {id},
    workspace_id BIGINT NOT NULL,
    connection_id BIGINT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    graph_id {key} NOT NULL,
    name TEXT NOT NULL,
    color TEXT,
    is_default BIGINT NOT NULL,
    can_edit BIGINT NOT NULL,
    owner_name TEXT NOT NULL,
    owner_address TEXT NOT NULL,
    link_kind TEXT NOT NULL,
    link TEXT,
    version BIGINT NOT NULL,
    round BIGINT NOT NULL,
    window_from BIGINT NOT NULL,
    window_until BIGINT NOT NULL,
    synced_at BIGINT,
    UNIQUE (connection_id, graph_id)
);
CREATE INDEX calendar_workspace ON calendar (workspace_id);

-- What stands in them. `detail` is JSON; an occurrence has none and takes that of its series, which is the row of kind `series`
-- whose Graph id is in `series_id`.
CREATE TABLE calendar_event (
    id {id},
    calendar_id BIGINT NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
    graph_id {key} NOT NULL,
    kind TEXT NOT NULL,
    series_id {key},
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    detail TEXT,
    seen_round BIGINT NOT NULL,
    UNIQUE (calendar_id, graph_id)
);
CREATE INDEX calendar_event_time ON calendar_event (calendar_id, start_at, id);
