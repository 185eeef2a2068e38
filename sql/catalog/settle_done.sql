-- The verdict of a task that succeeded; only the run that holds it may write it. ?5 is how many seconds it took where that is not the time
-- since it was claimed: tasks that shared an attempt are each given their part of its time. Otherwise 0.
UPDATE task
   SET state = 'done', bytes = ?3, rows = ?4, finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'),
       started_at = CASE WHEN ?5 > 0 THEN strftime('%Y-%m-%dT%H:%M:%fZ','now', '-' || ?5 || ' seconds') ELSE started_at END,
       troubled_at = NULL, error = NULL, hint = NULL
 WHERE id = ?1 AND run_id = ?2 AND state = 'running';
