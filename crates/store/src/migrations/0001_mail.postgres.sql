-- Full text: terms without places; an id sorts by the time of receipt. The scope is a term that begins with `_`, which
-- no word of a text can.
CREATE TABLE message_search (
    message_id BIGINT PRIMARY KEY,
    terms TSVECTOR NOT NULL
);
CREATE INDEX message_search_terms ON message_search USING GIN (terms);

-- Bodies compress quicker with lz4, where the server was built with it.
DO $do$ BEGIN
    ALTER TABLE message_body ALTER COLUMN content SET COMPRESSION lz4;
EXCEPTION WHEN OTHERS THEN NULL;
END $do$;
