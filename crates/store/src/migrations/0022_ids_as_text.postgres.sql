-- As newest_matches, for many: all ids in one text, so that ten thousand rows are not laid down and taken up again on their way.
CREATE FUNCTION newest_matching_ids(query TSQUERY, below BIGINT, floor BIGINT, at_most BIGINT) RETURNS TEXT
    LANGUAGE plpgsql STABLE
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN (WITH matching AS MATERIALIZED (SELECT message_id FROM message_search WHERE terms @@ query)
        SELECT string_agg(CAST(newest.message_id AS TEXT), ',') FROM (SELECT message_id FROM matching
            WHERE message_id < below AND message_id >= floor ORDER BY message_id DESC LIMIT at_most) AS newest);
END
$$;
