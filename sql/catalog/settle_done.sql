-- The verdict of a task that succeeded; only the run that holds it may write it.
UPDATE task
   SET state = 'done', bytes = ?3, rows = ?4, finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'),
       troubled_at = NULL, error = NULL, hint = NULL
 WHERE id = ?1 AND run_id = ?2 AND state = 'running';
