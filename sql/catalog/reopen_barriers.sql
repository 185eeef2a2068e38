-- A barrier that fell before everything was planned that it is to wait for stands again: commands plan one after another.
UPDATE task SET state = 'pending', started_at = NULL, finished_at = NULL
 WHERE pool = 'barrier' AND state = 'done'
   AND EXISTS (SELECT 1 FROM task_need n JOIN task b ON b.id = n.needs_id WHERE n.task_id = task.id AND b.state <> 'done');
