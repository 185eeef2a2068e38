-- Claims the most urgent task of a pool, in one statement: two workers can never hold the same row.
UPDATE task
   SET state = 'running', run_id = ?1, worker = ?2, attempt = attempt + 1, not_before = NULL,
       bytes = CASE WHEN target_xid IS NULL THEN 0 ELSE bytes END,
       rows = CASE WHEN target_xid IS NULL THEN 0 ELSE rows END,
       started_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'), finished_at = NULL, error = NULL, hint = NULL
 WHERE id = (SELECT id FROM task
              WHERE state = 'pending' AND blocked_by = 0 AND pool = ?3
                AND (not_before IS NULL OR not_before <= strftime('%Y-%m-%dT%H:%M:%fZ','now'))
              ORDER BY priority DESC, id
              LIMIT 1)
RETURNING id, step, oid, part, subject, pool, size, attempt, coalesce(target_xid, 0), bytes, rows;
