-- All that needs a failed task, directly or through others, cannot be done in this run. What is skipped already has had its own followers
-- skipped, so the walk ends there: a thousand failures do not walk a million edges a thousand times. It does not go along edges that are about
-- order only (task_need.order_only, see free_ordered): a table is analyzed though a foreign key could not be added.
UPDATE task
   SET state = 'skipped', finished_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'),
       error = 'needs ' || (SELECT step || ' ' || subject FROM task WHERE id = ?1) || ', which failed'
 WHERE id IN (WITH RECURSIVE d (id) AS (VALUES (?1)
                                         UNION
                                        SELECT t.id FROM d JOIN task_need n ON n.needs_id = d.id JOIN task t ON t.id = n.task_id
                                         WHERE t.state = 'pending' AND NOT n.order_only)
              SELECT id FROM d WHERE id <> ?1)
RETURNING id;
