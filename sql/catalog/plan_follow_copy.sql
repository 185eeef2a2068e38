-- plan_follow.sql for what makes sense only behind a copy that this directory has made.
INSERT INTO task (step, oid, subject, pool)
SELECT ?1, 0, ?2, ?3 WHERE EXISTS (SELECT 1 FROM task WHERE step = 'load-source' AND state = 'done')
ON CONFLICT DO UPDATE SET state = 'pending', target_xid = NULL, started_at = NULL, finished_at = NULL, error = NULL, hint = NULL
 WHERE state = 'done';
