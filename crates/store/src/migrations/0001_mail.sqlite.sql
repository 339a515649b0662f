-- Full text: rows keep no copy of the text; the scope is a term of the index, and a rowid sorts by the time of receipt.
CREATE VIRTUAL TABLE message_search USING fts5 (
    scope, subject, people, body,
    content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'column'
);
