-- What each step took: by the clock, and summed over its tasks and workers.
WITH t AS (
    SELECT task.step, sum(task_time.seconds) AS seconds, count(DISTINCT task.worker) AS workers
      FROM task JOIN task_time ON task_time.id = task.id
     GROUP BY task.step
)
SELECT p.step, p.kind, p.total, p.done, p.failed, p.skipped, p.bytes, coalesce(p.seconds, 0.0), round(coalesce(t.seconds, 0.0), 1), t.workers
  FROM progress p JOIN t ON t.step = p.step;
