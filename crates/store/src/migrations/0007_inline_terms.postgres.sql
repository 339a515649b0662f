-- A message's terms stay in its row. Moved out of the table, as PostgreSQL does with whatever is over 2 kB, they made the table
-- look so small that its planner read all of it, and all that was moved out, for every search.
ALTER TABLE message_search SET (toast_tuple_target = 8160);
-- What is not yet in the index is a list that each search reads from end to end: a short one costs a millisecond, the usual 4 MB
-- a hundred. None at all would make each message several times as dear to index.
ALTER INDEX message_search_terms SET (gin_pending_list_limit = 512);
-- What is there is indexed again, so that it moves too.
TRUNCATE message_search;
DELETE FROM consumer_cursor WHERE consumer = 'decide.search';
UPDATE work SET due_at = 0 WHERE kind = 'decide.search' AND holder IS NULL;
