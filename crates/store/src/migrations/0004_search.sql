-- Search: the words of a message also stand behind the mark of their part, so everything is indexed again.
DELETE FROM consumer_cursor WHERE consumer = 'decide.search';
UPDATE work SET due_at = 0 WHERE kind = 'decide.search' AND holder IS NULL;
