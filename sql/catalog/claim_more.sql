-- Claims tasks that may share the attempt of task ?7, which worker ?2 of run ?1 holds: small ones (expected to take ?5 microseconds
-- at most) of the same step ?4, never tried before, ?6 at most, and 7 and one in ?8 of those pending, out of those that
-- would be claimed next.
UPDATE task
   SET state = 'running', run_id = ?1, worker = ?2, attempt = attempt + 1, bytes = 0, rows = 0,
       started_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'), finished_at = NULL, error = NULL, hint = NULL
 WHERE (SELECT cost FROM task WHERE id = ?7) <= ?5
   AND id IN (SELECT id
                FROM (SELECT id, step, attempt, target_xid, not_before, cost FROM task
                       WHERE state = 'pending' AND blocked_by = 0 AND pool = ?3
                       ORDER BY priority DESC, id
                       LIMIT 4 * ?6)
               WHERE step = ?4 AND attempt = 0 AND target_xid IS NULL AND not_before IS NULL AND cost <= ?5
               LIMIT min(?6, 7 + (SELECT tasks FROM step_state WHERE step = ?4 AND state = 'pending') / ?8))
RETURNING id, step, oid, part, subject, pool, size, attempt, 0, bytes, rows;
