DROP TABLE message_search;
CREATE VIRTUAL TABLE message_search USING fts5 (
    terms, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '_'", detail = 'none'
);
INSERT INTO message_search (message_search, rank) VALUES ('automerge', 8);
