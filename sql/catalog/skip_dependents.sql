-- All that needs a failed task, directly or through others, cannot be done in this run.
UPDATE task
   SET state = 'skipped', finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'),
       error = 'needs ' || (SELECT step || ' ' || subject FROM task WHERE id = ?1) || ', which failed'
 WHERE state = 'pending'
   AND id IN (WITH RECURSIVE d (id) AS (SELECT task_id FROM task_need WHERE needs_id = ?1
                                         UNION
                                        SELECT n.task_id FROM task_need n JOIN d ON n.needs_id = d.id)
              SELECT id FROM d);
