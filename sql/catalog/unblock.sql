-- What needs tasks that are done now (?1, a JSON list of ids) is less blocked by them. A task that was done again (an unlogged table after a crash of
-- the target) blocks nothing that is done already.
UPDATE task SET blocked_by = max(0, blocked_by - n.done)
  FROM (SELECT task_id, count(*) AS done FROM task_need WHERE needs_id IN (SELECT value FROM json_each(?1)) GROUP BY task_id) n
 WHERE task.id = n.task_id AND task.blocked_by > 0
RETURNING blocked_by, pool, state;
