TRUNCATE message_search;
