-- A transactional message gives the stream a commit to carry its position.
SELECT pg_catalog.pg_logical_emit_message(true, 'pgcopy', '')::text
