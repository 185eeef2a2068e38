-- One task an entry, for step ?1; ?2 is its pool. The archive's order breaks ties.
INSERT INTO task (step, oid, subject, pool, priority)
SELECT ?1, dump_id, lower(description) || ' ' || CASE WHEN schema = '' THEN name ELSE schema || '.' || name END, ?2, -position
  FROM archive_entry WHERE done_by = ?1
ON CONFLICT DO NOTHING;
