-- unblock for tasks that are done together: ?1 is a JSON list of their ids.
UPDATE task SET blocked_by = max(0, blocked_by - n.done)
  FROM (SELECT task_id, count(*) AS done FROM task_need WHERE needs_id IN (SELECT value FROM json_each(?1)) GROUP BY task_id) n
 WHERE task.id = n.task_id AND task.blocked_by > 0
RETURNING blocked_by, pool, state;
