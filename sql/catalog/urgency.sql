-- How urgent the task is that a claim of pool ?1 would take.
SELECT priority FROM task
 WHERE state = 'pending' AND blocked_by = 0 AND pool = ?1
   AND (not_before IS NULL OR not_before <= strftime('%Y-%m-%dT%H:%M:%fZ','now'))
 ORDER BY priority DESC, id
 LIMIT 1;
