-- What could run in the pools of ?1 (a JSON list) without anybody settling anything: pools with something to do now, and seconds until the
-- first delay has passed.
SELECT p.value AS pool, NULL AS wait
  FROM json_each(?1) p
 WHERE EXISTS (SELECT 1 FROM task
                WHERE state = 'pending' AND blocked_by = 0 AND pool = p.value
                  AND (not_before IS NULL OR not_before <= strftime('%Y-%m-%dT%H:%M:%fZ','now')))
 UNION ALL
SELECT NULL, (julianday(min(not_before)) - julianday('now')) * 86400.0
  FROM task INDEXED BY task_delayed
 WHERE state = 'pending' AND blocked_by = 0 AND not_before > strftime('%Y-%m-%dT%H:%M:%fZ','now')
   AND pool IN (SELECT value FROM json_each(?1));
