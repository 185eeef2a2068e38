-- What each step took: by the clock, and summed over its tasks and workers. Barriers only wait and take nothing.
-- The verb of a step's name tells which servers it talks to.
WITH t AS (
    SELECT task.step, sum(task_time.seconds) AS seconds, count(DISTINCT task.worker) AS workers
      FROM task JOIN task_time ON task_time.id = task.id
     GROUP BY task.step
)
SELECT p.step, p.kind,
       CASE WHEN p.step LIKE 'copy-%' OR p.step LIKE 'clone-%' THEN 'both'
            WHEN p.step LIKE 'load-%' OR p.step LIKE 'dump-%' OR p.step LIKE 'release-%' OR p.step LIKE 'list-%' THEN 'source'
            WHEN p.step = 'plan' THEN 'none'
            ELSE 'target' END,
       p.total, p.done, p.failed, p.skipped, p.bytes, coalesce(p.seconds, 0.0), round(coalesce(t.seconds, 0.0), 3), t.workers
  FROM progress p JOIN t ON t.step = p.step
 WHERE p.pool <> 'barrier'
 ORDER BY (SELECT position FROM step WHERE name = p.step);
