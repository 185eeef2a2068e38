-- Forgets the edges that free_ordered has taken for met: nobody is to count them again.
DELETE FROM task_need
 WHERE (task_id, needs_id) IN (
       SELECT d.task_id, d.needs_id
         FROM json_each(?1) j CROSS JOIN task f ON f.id = j.value CROSS JOIN task_need d ON d.needs_id = f.id CROSS JOIN task t ON t.id = d.task_id
        WHERE (f.step, t.step) IN (VALUES ('add-foreign-key','vacuum-table'), ('vacuum-table','validate-foreign-key')));
