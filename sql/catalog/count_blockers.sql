-- After planning: how many unfinished tasks each task needs.
UPDATE task
   SET blocked_by = (SELECT count(*) FROM task_need n JOIN task b ON b.id = n.needs_id
                      WHERE n.task_id = task.id AND b.state <> 'done')
 WHERE state = 'pending';
