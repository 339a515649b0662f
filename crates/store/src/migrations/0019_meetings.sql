-- Who is in a calendar event: what timelines of customers and people find their meetings by. An occurrence is found by its series.
-- `domain` is the one by which an address that nobody knows is a customer's; empty where it makes none. `role` is 'organizer' or
-- 'attendee'.
CREATE TABLE calendar_event_party (
    event_id BIGINT NOT NULL REFERENCES calendar_event (id) ON DELETE CASCADE,
    address {key} NOT NULL,
    domain {key} NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (event_id, address)
) {clustered};
CREATE INDEX calendar_event_party_address ON calendar_event_party (address, event_id);
CREATE INDEX calendar_event_party_domain ON calendar_event_party (domain, event_id) WHERE domain <> '';

-- `uid` is what the same meeting has in other calendars, that of the series for one of a series, and empty where there is none; an
-- occurrence has it from its series. It is missing where who is in the event is not noted yet, as it is for all that came before.
ALTER TABLE calendar_event ADD COLUMN uid {key};
ALTER TABLE calendar_event ADD COLUMN original_at BIGINT;
ALTER TABLE calendar_event ADD COLUMN private BIGINT NOT NULL DEFAULT 0;
CREATE INDEX calendar_event_series ON calendar_event (calendar_id, series_id, start_at) WHERE series_id IS NOT NULL;
CREATE INDEX calendar_event_not_noted ON calendar_event (calendar_id, id) WHERE uid IS NULL AND kind <> 'occurrence';
