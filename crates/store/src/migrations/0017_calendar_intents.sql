-- What is wanted done in calendars at Microsoft. `deed` is JSON, and so is `begun`: how the event was before something was done with it
-- whose answer is not known. `graph_id` is that of the event, or of its series where that is meant; a new event has it once it is made.
CREATE TABLE calendar_intent (
    id {id},
    workspace_id BIGINT NOT NULL REFERENCES workspace (id),
    connection_id BIGINT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    calendar_id BIGINT NOT NULL,
    event_id BIGINT,
    graph_id {key},
    deed TEXT NOT NULL,
    state TEXT NOT NULL,
    begun TEXT,
    tries BIGINT NOT NULL,
    problem TEXT,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX calendar_intent_waiting ON calendar_intent (connection_id, id) WHERE state = 'waiting';
CREATE INDEX calendar_intent_event ON calendar_intent (event_id, id) WHERE event_id IS NOT NULL;
CREATE INDEX calendar_intent_calendar ON calendar_intent (calendar_id, id);
CREATE INDEX calendar_intent_workspace ON calendar_intent (workspace_id, id);
CREATE INDEX calendar_intent_ended ON calendar_intent (ended_at) WHERE ended_at IS NOT NULL;

-- When a calendar was first read whole: what changes in it afterwards is news.
ALTER TABLE calendar ADD COLUMN first_synced_at BIGINT;
UPDATE calendar SET first_synced_at = synced_at;
