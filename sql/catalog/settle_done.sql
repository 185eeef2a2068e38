-- The verdict of tasks that succeeded; only the run that holds them, ?1, may write it. ?2 is a JSON list of [id, bytes, rows, seconds]. seconds is how
-- long a task took where that is not the time since it was claimed: tasks that shared an attempt are each given their part of its time.
-- Otherwise 0.
UPDATE task
   SET state = 'done', bytes = v.bytes, rows = v.rows, finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'),
       started_at = CASE WHEN v.seconds > 0 THEN strftime('%Y-%m-%dT%H:%M:%fZ','now', '-' || v.seconds || ' seconds') ELSE started_at END,
       troubled_at = NULL, error = NULL, hint = NULL
  FROM (SELECT value ->> 0 AS id, value ->> 1 AS bytes, value ->> 2 AS rows, value ->> 3 AS seconds FROM json_each(?2)) v
 WHERE task.id = v.id AND task.run_id = ?1 AND task.state = 'running';
