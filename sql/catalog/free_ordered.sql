-- What was only to come behind tasks that failed or were skipped (?1, a JSON list of ids) need not wait for them: see skip_dependents.
UPDATE task SET blocked_by = max(0, blocked_by - n.gone)
  FROM (SELECT d.task_id, count(*) AS gone
          FROM json_each(?1) j CROSS JOIN task_need d ON d.needs_id = j.value
         WHERE d.order_only
         GROUP BY d.task_id) n
 WHERE task.id = n.task_id AND task.state = 'pending';
