-- All that needs a failed task, directly or through others, cannot be done in this run. What is skipped already has had its own followers
-- skipped, so the walk ends there: a thousand failures do not walk a million edges a thousand times.
UPDATE task
   SET state = 'skipped', finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'),
       error = 'needs ' || (SELECT step || ' ' || subject FROM task WHERE id = ?1) || ', which failed'
 WHERE id IN (WITH RECURSIVE d (id) AS (SELECT n.task_id FROM task_need n JOIN task t ON t.id = n.task_id
                                         WHERE n.needs_id = ?1 AND t.state = 'pending'
                                         UNION
                                        SELECT n.task_id FROM d JOIN task_need n ON n.needs_id = d.id JOIN task t ON t.id = n.task_id
                                         WHERE t.state = 'pending')
              SELECT id FROM d);
