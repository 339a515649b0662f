-- Tracking: what a workspace wants of it, what was sent with it, and what came back.
-- `domain` is an own domain for pixels and links; it is used once it was seen to lead here (`domain_proved_at`). `domains` is a
-- JSON list of all that were ever used: what was sent with them is known again.
CREATE TABLE tracking_setting (
    workspace_id {id},
    opens BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    keeps_addresses BIGINT NOT NULL,
    domain TEXT,
    domain_proved_at BIGINT,
    domains TEXT NOT NULL
);

-- A mail that went out with a pixel or with links that lead over us, in one copy or in one for each recipient. `id` is that of
-- its first copy's outgoing mail; `links` a JSON list of what was rewritten; `kept` counts the touches that are kept, and
-- `forgotten` says that some were forgotten since: then a verdict can only grow.
CREATE TABLE tracked (
    id {id},
    workspace_id BIGINT NOT NULL,
    mailbox_id BIGINT NOT NULL,
    opens BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    apart BIGINT NOT NULL,
    links TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    sender_visitor BIGINT,
    sender_agent TEXT,
    keeps_addresses BIGINT NOT NULL,
    kept BIGINT NOT NULL,
    forgotten BIGINT NOT NULL
);
CREATE INDEX tracked_workspace ON tracked (workspace_id, id);
CREATE INDEX tracked_mailbox ON tracked (mailbox_id, id);

-- `recipients` is a JSON list of addresses in small letters, `verdict` the last one, `told` what the ledger was told of it.
CREATE TABLE tracked_copy (
    outgoing_id {id},
    tracked_id BIGINT NOT NULL,
    copy BIGINT NOT NULL,
    recipients TEXT NOT NULL,
    verdict TEXT,
    told TEXT,
    opened_at BIGINT,
    clicked_at BIGINT,
    machines BIGINT NOT NULL,
    unsubscribed_at BIGINT
);
CREATE UNIQUE INDEX tracked_copy_place ON tracked_copy (tracked_id, copy);

-- How often each token was used. `place` is the number of a link, or -1 for the pixel.
CREATE TABLE tracked_place (
    tracked_id BIGINT NOT NULL,
    copy BIGINT NOT NULL,
    place BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    PRIMARY KEY (tracked_id, copy, place)
) {clustered};

-- `visitor` is the same for touches of one mail from one address, and says nothing of the address.
CREATE TABLE touch (
    tracked_id BIGINT NOT NULL,
    copy BIGINT NOT NULL,
    place BIGINT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    method TEXT NOT NULL,
    agent TEXT NOT NULL,
    prefetch BIGINT NOT NULL,
    network TEXT,
    visitor BIGINT,
    address TEXT,
    own BIGINT NOT NULL,
    PRIMARY KEY (tracked_id, copy, place, number)
) {clustered};
CREATE INDEX touch_at ON touch (at);

-- Who asked not to be written to again by mail that offers it.
CREATE TABLE opt_out (
    workspace_id BIGINT NOT NULL,
    address {key} NOT NULL,
    outgoing_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, address)
) {clustered};
