UPDATE task
   SET state = 'failed', bytes = ?3, rows = ?4, finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'), error = ?5, hint = nullif(?6, '')
 WHERE id = ?1 AND run_id = ?2 AND state = 'running';
