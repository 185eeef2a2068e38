-- What needs a task that is done now is less blocked by one.
UPDATE task SET blocked_by = blocked_by - 1
 WHERE id IN (SELECT task_id FROM task_need WHERE needs_id = ?1)
RETURNING blocked_by, pool;
