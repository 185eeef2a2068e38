-- What needs a task that is done now is less blocked by one. A task that was done again (an unlogged table after a crash of the target) blocks
-- nothing that is done already.
UPDATE task SET blocked_by = blocked_by - 1
 WHERE id IN (SELECT task_id FROM task_need WHERE needs_id = ?1) AND blocked_by > 0
RETURNING blocked_by, pool, state;
