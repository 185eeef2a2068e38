-- The verdict of a task that failed. What it sent so far stays as recorded, see settle_put_back.
UPDATE task
   SET state = 'failed', bytes = max(bytes, ?3), rows = max(rows, ?4), finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'),
       error = ?5, hint = nullif(?6, '')
 WHERE id = ?1 AND run_id = ?2 AND state = 'running';
